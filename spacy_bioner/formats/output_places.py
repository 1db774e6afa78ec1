"""Whether an output can be written where it is to be: asked before the work whose result it will hold."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from ..errors import BionerError


def check_apart(inputs: Iterable[Path], output: Path) -> None:
    """Raise B164 if an output is one of the inputs, or holds one, or lies in one: see the two functions below."""
    inputs = list(inputs)
    check_spared(inputs, output)
    check_outside(inputs, output)


def check_outside(inputs: Iterable[Path], output: Path) -> None:
    """Raise B164 if an output lies in a folder that is an input, or fits a pattern that is one: the next run would read
    it as data.
    """
    target = output.resolve()
    for path in inputs:
        place = path.resolve()
        if place in target.parents if path.is_dir() else not path.exists() and target.match(str(place)):
            raise BionerError("B164", path=output)


def check_spared(inputs: Iterable[Path], output: Path) -> None:
    """Raise B164 if an output is one of the inputs, or a folder or archive that holds one, and would replace it."""
    target = output.resolve()
    if any(target in (place, *place.parents) for place in (path.resolve() for path in inputs)):
        raise BionerError("B164", path=output)


STREAMS = {f"/{place}" for place in ("dev/stdout", "dev/stderr", "dev/fd/1", "dev/fd/2", "proc/self/fd/1")}


def is_special(path: Path) -> bool:
    """Return whether a path is a device, a pipe or the like: it is written to, and never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


def check_file(path: Path) -> None:
    """Raise B806 if a folder has the name of this file, B862 for the stream of the messages, B101 if it is a device or
    the like and cannot be written, and what ``_check_inside`` raises.
    """
    if path.is_dir():
        raise BionerError("B806", path=path)
    if os.path.abspath(path) in STREAMS:
        raise BionerError("B862", path=path, what="where the messages of the command go")
    if not is_special(path):
        _check_inside(Path(os.path.realpath(path)).parent, path)  # of the file that a link names
    elif not os.access(path, os.W_OK):
        raise BionerError("B101", path=path, reason="no permission to write")


def check_folder(path: Path) -> None:
    """Raise B811 if a file has the name of this folder, and what ``_check_inside`` raises. It may hold anything."""
    _check_inside(path, path)


def check_whole_folder(path: Path, overwrite: bool, replaceable: Callable[[Path], bool]) -> None:
    """Check a folder that is written, and replaced, as a whole: see ``whole_folder``.

    Raises B175 (it holds files, without ``overwrite``), B178 (files that are not replaceable), and what
    ``check_folder`` raises.
    """
    path = Path(os.path.realpath(path))  # resolves links, and gives "." a name
    if path.exists() and not path.is_dir():
        raise BionerError("B811", path=path)
    _check_inside(path.parent, path)  # where it is written under another name first
    held = sorted(Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    if held and not overwrite:
        raise BionerError("B175", path=path)
    foreign = next((file for file in held if not replaceable(file)), None)
    if foreign is not None:
        raise BionerError("B178", path=path, file=foreign)


def _check_inside(folder: Path, path: Path) -> None:
    """Raise B811 if a file is in the place of a folder, or of one above it, B101 if nothing can be put into it.

    path: the output, for the message.
    """
    folder = folder.absolute()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir():
        raise BionerError("B811", path=there)
    if not os.access(there, os.W_OK | os.X_OK):
        raise BionerError("B101", path=path, reason=f"no permission to write into {there}")
