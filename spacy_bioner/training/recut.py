"""Comparison of a corpus's own tokens with the pipeline's tokenizer."""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections import Counter

from spacy.language import Language
from spacy.tokens import Doc

from ..errors import BionerError
from ..formats.doc_tokens import token_edges
from ..formats.gold import get_gold


class Recut:
    """Counts the tokens of a corpus that the tokenizer does not produce from the text, and their mentions.

    A pipeline that was trained on the corpus's own tokens (``IL-2`` as one) misses on raw text what its tokenizer cuts
    differently (``IL``, ``-``, ``2``), and no score on the corpus's tokens shows that.

    counts: ``tokens`` and ``mentions`` are all. ``tokens_cut``: tokens that the tokenizer does not produce.
    ``mentions_cut``: mentions with such a token. ``mentions_lost``: mentions that start or end inside one of the
    tokenizer's tokens, and which therefore cannot be found.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first = ""

    def add(self, doc: Doc, nlp: Language) -> None:
        """Compare a Doc of the corpus's tokens with the tokenizer's tokens of its text."""
        made = nlp.make_doc(doc.text)
        starts, ends = token_edges(made)
        if made.text != doc.text:
            return  # offsets mean nothing then; aligning a text without tokens raises B139
        pieces, first, last = set(zip(starts, ends, strict=True)), set(starts), set(ends)
        tokens = [(token.idx, token.idx + len(token)) for token in doc if not token.is_space]
        cut = [token for token in tokens if token not in pieces]
        gold = get_gold(doc)
        mentions = gold.mentions if gold else []
        self.counts.update(tokens=len(tokens), tokens_cut=len(cut), mentions=len(mentions))
        if not cut:
            return
        if not self.first:
            start, end = cut[0]
            again = [made.text[a:b] for a, b in zip(starts, ends, strict=True) if a < end and b > start]
            self.first = f"{doc.text[start:end]!r} becomes {', '.join(map(repr, again[:8]))}"
        cut_ends = [end for _, end in cut]
        for mention in mentions:
            held = [(bisect_right(cut_ends, start), end) for start, end in mention.parts]
            self.counts["mentions_cut"] += any(i < len(cut) and cut[i][0] < end for i, end in held)
            self.counts["mentions_lost"] += not all(a in first and b in last for a, b in mention.parts)

    def warn(self, path: object) -> None:
        """Warn with the counts (B189) if the tokenizer splits any token differently."""
        if self.counts["tokens_cut"]:
            keys = ("tokens", "tokens_cut", "mentions", "mentions_cut", "mentions_lost")
            counts = {key: self.counts[key] for key in keys}
            warnings.warn(str(BionerError("B189", path=path, first=self.first, **counts)), stacklevel=3)
