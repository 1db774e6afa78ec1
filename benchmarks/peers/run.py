"""Measure this package beside its peers: install each, let both do the same work in turns, write a table.

    python benchmarks/peers/run.py --work OUT [--only NAME ...] --train train.tsv --test test.tsv
        --vectors vectors.txt.gz --lexicon FILE[:COLUMNS[:SEPARATOR]] --text TEXT --transformer CHECKPOINT --bioc FILE
        [--results benchmarks/peers/results.json --page docs/peers.md]

Data: column files `token TAB tag` in BIO; word vectors as word2vec text; lexicons as in `benchmarks/dictionary.py`;
plain text, a sentence a line; the folder of a BERT; a BioC XML file. A peer whose data is not given is left out.

It runs in an environment that has this package with its extra `transformers`. Environments and logs go to OUT; a peer
that is finished in the results is not measured again unless --again. A fault of one is noted, and the others go on.
The page is written again after each. `table.py` says what each side is given, the other files do the work.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from data import prepare
from environments import Environment, InstallationError, make, versions
from page import render
from table import KINDS, PEERS, Peer, settings, variants
from turns import SIDES, Measure, PeerError, Worker, agreement, alternate, score, value
from worker import number, read_columns, spans_of

SHARED = {
    "lookup": ("spacy",),
    "crf": ("python-crfsuite",),
    "neural": ("torch",),
    "transformer": ("torch", "transformers"),
    "layer": ("torch",),
    "inference": ("torch",),
    "bioc": (),
}
"""Packages below a peer whose versions matter too."""


def machine() -> str:
    """Return the processor and the number of its cores, without a name of the host."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    wide = ", AVX-512" if any("avx512f" in line for line in lines if line.startswith("flags")) else ""
    processor = models[0] if models else platform.machine()
    return f"{os.cpu_count()} cores ({processor}{wide}), Python {platform.python_version()}"


