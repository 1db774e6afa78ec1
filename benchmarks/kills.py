"""Kill a command that writes files at random moments: its output must be absent, the older one, or complete.

usage: python benchmarks/kills.py [--kills 20] [--seed 0] [--only convert-folder,split] [--documents 400]

Each command first runs undisturbed, to measure its time and keep its result. Then it runs repeatedly in a forked
process that is killed (SIGKILL) at a random moment within that time. After each kill the output is read with ``skip``,
as a user would: it is ``absent``, ``older`` (the previous documents, if it overwrites), ``whole``, or ``half``, which
is a fault. Then the same command runs to its end over what is left, and all files of the output must be identical to
those of the undisturbed run (else ``other``): nothing is lost, and nothing doubled. No temporary file may be left then
(else ``litter``). Fails, with exit code 1, if an output was half or other, or something was left.

Other commands that write are lines of COMMANDS: arguments, and how to read what they wrote.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import spacy

from spacy_bioner.cli import app
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.measured import Measured, measured_of, read_measured, write_measured
from spacy_bioner.experiments.runs import Run, write_run
from spacy_bioner.formats import Document, Mention, ProblemLog, read, write
from spacy_bioner.formats.whole_folder import PART
from spacy_bioner.ml.transformer.checkpoints import open_checkpoint

Content = list[tuple[str, str, int]]


@dataclass(frozen=True)
class Command:
    """arguments: with {source}, {output}, {model} and {runs}. output: its name. content: what it holds.

    overwrites: whether an older output lies there, which ``put`` writes, given the number of documents or runs.
    varies: names of files and folders in the output that differ from run to run.
    """

    arguments: str
    output: str
    overwrites: bool = False
    content: Callable[[Path], Content | None] = lambda path: documents(path)
    put: Callable[[Path, int], None] = lambda path, count: put_documents(path, count)
    varies: tuple[str, ...] = ()


def documents(path: Path) -> Content | None:
    """Return the id, text and number of mentions of all documents; None where nothing can be read."""
    if not path.exists():
        return None
    try:
        log = ProblemLog("skip")
        found = [(one.id, one.text, len(one.mentions)) for one in read(path, report=log)]
    except BionerError:
        return None
    # A half that the reader tells of (a text without its annotations, say) is not taken for a whole.
    return None if {"B106", "B107", "B116"} & set(log.counts) and not found else sorted(found)


def bytes_of(path: Path, varies: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Return the bytes of a file, or of all files of a folder but those that vary."""
    files = {file.relative_to(path): file for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()}
    return {name.as_posix(): file.read_bytes() for name, file in files.items() if {*name.parts}.isdisjoint(varies)}


def parts(path: Path) -> Content | None:
    """Return what lies in the parts of a split, each under the name of its part."""
    if not path.exists():
        return None
    return [(part.name, *map(str, one[:1]), one[2]) for part in sorted(path.iterdir()) for one in documents(part) or ()]


