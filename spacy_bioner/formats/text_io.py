"""Text files, plain or compressed (.gz, .xz): reading line by line, with located faults, and atomic writing."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import lzma
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from .. import limits
from ..errors import BionerError
from .output_places import check_file, is_special
from .own_name import own_file
from .problems import ProblemLog

BOM = "\ufeff"
HEAD = 16_384
BUFFER = 2**16
UTF16 = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
DAMAGED = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file to read its bytes, unpacked if the name ends in .gz or .xz."""
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return cast(IO[bytes], gzip.open(path))
    return lzma.open(path) if suffix == ".xz" else open(path, "rb", BUFFER)


def file_stem(path: Path) -> str:
    """Return the name of a file for the ids of its documents: without its suffix, and without .gz or .xz before that.

    ``visit.2020.txt`` and ``visit.2021.txt`` keep different names.
    """
    return Path(path.stem if path.suffix.lower() in (".gz", ".xz") else path.name).stem


def read_head(path: Path) -> str:
    """Return the first HEAD bytes of a file as text, with U+FFFD for invalid bytes; "" if it cannot be read."""
    try:
        with open_bytes(path) as file:
            head = file.read(HEAD)
            return head.decode(UTF16.get(head[:2], "utf-8"), errors="replace").removeprefix(BOM)
    except (OSError, *DAMAGED):
        return ""


def read_text(path: Path, report: ProblemLog, encoding: str = "utf-8") -> str | None:
    """Return the text of a file unchanged, line ends included, without a byte order mark (noted, B136).

    None if it does not decode (reported, B103) or is damaged (B116). Raises B101 and B124.
    """
    _check_encoding(encoding)
    with faults(path, report), open_bytes(path) as file:
        content = file.read(limits.TEXT + 1)
        limits.check(path, "the size of a text in bytes, unpacked,", len(content), "TEXT")
        try:
            text = content.decode(encoding)
        except UnicodeError as err:
            line = content.count(b"\n", 0, err.start) + 1 if isinstance(err, UnicodeDecodeError) else 1
            report.add("B103", path, line, encoding=encoding, reason=_reason(err, content))
            return None
        if text.startswith(BOM):
            report.note("B136", path, 1)
        return text.removeprefix(BOM)
    return None


def read_lines(path: Path, report: ProblemLog, encoding: str = "utf-8") -> Iterator[tuple[int, str | None]]:
    r"""Return the lines of a file with their numbers, from 1, without line ends ("\n" or "\r\n").

    Reports lines that do not decode (B103), which become None, and damaged packed files (B116), which end there. Notes
    a byte order mark (B136) and CRLF line ends (B137), both dropped. Raises B101 (unreadable) and B124 (no such
    encoding).

    If a line end is more than one byte, as in UTF-16, the bytes after a fault cannot be split into lines and are left
    out.
    """
    _check_encoding(encoding)
    return _lines(path, report, encoding)


def _check_encoding(encoding: str) -> None:
    try:
        known = isinstance(encoding, str) and "\n".encode(encoding).decode(encoding) == "\n"
    except (LookupError, ValueError):  # ValueError: not a text, or a name that no encoding can have
        known = False
    if not known:
        raise BionerError("B124", encoding=encoding)


def _reason(err: UnicodeError, raw: bytes) -> str:
    """Return why bytes do not decode, with a hint if they look like UTF-16."""
    reason = err.reason if isinstance(err, UnicodeDecodeError) else str(err)
    return f"{reason}; it starts like UTF-16: encoding utf-16" if raw[:2] in UTF16 else reason


@contextmanager
def faults(path: Path, report: ProblemLog | None = None) -> Iterator[None]:
    """Report the errors of a damaged compressed file (without a report, raise B116); raise B101 for other errors."""
    try:
        yield
    except DAMAGED as err:
        (report or ProblemLog("error")).add("B116", path, reason=str(err) or type(err).__name__)
    except OSError as err:
        raise BionerError("B101", path=path, reason=err.strerror or str(err)) from err


