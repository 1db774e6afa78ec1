"""What every reader and writer must survive, and inputs that are nasty on purpose.

A reader given any bytes at all either yields documents or raises a BionerError, under both policies; what it yields,
every writer writes, or refuses with a BionerError, and what is written is read as the same.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, ProblemLog

Read = Callable[..., Iterable[Document]]

NASTY_CHARACTERS = "\0\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u0301\u200b\u2028\u2029\ufeff\ufffd\ud800\udfffI\u0130ﬁ𝐀"
NASTY_STRINGS = st.text(st.sampled_from(NASTY_CHARACTERS + "aZ0-_/.:;|\"'\\{}[]%"), max_size=8) | st.text(
    st.characters(), max_size=8
)
"""Strings with line breaks of every kind, zero-width and combining characters, half surrogate pairs, punctuation."""

NUMBERS = (
    st.integers(-3, 60)
    | st.sampled_from([2**31, 2**63, 2**64, -(2**63), 10**5000, 1.5, True, None, "0"])
    | st.floats(allow_nan=True, allow_infinity=True)
)
"""Offsets as a damaged or hostile file may give them: of other types, endless, not finite."""


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Return bytes with some cut out, doubled, overwritten or put in: up to four times."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.sampled_from([0, 1, 1, 2, 8, 100])))
        middle = draw(st.sampled_from([b"", content[start:end] * 2]) | st.binary(max_size=4))
        content = content[:start] + middle + content[end:]
    return content


def survives(read: Read, path: Path, **options: Any) -> list[Document]:
    """Read a file under both policies and return the documents read under ``skip``; [] where it raises.

    Fails for any exception but a BionerError, where the garbage collector stays off, and where the policies disagree:
    ``error`` must give the same documents if ``skip`` left nothing out, and raise if it raised.
    """
    try:
        return _documents(read, path, **options)
    finally:
        assert gc.isenabled(), "srsly leaves the garbage collector off after damaged msgpack"


def _documents(read: Read, path: Path, **options: Any) -> list[Document]:
    log = ProblemLog("skip")
    try:
        found = list(read(path, log, **options))
    except BionerError as err:
        _raises(read, path, err.code, **options)
        return []
    code = ""
    same: list[Document] = []
    try:
        same = list(read(path, ProblemLog("error"), **options))
    except BionerError as err:
        code = err.code
    assert not code or code in log.counts, f"{code} is raised under error, and not counted under skip"
    assert code or same == found, "the policies give other documents where no fault was reported"
    return found


def _raises(read: Read, path: Path, code: str, **options: Any) -> None:
    try:
        list(read(path, ProblemLog("error"), **options))
    except BionerError:
        return
    raise AssertionError(f"{code} is raised under skip, and nothing under error")


def writes(write: Callable[..., None], documents: Iterable[Document], path: Path, **options: Any) -> bool:
    """Write documents; tell whether they were written. Fails for any exception but a BionerError, and for leftovers."""
    before = set(path.parent.iterdir())
    try:
        write(documents, path, ProblemLog("skip"), **options)
    except BionerError:
        left = set(path.parent.iterdir()) - before
        assert not left, f"a refused write left {left}"
        return False
    return True


def all_strings(value: Any) -> Iterator[str]:
    """Yield the strings in a value of plain lists, tuples and dictionaries."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from all_strings(key)
            yield from all_strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from all_strings(item)
