"""Breakdown of differences: overlap of systems, recall on seen and unseen mentions, by length, and kinds of errors."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Mapping

from ...formats import Document, Mention
from ..runs import Run
from .errors import pair_errors
from .pairing import Key, Paired, Unit
from .units import spans_of

Share = tuple[int, int]
"""Number of gold mentions that were found, and number of all."""

OUTCOMES = ("true_positives", "misses", "false_alarms")

FREQUENCIES = ((0, "unseen"), (1, "1"), (4, "2-4"), (19, "5-19"))
MANY = "20 or more"
LONGEST = 5

KINDS = ("boundary", "part of a longer name", "type", "boundary and type", "missed", "spurious")
ABBREVIATION = "of these: abbreviations"

_OF_PAIR = {
    "missed": "missed",
    "spurious": "spurious",
    "wrong boundary": "boundary",
    "wrong type": "type",
    "wrong boundary and type": "boundary and type",
}
_ABBREVIATION = re.compile(r"(?=(?:.*[A-ZА-Я]){2})[^\W_][\w/+-]{0,8}[^\W_]")


def overlaps_of(paired: Paired) -> dict[str, dict[tuple[str, ...], int]]:
    """Return, for each of OUTCOMES, the number of spans by the systems that share it: the regions of a Venn diagram.

    A span is counted in one region only, that of all systems that have it.
    """
    result: dict[str, dict[tuple[str, ...], int]] = {}
    for outcome in OUTCOMES:
        regions: Counter[tuple[str, ...]] = Counter()
        for unit in paired.units:
            # Systems are visited in one order, so that equal sets of systems are equal tuples.
            having: dict[object, list[str]] = {}
            for system in paired.systems:
                for span in getattr(unit.results[system], outcome):
                    having.setdefault(span, []).append(system)
            regions.update(map(tuple, having.values()))
        result[outcome] = dict(sorted(regions.items(), key=lambda item: (len(item[0]), item[0])))
    return result


def recall_by(paired: Paired, system: str, group: Callable[[Unit, Mention], str]) -> dict[str, Share]:
    """Return the recall of a system by groups of gold mentions: the number found and the number of all."""
    found: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for unit in paired.units:
        right = set(unit.results[system].true_positives)
        # A dictionary by span: repeats of a mention count once, as in the scores.
        for span, mention in dict(zip(spans_of(unit.gold), unit.gold.mentions, strict=True)).items():
            name = group(unit, mention)
            total[name] += 1
            found[name] += span in right
    return {name: (found[name], total[name]) for name in total}


def seen_and_unseen(paired: Paired, system: str) -> dict[str, Share]:
    """Return recall on mentions seen in the system's training data with the same label, and on unseen ones.

    Text is compared ignoring case, with the training data of the mention's own run, because in a cross-validation each
    test fold is training data of the others. Recall on unseen mentions measures generalisation: seen names can be
    memorised.
    """
    known = _known(paired.runs[system])
    return recall_by(
        paired, system, lambda unit, mention: "seen" if known[unit.key][_name(unit.gold, mention)] else "unseen"
    )


def by_frequency(paired: Paired, system: str) -> dict[str, Share]:
    """Return recall by the mention's frequency in the training data with that label, ignoring case."""
    known = _known(paired.runs[system])

    def group(unit: Unit, mention: Mention) -> str:
        count = known[unit.key][_name(unit.gold, mention)]
        return next((name for limit, name in FREQUENCIES if count <= limit), MANY)

    found = recall_by(paired, system, group)
    return {name: found[name] for name in (*(name for _, name in FREQUENCIES), MANY) if name in found}


def by_length(paired: Paired, system: str) -> dict[str, Share]:
    """Return recall by the number of tokens that a mention touches."""

    def group(unit: Unit, mention: Mention) -> str:
        length = tokens_of(unit.gold, mention)
        return str(length) if length < LONGEST else f"{LONGEST} or more"

    return dict(sorted(recall_by(paired, system, group).items()))


def tokens_of(document: Document, mention: Mention) -> int:
    """Return the number of tokens that a mention touches; without tokens, of words between white space."""
    if document.tokens is None:
        return len(document.text_of(mention).split())
    # Tokens are in text order, so that both their starts and their ends are sorted: those that touch [start, end) are
    # from the first that ends after start to the last that starts before end.
    touched: set[int] = set()
    for start, end in mention.parts:
        first = bisect_right(document.tokens, start, key=lambda token: token[1])
        touched.update(range(first, bisect_left(document.tokens, end, key=lambda token: token[0])))
    return len(touched)


def errors_by_kind(paired: Paired, system: str) -> dict[str, int]:
    """Return the number of errors by kind: missed gold mentions, spurious entities, or overlapping pairs of the two.

    An entity inside a longer gold mention of its type is ``part of a longer name`` and not counted under ``boundary``.
    ABBREVIATION counts errors of any kind whose gold mention, or else entity, looks like an abbreviation.
    """
    counts: Counter[str] = Counter()
    for unit in paired.units:
        gold, found = unit.gold.mentions, unit.found[system].mentions
        for name, i, j in pair_errors(gold, found):
            kind = _OF_PAIR[name]
            if kind == "boundary" and gold[i].start <= found[j].start and found[j].end <= gold[i].end:
                kind = "part of a longer name"
            counts[kind] += 1
            text = unit.gold.text_of(gold[i]) if i >= 0 else unit.found[system].text_of(found[j])
            counts[ABBREVIATION] += bool(_ABBREVIATION.fullmatch(text))
    return {kind: counts[kind] for kind in (*KINDS, ABBREVIATION)}


def _known(runs: Mapping[Key, Run]) -> dict[Key, Counter[tuple[str, str]]]:
    known: dict[Key, Counter[tuple[str, str]]] = {}
    for key, run in runs.items():
        counts: Counter[tuple[str, str]] = Counter()
        for (label, text), count in run.train_mentions().items():
            counts[label, text.lower()] += count
        known[key] = counts
    return known


def _name(document: Document, mention: Mention) -> tuple[str, str]:
    return mention.label, document.text_of(mention).lower()
