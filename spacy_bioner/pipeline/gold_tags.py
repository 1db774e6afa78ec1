"""The gold tags of a tagger: one tag id per token of the predicted Docs, -1 where the gold is missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import ENT_IOB, ENT_TYPE, ORTH
from spacy.strings import get_string_id
from spacy.training import Example

from ..tags import BIOHD, OUTSIDE, check_scheme, split_tag
from .gold_mentions import UNKNOWN, TagIds, gold_mentions, mention_tag_ids

_MISSING, _INSIDE, _OUTSIDE, _BEGIN = range(4)  # the values of ENT_IOB
# The prefixes of a span's first, inner and last token, and of a span of one token; and in IOB1, of the first token
# of a span right after one of the same label.
_PREFIX = {"IOB1": "IIIIB", "BIO": "BIIB", "IOBES": "BIES", "BILOU": "BIES"}


def gold_tag_ids(examples: Sequence[Example], tags: Sequence[str], scheme: str, lengths: NDArray[np.int64]) -> TagIds:
    """Return the tag ids of all predicted tokens in order, and the number of entities that cross sequences.

    lengths: of the tagger's sequences, in tokens; they sum to the number of tokens.

    -1 marks a token with a missing tag in the reference, an unaligned token, and every token of an entity that crosses
    sequences. An entity whose label has no tag counts as outside. Vectorised: no Python loop over tokens.
    Under BIOHD also the mentions that ``doc.ents`` cannot hold have tags.
    """
    check_scheme(scheme)
    if scheme == BIOHD:
        own = {tag.partition("-")[2] for tag in tags} - {""}
        return mention_tag_ids([gold_mentions(one) for one in examples], tags, scheme, lengths, own)[0]
    # Arrays over all tokens of the batch, scheme IOBES:
    #
    #   token     No   acute  rash  .   Aspirin        sequences: [No acute rash .] [Aspirin]
    #   iob       O    B      I     O   B
    #   span      0    1      1     1   2              read only where ``covered``
    #   last      -    F      T     -   T              the next token is not inside
    #   kind      -    0 (B)  2 (E) -   3 (S)          the column of ``table``; the row is the label
    iob, types = _entity_arrays(examples)
    starts = np.zeros(len(iob) + 1, dtype=bool)  # of sequences, and the exclusive end of the last
    starts[np.append(0, np.cumsum(lengths))] = True
    begin, inside = iob == _BEGIN, iob == _INSIDE
    covered = begin | inside
    span = np.cumsum(begin)  # the number of each token's span; an inside token at a sequence start: its span is cut
    cut = np.unique(span[inside & starts[:-1]])

    ids = {split_tag(tag): i for i, tag in enumerate(tags)}
    # table (labels + 1, prefixes): the tag id of each label and prefix; the last row is for labels without tags, which
    # count as outside.
    labels = list(dict.fromkeys(label for _, label in ids if label))
    outside = ids[split_tag(OUTSIDE)]
    table = np.full((len(labels) + 1, len(_PREFIX[scheme])), outside)
    table[:-1] = [[ids[prefix, label] for prefix in _PREFIX[scheme]] for label in labels]
    rows = {get_string_id(label): row for row, label in enumerate(labels)}
    distinct, which = np.unique(types, return_inverse=True)
    row = np.array([rows.get(key, len(labels)) for key in distinct.tolist()], dtype=np.int64)[which]
    last = covered & ~np.append(inside[1:], False)
    kind = np.select([begin & last, begin, last], [3, 0, 2], 1)  # the column of ``table``, as in _PREFIX
    if scheme == "IOB1":
        kind[1:][begin[1:] & last[:-1] & (row[1:] == row[:-1]) & ~starts[1:-1]] = 4

    gold = np.where(covered, table[row, kind], outside)
    gold[(iob == _MISSING) | (covered & np.isin(span, cut))] = UNKNOWN
    return TagIds(gold, len(cut))


def _entity_arrays(examples: Sequence[Example]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return ENT_IOB and ENT_TYPE of the reference on the tokens of the predicted Docs."""
    arrays = [_aligned_entities(example) for example in examples] or [np.zeros((0, 2), dtype=np.uint64)]
    both = np.concatenate(arrays)
    return both[:, 0].astype(np.int64), both[:, 1]


def _aligned_entities(example: Example) -> NDArray[np.uint64]:
    reference = example.reference
    if np.array_equal(example.predicted.to_array(ORTH), reference.to_array(ORTH)):
        return reference.to_array([ENT_IOB, ENT_TYPE]).astype(np.uint64, copy=False)
    aligned = np.zeros((len(example.predicted), 2), dtype=np.uint64)
    for i, tag in enumerate(example.get_aligned_ner()):
        if tag is not None:
            prefix, label = split_tag(tag)
            aligned[i] = (
                {"O": _OUTSIDE, "B": _BEGIN, "S": _BEGIN}.get(prefix, _INSIDE),
                get_string_id(label) if label else 0,
            )
    return aligned
