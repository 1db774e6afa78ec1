"""Commands that run only if the content of their inputs has changed.

``spacy project run`` compares the text of a step and the files in its ``deps``, which can be neither paths in variables
nor comma-separated files nor names of checkpoints. Here every argument that names a file or a folder is an input, and
no input has to be declared.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ..errors import BionerError
from ..formats.output_places import check_file
from .contents import RECORD, digest_named, digest_path
from .runs import write_json
from .trials.worker import versions

OUTPUTS = ("-o", "--output")
"""The options with which commands name the file or folder that they write."""


@dataclass(frozen=True, slots=True)
class Record:
    """The record of the inputs of a result.

    command: the arguments. inputs: digest of the content by path. versions: versions of the packages that a result may
    depend on. code: digest of this package. result: digest of the output. made: other paths that the command names and
    that it created; they are results, too.
    """

    command: list[str]
    inputs: dict[str, str]
    versions: dict[str, str]
    code: str
    result: str = ""
    made: list[str] = field(default_factory=list)


def record_of(output: Path) -> Path:
    """Return the path of the record, beside the result."""
    return output.parent / f"{output.name}{RECORD}"


def saved_at(output: Path) -> Path:
    """Return the folder in which the training of a result is saved until it ends."""
    return output.parent / f"{output.name}.saved"


def program(output: Path, record: Record) -> list[str]:
    """Return the command line of a record; a training goes on from where it was saved with the same record."""
    folder = next((value for option, value in _options(record.command) if option in OUTPUTS), "")
    if record.command[0] != "train" or not folder:
        return [sys.executable, "-m", "spacy", *record.command]
    key = digest_text(json.dumps(asdict(record)))
    resumed = ["spacy_bioner.training.resume", str(saved_at(output)), folder, key]
    return [sys.executable, "-m", *resumed, *record.command]


def _options(command: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the arguments of a command, each with the option before it or in it, "" for none."""
    before = ""
    for argument in command:
        option, _, value = argument.partition("=") if argument.startswith("--") else (before, "", argument)
        yield option, value
        before = argument


def run_once(output: Path, command: Sequence[str], run: Callable[[Record], int]) -> tuple[int, list[str]]:
    """Run a command unless its result exists and its inputs are unchanged.

    run: runs the command of a record, and returns its exit status.

    Returns its exit status (0 if it was not run) and the reasons to run it (empty if it was not). While it runs,
    and after a failure, the record is absent, so that a partial result never counts as complete.
    Raises B806 or B811 for a record that cannot be written, and B921 if a command succeeded but wrote nothing to
    ``output``.
    """
    check_file(record_of(output))
    now = describe(output, command)
    why = changes(output, now)
    if not why:
        return 0, []
    record_of(output).unlink(missing_ok=True)
    status = run(now)
    if status:
        return status, why
    if not output.exists():
        raise BionerError("B921", path=output, command=" ".join(command))
    # Inputs may change while the command runs: the record has their state at the start. What did not exist then was not
    # read, although the command names it.
    made = sorted(inputs_of(output, command).keys() - now.inputs.keys())
    write_json(record_of(output), {**asdict(now), "result": digest_path(output), "made": made})
    return 0, why


def describe(output: Path, command: Sequence[str]) -> Record:
    """Return the current state of a result's inputs."""
    package = Path(__file__).parents[1]
    code = {str(file.relative_to(package)): digest_path(file) for file in sorted(package.rglob("*.py"))}
    then = _recorded(output)
    made = then.made if then is not None and then.command == list(command) else []
    return Record(list(command), inputs_of(output, command, made), versions(), digest_text(json.dumps(code)))


def inputs_of(output: Path, command: Sequence[str], made: Sequence[str] = ()) -> dict[str, str]:
    """Return the digest of each input of a command by its path.

    made: paths that it created. A folder that the command names as its output, and that contains the result, is not an
    input: beside the result it has other results. Where it is named once more, it is one, without the result.
    """
    result = output.resolve()
    values: list[str] = []
    folders: list[Path] = []
    for (option, value), argument in zip(_options(command), command, strict=True):
        if option in OUTPUTS and value and Path(value).resolve() in result.parents:
            folders.append(Path(value))
        else:
            values.append(argument)
    return digest_named(values, [output, *map(Path, made)], folders)


def digest_text(text: str) -> str:
    """Return a short digest of a text."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


def changes(output: Path, now: Record) -> list[str]:
    """Return the inputs that have changed since the result was made, or the reason why this is not known."""
    if not output.exists() or not record_of(output).is_file():
        return ["it does not exist yet"]
    then = _recorded(output)
    if then is None:
        return [f"{record_of(output)} cannot be read"]
    reasons = [] if then.command == now.command else ["the command"]
    reasons += [
        f"{path} {'is new' if path not in then.inputs else 'is gone' if path not in now.inputs else 'has changed'}"
        for path in sorted({*then.inputs, *now.inputs})
        if then.inputs.get(path) != now.inputs.get(path)
    ]
    reasons += [] if then.versions == now.versions else ["the versions of the packages"]
    reasons += [] if then.code == now.code else ["spacy-bioner itself"]
    reasons += [] if then.result == digest_path(output) else [f"{output} has been changed since"]
    return reasons


def _recorded(output: Path) -> Record | None:
    """Return the record of a result; None if there is none, or if it cannot be read."""
    try:
        content: Any = json.loads(record_of(output).read_text(encoding="utf8"))
        record = Record(**content)
        sound = isinstance(record.inputs, dict) and all(isinstance(path, str) for path in record.made)
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return record if sound else None
