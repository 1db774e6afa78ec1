"""Comparison of a corpus's own tokens with those that a tokenizer makes of its text.

A pipeline that was trained on the corpus's own tokens (``IL-2`` as one) misses on raw text what its tokenizer splits
differently (``IL``, ``-``, ``2``), and no score on the corpus's tokens shows that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

from spacy.tokens import Doc

from ...documents.doc_tokens import token_edges
from ...documents.document import Mention

RECUT = ("tokens", "tokens_cut", "mentions", "mentions_cut", "mentions_lost")
"""The counts: see ``count_recut``."""


def count_recut(
    tokens: Sequence[tuple[int, int]], mentions: Sequence[Mention], tokenized: Doc
) -> tuple[Counter[str], list[tuple[int, int]]]:
    """Count the tokens and mentions of a document that a tokenizer splits differently; return also these tokens.

    tokens: (start, end) of the document's own tokens, in characters, in order and disjoint. tokenized: the tokenizer's
    Doc of the same text.

    Counts: ``tokens``, ``mentions``: all. ``tokens_cut``: tokens that the tokenizer does not produce. ``mentions_cut``:
    mentions with such a token, whose words a pipeline sees differently. ``mentions_lost``: mentions that start or end
    inside one of the tokenizer's tokens: no pipeline with this tokenizer can find them.
    """
    starts, ends = token_edges(tokenized)
    produced, first, last = set(zip(starts, ends, strict=True)), set(starts), set(ends)
    cut = [token for token in tokens if token not in produced]
    counts = Counter(tokens=len(tokens), tokens_cut=len(cut), mentions=len(mentions))
    # The tokens of ``cut`` are in order and disjoint: the first that ends after the start of a part is the only one
    # that has to be compared with the part's end.
    cut_ends = [end for _, end in cut]
    for mention in mentions if cut else ():
        parts = [(bisect_right(cut_ends, start), end) for start, end in mention.parts]
        counts["mentions_cut"] += any(i < len(cut) and cut[i][0] < end for i, end in parts)
        counts["mentions_lost"] += not all(start in first and end in last for start, end in mention.parts)
    return counts, cut