def work_of(
    name: str, peer: Peer, environment: Environment, data: dict[str, str], options: Any
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Let both sides do their work; return a row for each measure, and what each has found in the end."""
    kind, rows, found = KINDS[peer.kind], [], {}
    for variant, given in variants(peer).items():
        workers: dict[str, Worker] = {}
        try:
            for side in SIDES:
                place = options.work / "models" / f"{name}-{side}"
                place.mkdir(parents=True, exist_ok=True)
                python = environment.ours if side == "ours" else environment.peer
                system = "ours" if side == "ours" else peer.system
                log = options.work / "logs" / f"{name}-{side}.log"
                log.parent.mkdir(exist_ok=True)
                full = settings(peer, side, data, options, str(place)) | given
                workers[side] = Worker(side, python, kind.script, system, full, log)
            asks = {side: worker.ask for side, worker in workers.items()}
            learnt: dict[str, list[Any]] | None = None
            for measure in kind.measures:
                title = f"{measure.title}: {variant}" if variant else measure.title
                print(f"{name}: {title}", flush=True)
                answers = alternate(asks, measure, options.seeds if measure.learns else range(options.rounds))
                rows.append(row_of(title, measure, answers))
                print(f"  {json.dumps(rows[-1]['cpu'])}", flush=True)
                if measure.learns:
                    learnt = {side: [answer["result"] for answer in given] for side, given in answers.items()}
            found[variant] = learnt or {side: [ask("result")["result"]] for side, ask in asks.items()}
        finally:
            for worker in workers.values():
                worker.stop()
    return rows, found


def row_of(title: str, measure: Measure, answers: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return the figures of both sides, turn by turn, by both clocks."""
    row: dict[str, Any] = {"title": title, "unit": measure.unit}
    for clock in ("cpu", "wall"):
        row[clock] = {side: [value(answer, measure, clock) for answer in given] for side, given in answers.items()}
    return row


def judged(peer: Peer, found: dict[str, Any], data: dict[str, str], options: Any) -> dict[str, Any]:
    """Return the scores of what learns, else in what both agree."""
    if any(measure.learns for measure in KINDS[peer.kind].measures):
        gold = number([spans_of(tags) for _, tags in read_columns(data["test"], options.label)])
        return {"scores": {side: [score(rows, gold) for rows in found[""][side]] for side in SIDES}}
    known = None
    if peer.kind == "lookup":
        known = {term.lower() for term in Path(data["terms"]).read_text(encoding="utf-8").splitlines()}
    return {"agreement": {name: agreement(each["ours"][0], each["peer"][0], known) for name, each in found.items()}}


def measured(name: str, data: dict[str, str], options: Any) -> dict[str, Any]:
    """Install a peer and measure it; return its result, which may be why there is none."""
    peer = PEERS[name]
    result: dict[str, Any] = {"name": name, "rows": [], "together": True, "sizes": sizes(data, options)}
    result |= {"date": str(datetime.now(timezone.utc).date()), "seeds": options.seeds}
    started = time.time()
    try:
        print(f"{name}: installing", flush=True)
        environment = make(options.work, peer.environment, peer.packages)
        bare = tuple(package.partition("[")[0] for package in peer.packages)
        result["together"] = environment.together
        result["versions"] = versions(environment.peer, tuple(dict.fromkeys((*bare, *SHARED[peer.kind], "numpy"))))
        result["rows"], found = work_of(name, peer, environment, data, options)
        result |= judged(peer, found, data, options)
    except InstallationError as error:
        result["error"] = f"it cannot be installed here: {error}"
    except (PeerError, subprocess.CalledProcessError, OSError) as error:
        result["error"] = f"it failed ({error})"
    print(f"{name}: {result.get('error', 'done')} after {time.time() - started:.0f} s", flush=True)
    return result


def sizes(data: dict[str, str], options: Any) -> dict[str, Any]:
    """Return what the page says of the size of the data."""

    def size(name: str) -> int:
        return Path(data[name]).stat().st_size if name in data else 0

    terms = len(Path(data["terms"]).read_text(encoding="utf-8").splitlines()) if "terms" in data else 0
    chosen = ("sentences", "small", "epochs", "small_epochs", "texts", "characters")
    checkpoint = options.name or (options.transformer.name if options.transformer else "")
    found = {"terms": terms, "megabytes": size("bioc") / 1e6, "transformer": checkpoint}
    return {name: getattr(options, name) for name in chosen} | found


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, metavar="OUT")
    parser.add_argument("--only", nargs="+", choices=list(PEERS), default=list(PEERS), metavar="NAME")
    parser.add_argument("--again", action="store_true", help="measure finished peers again")
    for name in ("train", "test", "vectors", "text", "transformer", "bioc"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--lexicon", action="append", default=[], metavar="FILE[:COLUMNS[:SEPARATOR]]")
    parser.add_argument("--name", help="what the page calls the transformer; default: its folder")
    parser.add_argument("--label", help="of tags without a type (B, I, O)")
    parser.add_argument("--page", type=Path, help="Markdown; default OUT/peers.md")
    parser.add_argument("--results", type=Path, help="JSON of all; default OUT/results.json")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--sentences", type=int, default=1000, help="training sentences of CRF and neural taggers")
    parser.add_argument("--small", type=int, default=300, help="training sentences of transformers")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--small-epochs", type=int, default=3)
    parser.add_argument("--texts", type=int, default=300, help="sentences that a given transformer tags")
    parser.add_argument("--terms", type=int, default=20_000)
    parser.add_argument("--characters", type=int, default=600_000)
    return parser.parse_args()


def read_document(place: Path) -> dict[str, Any]:
    """Return what is measured so far, by this run and by others at the same time."""
    document = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {"peers": {}}
    return document | {"machine": machine()}


def main() -> None:
    options = parse()
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    data = prepare(options, {need for name in options.only for need in KINDS[PEERS[name].kind].needs})
    place = options.results or options.work / "results.json"
    for name in options.only:
        finished = read_document(place)["peers"].get(name, {"error": "not yet"})
        missing = [need for need in KINDS[PEERS[name].kind].needs if need not in data]
        if missing:
            print(f"{name}: left out, its data is not given ({', '.join(missing)})")
        elif not options.again and not finished.get("error"):
            print(f"{name}: finished before")
        else:
            result = measured(name, data, options)
            document = read_document(place)
            document["peers"][name] = result
            place.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
            (options.page or options.work / "peers.md").write_text(render(document), encoding="utf-8")
    results = read_document(place)["peers"]
    failed = [name for name, result in results.items() if result.get("error")]
    sys.exit(f"not measured: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
