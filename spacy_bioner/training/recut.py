"""A warning for corpora whose own tokens differ from those of the pipeline's tokenizer."""

from __future__ import annotations

import warnings
from collections import Counter

from spacy.language import Language
from spacy.tokens import Doc

from ..corpus.audit.recut import RECUT, count_recut
from ..documents.gold import get_gold
from ..errors import BionerError


class Recut:
    """The counts of ``corpus.audit.recut`` over the Docs of a corpus, with the first token that differs."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first = ""

    def add(self, doc: Doc, nlp: Language) -> None:
        """Compare a Doc of the corpus's tokens with the tokenizer's tokens of its text."""
        tokenized = nlp.make_doc(doc.text)
        if tokenized.text != doc.text:
            return  # the offsets of the two differ; aligning a text without tokens raises B139
        tokens = [(token.idx, token.idx + len(token)) for token in doc if not token.is_space]
        gold = get_gold(doc)
        counts, cut = count_recut(tokens, gold.mentions if gold else [], tokenized)
        self.counts.update(counts)
        if cut and not self.first:
            start, end = cut[0]
            pieces = [repr(t.text) for t in tokenized if not t.is_space and t.idx < end and t.idx + len(t) > start]
            self.first = f"{doc.text[start:end]!r} becomes {', '.join(pieces[:8])}"

    def warn(self, path: object) -> None:
        """Warn with the counts (B189) if the tokenizer splits any token differently."""
        if self.counts["tokens_cut"]:
            counts = {key: self.counts[key] for key in RECUT}
            warnings.warn(str(BionerError("B189", path=path, first=self.first, **counts)), stacklevel=3)
