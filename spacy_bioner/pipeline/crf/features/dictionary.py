"""Dictionary matches as features."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from ....errors import BionerError
from ....ml.check_settings import check_text
from ....spans import longest_first
from ....tags import encode
from .block import DocBlock, WordFunction


@dataclass(kw_only=True)
class DictionaryFeatures(DocBlock):
    """``spacy-bioner.DictionaryFeatures.v1``: the position of a token in a dictionary match, and the match's label.

    of: word blocks as in other blocks of documents; this one uses none.
    spans_key: the span group in which an earlier component, such as ``bioner_dictionary``, stores its matches. Of
    overlapping matches the longest is used.

    List that component in ``[training] annotating_components``, so that it annotates the training text too. A
    dictionary built from the training mentions matches all of them, so the CRF overfits to it: use term lists.
    """

    spans_key: str = "bioner"
    window: Sequence[int] = (-1, 0, 1)
    warned: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_text("DictionaryFeatures", spans_key=self.spans_key)

    def initialize(self, vocab: Vocab, examples: Sequence[Example]) -> None:
        """Raise B407 if no training document has a match: the dictionary did not run, or is empty."""
        if not any(example.predicted.spans.get(self.spans_key) for example in examples):
            raise BionerError("B407", spans_key=self.spans_key)

    def of_doc(self, doc: Doc, of_word: WordFunction) -> list[list[str]]:
        """Return ``dict=`` and the IOBES tag of each token; no feature outside of matches."""
        if self.spans_key not in doc.spans:
            if not self.warned:
                self.warned = True
                warnings.warn(str(BionerError("B419", spans_key=self.spans_key)), stacklevel=2)
            return [[] for _ in doc]
        matches = [(span.start, span.end, span.label_) for span in doc.spans[self.spans_key]]
        tags = encode([matches[i] for i in longest_first(matches)], len(doc), "IOBES")
        return [[] if tag == "O" else [f"dict={tag}"] for tag in tags]
