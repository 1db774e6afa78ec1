"""The gold mentions of a reference, on the tokens of its predicted Doc; all of them, not only ``doc.ents``."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import ENT_IOB, ORTH
from spacy.training import Example

from ..disjoint_tags import TokenMention, encode, joined
from ..documents.doc_tokens import token_edges
from ..documents.gold import GOLD, get_gold
from ..spans import longest_first
from ..tags import BIOHD, OUTSIDE, decode
from ..tags import encode as encode_flat

Tokens = tuple[int, int]

UNKNOWN = -1
"""Tag id of a token with an unknown gold tag; it is left out of the loss."""


class TagIds(NamedTuple):
    """Gold tags: (tokens,) the id of each, UNKNOWN if it is not known.

    cut: number of mentions that cross the end of a sequence. left: number of others that the tags cannot represent.
    """

    ids: NDArray[np.int64]
    cut: int = 0
    left: int = 0


@dataclass(slots=True)
class GoldMentions:
    """The gold of one Example of ``length`` tokens, in tokens.

    mentions: in text order, without repeats. unfit: the tokens of mentions that have a part without a whole token, with
    the label. missing: tokens without gold in the reference.
    """

    length: int
    mentions: list[TokenMention] = field(default_factory=list)
    unfit: list[tuple[Tokens, str]] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)


def gold_mentions(example: Example) -> GoldMentions:
    """Return the gold mentions of a reference on the predicted tokens: each part on the tokens wholly inside it.

    White space at the edges of a part is left out. If the texts of the two Docs differ, the entities are aligned by
    spaCy's alignment, and mentions that are not in ``doc.ents`` are left out.
    """
    predicted, reference = example.predicted, example.reference
    if GOLD not in reference.user_data or predicted.text != reference.text:
        return _of_entities(example)
    text, (starts, ends) = predicted.text, token_edges(predicted)
    gold = get_gold(reference)
    found = GoldMentions(len(predicted))
    seen: dict[TokenMention, None] = {}
    for mention in gold.mentions if gold else ():
        parts = [_inside(starts, ends, part, text) for part in mention.parts]
        if all(first < last for first, last in parts):
            seen.setdefault((joined(parts), mention.label))
        else:
            # A part within a token: no tag can represent the mention, but its tokens must not be learned as outside.
            found.unfit += [(_touched(starts, ends, part), mention.label) for part in mention.parts]
    found.mentions = sorted(seen)
    return found


def labels_of(example: Example, *, flat: bool) -> list[str]:
    """Return the labels of a reference's entities or, unless ``flat``, of all its mentions."""
    if not flat and GOLD in example.reference.user_data:
        gold = get_gold(example.reference)
        return [mention.label for mention in gold.mentions] if gold else []
    return [ent.label_ for ent in example.reference.ents]


def other_labels(examples: Iterable[Example], labels: Collection[str], *, flat: bool) -> list[str]:
    """Return the labels of gold mentions that a component does not have, sorted: it trains them as no mention."""
    return sorted({label for example in examples for label in labels_of(example, flat=flat)}.difference(labels))


def _of_entities(example: Example) -> GoldMentions:
    reference, length = example.reference, len(example.predicted)
    if np.array_equal(example.predicted.to_array(ORTH), reference.to_array(ORTH)):
        mentions: list[TokenMention] = [(((ent.start, ent.end),), ent.label_) for ent in reference.ents]
        return GoldMentions(length, mentions, [], np.flatnonzero(reference.to_array(ENT_IOB) == 0).tolist())
    tags = example.get_aligned_ner()
    known = ["O" if tag in (None, "-") else str(tag) for tag in tags]
    spans: list[TokenMention] = [(((start, end),), label) for start, end, label in decode(known, "BILOU")]
    return GoldMentions(length, spans, [], [i for i, tag in enumerate(tags) if tag in (None, "-")])


