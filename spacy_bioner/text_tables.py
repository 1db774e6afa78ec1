"""Tables as lines of text, for commands, and what cells of them hold."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import Literal

from wasabi import table

_SPECIAL = re.compile(r"([\\`*|\[\]]|(?<![^\W_])_|_(?![^\W_]))")
"""What Markdown reads as more than itself; "_" does so at the edge of a word only."""

_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def percent(fraction: float | None) -> str:
    """Return a fraction as a percentage with two decimals, "-" for None."""
    return "-" if fraction is None else f"{100 * fraction:.2f}"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 mention", "2,000 mentions". many: its plural, if not one with "s"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def times(number: int) -> str:
    """Return "once", "2 times" and so on."""
    return "once" if number == 1 else f"{number:,} times"


def p_value(value: float, level: float) -> str:
    """Return a probability with three digits, or with as many more as tell it from the level of significance."""
    digits = 3
    while value != level and digits < 9 and float(f"{value:.{digits}f}") == level:
        digits += 1
    return f"{value:.{digits}f}"


def size_text(size: float) -> str:
    """Return a number of bytes with a unit of the SI, in which 1 MB is a million bytes: 3,300,000 as "3.3 MB"."""
    factor, unit = next((pair for pair in _UNITS if size >= pair[0]), (1, "B"))
    return f"{size / factor:.1f} {unit}" if factor > 1 else f"{size:.0f} B"


def duration_text(seconds: float) -> str:
    """Return a duration in seconds, minutes or hours."""
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def aligned(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows under their header, the first column to the left, all others to the right; nothing is cut off."""
    right: list[Literal["l", "r", "c"]] = ["r"] * (len(header) - 1)
    return table(list(rows), header=header, divider=True, aligns=["l", *right], max_col=sys.maxsize)


def escape_markdown(value: object) -> str:
    """Escape a text for Markdown, on one line and in one table cell."""
    text = " ".join(str(value).split()).replace("&", "&amp;").replace("<", "&lt;")
    return _SPECIAL.sub(r"\\\1", text)
