"""The figures of ``corpus.audit.counts`` as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wasabi import table

from ...text_tables import aligned

Figures = Mapping[str, Any]

LONGEST = 10
"""Lengths above share a line."""

SHOWN = 5
"""So many shared texts are shown."""

FINDINGS = {
    "contracted": "start or end inside a token",
    "lost": "hold no whole token",
    "nested": "lie inside a longer mention",
    "crossing": "overlap a longer mention",
    "discontinuous": "are discontinuous",
    "duplicate": "repeat a mention of the same span and label",
    "two_labels": "have just the span of another mention, with another label",
    "across_sentences": "go over a sentence start",
}


def audit_text(figures: Figures) -> str:
    """Return the figures of one corpus (``Audit.to_dict``): sizes, types, lengths, and what a tagger cannot learn."""
    sizes = [
        ("documents", figures["documents"], f"{figures['repeated_documents']} repeat another"),
        ("", "", f"{figures['empty_documents']} without a word"),
        ("sentences", figures["sentences"], f"{figures['repeated_sentences']} repeat another"),
        ("words", figures["words"], ""),
        ("mentions", figures["mentions"], ""),
    ]
    parts = [table([tuple(map(str, row)) for row in sizes], aligns=["l", "r", "l"])]
    total = figures["mentions"]
    if total:
        parts += [_labels(figures), _lengths(figures["lengths"]), _findings(figures)]
    return "\n\n".join("\n".join(line.rstrip() for line in part.strip("\n").splitlines()) for part in parts) + "\n"


def _labels(figures: Figures) -> str:
    rows = [
        (label, str(counts["mentions"]), _share(counts["mentions"], figures["mentions"]), str(counts["strings"]))
        for label, counts in figures["labels"].items()
    ]
    return aligned(("type", "mentions", "%", "distinct"), rows)


def _lengths(lengths: Mapping[int, int]) -> str:
    bins = {str(length): count for length, count in lengths.items() if length <= LONGEST}
    above = sum(count for length, count in lengths.items() if length > LONGEST)
    if above:
        bins[f">{LONGEST}"] = above
    total, most = sum(bins.values()), max(bins.values())
    rows = [(name, str(count), _share(count, total), "#" * round(30 * count / most)) for name, count in bins.items()]
    return table(rows, header=("tokens", "mentions", "%", ""), divider=True, aligns=["r", "r", "r", "l"])


def _findings(figures: Figures) -> str:
    counts = {**figures["alignment"], **figures}
    lines = [
        f"{counts[key]} of {figures['mentions']} mentions {finding}" for key, finding in FINDINGS.items() if counts[key]
    ]
    mixed = figures["mixed_strings"]
    if mixed["strings"]:
        lines.append(f"{mixed['strings']} strings have several types, in {mixed['mentions']} mentions; most mixed:")
    for example in mixed["examples"]:
        labels = ", ".join(f"{label} {count}" for label, count in example["labels"].items())
        lines.append(f"    {example['text']}: {labels}")
    return "\n".join(lines or ["Every mention fits the tokens; none overlaps or repeats another."])


def leakage_text(figures: Figures) -> str:
    """Return what test data shares with the data to learn from (``audit.leakage``)."""
    lines = []
    names = ["documents", "sentences"]
    if figures["documents"] == figures["sentences"]:  # every sentence is a document
        del names[0]
    for name in names:
        found = figures[name]
        lines.append(
            f"{found['same']} of {found['of']} distinct {name} are in both: {found['identical']} identical, the others "
            "but for white space and case"
        )
        lines += [f"    {text}" for text in found["examples"][:SHOWN]]
    seen = figures["mentions"]
    share = _share(seen["seen"], seen["of"])
    lines.append(
        f"{seen['seen']} of {seen['of']} mentions ({share} %) say what a mention of that type says in the data"
    )
    return "\n".join(lines)


def pieces_text(figures: Figures) -> str:
    """Return how many word pieces a corpus has, and how many of its texts are longer than a window of each size."""
    longest = figures["longest"]
    lines = [
        f"{figures['pieces_per_word']:.2f} word pieces a word by {figures['name']}; {figures['unknown']} of "
        f"{figures['words']} words have an unknown one",
        f"the longest sentence has {longest['sentences']} pieces, the longest document {longest['documents']}; "
        f"max_pieces = {figures['max_pieces']} holds 99 % of the sentences",
    ]
    rows = [
        (limit, f"{100 * shares['sentences']:.1f}", f"{100 * shares['documents']:.1f}")
        for limit, shares in figures["longer"].items()
    ]
    header = ("pieces", "% of sentences longer", "% of documents longer")
    return "\n".join([*lines, "", table(rows, header=header, divider=True, aligns=["r", "r", "r"]).strip("\n")]) + "\n"


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.1f}" if total else "-"
