"""Yes-or-no properties of a word: digits, case, Greek letters, Roman numerals, length."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from .block import WordBlock

_GREEK_NAMES = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|omicron|pi|rho|sigma|tau|upsilon|phi|chi|"
    "psi|omega",
    re.IGNORECASE,
)
# Roman numerals up to 89: types and stages (IV, xii), in one case; without C, D and M, which mean other things here.
_ROMAN = re.compile(r"(?=.)(L?X{0,3}|XL)(IX|IV|V?I{0,3})")


@dataclass(kw_only=True)
class FlagFeatures(WordBlock):
    """``spacy-bioner.FlagFeatures.v1``: the properties of the word, and its length class."""

    def of_word(self, word: str) -> list[str]:
        """Return the flags that apply (number, digit, roman, greek, case, mark) and the length class."""
        flags = {
            "number": word.isdigit(),
            "digit": any(map(str.isdigit, word)),
            "roman": _is_roman(word),
            "greek": _is_greek(word),
            "upper": word.isupper(),
            "title": word[:1].isupper() and word[1:].islower(),
            "mixed": any(map(str.isupper, word[1:])) and any(map(str.islower, word)),
            "mark": not any(map(str.isalnum, word)),
        }
        length = str(len(word)) if len(word) < 6 else "6-9" if len(word) < 10 else "10+"
        return [*(name for name, holds in flags.items() if holds), f"length={length}"]


def _is_roman(word: str) -> bool:
    return (word.isupper() or word.islower()) and _ROMAN.fullmatch(word.upper()) is not None


def _is_greek(word: str) -> bool:
    if word.isascii():
        return _GREEK_NAMES.fullmatch(word) is not None
    return any(unicodedata.name(char, "").startswith("GREEK") for char in word)
