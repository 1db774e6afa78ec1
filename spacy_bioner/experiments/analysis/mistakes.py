"""Mistakes counted by type, by string and by document, and as a table of all errors with their offsets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ...formats import Document, Mention
from ...text_tables import percent
from ..runs import Run
from ..summary import system_of
from .errors import pair_errors
from .units import spans_of

NONE = ""
"""In place of a type: the gold has no mention there, or none was found."""

Name = tuple[str, str]
"""A type and a string in lower case."""

_PLACE = ("system", "corpus", "fold", "seed", "document")
COLUMNS = (*_PLACE, "kind", "start", "end", "gold", "found", "text", "score")
DOCUMENT_COLUMNS = (*_PLACE, "gold", "found", "right", "p", "r", "f")


@dataclass(slots=True)
class DocumentCounts:
    """The counts of one document, summed over the runs that were tested on it."""

    id: str
    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def errors(self) -> int:
        """The number of spurious and missed mentions."""
        return self.fp + self.fn


@dataclass(slots=True)
class Mistakes:
    """The mistakes of one system, summed over its runs.

    types: number of mentions by (type in the gold, type found), correct ones included; NONE if one of the two is
        missing. A pair with different boundaries counts once, under both types.
    missed, gold: gold mentions without an exact match, and all gold mentions, by name.
    invented, found: entities without an exact match, and all entities, by name.
    documents: the counts of each document, by the fold (None without folds) and its number in the fold's test part.
    """

    types: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: Counter[Name] = field(default_factory=Counter)
    gold: Counter[Name] = field(default_factory=Counter)
    invented: Counter[Name] = field(default_factory=Counter)
    found: Counter[Name] = field(default_factory=Counter)
    documents: dict[tuple[int | None, int], DocumentCounts] = field(default_factory=dict)


def mistakes_of(runs: Iterable[Run]) -> Mistakes:
    """Count the mistakes of one system's runs. Raises B831 and the errors of reading."""
    result = Mistakes()
    for run in runs:
        for number, (gold, found) in enumerate(run.pairs()):
            _add(result, gold, found, result.documents.setdefault((run.fold, number), DocumentCounts(gold.id)))
    return result


def _add(result: Mistakes, gold: Document, found: Document, one: DocumentCounts) -> None:
    truth, guess = _distinct(gold), _distinct(found)
    errors = pair_errors(truth, guess)
    for _, i, j in errors:
        result.types[truth[i].label if i >= 0 else NONE, guess[j].label if j >= 0 else NONE] += 1
        if i >= 0:
            one.fn += 1
            result.missed[_name(gold, truth[i])] += 1
        if j >= 0:
            one.fp += 1
            result.invented[_name(found, guess[j])] += 1
    wrong = {i for _, i, _ in errors}
    for i, mention in enumerate(truth):
        result.gold[_name(gold, mention)] += 1
        if i not in wrong:
            one.tp += 1
            result.types[mention.label, mention.label] += 1
    for mention in guess:
        result.found[_name(found, mention)] += 1


def _distinct(document: Document) -> list[Mention]:
    """Return the mentions without repeats, which count once in the scores, too."""
    return list({(one.start, one.end, one.label, one.fragments): one for one in document.mentions}.values())


def _name(document: Document, mention: Mention) -> Name:
    return mention.label, document.text_of(mention).lower()


def error_rows(runs: Iterable[Run]) -> Iterator[tuple[str, ...]]:
    """Yield each error of the runs as values for COLUMNS.

    start, end: offsets in the document of the mention in the gold, or else of the entity found. text: its text, white
    space as one blank. gold, found: the two types; found has the boundaries that were found where they differ, as
    ``Disease [10:24]``.
    """
    for run in runs:
        for gold, found in run.pairs():
            place = _place(run, gold)
            for kind, i, j in pair_errors(gold.mentions, found.mentions):
                truth = gold.mentions[i] if i >= 0 else None
                guess = found.mentions[j] if j >= 0 else None
                shown = truth or guess
                assert shown is not None  # an error has one of the two
                yield (
                    *place,
                    kind,
                    str(shown.start),
                    str(shown.end),
                    truth.label if truth else "",
                    _found(truth, guess),
                    gold.text_of(shown),
                    "" if guess is None or guess.score is None else f"{guess.score:.4f}",
                )


def document_rows(runs: Iterable[Run]) -> Iterator[tuple[str, ...]]:
    """Yield the scores of each document of the runs as values for DOCUMENT_COLUMNS.

    gold, found, right: mentions in the gold, entities found, and exact matches, repeats counted once. p, r, f: in
    percent; empty if they are undefined, as recall is without gold mentions.
    """
    for run in runs:
        for gold, found in run.pairs():
            truth, guess = set(spans_of(gold)), set(spans_of(found))
            right = len(truth & guess)
            shares = ((right, len(guess)), (right, len(truth)), (2 * right, len(truth) + len(guess)))
            figures = (percent(part / whole) if whole else "" for part, whole in shares)
            yield (*_place(run, gold), str(len(truth)), str(len(guess)), str(right), *figures)


def _place(run: Run, document: Document) -> tuple[str, ...]:
    """Return the values of the columns that say where a document was tested."""
    return system_of(run), run.corpus, _text(run.fold), _text(run.seed), " ".join(document.id.split())


def _found(truth: Mention | None, guess: Mention | None) -> str:
    if guess is None:
        return ""
    if truth is None or truth.parts == guess.parts:
        return guess.label
    return f"{guess.label} [{', '.join(f'{start}:{end}' for start, end in guess.parts)}]"


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
