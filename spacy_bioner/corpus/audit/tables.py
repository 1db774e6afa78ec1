"""The figures of ``corpus.audit.counts`` as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wasabi import table

from ...formats.brat.notes import PROPOSED
from ...text_tables import aligned, counted
from .beyond_flat import WAYS
from .counts import MAX_LENGTH, MIN_WORDS

Figures = Mapping[str, Any]

LONGEST = 10
"""Maximum number of tokens with a row of its own; longer mentions share one row."""

SHOWN = 5
"""Number of shared texts that are shown."""

LEARNT = ("exact", "contracted")
"""Alignment outcomes under which a flat layer has a mention; only with ``exact`` can a prediction be equal to it."""

LEFT_OUT = {
    "nested": "lie inside a longer mention that is kept, or have its span",
    "crossing": "overlap a longer mention that is kept",
    "discontinuous": "are discontinuous",
    "duplicate": "repeat a mention of the same span and label",
    "lost": "contain no whole token",
}
"""Alignment outcomes under which a flat layer leaves a mention out; each mention has exactly one outcome."""

NOT_FOUND = {**LEFT_OUT, "contracted": "are learnt as the whole tokens inside them: they start or end inside a token"}
"""Alignment outcomes under which a flat tagger cannot find a mention as it is annotated."""

FINDINGS = {
    "inside_tokens": "have a part that starts or ends inside a token: no prediction is equal to them",
    "inside": "lie inside a longer mention; neither of the two is discontinuous",
    "two_labels": "have the span of another mention, with another label",
    "inside_discontinuous": "lie between the first and the last character of a discontinuous mention",
    "across_sentences": "contain a sentence start",
}
"""Other properties of mentions: one mention may have several, and may be left out as well."""


def audit_text(figures: Figures) -> str:
    """Format the figures of one corpus (``Audit.to_dict``): sizes, types, lengths and unlearnable mentions."""
    sizes = [
        ("documents", figures["documents"], f"{figures['repeated_documents']} repeat another"),
        ("", "", f"{figures['empty_documents']} without a word"),
        ("sentences", figures["sentences"], f"{figures['repeated_sentences']} repeat another"),
        ("tokens", figures["tokens"], ""),
        ("mentions", figures["mentions"], ""),
    ]
    related, asked = figures["relations"], figures["questions"]
    if related:
        sizes.append(("relations", sum(related.values()), _counted(related)))
    if asked["questions"]:
        unknown = asked["questions"] - asked["answered"] - asked["impossible"]
        sizes += [
            ("questions", asked["questions"], f"to {counted(asked['texts'], 'text')}"),
            ("", "", f"{asked['answered']} with answers, {asked['located']} of them located in the text"),
            ("", "", f"{asked['impossible']} impossible, {unknown} of unknown answer"),
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
    counts, total = {**figures["alignment"], **figures}, figures["mentions"]
    found = counts["exact"]
    lines = ["Every mention fits the tokens; none overlaps or repeats another."]
    if found < total:
        lines = [
            f"{found} of {total} mentions ({_share(found, total)} %) can be learnt and found by a tagger; of the others"
        ]
        lines += [f"    {counts[key]} {why}" for key, why in NOT_FOUND.items() if counts[key]]
    lines += [f"{counts[key]} of {total} mentions {what}" for key, what in FINDINGS.items() if counts[key]]
    beyond = figures["beyond_flat"]
    if beyond["flat"]:
        lines.append(
            f"{beyond['flat']} of {total} mentions do not fit one layer of flat tags; of these, other settings allow "
            "(with configs/crf.cfg, train --components.crf.layers labels; docs/overlap.md)"
        )
        lines += [f"    {beyond[key]}: {setting}" for key, setting in WAYS.items()]
    if len(lines) > 1 and found == total:
        del lines[0]
    lines += _recut_lines(figures["recut"])
    mixed = figures["mixed_strings"]
    if mixed["strings"]:
        lines.append(
            f"Strings with several types: {mixed['strings']}, in {counted(mixed['mentions'], 'mention')}; most mixed:"
        )
    for example in mixed["examples"]:
        labels = ", ".join(f"{label} {count}" for label, count in example["labels"].items())
        lines.append(f"    {example['text']}: {labels}")
    return "\n".join(lines)


def _recut_lines(recut: Figures | None) -> list[str]:
    """Format the differences between gold tokens and the tokenizer's, if any."""
    if not recut or not recut["tokens_cut"]:
        return []
    cut, total = recut["tokens_cut"], recut["mentions"]
    return [
        f"{cut} of {recut['tokens']} tokens of the corpus differ from those that --tokenizer makes of its text",
        f"    {recut['mentions_cut']} of {total} mentions have other tokens on raw text (spacy bioner evaluate --raw)",
        f"    {recut['mentions_lost']} of {total} mentions start or end inside a token there, and cannot be found",
    ]