def _lines(path: Path, report: ProblemLog, encoding: str) -> Iterator[tuple[int, str | None]]:
    crlf = False
    with faults(path, report), open_bytes(path) as file:
        # Splitting bytes at b"\n" and decoding line by line locates a bad byte and goes on after it. This is right if
        # b"\n" is always a line end, as in UTF-8 and Latin-1; in UTF-16 it may be half of another character.
        if "\n".encode(encoding) != b"\n":
            yield from _wide_lines(file, path, report, encoding)
            return
        for number, raw in enumerate(iter(partial(file.readline, limits.LINE + 1), b""), 1):
            limits.check(path, "the length of a line in bytes", len(raw), "LINE")
            try:
                line = raw.decode(encoding)
            except UnicodeError as err:
                report.add("B103", path, number, encoding=encoding, reason=_reason(err, raw))
                yield number, None
                continue
            if number == 1 and line.startswith(BOM):
                report.note("B136", path, number)
                line = line[1:]
            if line.endswith("\r\n"):
                if not crlf:
                    report.note("B137", path, number)
                    crlf = True
                yield number, line[:-2]
            else:
                yield number, line.removesuffix("\n")


def _wide_lines(file: IO[bytes], path: Path, report: ProblemLog, encoding: str) -> Iterator[tuple[int, str | None]]:
    """Yield the lines of a file whose line ends are more than one byte."""
    number = 0
    crlf = False
    text = io.TextIOWrapper(cast(io.BufferedReader, file), encoding, newline="\n")
    try:
        for number, line in enumerate(iter(partial(text.readline, limits.LINE + 1), ""), 1):
            limits.check(path, "the length of a line in characters", len(line), "LINE")
            if number == 1 and line.startswith(BOM):
                report.note("B136", path, number)
                line = line[1:]
            if line.endswith("\r\n") and not crlf:
                report.note("B137", path, number)
                crlf = True
            yield number, line[:-2] if line.endswith("\r\n") else line.removesuffix("\n")
    except UnicodeError as err:
        reason = f"{_reason(err, b'')}; the rest of the file is left out"
        report.add("B103", path, number + 1, encoding=encoding, reason=reason)
        yield number + 1, None
    finally:
        text.detach()


@contextmanager
def open_output(path: Path, raw: bool = False) -> Iterator[IO[bytes]]:
    """Open a file to write bytes, packed if the name ends in .gz or .xz (the same content gives the same bytes).

    raw: write the bytes as they are whatever the name.

    The file that a link names is written, and the link stays. A device or a pipe is written to as it is. Else writing
    is atomic: the file gets its name when it is complete. After an error nothing of it is left, and an older
    file of that name is unchanged. Of two processes that write it at once, the last to end wins. This protects against
    a killed process and a full disk, but not against a power failure, because nothing is flushed to the disk. Raises
    B101 if the file cannot be written, and what ``check_file`` raises.
    """
    check_file(path)
    suffix = "" if raw else path.suffix.lower()
    try:
        if is_special(path):
            with _packed(path, suffix) as file:
                yield file
            return
        target = Path(os.path.realpath(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        # A sibling, because os.replace is atomic only within a file system.
        with own_file(target.with_name(target.name + ".part")) as part:
            with _packed(part, suffix) as file:
                yield file
            os.replace(part, target)
    except OSError as err:
        raise BionerError("B101", path=path, reason=err.strerror or str(err)) from err


@contextmanager
def _packed(path: Path, suffix: str) -> Iterator[IO[bytes]]:
    """Open a file to write bytes, packed for the suffix .gz or .xz. Raises OSError."""
    with open(path, "wb", BUFFER) as file:
        # No name and time 0 in the gzip header: the same content gives the same bytes.
        if suffix == ".gz":
            with gzip.GzipFile("", "wb", 9, file, 0) as packed:
                yield cast(IO[bytes], packed)
        elif suffix == ".xz":
            with lzma.open(file, "wb") as packed:
                yield packed
        else:
            yield file


def encoded(text: str, path: Path) -> bytes:
    """Return text as UTF-8; raises B127 for an unpaired surrogate, which UTF-8 cannot hold."""
    try:
        return text.encode()
    except UnicodeEncodeError as err:
        raise BionerError("B127", path=path, position=err.start, character=ascii(text[err.start])) from err


def write_rows(rows: Iterable[Sequence[str]], path: Path) -> None:
    """Write rows of cells, separated by tabs. Raises B127 and what ``open_output`` raises."""
    with open_output(path) as file:
        for row in rows:
            file.write(encoded("\t".join(row) + "\n", path))


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file atomically; raises B101."""
    with open_output(path) as file:
        file.write(encoded(json.dumps(value, indent=2, ensure_ascii=False) + "\n", path))
