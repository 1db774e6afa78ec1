"""Wrong relations with their sentences, for the report's error browser.

A gold and a predicted relation between the same two mentions (or concepts) are one error, of type or direction. Other
wrong relations are missed or spurious.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

from ...documents.document import Document, Mention
from ...pipeline.relations.units import End, Unit, end_of, is_concept
from ..runs import Run
from .errors import Error, contexts, cut
from .units import units_of

KINDS = ("missed relation", "spurious relation", "wrong relation type", "wrong direction")

_ALIKE: tuple[tuple[str, Callable[[Unit], tuple[object, ...]], Callable[[Unit], tuple[object, ...]]], ...] = (
    (KINDS[3], lambda unit: unit[2:], lambda unit: (unit[2], unit[4], unit[3])),
    (KINDS[2], lambda unit: unit[3:], lambda unit: unit[3:]),
    (KINDS[2], lambda unit: unit[3:], lambda unit: (unit[4], unit[3])),
)
"""Kinds of pairs in order of precedence, and what gold and predicted relation have in common in each."""

Span = tuple[int, int]


@dataclass(slots=True)
class Arc:
    """A relation to draw: the indices of its two mentions in ``RelationCase.mentions``, -1 for one without offsets."""

    head: int
    tail: int
    label: str
    right: bool
    score: float | None = None


@dataclass(slots=True)
class RelationCase:
    """Sentences with wrong relations of a system, and the right relations in them.

    start: offset of ``text`` in the document. gold, found: relations. errors: indices into the two, -1 for none.
    """

    document: str
    text: str
    start: int
    mentions: list[Mention]
    gold: list[Arc]
    found: list[Arc]
    errors: list[Error] = field(default_factory=list)
    before: bool = False
    after: bool = False


def pair_relation_errors(gold: Sequence[Unit], found: Sequence[Unit]) -> list[Error]:
    """Return the errors of a document: kind, index in ``gold`` and in ``found`` (-1: none). Repeats count once."""
    right = set(gold) & set(found)
    missed = {unit: i for i, unit in reversed(list(enumerate(gold))) if unit not in right}
    wrong = {unit: j for j, unit in reversed(list(enumerate(found))) if unit not in right}
    errors: list[Error] = []
    # The closest kind first; a relation that was paired takes no part in the next.
    for kind, of_gold, of_found in _ALIKE:
        waiting: dict[tuple[object, ...], list[Unit]] = {}
        for unit in missed:
            waiting.setdefault(of_gold(unit), []).append(unit)
        for unit in list(wrong):
            partners = waiting.get(of_found(unit))
            if partners:
                errors.append((kind, missed.pop(partners.pop(0)), wrong.pop(unit)))
    errors += [(KINDS[0], i, -1) for i in missed.values()]
    errors += [(KINDS[1], -1, j) for j in wrong.values()]
    return errors


def errors_by_kind(pairs: Iterable[tuple[Sequence[Unit], Sequence[Unit]]]) -> dict[str, int]:
    """Return kind -> number of errors, from the gold and predicted units of documents."""
    counts = Counter(error[0] for gold, found in pairs for error in pair_relation_errors(gold, found))
    return {kind: counts[kind] for kind in KINDS}


def relation_cases(run: Run) -> list[RelationCase]:
    """Return the sentences with wrong relations of a run."""
    result: list[RelationCase] = []
    for truth, guess in run.pairs():
        units = units_of(run, truth, guess)
        errors = pair_relation_errors(units.gold, units.found)
        if errors:
            scores = [score for score, each in units.scored for _ in each]
            result += _Drawing(truth, guess, units.gold, units.found, scores).cases(errors)
    return result


class _Drawing:
    """The offsets of a document's relations: those of their mentions; for concepts, of the nearest pair of mentions."""

    def __init__(
        self,
        truth: Document,
        guess: Document,
        gold: Sequence[Unit],
        found: Sequence[Unit],
        scores: Sequence[float | None],
    ) -> None:
        self.truth, self.guess = truth, guess
        self.gold, self.found, self.scores = gold, found, scores
        self.right = set(gold) & set(found)
        self.by_end: dict[End, list[Mention]] = {}
        for mention in (*truth.mentions, *guess.mentions):
            names = [(-1, -1, concept) for concept in mention.concepts] if mention in truth.mentions else []
            for end in (end_of(mention), *names):
                self.by_end.setdefault(end, []).append(mention)

    def ends(self, unit: Unit) -> tuple[Mention | None, Mention | None]:
        """Return the mentions of head and tail, None for one that is not in the text."""
        heads, tails = (self.by_end.get(end, []) for end in unit[3:])
        if is_concept(unit[3]) or is_concept(unit[4]):
            # Concepts have no offsets: the nearest pair of their mentions is drawn.
            apart = [(abs(a.start - b.start), i, j) for (i, a), (j, b) in product(enumerate(heads), enumerate(tails))]
            if apart:
                _, i, j = min(apart)
                return heads[i], tails[j]
        return next(iter(heads), None), next(iter(tails), None)

    def place(self, error: Error) -> Span:
        """Return the first character of an error and one past its last; (0, 1) for one without offsets."""
        _, i, j = error
        units = [units[k] for units, k in ((self.gold, i), (self.found, j)) if k >= 0]
        mentions = [mention for unit in units for mention in self.ends(unit) if mention is not None]
        return min((m.start for m in mentions), default=0), max((m.end for m in mentions), default=1)

    def cases(self, errors: Sequence[Error]) -> list[RelationCase]:
        """Return the errors by their sentences."""
        placed = sorted((*self.place(error), error) for error in errors)
        return [self._case(*group) for group in contexts(self.truth, self.guess, placed)]

    def _case(self, start: int, end: int, errors: Sequence[Error]) -> RelationCase:
        low, high = cut(start, end, [self.place(error) for error in errors])
        case = RelationCase(self.truth.id, self.truth.text[low:high], low, [], [], [])
        case.before, case.after = low > start, high < end
        shown: dict[End, int] = {}

        def number(mention: Mention | None) -> int:
            if mention is None or mention.start < low or mention.end > high:
                return -1
            if end_of(mention) not in shown:
                shown[end_of(mention)] = len(case.mentions)
                case.mentions.append(mention)
            return shown[end_of(mention)]

        kept: list[dict[int, int]] = []
        for units, arcs, side in ((self.gold, case.gold, 1), (self.found, case.found, 2)):
            wrong = {error[side] for error in errors}
            places: dict[int, int] = {}
            for i, unit in enumerate(units):
                # Right relations are drawn only where both of their mentions are in the part of the text that is shown.
                head, tail = map(number, self.ends(unit)) if i in wrong or unit in self.right else (-1, -1)
                if i in wrong or (unit in self.right and head >= 0 and tail >= 0):
                    places[i] = len(arcs)
                    score = self.scores[i] if side == 2 else None
                    arcs.append(Arc(head, tail, unit[2], unit in self.right, score))
            kept.append(places)
        case.errors = [(kind, kept[0].get(i, -1), kept[1].get(j, -1)) for kind, i, j in errors]
        return case
