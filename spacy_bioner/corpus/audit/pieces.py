"""Word pieces of a corpus under a transformer's tokenizer: the figures of ``spacy bioner check --transformer``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language

from ...documents.alignment import Tokenizer, to_doc
from ...documents.document import Document
from ...ml.sequences import sequence_lengths
from ...ml.transformer.checkpoints import open_tokenizer
from ...ml.transformer.word_pieces import WordPieces
from ...pipeline.sentences import set_sentence_starts

LIMITS = (128, 192, 256, 384, 512)
"""Numbers of word pieces, special ones included, for which the share of longer texts is counted."""

HELD = 0.99
"""Share of the sentences that fit into the recommended ``max_pieces``."""


def audit_pieces(documents: Iterable[Document], tokenizer: Language | Tokenizer, name: str | Path) -> dict[str, Any]:
    """Count the word pieces of the tokens, sentences and documents of a corpus under a checkpoint's tokenizer.

    ``longer``: for each of ``LIMITS`` the shares of longer sentences and documents, which this package reads in several
    windows and other programs truncate. ``max_pieces``: the least multiple of 32 that is enough for 99% of the
    sentences. ``unknown``: number of tokens with an unknown piece. Raises B700 for a missing checkpoint.
    """
    words = WordPieces(open_tokenizer(name))
    special = len(words.before) + len(words.after)
    sentences: list[int] = []
    texts: list[int] = []
    number = unknown = 0
    for document in documents:
        doc = to_doc(document, tokenizer, "contract", Counter())
        if not len(doc):
            continue
        if not doc.has_annotation("SENT_START"):
            set_sentence_starts(doc)
        pieces = words.cut([token.text for token in doc])
        number += len(doc)
        unknown += _tokens_with(pieces.ids == words.unknown, pieces.counts)
        ends = np.cumsum(sequence_lengths([doc], by_sentence=True, max_length=len(doc)))
        # cumsum(counts) is the number of pieces up to each token; its differences between the last tokens of sentences
        # are the numbers of pieces of the sentences.
        sentences += np.diff(np.cumsum(pieces.counts)[ends - 1], prepend=0).tolist()
        texts.append(int(pieces.counts.sum()))
    sizes = {"sentences": np.array(sentences) + special, "documents": np.array(texts) + special}
    return {
        "name": str(name),
        "tokens": number,
        "pieces": sum(texts),
        "pieces_per_token": sum(texts) / max(1, number),
        "unknown": unknown,
        "longest": {kind: int(lengths.max(initial=0)) for kind, lengths in sizes.items()},
        "longer": {
            str(limit): {
                kind: float((lengths > limit).mean()) if len(lengths) else 0.0 for kind, lengths in sizes.items()
            }
            for limit in LIMITS
        },
        "max_pieces": int(-(-np.quantile(sizes["sentences"], HELD) // 32) * 32) if sentences else 0,
    }


def _tokens_with(is_unknown: np.ndarray, counts: np.ndarray) -> int:
    token = np.repeat(np.arange(len(counts)), counts)
    return len(np.unique(token[is_unknown]))
