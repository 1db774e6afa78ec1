"""Folders, archives and single pairs of brat files, read as a stream of the raw bytes of documents; and written.

Nothing is ever unpacked to disk. A place inside an archive is written like a folder below it:
``corpus.tar.gz/corpus/train``.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from errno import EINVAL
from functools import partial
from pathlib import Path
from typing import NoReturn

from ... import limits
from ...errors import BionerError
from ..folders import told
from ..output_places import check_file, check_whole_folder
from ..problems import ProblemLog
from ..text_io import open_output
from ..whole_folder import whole_folder
from .archives import DAMAGED, Member, Put, is_archive, open_archive, split_archive, write_archive

TEXT = ".txt"
JOINED = ".ann"
PARTIAL = (".a1", ".a2")
PAIR = (TEXT, JOINED, *PARTIAL)
SETTINGS = ("annotation.conf", "visual.conf", "tools.conf", "kb_shortcuts.conf", ".stats_cache")
"""Files that brat itself keeps beside the documents of a collection."""


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one document: its id, their path without suffix, and their bytes by suffix."""

    id: str
    place: str
    files: dict[str, bytes]


def safe_name(name: str) -> bool:
    """Return whether a name is UTF-8 and a plain relative path, which cannot lead out of the folder it is put into."""
    unsafe = any(part in ("", ".", "..") for part in name.split("/")) or "\0" in name
    return not unsafe and not any("\ud800" <= char <= "\udfff" for char in name)


def is_pair(path: Path) -> bool:
    """Return whether the name is that of a text or annotation file."""
    return path.suffix.lower() in PAIR


