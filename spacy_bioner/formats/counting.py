"""Units of offsets: characters, or the units of other tools, and their conversion to characters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from unicodedata import normalize

from ..errors import BionerError

UNITS = ("characters", "utf16", "bytes", "crlf1")
"""characters: code points of the text as it is in the file. utf16: code units of UTF-16, as in Java and JavaScript.
bytes: of the text in UTF-8. crlf1: characters with a CRLF counted as one, as in tools that read text with universal
line ends.

    text            a  😀  CR LF  b
    characters      0  1   2  3   4
    utf16           0  1   3  4   5
    bytes           0  1   5  6   7
    crlf1           0  1   2      3
"""


class Counting:
    """Conversion of the offsets of a text, in another unit, to characters; the table is built at the first use."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._text = text
        self._places: dict[int, int] = {}

    def characters(self, offsets: Sequence[int]) -> list[int] | None:
        """Return the character at each offset; None if an offset is outside the text or inside a character."""
        if not self._places:
            lengths = map(_LENGTHS[self.name], self._text, "\0" + self._text)
            ends = accumulate(lengths, initial=0)
            # Under crlf1 the "\n" of a CRLF and the character after it have the same offset: the later entry, the
            # second of them, is the one that stays.
            self._places = {offset: character for character, offset in enumerate(ends)}
        found = [self._places.get(offset, -1) for offset in offsets]
        return None if -1 in found else found


_LENGTHS: dict[str, Callable[[str, str], int]] = {
    "characters": lambda character, before: 1,
    "utf16": lambda character, before: 1 + (character > "\uffff"),
    "bytes": lambda character, before: len(character.encode("utf-8", "surrogatepass")),
    "crlf1": lambda character, before: 0 if character == "\n" and before == "\r" else 1,
}


def counting_of(text: str, unit: str) -> Counting | None:
    """Return the conversion for a text; None for characters. Raises B172 for an unknown unit."""
    if unit not in UNITS:
        raise BionerError("B172", unit=unit, known=", ".join(UNITS))
    return None if unit == "characters" else Counting(text, unit)


class Hints:
    """Finds out why the text of a mention is not at its offsets: a hint for the messages B109, B110 and B266."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._countings = [Counting(text, unit) for unit in UNITS]
        self._forms: list[str] = []

    def of(self, offsets: Sequence[int], stated: str) -> str:
        """Return the hint as a clause that starts with "; ", or "" if there is none."""
        for counting in self._countings:
            places = counting.characters(offsets)
            words = None if places is None else _words(self._text, places)
            if words == _words(stated, [0, len(stated)]) and counting.name != "characters":
                name = counting.name
                return f'; they fit if they count {_NAMES[name]}: offsets = "{name}" (convert --offsets {name})'
        if not (self._text.isascii() and stated.isascii()):
            self._forms = self._forms or [self._text, *(normalize(form, self._text) for form in ("NFC", "NFD"))]
            meant = normalize("NFC", _words(stated, [0, len(stated)]))
            if any(normalize("NFC", _words(form, offsets)) == meant for form in self._forms):
                return "; the two differ only in their Unicode form (NFC, NFD): bring text and annotations to one"
        return ""


_NAMES = {"utf16": "UTF-16 units", "bytes": "bytes of UTF-8", "crlf1": "a CRLF as one character"}


def _words(text: str, offsets: Sequence[int]) -> str:
    """Return the text at pairs of offsets, without white space."""
    return "".join("".join(text[a:b].split()) for a, b in zip(offsets[::2], offsets[1::2], strict=True))
