"""Progress of a long step: a bar on stderr, in the style of spaCy's console logger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

DELAY = 2.0
"""Seconds before a bar is shown at all, and between its updates."""


def progress(items: Iterable[Any] | None = None, *, title: str, total: int | None = None, unit: str = "it") -> Any:
    """Return a tqdm bar over the items, or over ``total`` steps that the caller counts.

    unit: what is counted, in the plural, with a blank before it.
    """
    from tqdm import tqdm

    return tqdm(items, desc=title, total=total, unit=unit, delay=DELAY, mininterval=DELAY)
