"""Archives of brat files: reading, as a stream within the bounds of ``limits``, never unpacked to disk; and writing."""

from __future__ import annotations

import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from ... import limits
from ...errors import BionerError
from ..text_io import open_output

ZIP = ".zip"
ARCHIVES = (".tar.gz", ".tgz", ".tar.xz", ZIP)

DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    NotImplementedError,  # a compression method that zipfile does not know
    RuntimeError,  # a zip with a password
    EOFError,
    zlib.error,
    lzma.LZMAError,
    gzip.BadGzipFile,
)
"""Errors that opening or reading a damaged archive raises."""

Put = Callable[[str, str, bytes], None]


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive.

    name: its path in the archive. regular: whether it is a regular file, not a link or device. size: its bytes, as the
    archive states them. place: its position in the archive. read: returns its bytes.
    """

    name: str
    regular: bool
    size: int
    place: int
    read: Callable[[], bytes]


def is_archive(path: Path) -> bool:
    """Return whether the file name is that of an archive which this module reads and writes."""
    return path.name.lower().endswith(ARCHIVES)


def split_archive(path: Path) -> tuple[Path, str] | None:
    """Return the archive file and the place inside it ("" for all of it), or None for a path outside archives."""
    for archive in (path, *path.parents):
        if is_archive(archive) and archive.is_file():
            return archive, "" if archive == path else path.relative_to(archive).as_posix()
    return None


@contextmanager
def open_archive(path: Path) -> Iterator[Iterator[Member]]:
    """Open an archive; yields its members except folders, in order. Raises DAMAGED and OSError, as reading does."""
    if path.name.lower().endswith(ZIP):
        with zipfile.ZipFile(path) as zipped:
            yield (_of_zip(zipped, info) for info in zipped.infolist() if not info.is_dir())
    else:
        with tarfile.open(path, tarinfo=_TarInfo) as tar:
            yield (_of_tar(tar, info) for info in tar if not info.isdir())


class _TarInfo(tarfile.TarInfo):
    """A header with bounded long names and extended headers: tarfile reads these whole, whatever size they state."""

    def _proc_member(self, tar: tarfile.TarFile) -> Any:
        kinds = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
        if self.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, *kinds) and self.size > limits.HEADER:
            raise tarfile.ReadError(f"a header of {self.size:,} bytes, above the limit of {limits.HEADER:,} (HEADER)")
        return super()._proc_member(tar)  # type: ignore[misc]


def _of_tar(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    def read() -> bytes:
        content = tar.extractfile(info)
        return b"" if content is None else content.read()

    return Member(info.name, info.isreg(), info.size, info.offset, read)


def _of_zip(zipped: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    kind = stat.S_IFMT(info.external_attr >> 16)  # the mode of Unix; 0 in archives made on other systems
    return Member(
        info.filename, kind in (0, stat.S_IFREG), info.file_size, info.header_offset, lambda: zipped.read(info)
    )


@contextmanager
def write_archive(path: Path) -> Iterator[Put]:
    """Write an archive; yields ``put(stem, suffix, content)``. It gets its name when it is complete.

    It holds neither dates nor owners, so that the same documents always give the same bytes. Raises B101.
    """
    name = path.name.lower()
    try:
        if name.endswith(ZIP):
            with open_output(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
                yield lambda stem, suffix, content: _put_zipped(zipped, stem + suffix, content)
        elif name.endswith(".tgz"):  # a suffix that open_output does not pack by itself
            with open_output(path) as file, gzip.GzipFile("", "wb", 9, file, 0) as packed:
                yield from _write_tar(cast(IO[bytes], packed))
        else:
            with open_output(path) as file:
                yield from _write_tar(file)
    except (zipfile.LargeZipFile, tarfile.TarError) as err:
        raise BionerError("B101", path=path, reason=str(err)) from err


def _write_tar(file: IO[bytes]) -> Iterator[Put]:
    with tarfile.open(fileobj=file, mode="w") as tar:
        yield lambda stem, suffix, content: _put_member(tar, stem + suffix, content)


def _put_member(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def _put_zipped(zipped: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name)  # dated 1980
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    zipped.writestr(info, content)
