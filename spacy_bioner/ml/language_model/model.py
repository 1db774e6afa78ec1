"""The bidirectional language model: an encoder with two directions, its vocabulary, and the targets of its states."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc
from thinc.api import Model, chain
from thinc.types import Floats2d

from ...errors import BionerError
from ..check_settings import check_whole
from ..named_rows import NamedRows
from ..sequences import sequence_lengths
from ..vocabulary import set_word_counts
from ..word_embedding import UNKNOWN, Numbers, normalize_word
from ..words import distinct_words
from .head import head_gradient, head_losses, make_lm_head

BiLMT = Model[list[Doc], list[Floats2d]]

END = "<end>"
"""The word after the last word of a sentence and, read backwards, after its first."""


def make_bilm_model(
    tok2vec: Model[list[Doc], list[Floats2d]],
    min_count: int = 2,
    max_words: int = 0,
    full_up_to: int = 10_000,
    cutoffs: Sequence[int] = (2_000, 10_000),
) -> BiLMT:
    """Build ``tok2vec -> head``: the language model of Sachan et al. (2018), section 3.2, one head for both directions.

    tok2vec: ``CharCnnBiLSTM`` or ``CharBiLSTM``, with ``directions = "independent"`` or with one layer:

            states of word t     forward, t-1 and before  |  backward, t+1 and after
            upper layer          reads forward only       |  reads backward only
            lower layer          reads words              |  reads words

        If the second layer read both directions, each state would depend on the word that it is to predict.
    min_count, max_words: a word of the training text has a row in the head and in the word embedding if it occurs at
        least ``min_count`` times and is among the most frequent ``max_words`` (0: no limit); all other words are the
        unknown word.
    full_up_to, cutoffs: see ``make_lm_head``.

    References ``tok2vec`` and ``output`` (the head). Call ``set_vocabulary`` before ``initialize``.
    Raises B600 for an encoder some state of which depends on the word that it is to predict.
    """
    check_vocabulary_settings("BiLM", min_count, max_words)
    encode = tok2vec.maybe_get_ref("encode")
    if encode is None or "joined" not in encode.attrs or (encode.attrs["joined"] and encode.attrs["depth"] > 1):
        raise BionerError("B600", tok2vec=tok2vec.name)
    head = make_lm_head(full_up_to, cutoffs)
    model: BiLMT = chain(tok2vec, head)
    model.set_ref("tok2vec", tok2vec)
    model.set_ref("output", head)
    model.attrs["min_count"], model.attrs["max_words"] = min_count, max_words
    return model


def check_vocabulary_settings(name: str, min_count: int, max_words: int) -> None:
    """Raise B623 for an invalid minimum frequency or maximum number of words."""
    check_whole(name, min_count=min_count)
    check_whole(name, least=0, max_words=max_words)


def set_vocabulary(model: BiLMT, counts: Mapping[str, int]) -> None:
    """Name the rows of the head and of the word embedding after the frequent words among ``counts``.

    Numbers are normalised as in the word embedding. Counts of the unknown word and of the end, as in
    ``vocabulary_counts``, set the initial biases of these two. Raises B601 if no word is frequent enough.
    """
    numbers = _numbers(model)
    special = {name: counts.get(name, 0) for name in (UNKNOWN, END)}
    words = {word: count for word, count in counts.items() if word not in special}
    totals: Counter[str] = Counter()
    for word, count in words.items():
        totals[normalize_word(word, numbers)] += count
    frequent = sorted(
        (name for name, count in totals.items() if count >= model.attrs["min_count"]), key=lambda n: (-totals[n], n)
    )[: model.attrs["max_words"] or None]
    if not frequent:
        raise BionerError("B601", words=len(words), min_count=model.attrs["min_count"])
    rows = NamedRows([UNKNOWN, END, *frequent])
    head = model.get_ref("output")
    special[UNKNOWN] += totals.total() - sum(totals[name] for name in frequent)
    head.attrs["rows"] = rows
    head.attrs["counts"] = [special[UNKNOWN], special[END], *(totals[name] for name in frequent)]
    kept = {word: count for word, count in words.items() if normalize_word(word, numbers) in rows}
    set_word_counts(model.get_ref("tok2vec"), kept)


def vocabulary_counts(model: BiLMT) -> dict[str, int]:
    """Return the frequency of each row's word in the training text, including the unknown word and the end."""
    head = model.get_ref("output")
    return dict(zip(head.attrs["rows"].names, head.attrs["counts"], strict=True))


class Targets(NamedTuple):
    """The rows that the states of a batch must predict; tokens in document order."""

    forward: NDArray[np.int64]  # (tokens,) the row of the next word; END at the end of a sentence
    backward: NDArray[np.int64]  # (tokens,) the row of the word before; END at the start of a sentence


def lm_targets(model: BiLMT, docs: Sequence[Doc]) -> Targets:
    """Return the rows to predict: sentence by sentence if sentence starts are set, else document by document."""
    rows = model.get_ref("output").attrs["rows"].index
    words, which = distinct_words(docs)
    numbers = _numbers(model)
    at = np.array([rows.get(normalize_word(text, numbers), rows[UNKNOWN]) for text in words.texts], dtype=np.int64)
    ids = at[which]
    ends = np.cumsum(sequence_lengths(docs, by_sentence=True, max_length=sys.maxsize))
    # Shifted by one word over the whole batch; where that crosses the border of a sentence, END is written next.
    forward, backward = np.roll(ids, -1), np.roll(ids, 1)
    forward[ends - 1] = rows[END]
    backward[np.append(0, ends[:-1])] = rows[END]
    return Targets(forward, backward)


def lm_losses(model: BiLMT, states: Floats2d, targets: Targets) -> NDArray[np.float32]:
    """Return the negative log probability, in nats, of the target of each state: (2, tokens), forward first."""
    head, hidden = model.get_ref("output"), states.shape[1] // 2
    return np.stack(
        [
            head_losses(head, states[:, :hidden], targets.forward),
            head_losses(head, states[:, hidden:], targets.backward),
        ]
    )


def lm_gradient(
    model: BiLMT, states: Floats2d, targets: Targets, backward_weight: float
) -> tuple[NDArray[np.float32], Floats2d]:
    """Return the losses (2, tokens) and the gradient by the states of the mean over tokens of

        (1 - backward_weight) * forward + backward_weight * backward.

    A direction with weight 0 is not computed; its losses are 0. The gradients of the head's parameters are accumulated.
    """
    head, hidden = model.get_ref("output"), states.shape[1] // 2
    losses = np.zeros((2, len(states)), dtype=np.float32)
    d_states = model.ops.alloc2f(*states.shape)
    parts = zip((1 - backward_weight, backward_weight), targets, (slice(0, hidden), slice(hidden, None)), strict=True)
    for direction, (weight, rows, columns) in enumerate(parts):
        if weight:
            weights = np.full(len(rows), weight / len(rows), dtype=np.float32)
            losses[direction], d_states[:, columns] = head_gradient(head, states[:, columns], rows, weights)
    return losses, d_states


def _numbers(model: BiLMT) -> Numbers:
    return model.get_ref("tok2vec").get_ref("word").attrs["numbers"]
