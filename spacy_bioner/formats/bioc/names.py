"""Ids of annotations and relations, which a BioC file may use again in another passage or sentence.

    passage 1   annotations 0, 1   relation R0 of 0 and 1        0, 1       R0 of 0 and 1
    passage 2   annotations 0, 1   relation R0 of 0 and 1   ->   0-2, 1-2   R0-2 of 0-2 and 1-2
    document                       relation R1 of 0 and 1        R1 could mean either: it is left out

A Document has one set of ids: of those that repeat the first stays, and the others are numbered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from .parts import Fault, objects

Scope = tuple[int, ...]
"""Where an item stands: () in the document itself, (0,) in its first passage, (0, 2) in the third sentence of that."""


def placed(record: dict[str, Any], kind: str) -> Iterator[tuple[Scope, dict[str, Any]]]:
    """Yield the "annotations" or "relations" of a document in the order of the file, those of the document last."""
    for p, passage in enumerate(objects(record, "passages")):
        for item in objects(passage, kind):
            yield (p,), item
        for s, sentence in enumerate(objects(passage, "sentences")):
            for item in objects(sentence, kind):
                yield (p, s), item
    for item in objects(record, kind):
        yield (), item


class Numbering:
    """Makes ids distinct: the first of an id stays, the others get a number.

    taken: all ids of the file, of which none is given anew.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._used: set[str] = set()
        self._numbers: dict[str, Iterator[int]] = defaultdict(lambda: count(2))

    def distinct(self, given: str) -> str:
        """Return an id for what was given one; "" stays."""
        if not given or given not in self._used:
            self._used.add(given)
            return given
        name = next(name for number in self._numbers[given] if (name := f"{given}-{number}") not in self._taken)
        self._taken.add(name)
        return name


class AnnotationNames:
    """The annotations of a document by the ids that the file gives them, each with its distinct id."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._numbering = Numbering(taken)
        self._given: set[str] = set()
        self._own: dict[tuple[Scope, str], list[str | None]] = defaultdict(list)
        self._inside: dict[tuple[Scope, str], list[str | None]] = defaultdict(list)

    def __contains__(self, given: str) -> bool:
        return given in self._given

    def add(self, scope: Scope, given: str, *, sound: bool = True) -> str:
        """Return the distinct id of an annotation. sound: whether it is read, not left out because of a fault."""
        name = self._numbering.distinct(given) if sound else None
        if given:
            self._given.add(given)
            self._own[scope, given].append(name)
            for depth in range(len(scope) + 1):
                self._inside[scope[:depth], given].append(name)
        return name or ""

    def resolve(self, scope: Scope, given: str) -> str:
        """Return the distinct id of the annotation that a relation at ``scope`` means; raise Fault for none or several.

        The nearest counts: what stands beside the relation, then what is in the same sentence, passage, document.
        """
        depths = range(len(scope), -1, -1)
        groups = (known.get((scope[:depth], given)) for depth in depths for known in (self._own, self._inside))
        nearest = next(filter(None, groups), [None])
        if len(nearest) > 1:
            raise Fault(f"it refers to {given!a}, the id of {len(nearest)} annotations: give each its own")
        if nearest[0] is None:
            raise Fault(f"it refers to {given!a}, which does not exist")
        return nearest[0]
