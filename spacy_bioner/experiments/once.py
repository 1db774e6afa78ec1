"""Commands that run only if the content of their inputs has changed.

``spacy project run`` compares the text of a step and the files in its ``deps``, which can be neither paths in variables
nor comma-separated files nor names of checkpoints. Here every argument that names a file or a folder is an input, and
no input has to be declared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ..errors import BionerError
from ..formats.output_places import check_file
from .contents import digest_named, digest_path
from .runs import write_json
from .trials.worker import versions

SUFFIX = ".once.json"


@dataclass(frozen=True, slots=True)
class Record:
    """The record of the inputs of a result.

    command: the arguments. inputs: digest of the content by path. versions: versions of the packages that a result may
    depend on. code: digest of this package. result: digest of the output.
    """

    command: list[str]
    inputs: dict[str, str]
    versions: dict[str, str]
    code: str
    result: str = ""


def record_of(output: Path) -> Path:
    """Return the path of the record, beside the result."""
    return output.parent / f"{output.name}{SUFFIX}"


def run_once(output: Path, command: Sequence[str], run: Callable[[Sequence[str]], int]) -> tuple[int, list[str]]:
    """Run a command unless its result exists and its inputs are unchanged.

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
    status = run(command)
    if status:
        return status, why
    if not output.exists():
        raise BionerError("B921", path=output, command=" ".join(command))
    # Inputs may change while the command runs: the record has their state at the start.
    write_json(record_of(output), {**asdict(now), "result": digest_path(output)})
    return 0, why


def describe(output: Path, command: Sequence[str]) -> Record:
    """Return the current state of a result's inputs."""
    package = Path(__file__).parents[1]
    code = {str(file.relative_to(package)): digest_path(file) for file in sorted(package.rglob("*.py"))}
    return Record(list(command), digest_named(command, [output]), versions(), digest_text(json.dumps(code)))


def digest_text(text: str) -> str:
    """Return a short digest of a text."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


def changes(output: Path, now: Record) -> list[str]:
    """Return the inputs that have changed since the result was made, or the reason why this is not known."""
    record = record_of(output)
    if not output.exists() or not record.is_file():
        return ["it does not exist yet"]
    try:
        content: Any = json.loads(record.read_text(encoding="utf8"))
        then = Record(**content)
    except (ValueError, TypeError):
        return [f"{record} cannot be read"]
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
