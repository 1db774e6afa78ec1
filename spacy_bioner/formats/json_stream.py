"""JSON files read value by value, in bounded memory: the members of one long list, or one value per line."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from .problems import ProblemLog
from .text_io import faults, open_bytes

CHUNK = 2**18
LONGEST_OPENING = 2**16
"""Most characters before the list of a file that is read member by member."""

MAX_VALUE = 256 * 2**20
"""Most characters of one value. A full text has less than a million."""

LIST = re.compile(r"\s*\[")
_BLANK = re.compile(r"\s*")
_BETWEEN = re.compile(r"[\s,]*")
_CUT = "the file ends inside a list or an object: it is cut short"


def read_json(
    path: Path, report: ProblemLog, opening: re.Pattern[str] = LIST, head: dict[str, Any] | None = None
) -> Iterator[Any]:
    """Yield the members of the lists of a file (also .gz, .xz), and its other values, one after the other.

    opening: matches all before the members of a list, its bracket included. A value that it does not match is yielded
        as a whole.
    head: is filled, before the first member of a list, with what the object of the list holds before it; it is empty
        where there is no such object. What the object holds after the list is checked, and not given.
    Reports invalid JSON (B269; the rest of the file is not read) and damaged packed files (B116). Raises B101.
    """
    with faults(path, report), open_bytes(path) as file:
        buffer = _Buffer(file)
        values = _values(buffer, opening, {} if head is None else head)
        while True:
            try:
                value = next(values)
            except StopIteration:
                return
            except (ValueError, RecursionError) as err:
                line, reason = buffer.fault(err)
                report.add("B269", path, line, reason=reason)
                return
            yield value


def name_of(value: Any) -> str | None:
    """Return an id as a string: the digits of a whole number, "" for null, None for a value that is not an id."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)


def _values(buffer: _Buffer, opening: re.Pattern[str], head: dict[str, Any]) -> Iterator[Any]:
    """Yield the values of ``read_json``.

    Raises ValueError for invalid JSON or a value that is too large, and UnicodeDecodeError, a ValueError, for text
    that is not UTF-8.
    """
    while buffer.next(_BETWEEN):
        head.clear()
        opened = buffer.take(opening)
        if not opened:
            yield buffer.value()
            continue
        in_object = opened.lstrip().startswith("{")
        if in_object:
            head.update(json.loads(f"{opened}]}}"))
            head.popitem()
        while buffer.next(_BETWEEN, required=True) != "]":
            yield buffer.value()
        buffer.expect("]")
        if in_object:
            _close(buffer, opening)


def _close(buffer: _Buffer, opening: re.Pattern[str]) -> None:
    """Take the rest of an object after its list: other members, and the brace. Raises ValueError for another list."""
    while buffer.next(required=True) != "}":
        buffer.expect(",")
        if buffer.next(required=True) != '"':
            buffer.expect('"')
        key = buffer.value()
        buffer.next(required=True)
        buffer.expect(":")
        buffer.next(required=True)
        if isinstance(buffer.value(), list) and opening.match(json.dumps({key: []})):
            raise ValueError(f'one object has two lists, the second is "{key}"')
    buffer.expect("}")


class _Buffer:
    """The text of a file that has not been parsed yet; values are taken from its front.

    The parser needs a whole value. While the text ends inside one, the buffer grows and the value is parsed again:

        '{"id": 1}, {"id"'     value() -> {"id": 1}, at the front is ', {"id"'
        '{"id"'                value() reads on, then -> {"id": 2}
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._decoder = json.JSONDecoder()
        self._text = ""
        self._front = 0  # what lies before it was taken; it is dropped when the buffer grows
        self._line, self._column = 1, 1  # of the first character of the text
        self._ended = False

    def _grow(self) -> None:
        """Read on. The buffer at least doubles, which keeps the total time of repeated parsing linear."""
        self._line, self._column = self._place(self._front)
        self._text, self._front = self._text[self._front :], 0
        content = self._file.read(max(CHUNK, len(self._text)))
        self._ended = not content
        self._text += self._decode.decode(content, final=self._ended)
        if len(self._text) > MAX_VALUE:
            raise ValueError(f"a value of more than {MAX_VALUE:,} characters")

    def _place(self, position: int) -> tuple[int, int]:
        """Return the line and the column of a character of the text."""
        breaks = self._text.count("\n", 0, position)
        if not breaks:
            return self._line, self._column + position
        return self._line + breaks, position - self._text.rindex("\n", 0, position)

    def fault(self, err: Exception) -> tuple[int, str]:
        """Return the line of an error, and what is wrong there."""
        if isinstance(err, UnicodeDecodeError):  # of the bytes that follow the text
            line, _ = self._place(len(self._text))
            return line + err.object.count(b"\n", 0, err.start), f"not UTF-8: {err.reason}"
        if isinstance(err, json.JSONDecodeError) and err.doc is self._text:
            line, column = self._place(err.pos)
            return line, f"{err.msg}, column {column}"
        line, _ = self._place(self._front)
        return line, err.msg if isinstance(err, json.JSONDecodeError) else str(err) or type(err).__name__

    def next(self, skipped: re.Pattern[str] = _BLANK, required: bool = False) -> str:
        """Skip what the pattern matches; return the character that follows, "" at the end of the file.

        Raises ValueError at the end if a character is required.
        """
        while True:
            match = skipped.match(self._text, self._front)
            self._front = match.end() if match is not None else self._front
            if self._front < len(self._text):
                return self._text[self._front]
            if self._ended:
                if required:
                    raise ValueError(_CUT)
                return ""
            self._grow()

    def take(self, pattern: re.Pattern[str]) -> str:
        """Take what the pattern matches at the front, "" if it does not match."""
        while len(self._text) - self._front < LONGEST_OPENING and not self._ended:
            self._grow()
        match = pattern.match(self._text, self._front)
        if match is None:
            return ""
        self._front = match.end()
        return match[0]

    def expect(self, character: str) -> None:
        """Take a character. Raises ValueError if another one is at the front."""
        if not self._text.startswith(character, self._front):
            raise json.JSONDecodeError(f"Expecting '{character}'", self._text, self._front)
        self._front += 1

    def value(self) -> Any:
        """Take the JSON value at the front."""
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._front)
            except ValueError:
                if self._ended:
                    raise
            else:
                # A number may go on behind the end of the text.
                if end < len(self._text) or self._ended:
                    self._front = end
                    return value
            self._grow()
