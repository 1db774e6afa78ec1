"""Where brat files lie: folders, archives and single pairs, as a stream of documents' raw bytes.

Nothing is ever unpacked to disk. A place inside an archive is written like a folder below it:
``corpus.tar.gz/corpus/train``.
"""

from __future__ import annotations

import gzip
import io
import lzma
import os
import posixpath
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ...errors import BionerError
from ..problems import ProblemLog

ARCHIVES = (".tar.gz", ".tgz", ".tar.xz")
TEXT = ".txt"
JOINED = ".ann"
PARTIAL = (".a1", ".a2")
PAIR = (TEXT, JOINED, *PARTIAL)
SETTINGS = ("annotation.conf", "visual.conf", "tools.conf", "kb_shortcuts.conf", ".stats_cache")
"""What brat itself keeps beside the documents of a collection."""


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one document: its id, the place they lie at (without suffix) and their bytes by suffix."""

    id: str
    place: str
    files: dict[str, bytes]


def is_archive(path: Path) -> bool:
    """Tell whether the name is that of an archive this module reads and writes."""
    return path.name.lower().endswith(ARCHIVES)


def split_archive(path: Path) -> tuple[Path, str] | None:
    """Return the archive file and the place inside it ("" for all of it), or None for what is in no archive."""
    for archive in (path, *path.parents):
        if is_archive(archive) and archive.is_file():
            return archive, "" if archive == path else path.relative_to(archive).as_posix()
    return None


def safe_name(name: str) -> bool:
    """Tell whether a name is UTF-8 and a plain relative path, one that cannot leave the folder it is put into."""
    unsafe = any(part in ("", ".", "..") for part in name.split("/")) or "\0" in name
    return not unsafe and not any("\ud800" <= char <= "\udfff" for char in name)


def hidden_name(name: str) -> bool:
    """Tell whether a part of a path is a dot file (``._*`` of macOS among them) or a ``__MACOSX`` folder."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def open_sources(path: Path, report: ProblemLog) -> Iterator[Source]:
    """Return the documents of a folder (sorted by id), an archive (in its own order) or the pair of one file.

    Raises B100 for a path that does not exist; the iterator raises B101 for what cannot be read and B102 where there
    is no brat file at all. Reports halves that miss the other (B106, B107), unsafe (B115) and repeated (B119) names
    and damaged archives (B116); notes what is passed over (B105, B117, B118).
    """
    inside = split_archive(path)
    if inside is not None:
        return _from_archive(*inside, report)
    if not path.exists():
        raise BionerError("B100", path=path)
    return _from_folder(path, report) if path.is_dir() else _from_pair(path, report)


def _from_folder(root: Path, report: ProblemLog) -> Iterator[Source]:
    names: list[str] = []
    for folder, subfolders, files in os.walk(root, onerror=_raise):
        for name in sorted(filter(hidden_name, subfolders)):
            subfolders.remove(name)
            report.note("B105", os.path.join(folder, name))
        inner = Path(folder).relative_to(root).as_posix()
        names += files if inner == "." else [f"{inner}/{name}" for name in files]
    for stem, suffixes in _plan(sorted(names), str(root), report).items():
        yield Source(stem, f"{root}/{stem}", {suffix: _bytes(root / (stem + suffix)) for suffix in suffixes})


def _from_pair(path: Path, report: ProblemLog) -> Iterator[Source]:
    names = [path.stem + suffix for suffix in PAIR if path.suffix in PAIR and path.with_suffix(suffix).is_file()]
    for stem, suffixes in _plan(names or [path.name], str(path.parent), report).items():
        files = {suffix: _bytes(path.with_suffix(suffix)) for suffix in suffixes}
        yield Source(stem, str(path.with_suffix("")), files)