def _inside(starts: list[int], ends: list[int], part: Tokens, text: str) -> Tokens:
    """Return the tokens wholly inside a part, without white space at its edges."""
    first, last = bisect_left(starts, part[0]), bisect_right(ends, part[1])
    while first < last and text[starts[first] : ends[first]].isspace():
        first += 1
    while first < last and text[starts[last - 1] : ends[last - 1]].isspace():
        last -= 1
    return first, last


def _touched(starts: list[int], ends: list[int], part: Tokens) -> Tokens:
    return bisect_right(ends, part[0]), bisect_left(starts, part[1])


def mention_tag_ids(
    gold: Sequence[GoldMentions],
    tags: Sequence[str],
    scheme: str,
    lengths: NDArray[np.int64],
    labels: Collection[str],
    levels: int = 1,
) -> list[TagIds]:
    """Return the tag ids of the mentions of some labels for each level, for the tokens of all Examples in order.

    lengths: of the sequences, in tokens. Each level represents what it can of the mentions left by the levels before;
    in a flat scheme the longest ones without overlaps. Tokens of mentions that no level represents are unknown in the
    last level, unless a represented mention covers them.
    """
    ids = {tag: i for i, tag in enumerate(tags)}
    results = [np.full(int(lengths.sum()), ids[OUTSIDE], dtype=np.int64) for _ in range(levels)]
    ends = np.cumsum(lengths).tolist()
    inside, unknown, cut = _by_sequence(gold, ends, labels)
    for start, end in unknown:
        for result in results:
            result[start:end] = UNKNOWN
    left = 0
    for sequence, mentions in inside.items():
        start = ends[sequence - 1] if sequence else 0
        for result in results:
            spelt, out = _spell(mentions, ends[sequence] - start, scheme)
            mentions = [mentions[i] for i in out]
            # Mentions left after the last level have no tag. Their tokens are unknown, not outside: the tagger must not
            # learn that these tokens are no mention.
            for first, last in (part for parts, _ in mentions for part in parts) if result is results[-1] else ():
                result[start + first : start + last] = UNKNOWN
            for i, tag in enumerate(spelt, start):
                if tag != OUTSIDE:
                    result[i] = ids[tag]
        left += len(mentions)
    return [TagIds(result, cut, left) for result in results]


def _by_sequence(
    gold: Sequence[GoldMentions], ends: Sequence[int], labels: Collection[str]
) -> tuple[dict[int, list[TokenMention]], list[Tokens], int]:
    """Return the mentions by sequence (in its tokens), the unknown tokens of all, and the number of cut mentions."""
    inside: dict[int, list[TokenMention]] = {}
    unknown: list[Tokens] = []
    cut = 0
    for first, one in zip(accumulate((one.length for one in gold), initial=0), gold, strict=False):
        unknown += [(first + i, first + i + 1) for i in one.missing]
        unknown += [(first + start, first + end) for (start, end), label in one.unfit if label in labels]
        for parts, label in one.mentions:
            if label not in labels:
                continue
            sequence = bisect_right(ends, first + parts[0][0])
            start = ends[sequence - 1] if sequence else 0
            if first + parts[-1][1] > ends[sequence]:
                cut += 1
                unknown += [(first + a, first + b) for a, b in parts]
            else:
                moved = tuple((first - start + a, first - start + b) for a, b in parts)
                inside.setdefault(sequence, []).append((moved, label))
    return inside, unknown, cut


def _spell(mentions: list[TokenMention], length: int, scheme: str) -> tuple[list[str], list[int]]:
    """Return the tags of the mentions that a scheme can represent in a sequence, and the indices of the others."""
    if scheme == BIOHD:
        return encode(mentions, length)
    flat = [i for i, (parts, _) in enumerate(mentions) if len(parts) == 1]
    spans = [(*mentions[i][0][0], mentions[i][1]) for i in flat]
    kept = longest_first(spans)
    held = {flat[i] for i in kept}
    return encode_flat([spans[i] for i in kept], length, scheme), [i for i in range(len(mentions)) if i not in held]