def put_documents(path: Path, count: int) -> None:
    """Write half of the documents, with other words."""
    write(corpus(count // 2, "older"), path, None if path.suffix else "brat")


def kept(path: Path) -> Content | None:
    """Return what a file of ``scoreboard --keep`` holds of each run."""
    return [(one.corpus, one.system, one.seed or 0) for one in read_measured(path)] if path.exists() else None


def put_kept(path: Path, count: int) -> None:
    """Write the figures of half of the runs, and of a system that none of the runs has."""
    write_measured([Measured("older", "crf", 0.5, 0.5, 0.5), *map(measured_of, runs(count // 2))], path)


def pipeline(path: Path) -> Content | None:
    """Return what the pipeline of a folder finds in a text of all words."""
    if not path.exists():
        return None
    try:
        return [(ent.text, ent.label_, ent.start) for ent in spacy.load(path)("newer and older").ents]
    except (BionerError, OSError, ValueError):
        return []


def project(path: Path) -> Content | None:
    """Return the files of a project; nothing takes a folder without project.yml for one."""
    held = bytes_of(path, LEFT) if (path / "project.yml").exists() else {}
    return [(name, sha256(content).hexdigest(), len(content)) for name, content in sorted(held.items())] or None


def checkpoint(path: Path) -> Content | None:
    """Return the weights of a checkpoint, and how it cuts a text; nothing opens a folder without config.json."""
    if not (path / "config.json").exists():
        return None
    try:
        tokenizer, network = open_checkpoint(path)
    except BionerError:
        return []
    weights = [
        (name, str(float(value.double().sum())), value.numel())
        for name, value in network.state_dict().items()
        if "pooler" not in name  # not in the file: drawn anew
    ]
    return [(" ".join(tokenizer.tokenize("newer older")), "", 0), *weights]


def put_checkpoint(path: Path, count: int) -> None:
    """Write a checkpoint of other text, made once."""
    older = path.parent / "older"
    if not older.exists():
        write(corpus(count, "older"), path.parent / "older.jsonl")
        run_here(f"{PRETRAIN} {path.parent / 'older.jsonl'} {older} {TINY}".split())
    shutil.copytree(older, path)


def runs(count: int, folder: Path = Path()) -> list[Run]:
    """Return runs with their figures; in a folder, if it is given."""
    made = [Run(folder / str(i), "crf", "newer", seed=i, finished="2026-01-01T00:00:00") for i in range(count)]
    for run in made:
        vars(run)["metrics"] = {"ents_p": 0.5, "ents_r": 0.5, "ents_f": 0.5, "speed": 1.0}
    return made


LEFT = (PART, f"{PART}.lock")
"""What a call that is killed after its last move leaves in a whole folder."""

PRETRAIN = "pretrain-mlm"
TINY = "--steps 2 --layers 1 --width 64 --vocab-size 60 --batch-size 4 --length 32 --evaluate-every 1 --evaluate-on 2"

COMMANDS = {
    "convert-folder": Command("convert {source} {output} --to brat", "out"),
    "convert-over": Command("convert {source} {output} --to brat --overwrite", "out", overwrites=True),
    "convert-tar": Command("convert {source} {output}", "out.tar.gz", overwrites=True),
    "convert-zip": Command("convert {source} {output}", "out.zip"),
    "convert-jsonl": Command("convert {source} {output}", "out.jsonl", overwrites=True),
    "convert-docbin": Command("convert {source} {output}", "out.spacy"),
    "convert-conll": Command("convert {source} {output}", "out.tsv", overwrites=True),
    "annotate-jsonl": Command("annotate {model} {source} {output} --shard-size 50", "out.jsonl"),
    "annotate-folder": Command("annotate {model} {source} {output} --format brat --shard-size 50", "out"),
    "split": Command("split {source} -o {output} --to brat", "parts", content=parts),
    "split-jsonl": Command("split {source} -o {output} --to jsonl", "parts", content=parts),
    "scoreboard": Command("scoreboard {runs} -o {output}.md --keep {output}", "kept.jsonl", True, kept, put_kept),
    "merge": Command("merge a={model} b={model} -o {output} --method vote", "merged", content=pipeline),
    "merge-over": Command(
        "merge a={model} b={model} -o {output} --method vote --overwrite",
        "merged",
        True,
        pipeline,
        lambda path, count: save_model(path, "older"),
    ),
    "new": Command("new {output}", "project", content=project, varies=LEFT),
    "pretrain-mlm": Command(
        f"{PRETRAIN} {{source}} {{output}} {TINY} --overwrite",
        "checkpoint",
        True,
        checkpoint,
        put_checkpoint,
        varies=("pretraining.json", "state"),  # seconds of the run; its saved states
    ),
}


def corpus(count: int, word: str) -> list[Document]:
    """Return documents that are told from those of another word."""
    text = f"{word} " * 200
    return [Document(text + str(i), [Mention(0, len(word), "X")], f"{word}{i}") for i in range(count)]


def arguments(command: Command, folder: Path, output: Path) -> list[str]:
    """Return the arguments of a command on the files of a folder."""
    places = {name: folder / name for name in ("model", "runs")}
    return command.arguments.format(source=folder / "source.jsonl", output=output, **places).split()


def save_model(folder: Path, word: str) -> None:
    """Save a pipeline that finds the word of the documents."""
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([(word, "X", [])])
    nlp.to_disk(folder)


def start(command: Command, folder: Path) -> int:
    """Start the command in a forked process, where Python and spaCy are loaded already; return its id."""
    given = arguments(command, folder, folder / command.output)
    child = os.fork()
    if child:
        return child
    with open(folder / "log", "w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    try:
        app(given)
    except SystemExit as err:
        os._exit(int(err.code or 0))
    finally:
        os._exit(70)


def run_here(given: list[str]) -> None:
    """Run a command in this process, without its output."""
    with suppress(SystemExit), redirect_stdout(StringIO()):
        app(given)


def load_all(command: Command, folder: Path) -> None:
    """Run the command in this process, so that its children need not import what it uses."""
    run_here(arguments(command, folder, folder / "warm" / command.output))
    shutil.rmtree(folder / "warm", ignore_errors=True)


def wait(child: int) -> int:
    """Wait for the end of a process; return its exit code, 0 for success, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def fresh(command: Command, folder: Path, count: int) -> Content | None:
    """Put the folder as it was before the command; return what the output holds."""
    output = folder / command.output
    for file in folder.iterdir():
        if file.name.startswith((command.output, f".{command.output}")):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
    if command.overwrites:
        command.put(output, count)
    return command.content(output)


def study(command: Command, kills: int, random: Random, count: int, folder: Path) -> Counter[str]:
    """Kill the command so many times; return how often its output was what."""
    write(corpus(count, "newer"), folder / "source.jsonl")
    save_model(folder / "model", "newer")
    for run in runs(count if "{runs}" in command.arguments else 0, folder / "runs"):
        write_run(run, run.metrics, [], [], {})
    output = folder / command.output
    older = fresh(command, folder, count)
    load_all(command, folder)
    times = []
    for _ in range(3):
        fresh(command, folder, count)
        began = time.perf_counter()
        status = wait(start(command, folder))
        times.append(time.perf_counter() - began)
    seconds = min(times)
    whole, exact = command.content(output), bytes_of(output, command.varies)
    if status or not whole:
        raise SystemExit(f"the command fails by itself: {(folder / 'log').read_text()}")
    found: Counter[str] = Counter()
    for _ in range(kills):
        fresh(command, folder, count)
        child = start(command, folder)
        time.sleep(random.uniform(0.0, seconds))
        os.kill(child, 9)
        found["ended before the kill"] += wait(child) == 0
        left = command.content(output)
        state = "whole" if left == whole else "absent" if left is None else "older" if left == older else "half"
        found[state] += 1
        status = wait(start(command, folder))  # over what the kill left
        refused = status and state == "whole" and {"[B175]", "[B925]"} & {*(folder / "log").read_text().split()}
        found["other"] += bytes_of(output, command.varies) != exact or bool(status and not refused)
        temporary = (f"{command.output}.part", f".{command.output}")
        left_over = any(file.name.startswith(temporary) for file in folder.iterdir())
        found["litter"] += not status and (left_over or any(output.glob(f"{PART}*")))
    return found


def main() -> None:
    """Run the studies and print a line for each."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # threads do not survive a fork
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default=",".join(COMMANDS))
    parser.add_argument("--documents", type=int, default=400)
    arguments = parser.parse_args()
    faults = 0
    for name in arguments.only.split(","):
        with TemporaryDirectory() as place:
            found = study(COMMANDS[name], arguments.kills, Random(arguments.seed), arguments.documents, Path(place))
        faults += found["half"] + found["other"] + found["litter"]
        said = ", ".join(f"{count} {state}" for state, count in sorted(found.items()) if count)
        print(f"{name:16} {arguments.kills} kills: {said or 'none'}", flush=True)
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
