"""Inter-annotator agreement: F1 over mentions and Cohen's kappa over tokens, for each pair of annotators.

F1 is symmetric in the annotators and needs no number of true negatives, which is undefined for mentions (Hripcsak &
Rothschild 2005). Kappa = (p_o - p_e) / (1 - p_e) over tokens: p_o is the observed agreement, p_e the agreement expected
by chance from the label frequencies of each annotator (Cohen 1960).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from ...documents.declared_types import of_declared_types, read_types
from ...documents.document import Document
from ...documents.spaceless import characters_before
from ...scoring import Counts
from ...text_tables import aligned, counted, percent
from .matching import Match, spans_without_spaces

_TOKEN = re.compile(r"\w+|[^\w\s]")
OUTSIDE = ""


def agreement(matches: Sequence[Match], names: Sequence[str]) -> dict[str, Any]:
    """Return the agreement of each pair of annotators, overall and by label, on the documents that both have.

    names: distinct names of the first set and of the others. Mentions of a type that one of the two documents does not
    declare are left out. ``alone`` has the numbers of documents that one of the two has, but not the other. The overall
    kappa is multi-class, over one label per token (of several mentions the first in text order); the kappa of a label
    is binary.
    """
    sets: list[list[Document | None]] = [
        [match.gold for match in matches],
        *([match.found[i] for match in matches] for i in range(len(names) - 1)),
    ]
    pairs = []
    for i, j in combinations(range(len(names)), 2):
        one, other = names[i], names[j]
        both = [
            (of_declared_types(a, b), of_declared_types(b, a))
            for a, b in zip(sets[i], sets[j], strict=True)
            if a is not None and b is not None
        ]
        alone = [sum(document is not None for document in sets[k]) - len(both) for k in (i, j)]
        pairs.append({"annotators": [one, other], "documents": len(both), "alone": alone, **_pair(both)})
    return {"pairs": pairs}


def _pair(both: Sequence[tuple[Document, Document]]) -> dict[str, Any]:
    mentions: dict[str, Counts] = {}
    choices: Counter[tuple[str, str]] = Counter()
    marked: dict[str, Counter[tuple[bool, bool]]] = {}
    tokens = 0
    for one, other in both:
        first, second = set(spans_without_spaces(one)), set(spans_without_spaces(other))
        for span in first | second:
            counts = mentions.setdefault(span[2], Counts())
            counts += Counts(span in first and span in second, span not in first, span not in second)
        spans = [(match.start(), match.end()) for match in _TOKEN.finditer(one.text)]
        tokens += len(spans)
        for a, b in zip(*_token_labels(spans, one, other), strict=True):
            # A token has one label in the multi-class table; in the binary tables of the labels it has all.
            choices[next(iter(a), OUTSIDE), next(iter(b), OUTSIDE)] += 1
            for label in {**a, **b}:
                marked.setdefault(label, Counter())[label in a, label in b] += 1
    total = Counts()
    for counts in mentions.values():
        total += counts
    by_label = {
        label: {
            "f": mentions.get(label, Counts()).f1,
            # Tokens that neither annotator marked are counted by subtraction: they are most of the text.
            "kappa": kappa(marked.get(label, Counter()) + Counter({(False, False): tokens - marked[label].total()}))
            if label in marked
            else None,
            "both": int(mentions.get(label, Counts()).tp),
            "only": [int(mentions.get(label, Counts()).fn), int(mentions.get(label, Counts()).fp)],
        }
        for label in sorted({*mentions, *marked})
    }
    return {"f": total.f1, "kappa": kappa(choices), "tokens": tokens, "labels": by_label}


def kappa(table: Mapping[tuple[Any, Any], int]) -> float | None:
    """Return Cohen's kappa of a table (label by one, label by the other) -> count; None if it is undefined."""
    total = sum(table.values())
    first: Counter[Any] = Counter()
    second: Counter[Any] = Counter()
    for (a, b), times in table.items():
        first[a] += times
        second[b] += times
    if not total:
        return None
    observed = sum(times for (a, b), times in table.items() if a == b) / total
    expected = sum(first[choice] * second[choice] for choice in first) / total**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def _token_labels(
    tokens: Sequence[tuple[int, int]], one: Document, other: Document
) -> tuple[list[dict[str, None]], list[dict[str, None]]]:
    """Return the labels of each token of the first text in the first and in the second document."""
    before = characters_before(one.text)
    owner = [i for i, (start, end) in enumerate(tokens) for _ in range(start, end)]
    result = []
    for document in (one, other):
        labels: list[dict[str, None]] = [{} for _ in tokens]
        own = before if document is one else characters_before(document.text)
        for mention in sorted(document.mentions, key=lambda m: (m.start, m.end)):
            for start, end in mention.parts:
                # Tokens contain no white space: their n-th character is the n-th character of the text without white
                # space.
                for i in sorted(set(owner[own[start] : own[end]])):
                    labels[i].setdefault(mention.label)
        result.append(labels)
    return result[0], result[1]


def disagreements(matches: Sequence[Match], names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield each mention that some annotators of its document did not mark, with those who did and did not.

    names: as for ``agreement``. Annotators whose document does not declare the type of the mention are not named.
    """
    for match in matches:
        present = [(names[0], match.gold), *zip(names[1:], match.found, strict=True)]
        documents = {name: document for name, document in present if document is not None}
        types = {name: read_types(document.meta, document.id) for name, document in documents.items()}
        marked: dict[Any, list[str]] = {}
        shown: dict[Any, dict[str, Any]] = {}
        for name, document in documents.items():
            for span, mention in zip(spans_without_spaces(document), document.mentions, strict=True):
                marked.setdefault(span, []).append(name)
                words = {"start": mention.start, "end": mention.end, "text": document.text_of(mention)}
                shown.setdefault(span, {"document": match.gold.id, "label": mention.label, **words})
        for span in sorted(marked):
            looked = [name for name, own in types.items() if own is None or span[2] in own]
            without = [name for name in looked if name not in marked[span]]
            if without:
                yield {**shown[span], "marked_by": list(dict.fromkeys(marked[span])), "not_by": without}


def agreement_text(figures: Mapping[str, Any]) -> str:
    """Return the agreement as tables, one for each pair of annotators."""
    parts = []
    for pair in figures["pairs"]:
        one, other = pair["annotators"]
        rows = [
            (label, percent(v["f"]), _kappa(v["kappa"]), f"{v['both']:,}", *(f"{n:,}" for n in v["only"]))
            for label, v in pair["labels"].items()
        ]
        rows.append(("all", percent(pair["f"]), _kappa(pair["kappa"]), "", "", ""))
        first = f"{one}, {other}: {counted(pair['documents'], 'document')}"
        parts.append(aligned((first, "F1", "kappa (tokens)", "both", f"only {one}", f"only {other}"), rows))
    return "\n".join(parts)


def _kappa(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
