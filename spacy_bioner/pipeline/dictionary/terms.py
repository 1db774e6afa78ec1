"""The terms of a dictionary, stored in columns: a million take some 50 MB."""

from __future__ import annotations

import gzip
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import srsly

from ... import limits
from ...documents.concept_ids import join_concepts, unite_ids
from ...errors import BionerError
from ...normalise import Normaliser
from .strings import Strings


class Term(NamedTuple):
    """A written term under one label.

    concepts: ids in a terminology, best first, joined by ``|``; "" for none.
    times: the number of times that the term was given under this label.
    score: the share of its matches in the training text that are gold under this label; 1.0 if it has none.
    """

    term: str
    label: str
    concepts: str = ""
    times: int = 1
    score: float = 1.0


class Columns:
    """Terms as one list per field: a million strings in lists, unlike a million tuples, cost the garbage collector none
    of its time."""

    def __init__(self, terms: Iterable[Term] = ()) -> None:
        self.terms: list[str] = []
        self.labels: list[str] = []
        self.concepts: list[str] = []
        self.times: list[int] = []
        self.scores: list[float] = []
        for term, label, concepts, times, score in terms:
            self.terms.append(term)
            self.labels.append(label)
            self.concepts.append(concepts)
            self.times.append(times)
            self.scores.append(score)

    def merge(self, rows: Sequence[int]) -> list[int]:
        """Merge rows with the same term and label into the first of them, and return the rows that are left.

        Times are added, concepts are joined, and the lowest score is kept.
        """
        left: dict[tuple[str, str], int] = {}
        for row in rows:
            first = left.setdefault((self.terms[row], self.labels[row]), row)
            if first != row:
                self.concepts[first] = unite_ids((self.concepts[first], self.concepts[row]))
                self.times[first] += self.times[row]
                self.scores[first] = min(self.scores[first], self.scores[row])
        return list(left.values())


class TermTable:
    """Rows of ``Term``; rows with the same key (normal form) are adjacent, in the order of their keys' numbers.

    columns, rows: the terms, and which of them to use. sizes: the number of rows of each key.
    """

    def __init__(self, columns: Columns, rows: Sequence[int], sizes: Iterable[int]) -> None:
        numbers = {label: i for i, label in enumerate(dict.fromkeys(columns.labels[row] for row in rows))}
        self._terms = Strings([columns.terms[row] for row in rows])
        self._label = array("I", [numbers[columns.labels[row]] for row in rows])
        self._concepts = Strings([columns.concepts[row] for row in rows])
        self._times = array("I", [columns.times[row] for row in rows])
        self._scores = array("d", [columns.scores[row] for row in rows])
        self._first = array("I", accumulate(sizes, initial=0))
        self.labels = list(numbers)

    def __len__(self) -> int:
        return len(self._terms)

    def __getitem__(self, row: int) -> Term:
        if not 0 <= row < len(self):
            raise IndexError(row)
        return Term(self._terms[row], self.label(row), self._concepts[row], self._times[row], self._scores[row])

    def __iter__(self) -> Iterator[Term]:
        return map(self.__getitem__, range(len(self)))

    def term(self, row: int) -> str:
        """Return the written term of a row."""
        return self._terms[row]

    def label(self, row: int) -> str:
        """Return the label of a row."""
        return self.labels[self._label[row]]

    def label_numbers(self) -> np.ndarray:
        """Return the place in ``labels`` of the label of each row."""
        return np.array(self._label, dtype=np.int64)

    def first_rows(self) -> np.ndarray:
        """Return the first row of each key."""
        return np.array(self._first, dtype=np.int64)[:-1]

    def rows(self, key: int) -> tuple[int, ...]:
        """Return the rows of a key."""
        first, end = self._first[key], self._first[key + 1]
        return (first,) if end - first == 1 else tuple(range(first, end))


