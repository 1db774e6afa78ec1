"""Checks of the settings of layers, schedules and batchers: a value of the wrong type or range is a coded error.

spaCy checks the types of settings in a config, but not those of calls from Python, and in neither case their ranges.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..errors import BionerError


def check_whole(name: str, least: int = 1, **settings: Any) -> None:
    """Raise B623 unless each setting is a whole number from ``least`` on."""
    for setting, value in settings.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            _raise(name, setting, value, f"a whole number from {least} on")


def check_share(name: str, *, below_one: bool = False, **settings: Any) -> None:
    """Raise B623 unless each setting is a number from 0 to 1, with ``below_one`` from 0 to below 1."""
    for setting, value in settings.items():
        if not is_number(value) or not 0 <= value <= 1 or (below_one and value == 1):
            _raise(name, setting, value, "a number from 0 to below 1" if below_one else "a number from 0 to 1")


def check_between(name: str, **settings: Any) -> None:
    """Raise B623 unless each setting is a number between 0 and 1, neither of which it may be."""
    for setting, value in settings.items():
        if not is_number(value) or not 0 < value < 1:
            _raise(name, setting, value, "a number above 0 and below 1")


def check_rate(name: str, **settings: Any) -> None:
    """Raise B623 unless each setting is a finite number from 0 on."""
    for setting, value in settings.items():
        if not is_number(value) or value < 0:
            _raise(name, setting, value, "a number from 0 on")


def check_choice(name: str, known: Sequence[str], **settings: Any) -> None:
    """Raise B623 unless each setting is one of the ``known`` names."""
    for setting, value in settings.items():
        if value not in known:
            _raise(name, setting, value, f"one of {', '.join(known)}")


def check_flag(name: str, *, also: str | None = None, **settings: Any) -> None:
    """Raise B623 unless each setting is true, false or ``also``, a third choice."""
    for setting, value in settings.items():
        if not isinstance(value, bool) and (also is None or value != also):
            _raise(name, setting, value, f"true, false or {also}" if also else "true or false")


def check_text(name: str, /, **settings: Any) -> None:
    """Raise B623 unless each setting is a string that is not empty."""
    for setting, value in settings.items():
        if not isinstance(value, str) or not value:
            _raise(name, setting, value, "a string that is not empty")


def check_whole_list(name: str, least: int = 1, **settings: Any) -> None:
    """Raise B623 unless each setting is a list of whole numbers from ``least`` on."""
    for setting, values in settings.items():
        if isinstance(values, str) or not isinstance(values, Sequence):
            _raise(name, setting, values, "a list of whole numbers")
        check_whole(name, least, **{f"{setting}[{i}]": value for i, value in enumerate(values)})


def check_increasing(name: str, least: int = 1, **settings: Any) -> None:
    """Raise B623 unless each setting is a list of whole numbers from ``least`` on, each above the one before it."""
    check_whole_list(name, least, **settings)
    for setting, values in settings.items():
        if any(second <= first for first, second in pairwise(values)):
            _raise(name, setting, list(values), "each number once, in increasing order")


def check_table(name: str, /, **settings: Any) -> None:
    """Raise B623 unless each setting is a table (a mapping)."""
    for setting, value in settings.items():
        if not isinstance(value, Mapping):
            _raise(name, setting, value, "a table")


def is_number(value: Any) -> bool:
    """Return whether a value is a finite number; true and false are not numbers."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _raise(name: str, setting: str, value: Any, wanted: str) -> None:
    raise BionerError("B623", name=name, setting=setting, value=repr(value), wanted=wanted)
