"""Token encoders for spaCy: characters and words, read by a recurrent net."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from spacy.tokens import Doc
from thinc.api import Model, concatenate
from thinc.types import Floats2d

from .anew import forget_training
from .char_cnn import make_char_cnn
from .char_lstm import make_char_bilstm
from .check_settings import check_choice, check_flag, check_whole
from .recurrent import DropoutUnit, make_bilstm, make_two_way_lstm
from .sequences import TokenRows, sequence_lengths
from .torch_setup import one_thread
from .word_cache import make_word_cache
from .word_case import make_word_case
from .word_embedding import Numbers, make_word_embedding
from .words import Words, distinct_words

Directions = Literal["joined", "independent"]
_FEW_PRODUCTS = 1 << 26
"""Batches with fewer multiplications, some 80 tokens with 200 units per direction, are encoded on one thread. That
takes about 2 ms; on a busy machine, each of a dozen products that starts a second thread would cost as much."""

Tok2Vec = Model[list[Doc], list[Floats2d]]


def make_char_cnn_bilstm(
    hidden: int = 256,
    depth: int = 1,
    word_width: int | None = None,
    numbers: Numbers = "token",
    unknown_rate: float = 0.5,
    freeze_vectors: bool = False,
    char_dim: int = 50,
    max_char_width: int = 7,
    filters_per_width: int = 50,
    max_filters: int = 200,
    case_features: bool = False,
    directions: Directions = "joined",
    dropout_unit: DropoutUnit = "token",
    by_sentence: bool = True,
    max_length: int = 512,
    cache_size: int = 50_000,
) -> Tok2Vec:
    """Build a character CNN and a word embedding, read by a BiLSTM: the encoder of Sachan et al. (2018), section 3.1.

    The defaults are those of the paper: 1,100 character filters, one layer of 256 units in each direction, one token
    for all numbers, case kept. See ``make_sentence_encoder`` for the shared settings, and ``make_char_cnn``,
    ``make_word_embedding`` and ``make_bilstm`` for the sizes.
    """
    char = make_char_cnn(char_dim, max_char_width, filters_per_width, max_filters)
    word = make_word_embedding(word_width, numbers, unknown_rate, freeze_vectors)
    return make_sentence_encoder(
        "char_cnn_bilstm",
        char,
        word,
        _make_stack(hidden, depth, directions, dropout_unit),
        case_features=case_features,
        by_sentence=by_sentence,
        max_length=max_length,
        cache_size=cache_size,
    )


def make_char_bilstm_bilstm(
    hidden: int = 100,
    depth: int = 1,
    word_width: int | None = None,
    numbers: Numbers = "digits",
    unknown_rate: float = 0.5,
    freeze_vectors: bool = False,
    char_dim: int = 25,
    char_hidden: int = 25,
    case_features: bool = False,
    directions: Directions = "joined",
    dropout_unit: DropoutUnit = "token",
    by_sentence: bool = True,
    max_length: int = 512,
    cache_size: int = 50_000,
) -> Tok2Vec:
    """Build a character BiLSTM and a word embedding, read by a BiLSTM: the encoder of Lample et al. (2016), section 4.

    The sizes are those of NeuroNER, which Giorgi & Bader (2018) used: 25 units per direction over character vectors of
    25 numbers, 100 per direction over words; digits are read as 0. See ``make_sentence_encoder`` for the rest.
    """
    char = make_char_bilstm(char_dim, char_hidden)
    word = make_word_embedding(word_width, numbers, unknown_rate, freeze_vectors)
    return make_sentence_encoder(
        "char_bilstm",
        char,
        word,
        _make_stack(hidden, depth, directions, dropout_unit),
        case_features=case_features,
        by_sentence=by_sentence,
        max_length=max_length,
        cache_size=cache_size,
    )


def _make_stack(
    hidden: int, depth: int, directions: Directions, dropout_unit: DropoutUnit
) -> Model[TokenRows, Floats2d]:
    check_choice("directions of a BiLSTM", get_args(Directions), directions=directions)
    make = make_bilstm if directions == "joined" else make_two_way_lstm
    return make(hidden, depth, dropout_unit=dropout_unit)


def make_sentence_encoder(
    name: str,
    char: Model[Words, Floats2d],
    word: Model[Words, Floats2d],
    encode: Model[TokenRows, Floats2d],
    *,
    case_features: bool = False,
    by_sentence: bool = True,
    max_length: int = 512,
    cache_size: int = 50_000,
) -> Tok2Vec:
    """Compose a token encoder: concatenated features of each distinct word, gathered by token, and a recurrent net.

    The architectures build the net from ``hidden``, ``depth``, ``directions`` ("joined", or "independent" for two
    one-direction stacks that meet only at the top) and ``dropout_unit``; see ``recurrent.py``. ``case_features`` adds
    the letter case of each word.

    Returns one row per token of each document. With ``by_sentence`` the net reads sentence by sentence if sentence
    starts are set, else document by document; sequences of more than ``max_length`` tokens are read in pieces.
    Character features of up to ``cache_size`` words are cached at prediction. Dropout is applied by the recurrent net
    only, on its inputs, between its layers and on its output; its rate is ``[training] dropout`` or that of
    ``nlp.update(drop=...)``.

    The references "char", "word" and "encode" are the three parts, for weight transfer.
    """
    check_whole(name, max_length=max_length)
    check_whole(name, least=0, cache_size=cache_size)
    check_flag(name, case_features=case_features, by_sentence=by_sentence)
    parts = [make_word_cache(char, cache_size), word, *([make_word_case()] if case_features else [])]
    return Model(
        name,
        forward,
        init=init,
        layers=[concatenate(*parts), encode],
        dims={"nO": encode.get_dim("nO")},
        attrs={"by_sentence": by_sentence, "max_length": max_length},
        refs={"char": char, "word": word, "encode": encode},
    )


def init(model: Tok2Vec, X: list[Doc] | None = None, Y: list[Floats2d] | None = None) -> None:
    """Initialise the word features with all words of the sample, then the recurrent net with their width."""
    forget_training(model)  # also within a component of another package
    features, encode = model.layers
    words = distinct_words(X)[0] if X else None
    features.initialize(words)
    # No tokens are needed: the net takes its sizes from the width of the features.
    empty = np.zeros(0, dtype=np.int64)
    encode.initialize(TokenRows(model.ops.alloc2f(0, features.get_dim("nO")), empty, empty))


def forward(
    model: Tok2Vec, docs: list[Doc], is_train: bool
) -> tuple[list[Floats2d], Callable[[list[Floats2d]], list[Doc]]]:
    """Encode each document, one row per token; the callback passes the gradients down to the parameters."""
    if not any(len(doc) for doc in docs):
        return [model.ops.alloc2f(0, model.get_dim("nO")) for _ in docs], lambda d_Ys: docs
    features, encode = model.layers
    words, rows = distinct_words(docs)
    lengths = sequence_lengths(docs, model.attrs["by_sentence"], model.attrs["max_length"])
    products = len(rows) * sum(encode.get_param(name).size for name in encode.param_names)
    with one_thread if products < _FEW_PRODUCTS else nullcontext():
        # Character and word features are computed once per distinct word of the batch. The net gathers them by token,
        # and its callback sums the gradients of all tokens of a word.
        table, features_backprop = features(words, is_train)
        Y, encode_backprop = encode(TokenRows(table, rows, lengths), is_train)

    def backprop(d_Ys: list[Floats2d]) -> list[Doc]:
        features_backprop(encode_backprop(model.ops.flatten(d_Ys)).table)
        return docs

    ends = np.cumsum([len(doc) for doc in docs]).tolist()
    return [Y[start:end] for start, end in pairwise([0, *ends])], backprop