def build_table(
    terms: Iterable[Term], normaliser: Normaliser, keep: Callable[[str, str], bool]
) -> tuple[TermTable, list[str]]:
    """Return the table of the terms, and its keys, numbered in the order of their first term.

    keep: returns whether a (key, term) is used. Rows with the same term and label are merged; see ``Columns``.
    """
    columns = Columns(terms)
    keys = normaliser.keys(columns.terms)
    wanted = [row for row, (key, term) in enumerate(zip(keys, columns.terms, strict=True)) if keep(key, term)]
    numbers: dict[str, int] = {}
    number = np.array([numbers.setdefault(keys[row], len(numbers)) for row in wanted], dtype=np.int64)
    sizes = np.bincount(number, minlength=len(numbers))
    rows = np.array(wanted, dtype=np.int64)[np.argsort(number, kind="stable")]
    ends = np.cumsum(sizes)
    # Only rows of one key can be equal, and few keys have several rows; so this loop in Python is short.
    single = np.ones(len(rows), dtype=bool)
    for key in np.flatnonzero(sizes > 1).tolist():
        group = slice(int(ends[key] - sizes[key]), int(ends[key]))
        left = columns.merge(rows[group].tolist())
        single[group] = np.isin(rows[group], left)
        sizes[key] = len(left)
    return TermTable(columns, rows[single].tolist(), sizes.tolist()), list(numbers)


def pack_terms(table: TermTable) -> bytes:
    """Return the rows as columns in msgpack, gzipped. Raises B585 for an unpaired surrogate."""
    try:
        content = srsly.msgpack_dumps(vars(Columns(table)))
    except UnicodeEncodeError as error:
        raise BionerError("B585", text=ascii(error.object[:80])) from error
    # Without a time the same terms give the same bytes, and the same checksum.
    return gzip.compress(content, mtime=0)


def unpack_terms(data: bytes, place: object) -> Iterator[Term]:
    """Yield the rows of ``pack_terms``.

    Raises B584 for more terms than ``limits`` allow, before the memory is allocated, and errors of any type for bytes
    that are something else.
    """
    unpacker = zlib.decompressobj(wbits=31)  # 31: with the header of gzip
    # At most one byte over the limit is unpacked: a megabyte of gzip can hold a gigabyte.
    content = unpacker.decompress(data, limits.TERMS + 1)
    limits.check(place, "the size of the unpacked terms in bytes", len(content), "TERMS")
    if not unpacker.eof:
        raise EOFError("the terms are cut short")
    columns = srsly.msgpack_loads(content)
    fields = [columns[name] for name in vars(Columns())]
    for term, label, concepts, times, score in zip(*fields, strict=True):
        if fault := _fault_of(term, label, concepts, times, score):
            raise ValueError(f"{fault} ({term!r})"[:200])
        yield Term(term, label, concepts, times, float(score))


def _fault_of(term: object, label: object, concepts: object, times: object = 1, score: object = 1.0) -> str:
    """Return why values are not a valid ``Term``; "" if they are."""
    if type(term) is not str:
        return f"the term is {term!r}, not a string"
    if type(label) is not str or not label.strip():
        return f"the label is {label!r}: expected a string that is not empty"
    if type(concepts) is not str:
        return f"the concept ids are {concepts!r}, not a string"
    if type(times) is not int or not 0 < times < 1 << 32:
        return f"it was given {times!r} times"
    if type(score) not in (int, float) or not 0 <= score <= 1:  # type: ignore[operator]
        return f"its score is {score!r}: expected a number from 0 to 1"
    return ""


def read_entry(entry: Any) -> Term:
    """Return a (term, label) or (term, label, concept ids) as a Term; a text in place of the ids is one id.

    Raises B311 for anything else.
    """
    if not isinstance(entry, tuple | list) or len(entry) not in (2, 3):
        raise BionerError("B311", entry=repr(entry), fault="it has other parts")
    term, label, *rest = entry
    concepts = rest[0] if rest else ()
    ids = (concepts,) if isinstance(concepts, str) else concepts
    if not isinstance(ids, tuple | list) or not all(type(i) is str for i in ids):
        raise BionerError("B311", entry=repr(entry), fault=f"the concept ids are {concepts!r}")
    joined = join_concepts(i.strip() for i in ids if i.strip())
    fault = _fault_of(term, label, joined) or ("" if term.strip() else "the term is empty")
    if fault:
        raise BionerError("B311", entry=repr(entry), fault=fault)
    return Term(term, label, joined)
