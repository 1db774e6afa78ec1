"""Progress of a long step: a bar on stderr, in the style of spaCy's console logger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

DELAY = 2.0
"""Seconds: what is done sooner shows no progress; and the time from one change of the line to the next."""


def progress(items: Iterable[Any] | None = None, *, title: str, total: int | None = None) -> Any:
    """Return a tqdm bar over the items, or over ``total`` steps that the caller counts."""
    from tqdm import tqdm

    return tqdm(items, desc=title, total=total, delay=DELAY, mininterval=DELAY)
