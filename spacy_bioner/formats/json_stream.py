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
MAX_VALUE = 256 * 2**20
"""Most characters of one value. A full text has less than a million."""

LIST = re.compile(r"\s*\[")
_END = object()
_BETWEEN = re.compile(r"[\s,]*")


def read_json(path: Path, report: ProblemLog, opening: re.Pattern[str] = LIST) -> Iterator[Any]:
    """Yield the values of a file (also .gz, .xz); see ``json_values``.

    Reports invalid JSON (B269; the rest of the file is not read) and damaged packed files (B116). Raises B101.
    """
    with faults(path, report), open_bytes(path) as file:
        values = json_values(file, opening)
        while True:
            try:
                value = next(values, _END)
            except (ValueError, RecursionError) as err:
                report.add("B269", path, reason=str(err) or type(err).__name__)
                return
            if value is _END:
                return
            yield value


def name_of(value: Any) -> str | None:
    """Return an id as a string: the digits of a whole number, "" for null, None for a value that is not an id."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)


def json_values(file: IO[bytes], opening: re.Pattern[str] = LIST) -> Iterator[Any]:
    """Yield the values of a list, or values that follow one another, in UTF-8 text.

    opening: matches all before the first value, the bracket included; if it does not match, there is no list.
    Raises ValueError for invalid JSON or a value that is too large, and UnicodeDecodeError, a ValueError, for text
    that is not UTF-8.
    """
    buffer = _Buffer(file)
    buffer.grow()
    listed = buffer.skip(opening)
    while True:
        buffer.skip(_BETWEEN)
        if not buffer.text and not buffer.ended:
            buffer.grow()
            continue
        if not buffer.text and listed:
            raise ValueError("the file ends inside a list: it is cut short")
        if not buffer.text or (listed and buffer.text[0] == "]"):
            return
        yield buffer.value()


class _Buffer:
    """The text of a file that has not been parsed yet; values are taken from its front.

    The parser needs a whole value. While the text ends inside one, the buffer grows and the value is parsed again:

        text        '{"id": 1}, {"id"'     value() -> {"id": 1}, the text is ', {"id"'
                    '{"id"'                fails: grow() reads on, then value() -> {"id": 2}
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._decoder = json.JSONDecoder()
        self.text = ""
        self.ended = False

    def grow(self) -> None:
        """Read on. The buffer at least doubles, which keeps the total time of repeated parsing linear."""
        content = self._file.read(max(CHUNK, len(self.text)))
        self.ended = not content
        self.text += self._decode.decode(content, final=self.ended)
        if len(self.text) > MAX_VALUE:
            raise ValueError(f"a value of more than {MAX_VALUE:,} characters")

    def skip(self, pattern: re.Pattern[str]) -> bool:
        """Drop what the pattern matches at the front; return whether it matched any characters."""
        match = pattern.match(self.text)
        if match is not None:
            self.text = self.text[match.end() :]
        return match is not None and match.end() > 0

    def value(self) -> Any:
        """Take the JSON value at the front."""
        while True:
            try:
                value, end = self._decoder.raw_decode(self.text)
            except ValueError:
                if self.ended:
                    raise
                self.grow()
                continue
            self.text = self.text[end:]
            return value
