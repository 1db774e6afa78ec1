"""The word counts of the training data, with which a model is initialised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from spacy.tokens import Doc
from thinc.api import Model

from .words import Words

COUNTS = "word_counts"


def count_words(docs: Iterable[Doc]) -> Counter[str]:
    """Count the occurrences of each token text in documents."""
    counts: Counter[str] = Counter()
    for doc in docs:
        counts.update(token.text for token in doc)
    return counts


def set_word_counts(model: Model, counts: Mapping[str, int]) -> None:
    """Set the training data's word counts on every layer of a model whose rows are named after words or characters.

    Call it before ``model.initialize`` with counts of all data: spaCy's own components pass only ten documents to
    ``initialize``. The counts are dropped after initialisation.
    """
    for node in model.walk():
        if COUNTS in node.attrs:
            node.attrs[COUNTS] = dict(counts)


def take_word_counts(model: Model, sample: Words | None) -> dict[str, int]:
    """Return the counts that were set on a layer or, if none were, 0 (not known) for each word of the vocabulary.

    Before a component of spaCy initialises its model, it reads the whole training corpus for its labels, so that the
    vocabulary contains all words of the corpus. How often they occur is not known.
    """
    counts = model.attrs[COUNTS]
    model.attrs[COUNTS] = {}
    if counts or sample is None:
        return counts
    words = dict.fromkeys(sample.texts, 0)
    words.update((lexeme.text, 0) for lexeme in sample.vocab)
    return words