def training_text(figures: Figures, faults: int, first: str) -> str:
    """Describe the effect of the faults on training: an error, or the number of lines and mentions left out.

    faults: number of faults that stop a reader under ``on_error = "error"``; first: the message of the first.
    """
    total, outcomes = figures["mentions"], figures["alignment"]
    learnt = sum(outcomes[key] for key in LEARNT)
    missed = total - outcomes["exact"] - outcomes["duplicate"]  # scores count a repeat once
    lines = []
    if figures["too_long_documents"]:
        lines += [
            f"Training stops at {counted(figures['too_long_documents'], 'document')} of more than {MAX_LENGTH:,} "
            "characters, whatever on_error is (B809): split them, or raise nlp.max_length, which a CRF or a dictionary "
            "does not need"
        ]
    if faults:
        lines += [f'Training stops at the first of {faults} faults (on_error = "error"): {first}']
        lines += ['With on_error = "skip" the faulty lines or documents are left out:']
    asked = figures["questions"]
    if asked["questions"]:
        lines += [
            f"Training learns {asked['learnable']} of {asked['questions']} questions: those with a located answer, and "
            "the impossible ones."
        ]
    if not total and not asked["questions"]:
        lines += ["There are no mentions: training has nothing to learn."]
    if total:
        lines += [
            f"Training learns {learnt} of {total} mentions that can be read; {total - learnt} are left out. "
            f"{missed} cannot be found as annotated, and count as missed in every score."
        ]
    proposed = sum(one["mentions"] for label, one in figures["labels"].items() if label.startswith(PROPOSED))
    if proposed:
        lines += [
            f"{counted(proposed, 'mention')} with labels that start with {PROPOSED}: proposals of check --notes that "
            "are not decided, which training would learn. Give each its label, or delete it."
        ]
    return "\n".join(lines)


def known_text(figures: Figures) -> str:
    """Format the overlap of the data with the training data (``audit.counts.known_from``)."""
    lines = []
    names = ["documents", "sentences"]
    if figures["documents"] == figures["sentences"]:  # every sentence is a document
        del names[0]
    for name in names:
        found = figures[name]
        lines.append(
            f"{found['same']} of {found['of']} distinct {name} ({_share(found['same'], found['of'])} %) are known from "
            f"the training data: {found['identical']} identical, the others except for white space and case"
        )
        lines += [f"    {text}" for text in found["examples"][:SHOWN]]
    lines.append(f"    ({' and '.join(names)} of fewer than {MIN_WORDS} words are not compared)")
    seen = figures["mentions"]
    lines.append(
        f"{seen['seen']} of {seen['of']} mentions ({_share(seen['seen'], seen['of'])} %) are known: a mention of their "
        "type has the same text in the training data, ignoring white space and case"
    )
    only_data, only_train = (figures["types"][key] for key in ("only_data", "only_train"))
    if only_data:
        lines.append(
            f"{sum(only_data.values())} of {seen['of']} mentions are of types that the training data lacks, and "
            f"cannot be found: {_counted(only_data)}"
        )
    if only_train:
        lines.append(f"Types that only the training data has, and that are not scored: {_counted(only_train)}")
    return "\n".join(lines)


def _counted(labels: Mapping[str, int]) -> str:
    return ", ".join(f"{label} ({count})" for label, count in labels.items())


def pieces_text(figures: Figures) -> str:
    """Format the numbers of word pieces, and the shares of texts longer than each window size."""
    longest = figures["longest"]
    lines = [
        f"{figures['pieces_per_token']:.2f} word pieces per token by {figures['name']}; {figures['unknown']} of "
        f"{figures['tokens']} tokens have an unknown piece",
        f"the longest sentence has {longest['sentences']} pieces, the longest document {longest['documents']}; "
        f"max_pieces = {figures['max_pieces']} is enough for 99 % of the sentences",
    ]
    rows = [
        (limit, f"{100 * shares['sentences']:.1f}", f"{100 * shares['documents']:.1f}")
        for limit, shares in figures["longer"].items()
    ]
    header = ("pieces", "% of sentences longer", "% of documents longer")
    return "\n".join([*lines, "", table(rows, header=header, divider=True, aligns=["r", "r", "r"]).strip("\n")]) + "\n"


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.1f}" if total else "-"