def hidden_name(name: str) -> bool:
    """Return whether a part of a path is a dot file (``._*`` of macOS among them) or a ``__MACOSX`` folder."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def files_of(path: Path) -> list[Path]:
    """Return the files and folders that reading a path opens; [] for a path that does not exist.

    They are the archive for a place inside one, the file and those beside it for a text or annotation file, and the
    path itself for any other.
    """
    inside = split_archive(path)
    if inside is not None:
        return [inside[0]]
    if not (is_pair(path) and path.is_file()):
        return [path] if path.exists() else []
    beside = (path.with_suffix(suffix) for lower in PAIR for suffix in (lower, lower.upper()))
    return [path, *(file for file in beside if file.name != path.name and file.is_file())]


def open_sources(path: Path, report: ProblemLog) -> Iterator[Source]:
    """Return the documents of a folder (sorted by id), an archive (in its own order) or the pair of one file.

    Raises B100 for a path that does not exist and B102 for a file that is none of brat's. The iterator raises B101 for
    a pair or an archive that cannot be read, and B102 for a folder or archive without a brat file. Reports texts
    without annotations and annotations without text (B106, B107), unsafe (B115) and repeated (B119) names, damaged
    archives (B116), files over a limit (B177) and documents of a folder with a file that cannot be read (B184); notes
    skipped files (B105, B117, B118, B176).
    """
    inside = split_archive(path)
    if inside is not None:
        return _from_archive(*inside, report)
    if not path.exists():
        raise BionerError("B100", path=path)
    if path.is_dir():
        return _from_folder(path, report)
    if not is_pair(path):
        raise BionerError("B102", path=path)
    return _from_pair(path, report)


def _from_folder(root: Path, report: ProblemLog) -> Iterator[Source]:
    names: list[str] = []
    for folder, subfolders, files in os.walk(root, onerror=partial(told, report)):
        for name in sorted(subfolders):
            place = os.path.join(folder, name)
            if hidden_name(name):
                subfolders.remove(name)
                report.note("B105", place)
            elif os.path.islink(place):  # os.walk does not enter links, which may form a cycle
                report.note("B176", place)
        inner = Path(folder).relative_to(root).as_posix()
        names += files if inner == "." else [f"{inner}/{name}" for name in files]
    for stem, parts in _plan(sorted(names), str(root), report).items():
        try:
            contents = {suffix: (root / name).read_bytes() for suffix, name in parts.items()}
        except OSError as err:
            report.unreadable(err.filename or f"{root}/{stem}", err)
        else:
            yield Source(stem, f"{root}/{stem}", contents)


def _from_pair(path: Path, report: ProblemLog) -> Iterator[Source]:
    names = [file.name for file in files_of(path)]
    for stem, parts in _plan(names, str(path.parent), report).items():
        try:
            files = {suffix: (path.parent / name).read_bytes() for suffix, name in parts.items()}
        except OSError as err:
            _raise(err, path)
        yield Source(stem, str(path.with_suffix("")), files)


def _from_archive(path: Path, folder: str, report: ProblemLog) -> Iterator[Source]:
    place = str(path / folder)
    try:
        with open_archive(path) as found:
            members = _members(found, path, folder, report)
            plan = _plan(members, place, report)
            suffix_of = {name: (stem, suffix) for stem, parts in plan.items() for suffix, name in parts.items()}
            # Members are read in the order of the archive, so that a compressed one is only ever read forwards. Files
            # of a document wait until the last of them has been read; `held` counts the bytes that wait.
            waiting: dict[str, dict[str, bytes]] = {stem: {} for stem in plan}
            held = 0
            for name, member in sorted(members.items(), key=lambda item: item[1].place):
                if name not in suffix_of:
                    continue
                stem, suffix = suffix_of[name]
                if held + member.size > limits.WAITING:
                    size = held + member.size
                    report.add("B177", place, size=f"{size:,}", most=f"{limits.WAITING:,}", limit="WAITING")
                    return
                waiting[stem][suffix] = member.read()
                held += len(waiting[stem][suffix])
                if len(waiting[stem]) == len(plan[stem]):
                    files = waiting.pop(stem)
                    held -= sum(map(len, files.values()))
                    yield Source(stem, f"{place}/{stem}", {part: files[part] for part in plan[stem]})
    except DAMAGED as err:
        report.add("B116", path, reason=str(err) or type(err).__name__)
    except OSError as err:
        if err.errno != EINVAL:
            _raise(err, path)
        # A place before the start of the file, which the archive states.
        report.add("B116", path, reason=err.strerror or str(err))


def _members(found: Iterator[Member], path: Path, folder: str, report: ProblemLog) -> dict[str, Member]:
    """Return the regular files below ``folder`` by relative name. Of a repeated name the last counts, as for tar."""
    prefix = f"{folder}/" if folder else ""
    members: dict[str, Member] = {}
    for number, member in enumerate(found, 1):
        if number > limits.MEMBERS:
            report.add("B177", path, size=f"{number:,} files", most=f"{limits.MEMBERS:,}", limit="MEMBERS")
            break
        name = member.name.removeprefix("./")
        if not name.startswith(prefix):
            continue
        name = name.removeprefix(prefix)
        if not member.regular:
            report.note("B117", f"{path}/{member.name}")
        elif member.size > limits.MEMBER:
            size = f"{member.size:,} bytes"
            report.add("B177", f"{path}/{member.name}", size=size, most=f"{limits.MEMBER:,}", limit="MEMBER")
        else:
            if name in members and not hidden_name(name):
                report.add("B119", f"{path}/{member.name}")
            members[name] = member
    return members


def _plan(names: Iterable[str], place: str, report: ProblemLog) -> dict[str, dict[str, str]]:
    """Return the files of each document that has a text and annotations, by suffix, the text first.

    Suffixes may be in capitals. As in brat itself, ``.ann`` takes precedence over ``.a1`` and ``.a2``.
    """
    found: dict[str, dict[str, str]] = {}
    for name in names:
        stem, suffix = posixpath.splitext(name)
        parts = found.get(stem, {})
        if not safe_name(name):
            report.add("B115", place, name=ascii(name))
        elif posixpath.basename(name) in SETTINGS:
            continue
        elif hidden_name(name):
            report.note("B105", f"{place}/{name}")
        elif suffix.lower() not in PAIR or (suffix.lower() in parts and suffix != suffix.lower()):
            report.note("B117", f"{place}/{name}")
        else:
            if suffix in parts:  # the same name with its suffix in capitals came before
                report.note("B117", f"{place}/{parts[suffix]}")
            found.setdefault(stem, {})[suffix.lower()] = name
    if not found:
        raise BionerError("B102", path=place)
    plan = {}
    for stem, parts in found.items():
        partial = [suffix for suffix in PARTIAL if suffix in parts]
        annotations = [JOINED] if JOINED in parts else partial
        if TEXT not in parts:
            report.add("B107", f"{place}/{parts[annotations[0]]}")
        elif not annotations:
            report.add("B106", f"{place}/{parts[TEXT]}")
        else:
            plan[stem] = {suffix: parts[suffix] for suffix in (TEXT, *annotations)}
            for suffix in partial if annotations == [JOINED] else ():
                report.note("B118", f"{place}/{parts[suffix]}")
    return plan


def _raise(err: OSError, path: Path) -> NoReturn:
    raise BionerError("B101", path=err.filename or path, reason=err.strerror or str(err)) from err


def check_output(path: Path, overwrite: bool) -> None:
    """Check that a folder, an archive or one pair of files can be written.

    Raises B175 and B178 for a folder or pair that exists already, and the errors of ``output_places``.
    """
    if is_archive(path):
        check_file(path)
    elif is_pair(path):
        for suffix in PAIR:
            check_file(path.with_suffix(suffix))
        _written_before(path, overwrite)
    else:
        check_whole_folder(path, overwrite, _is_replaceable)


@contextmanager
def open_sink(path: Path, overwrite: bool) -> Iterator[Put]:
    """Open a folder, an archive or one pair of files for writing; yields ``put(stem, suffix, content)``.

    The output gets its name when it is complete: see ``whole_folder``.
    Raises B101 if it cannot be written, B175 and B178 for a folder or pair that exists already.
    """
    if is_archive(path):
        with write_archive(path) as put:
            yield put
    elif is_pair(path):
        files: dict[str, bytes] = {}
        yield lambda stem, suffix, content: files.update({suffix: content})
        _write_pair(path, files, overwrite)
    else:
        with whole_folder(path, overwrite, _is_replaceable) as folder:
            yield lambda stem, suffix, content: _put_file(folder / (stem + suffix), content)


def _is_replaceable(file: Path) -> bool:
    return file.suffix.lower() in PAIR or file.name in SETTINGS


def _write_pair(path: Path, files: dict[str, bytes], overwrite: bool) -> None:
    """Write the files of a document, the text last: after a kill, files without a text are not read as a document."""
    before = _written_before(path, overwrite)
    try:
        with ExitStack() as stack:
            # Each file gets its name when its context ends, and an ExitStack ends them in reverse order: so the text,
            # which was opened first, appears last.
            for suffix, content in sorted(files.items(), reverse=True):
                stack.enter_context(open_output(path.with_suffix(suffix))).write(content)
            for file in reversed(before):
                if file.suffix == TEXT or file.suffix not in files:
                    file.unlink()
            stack.pop_all().close()
    except OSError as err:
        _raise(err, path)


def _written_before(path: Path, overwrite: bool) -> list[Path]:
    """Return the files of a document that exist; raise B175 if there are any and they must not be replaced."""
    before = [file for suffix in PAIR if (file := path.with_suffix(suffix)).exists()]
    if before and not overwrite:
        raise BionerError("B175", path=before[0])
    return before


def _put_file(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
