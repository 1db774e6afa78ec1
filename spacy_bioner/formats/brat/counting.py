"""Units of offsets: characters, as in brat, or the units of other tools, with their conversion to characters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from unicodedata import normalize

from ...errors import BionerError

UNITS = ("characters", "utf16", "bytes", "crlf1")
"""characters: code points of the text as the file has it. utf16: code units of UTF-16, as Java and JavaScript count.
bytes: of the text in UTF-8. crlf1: characters, a CRLF counted as one, as tools count that read text with universal
line ends."""


class Counting:
    """The characters of a text at offsets that count something else; worked out when it is first asked."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._text = text
        self._places: dict[int, int] = {}

    def characters(self, offsets: Sequence[int]) -> list[int] | None:
        """Return the character at each offset; None where one is outside the text or inside a character."""
        if not self._places:
            lengths = map(_LENGTHS[self.name], self._text, "\0" + self._text)
            ends = accumulate(lengths, initial=0)
            # Of two characters at one offset, the "\n" of a CRLF and what follows it, the second counts.
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
    """Return how to count in a text; None for characters. Raises B172 for a unit that is none."""
    if unit not in UNITS:
        raise BionerError("B172", unit=unit, known=", ".join(UNITS))
    return None if unit == "characters" else Counting(text, unit)


class Hints:
    """Says of a mention whose text is not at its offsets what may be meant; for the messages B109 and B110."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._countings = [Counting(text, unit) for unit in UNITS]
        self._forms: list[str] = []

    def of(self, offsets: Sequence[int], stated: str) -> str:
        """Return a clause that starts with "; ", or ""."""
        for counting in self._countings:
            places = counting.characters(offsets)
            words = None if places is None else _words(self._text, places)
            if words == _words(stated, [0, len(stated)]) and counting.name != "characters":
                return f'; they fit if they count {_NAMES[counting.name]}: read with offsets = "{counting.name}"'
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
