"""Mentions that one flat layer of tags cannot represent, and how many of them other schemes and layers can."""

from __future__ import annotations

from collections import Counter

import numpy as np
from spacy.tokens import Doc
from spacy.training import Example

from ...documents.gold import GOLD
from ...pipeline.gold_mentions import gold_mentions, mention_tag_ids
from ...tags import BIOHD, tag_set

WAYS = {
    "biohd": 'scheme = "BIOHD"',
    "layers": 'layers = "labels"',
    "levels": 'layers = "labels" and levels = 2',
    "biohd_layers": 'scheme = "BIOHD" and layers = "labels"',
}
"""Settings of the CRF and the taggers, by the key of the number of mentions that only these can represent."""


def count_beyond_flat(doc: Doc) -> Counter[str]:
    """Return how many gold mentions flat tags cannot represent (``flat``), and how many of these each of WAYS can.

    doc: with gold and sentence starts. A mention that crosses a sentence boundary, or that contains only a part of a
    token, cannot be represented by any of them.
    """
    if GOLD not in doc.user_data or not len(doc):
        return Counter()
    gold = [gold_mentions(Example(doc, doc))]
    lengths = np.array([len(sentence) for sentence in doc.sents], dtype=np.int64)
    labels = sorted({label for _, label in gold[0].mentions})

    def left(scheme: str, groups: list[list[str]], levels: int = 1) -> int:
        return sum(
            mention_tag_ids(gold, tag_set(group, scheme), scheme, lengths, set(group), levels)[0].left
            for group in groups
        )

    alone = [[label] for label in labels]
    flat = left("BIO", [labels]) if labels else 0
    if not flat:
        return Counter()
    others = {
        "biohd": left(BIOHD, [labels]),
        "layers": left("BIO", alone),
        "levels": left("BIO", alone, 2),
        "biohd_layers": left(BIOHD, alone),
    }
    return Counter({"flat": flat, **{key: flat - number for key, number in others.items()}})
