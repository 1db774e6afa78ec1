"""Learning from annotated text: the terms of a dictionary, and which of them mostly do not match entities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from spacy.tokens import Doc

from ...documents.concept_ids import join_concepts, unite_ids
from ...documents.declared_types import declared_types
from ...documents.gold import get_gold, is_complete
from ...spans import leftmost_longest
from ..scorer import gold_spans
from .term_finder import Found
from .terms import Term, TermTable

SHOWN = 5
"""Number of labels that a message names."""

_Judged = tuple[int, int, tuple[int, ...], Collection[str]]
"""A match (see ``Found``), and the labels of the gold mentions with its offsets."""


def gold_terms(references: Iterable[Doc]) -> list[Term]:
    """Return the contiguous gold mentions of the Docs as terms with their counts, most frequent first."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for doc in references:
        gold = get_gold(doc)
        # The gold may have a mention twice, with other concepts.
        places: dict[tuple[int, int, str], list[str]] = {}
        for one in gold.mentions if gold else ():
            if not one.fragments:
                places.setdefault((one.start, one.end, one.label), []).append(join_concepts(one.concepts))
        text = doc.text
        for (start, end, label), fields in places.items():
            counts[text[start:end], label, unite_ids(fields)] += 1
    return [Term(*written, times) for written, times in counts.most_common()]


def labels_without_gold(labels: Iterable[str], references: Iterable[Doc]) -> dict[str, str]:
    """Return which labels no gold mention has, and which the gold has, as words; {} if all have one or none has."""
    known = {span[2] for doc in references for span in gold_spans(doc) or ()}
    unknown = sorted(set(labels) - known)
    if not known or not unknown:
        return {}
    more = f" and {len(unknown) - SHOWN:,} more" if len(unknown) > SHOWN else ""
    return {"labels": ", ".join(unknown[:SHOWN]) + more, "known": ", ".join(sorted(known))}


def prune_terms(
    table: TermTable,
    references: Sequence[Doc],
    found: Sequence[Sequence[Found]],
    threshold: float,
    *,
    leave_out: bool = True,
) -> list[Term]:
    """Return the terms whose matches are mostly gold, each with this share as its score.

    found: all matches in each of the Docs.
    threshold: a term is kept if its share is at least this. The share is (right + 1) / (matches + 1): one gold mention
        is assumed. A match is right if a gold mention has its offsets; for the score, also its label.
    leave_out: count the matches in each Doc without the terms that come from this Doc alone. Such a term would always
        be right in its own Doc, and would hide shorter, wrong matches that occur in new text.

    A match counts if no match that is further left or longer hides it. As dropping a term uncovers others, the count is
    repeated until no term is dropped. Terms under labels that no gold mention has are kept unchanged.
    """
    documents: list[list[_Judged]] = []
    annotated: set[str] = set()
    for doc, matches in zip(references, found, strict=True):
        gold = _gold_labels(doc)
        if gold is not None:
            types = declared_types(doc)
            if types is not None:
                matches = _of_types(matches, table, types)
            annotated.update(label for labels in gold.values() for label in labels)
            judged = _judge(doc, matches, gold)
            documents.append(_without_own(judged, doc, table) if leave_out else judged)
    dropped: set[int] = set()
    while True:
        matched: Counter[int] = Counter()
        right: Counter[int] = Counter()
        labelled: Counter[int] = Counter()
        for judged in documents:
            left = _without(judged, dropped)
            for i in leftmost_longest(left):
                _, _, rows, labels = left[i]
                matched.update(rows)
                if labels:
                    right.update(rows)
                    labelled.update(row for row in rows if table.label(row) in labels)
        poor = {
            row
            for row, times in matched.items()
            if right[row] + 1 < threshold * (times + 1) and table.label(row) in annotated
        }
        # Ends, as each round drops at least one term and none comes back.
        if not poor:
            break
        dropped |= poor
    return [
        term._replace(score=(labelled[row] + 1) / (matched[row] + 1)) if term.label in annotated else term
        for row, term in enumerate(table)
        if row not in dropped
    ]


def _of_types(found: Sequence[Found], table: TermTable, types: Collection[str]) -> list[Found]:
    """Return the matches of terms of these types: of others the annotators of the document say nothing."""
    kept = ((start, stop, tuple(row for row in rows if table.label(row) in types)) for start, stop, rows in found)
    return [match for match in kept if match[2]]


def _gold_labels(doc: Doc) -> dict[tuple[int, int], set[str]] | None:
    """Return the labels of the gold by (start character, end character); None for a Doc without annotation."""
    spans = gold_spans(doc)
    if spans is None:
        return None
    labels: dict[tuple[int, int], set[str]] = {}
    for start, end, label, *fragments in spans:
        if not fragments:
            labels.setdefault((start, end), set()).add(label)
    return labels


def _judge(doc: Doc, found: Sequence[Found], gold: dict[tuple[int, int], set[str]]) -> list[_Judged]:
    """Look up the matches in the gold; matches on tokens without annotation are left out."""
    complete = is_complete(doc)
    judged: list[_Judged] = []
    for start, stop, rows in found:
        if complete or all(token.ent_iob for token in doc[start:stop]):
            offsets = (doc[start].idx, doc[stop - 1].idx + len(doc[stop - 1]))
            judged.append((start, stop, rows, gold.get(offsets, ())))
    return judged


def _without_own(judged: Sequence[_Judged], doc: Doc, table: TermTable) -> list[_Judged]:
    """Leave out the terms that come from this Doc's own gold alone."""
    here = Counter(
        row
        for start, stop, rows, labels in judged
        for row in rows
        if table.label(row) in labels and table.term(row) == doc[start:stop].text
    )
    # `times`: the gold mentions of a term in all Docs and its entries in lexicons; `here`: its gold mentions in this
    # Doc. If these are all, the term comes from this Doc alone.
    return _without(judged, {row for row, times in here.items() if table[row].times <= times})


def _without(judged: Sequence[_Judged], dropped: set[int]) -> list[_Judged]:
    left = []
    for start, stop, rows, labels in judged:
        kept = rows if dropped.isdisjoint(rows) else tuple(row for row in rows if row not in dropped)
        if kept:
            left.append((start, stop, kept, labels))
    return left
