"""Tables as lines of text, for commands."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Literal

from wasabi import table


def percent(fraction: float | None) -> str:
    """Return a fraction as a percentage with two decimals, "-" for None."""
    return "-" if fraction is None else f"{100 * fraction:.2f}"


def aligned(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows under their header, the first column to the left, all others to the right; nothing is cut off."""
    right: list[Literal["l", "r", "c"]] = ["r"] * (len(header) - 1)
    return table(list(rows), header=header, divider=True, aligns=["l", *right], max_col=sys.maxsize)