def _from_archive(path: Path, folder: str, report: ProblemLog) -> Iterator[Source]:
    place = str(path / folder)
    try:
        with tarfile.open(path) as archive:
            members = _members(archive, path, folder, report)
            plan = _plan(members, place, report)
            waiting: dict[str, dict[str, bytes]] = {stem: {} for stem in plan}
            # In the order of the archive: a compressed one is then only ever read forwards.
            for name, member in sorted(members.items(), key=lambda item: item[1].offset):
                stem, suffix = posixpath.splitext(name)
                if suffix not in plan.get(stem, ()):
                    continue
                content = archive.extractfile(member)
                waiting[stem][suffix] = b"" if content is None else content.read()
                if len(waiting[stem]) == len(plan[stem]):
                    files = waiting.pop(stem)
                    yield Source(stem, f"{place}/{stem}", {part: files[part] for part in plan[stem]})
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as err:
        report.add("B116", path, reason=str(err) or type(err).__name__)
    except OSError as err:
        _raise(err)


def _members(archive: tarfile.TarFile, path: Path, folder: str, report: ProblemLog) -> dict[str, tarfile.TarInfo]:
    """Return the regular files below ``folder`` by their names relative to it; of a repeated name the last, as tar."""
    prefix = f"{folder}/" if folder else ""
    members: dict[str, tarfile.TarInfo] = {}
    for member in archive:
        name = member.name.removeprefix("./")
        if member.isdir() or not name.startswith(prefix):
            continue
        name = name.removeprefix(prefix)
        if not member.isreg():
            report.note("B117", f"{path}/{member.name}")
        else:
            if name in members and not hidden_name(name):
                report.add("B119", f"{path}/{member.name}")
            members[name] = member
    return members


def _plan(names: Iterable[str], place: str, report: ProblemLog) -> dict[str, list[str]]:
    """Return, for each document that has a text and annotations, the suffixes of its files, the text first.

    As in brat itself, ``.ann`` takes precedence over ``.a1`` and ``.a2``.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        stem, suffix = posixpath.splitext(name)
        if not safe_name(name):
            report.add("B115", place, name=ascii(name))
        elif posixpath.basename(name) in SETTINGS:
            continue
        elif hidden_name(name):
            report.note("B105", f"{place}/{name}")
        elif suffix in PAIR:
            found.setdefault(stem, []).append(suffix)
        else:
            report.note("B117", f"{place}/{name}")
    if not found:
        raise BionerError("B102", path=place)
    plan = {}
    for stem, suffixes in found.items():
        partial = [suffix for suffix in PARTIAL if suffix in suffixes]
        annotations = [JOINED] if JOINED in suffixes else partial
        if TEXT not in suffixes:
            report.add("B107", f"{place}/{stem}{annotations[0]}")
        elif not annotations:
            report.add("B106", f"{place}/{stem}{TEXT}")
        else:
            plan[stem] = [TEXT, *annotations]
            for suffix in partial if annotations == [JOINED] else ():
                report.note("B118", f"{place}/{stem}{suffix}")
    return plan


def _raise(err: OSError) -> None:
    raise BionerError("B101", path=err.filename or "the file", reason=err.strerror or str(err)) from err


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as err:
        raise BionerError("B101", path=path, reason=err.strerror or str(err)) from err


@contextmanager
def open_sink(path: Path) -> Iterator[Callable[[str, str, bytes], None]]:
    """Open a folder, an archive or the place of one pair to write to; yields ``put(stem, suffix, content)``.

    Archives carry neither dates nor owners, so the same documents always give the same bytes, and appear when complete.
    Raises B101 for what cannot be written.
    """
    try:
        if not is_archive(path):
            yield lambda stem, suffix, content: _put_file(path, stem, suffix, content)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        try:
            with open(part, "wb") as file, _packed(file, path) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
                yield lambda stem, suffix, content: _put_member(tar, stem + suffix, content)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as err:
        _raise(err)


def _put_member(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def _packed(file: IO[bytes], path: Path) -> lzma.LZMAFile | gzip.GzipFile:
    xz = path.name.lower().endswith(".xz")
    return lzma.LZMAFile(file, "wb") if xz else gzip.GzipFile("", "wb", fileobj=file, mtime=0)


def _put_file(path: Path, stem: str, suffix: str, content: bytes) -> None:
    target = path.with_suffix(suffix) if path.suffix in PAIR else path / (stem + suffix)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
