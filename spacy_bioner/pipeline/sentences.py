"""``bioner_sentences``: rule-based sentence starts, without training or downloads."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import numpy as np
from spacy.attrs import IDX, SENT_START
from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc

from ..ml.check_settings import check_choice, check_flag
from ..tokenizers.sentences import LineBreaks, sentence_spans


class SentenceSplitter(Pipe):
    """Set ``token.is_sent_start`` of every token.

    line_breaks: which line breaks end a sentence: see ``sentence_spans``.
    overwrite: replace the sentence starts of an earlier component or of the corpus.
    scorer: ``spacy.senter_scorer.v1``, so that ``spacy evaluate`` reports ``sents_f`` where the gold has sentences.
    """

    def __init__(
        self,
        name: str = "bioner_sentences",
        *,
        line_breaks: LineBreaks = "all",
        overwrite: bool = False,
        scorer: Callable | None = None,
    ) -> None:
        check_choice(name, get_args(LineBreaks), line_breaks=line_breaks)
        check_flag(name, overwrite=overwrite)
        self.name = name
        self.line_breaks = line_breaks
        self.overwrite = overwrite
        self.scorer = scorer

    def __call__(self, doc: Doc) -> Doc:
        """Set the sentence starts of a Doc."""
        if len(doc) and (self.overwrite or not doc.has_annotation("SENT_START")):
            set_sentence_starts(doc, self.line_breaks)
        return doc


def set_sentence_starts(doc: Doc, line_breaks: LineBreaks = "all") -> None:
    """Set the sentence starts of a Doc by rule: the first token at or after a sentence's first character."""
    starts = np.full((len(doc), 1), -1)
    firsts = [start for start, _ in sentence_spans(doc.text, line_breaks)]
    at = np.searchsorted(doc.to_array([IDX]), np.asarray(firsts, dtype="uint64"))
    starts[at[at < len(doc)]] = 1
    starts[:1] = 1
    # -1 (no start) becomes the unsigned number of the same 64 bits, as spaCy's own arrays have it.
    doc.from_array([SENT_START], starts.astype("uint64"))  # type: ignore[arg-type]


@Language.factory(
    "bioner_sentences",
    assigns=["token.is_sent_start", "doc.sents"],
    default_config={
        "line_breaks": "all",
        "overwrite": False,
        "scorer": {"@scorers": "spacy.senter_scorer.v1"},
    },
    default_score_weights={"sents_f": 0.0, "sents_p": None, "sents_r": None},
)
def make_sentences(
    nlp: Language, name: str, line_breaks: LineBreaks, overwrite: bool, scorer: Callable | None
) -> SentenceSplitter:
    """Make the component ``bioner_sentences``."""
    return SentenceSplitter(name, line_breaks=line_breaks, overwrite=overwrite, scorer=scorer)
