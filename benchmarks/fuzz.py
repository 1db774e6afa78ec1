"""Read mutated files with every reader of annotations, lexicons and vectors: only errors with a code may be raised.

usage: python benchmarks/fuzz.py [--inputs 1000000] [--seeds FOLDER] [--seed 0] [--targets conll,jsonl] [--coverage]
       python benchmarks/fuzz.py --replay FOLDER/failures/conll-1234...

An input is a small file, changed as bytes and by its structure (tests/fuzz/nasty.py), read under both policies, and,
where the format is written too, every fourth time written and read again. Inputs with a new outcome are kept in
FOLDER/TARGET and mutated further; those that fail are in FOLDER/failures, each with its traceback.

--coverage: guided by the branches that an input takes, with atheris (pip install atheris; Linux, and the Pythons it has
wheels for); one target at a time. Fails, with exit code 1, if anything was found.
"""

from __future__ import annotations

import argparse
import hashlib
import signal
import sys
import time
import traceback
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "fuzz"))

if "--coverage" in sys.argv:  # branches are counted in what is imported under this, and in our code only
    import atheris  # type: ignore[import-not-found,unused-ignore]

    counted: Any = atheris.instrument_imports(include=["spacy_bioner"])
else:
    counted = nullcontext()
with counted:
    from nasty import mutate, seeds
    from targets import SEEDS_OF, TARGETS, outcome, put, unpacked

SLOW = 20.0  # seconds for one input of at most 20,000 bytes (and what it unpacks to)
KEPT = 300  # inputs kept of a target


class TooSlow(BaseException):
    """An input that keeps a reader busy for longer than SLOW."""


def _ring(number: int, frame: FrameType | None) -> None:
    raise TooSlow


class Run:
    """A run over some targets: its inputs on disk, and what came of them."""

    def __init__(self, folder: Path, names: list[str], seed: int) -> None:
        self.folder, self.names, self.random = folder, names, Random(seed)
        self.outcomes: dict[str, Counter[str]] = {name: Counter() for name in names}
        self.failures: dict[str, Path] = {}
        self.pool: dict[str, list[bytes]] = {}
        for name in names:
            kept = folder / name
            if not kept.exists():
                kept.mkdir(parents=True)
                for content in seeds()[SEEDS_OF.get(name, name)]:
                    (kept / _digest(content)).write_bytes(content)
            self.pool[name] = [path.read_bytes() for path in sorted(kept.iterdir())]

    def step(self, name: str, place: Path) -> None:
        """Make an input for a target and try it."""
        target, pool = TARGETS[name], self.pool[name]
        source = self.random.choice(pool)
        content = mutate(self.random, unpacked(target, source), pool if not target.packed else [], target.packed)
        self.attempt(name, content, self.random.randrange(len(target.options)), self.random.random() < 0.25, place)

    def attempt(self, name: str, content: bytes, option: int, returns: bool, place: Path) -> None:
        """Try one input, and keep it where it ended in a new way."""
        target = TARGETS[name]
        path = put(target, content, place)
        signal.setitimer(signal.ITIMER_REAL, SLOW)
        try:
            ended, fault = outcome(target, path, target.options[option], returns)
        except (Exception, TooSlow) as err:  # whatever comes is what this run looks for
            last = traceback.extract_tb(err.__traceback__)[-1]
            ended, fault = f"{type(err).__name__} at {Path(last.filename).name}:{last.lineno}", traceback.format_exc()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if fault:
            self._fail(name, ended, fault, content, option)
        elif ended not in self.outcomes[name] and len(self.pool[name]) < KEPT:
            self.pool[name].append(content)
            (self.folder / name / _digest(content)).write_bytes(content)
        self.outcomes[name][ended] += 1

    def _fail(self, name: str, ended: str, fault: str, content: bytes, option: int) -> None:
        kind = f"{name}: {ended if fault.startswith('Traceback') else fault}"
        if kind in self.failures:
            return
        path = self.folder / "failures" / f"{name}-{option}-{_digest(content)}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        path.with_suffix(".txt").write_text(fault, encoding="utf-8", errors="backslashreplace")
        self.failures[kind] = path
        print(f"FOUND {kind}: {path}", flush=True)

    def report(self, seconds: float) -> str:
        """Say what came of the inputs."""
        total = sum(counts.total() for counts in self.outcomes.values())
        lines = [
            f"{total:,} inputs in {seconds:,.0f} s ({total / max(seconds, 0.001):,.0f}/s); found: {len(self.failures)}"
        ]
        for name, counts in self.outcomes.items():
            read = sum(count for ended, count in counts.items() if ended.startswith("read"))
            lines.append(f"{name:16} {counts.total():9,} inputs, {read:9,} read, {len(counts):5,} different ends")
        return "\n".join([*lines, *(f"FOUND {kind}: {path}" for kind, path in self.failures.items())])


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def replay(paths: list[str]) -> None:
    """Try inputs of a failures folder again, and show what they raise."""
    for path in map(Path, paths):
        name, option, _ = path.name.rsplit("-", 2)
        with TemporaryDirectory() as place:
            target = TARGETS[name]
            print(path, outcome(target, put(target, path.read_bytes(), Path(place)), target.options[int(option)], True))


def coverage(run: Run, inputs: int, place: Path) -> None:
    """Let atheris choose the inputs of one target by the branches they take."""
    (name,) = run.names
    started = time.monotonic()
    numbers: Any = iter(range(inputs))

    def one(content: bytes) -> None:
        number = next(numbers, None)
        if number is None:
            print(run.report(time.monotonic() - started), flush=True)
            sys.stdout.flush()
            import os

            os._exit(bool(run.failures))
        if name.endswith(".gz") or TARGETS[name].packed == "gzip":
            import gzip

            content = gzip.compress(content, 1, mtime=0)
        run.attempt(name, content, number % len(TARGETS[name].options), number % 4 == 0, place)

    atheris.Setup([sys.argv[0], "-timeout=60", "-rss_limit_mb=6000", "-handle_alrm=0", str(run.folder / name)], one)
    atheris.Fuzz()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seeds", type=Path, default=ROOT / "training" / "fuzz")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--targets", default=",".join(TARGETS))
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--replay", nargs="+", default=[])
    args = parser.parse_args()
    if args.replay:
        replay(args.replay)
        return
    signal.signal(signal.SIGALRM, _ring)
    run = Run(args.seeds, args.targets.split(","), args.seed)
    started = time.monotonic()
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # two files an input: a disk would take most of the time
    with TemporaryDirectory(dir=memory) as place:
        if args.coverage:
            coverage(run, args.inputs, Path(place))
        for number in range(args.inputs):
            run.step(run.names[number % len(run.names)], Path(place))
            if number % 20_000 == 19_999:
                print(f"{number + 1:,} inputs, {time.monotonic() - started:,.0f} s", flush=True)
    print(run.report(time.monotonic() - started))
    sys.exit(bool(run.failures))


if __name__ == "__main__":
    main()
