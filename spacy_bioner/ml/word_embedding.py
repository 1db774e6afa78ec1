"""Word embedding with named rows: trained for words of the training data, fixed vectors for all others."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray
from spacy.vectors import Mode
from spacy.vocab import Vocab
from thinc.api import Model
from thinc.backends import get_array_ops
from thinc.types import Floats2d

from ..errors import BionerError
from .arrays import to_ops
from .check_settings import check_choice, check_flag, check_share, check_whole
from .frozen import learns
from .named_rows import NamedRows
from .vocabulary import COUNTS, take_word_counts
from .words import Words

UNKNOWN, NUMBER = "<unk>", "<num>"
DEFAULT_WIDTH = 300
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)")
_DIGIT = re.compile(r"\d")
Numbers = Literal["keep", "token", "digits"]


def make_word_embedding(
    width: int | None = None, numbers: Numbers = "keep", unknown_rate: float = 0.5, freeze_vectors: bool = False
) -> Model[Words, Floats2d]:
    """Build a layer with a vector for each word, case-sensitive.

    A word of the training data has a row of its own, which is trained. It is initialised with its vector in
    ``vocab.vectors``, else with that of its lower-case form, else uniformly between +-sqrt(3 / width). Any other word
    has its vector, else the row or vector of its lower-case form, else the row of the unknown word. Vectors of words
    outside the training data would never be trained, so they stay in ``vocab.vectors`` and cost the optimizer nothing:

        word                  in the training data     in the vectors     read from
        p53                   yes                      yes or no          E, its row (trained)
        brca1                 no                       yes                vocab.vectors (fixed)
        Brca1                 no                       no                 E or vocab.vectors, as "brca1"
        xyzzy                 no                       no                 E, row 0 (trained)

    ``width`` null takes the width of the vectors, or 300 if there are none; any other value must equal it.
    ``numbers``: "token" gives all numbers one row (Sachan et al., 2018), "digits" reads every digit as 0; a row that
    stands for several words is initialised with the mean of their vectors. ``unknown_rate``: the probability with which
    a training word that occurs once and has no vector is read as the unknown word (Lample et al., 2016, section 4.3),
    so that the row of the unknown word is trained. Components of spaCy, such as ``ner`` or a shared ``tok2vec``, do not
    tell how often a word occurs: there it has no effect, and that row stays as it was drawn. ``freeze_vectors``: words
    with a vector, also by their lower-case form, have no rows, except the rows that several numbers share, which are
    not trained; the other rows are.

    Parameter: ``E`` (rows, width), the words in ``attrs["rows"]``, row 0 for the unknown word.
    Raises B510 if ``width`` is not that of the vectors.
    """
    check_whole("WordEmbedding", **({} if width is None else {"width": width}))
    check_choice("WordEmbedding", get_args(Numbers), numbers=numbers)
    check_share("WordEmbedding", unknown_rate=unknown_rate)
    check_flag("WordEmbedding", freeze_vectors=freeze_vectors)
    return Model(
        "word_embedding",
        forward,
        init=init,
        dims={"nO": width},
        params={"E": None},
        attrs={
            "rows": NamedRows(),
            "rare_from": 0,
            "numbers": numbers,
            "unknown_rate": unknown_rate,
            "freeze_vectors": freeze_vectors,
            COUNTS: {},
        },
    )


def init(model: Model[Words, Floats2d], X: Words | None = None, Y: Floats2d | None = None) -> None:
    """Name the rows after the words of the training data and initialise them."""
    vocab = X.vocab if X is not None else Vocab()
    width = _resolve_width(model, vocab)
    counts = take_word_counts(model, X)
    words = sorted(counts)
    names = [normalize_word(word, model.attrs["numbers"]) for word in words]
    vectors, found = vectors_of(vocab, words, width)
    lower = np.flatnonzero(~found)
    vectors[lower], found[lower] = vectors_of(vocab, [words[i].lower() for i in lower], width)
    occurrences: Counter[str] = Counter()
    for word, name in zip(words, names, strict=True):
        occurrences[name] += counts[word]
    known = {name for name, has_vector in zip(names, found, strict=True) if has_vector}
    rare = [name for name, count in occurrences.items() if count == 1 and name not in known]
    shared = {NUMBER, *filter(_DIGIT.search, known if model.attrs["numbers"] == "digits" else ())}
    read_only = known - shared if model.attrs["freeze_vectors"] else set()
    # Rare words have the last rows, so that ``forward`` finds them by one comparison with ``rare_from``.
    learnt = NamedRows([UNKNOWN, *sorted(occurrences.keys() - read_only - set(rare)), *rare])
    model.attrs["rows"], model.attrs["rare_from"] = learnt, len(learnt) - len(rare)

    found &= np.array([name in learnt for name in names], dtype=bool)
    at = np.array([learnt.index[names[i]] for i in np.flatnonzero(found)], dtype=np.int64)
    meanings = np.bincount(at, minlength=len(learnt))
    bound = math.sqrt(3 / width)
    E = np.random.uniform(-bound, bound, (len(learnt), width))
    E[meanings > 0] = 0
    # add.at and not +=: several numbers may share a row, and += would add only one of them.
    np.add.at(E, at, vectors[found] / meanings[at, None])
    model.set_param("E", to_ops(model.ops, E.astype(np.float32)))


def forward(model: Model[Words, Floats2d], words: Words, is_train: bool) -> tuple[Floats2d, Callable[[Floats2d], None]]:
    """Return the vector of each word; the callback adds their gradient to the rows that were read."""
    ops = model.ops
    E = cast(Floats2d, model.get_param("E"))
    rows, fixed, vectors = _look_up(model, words)
    learning = learns(model, is_train)
    if is_train and model.attrs["unknown_rate"]:
        rows[(rows >= model.attrs["rare_from"]) & (np.random.random(len(rows)) < model.attrs["unknown_rate"])] = 0
    Y = E[to_ops(ops, rows)]
    Y[to_ops(ops, fixed)] = to_ops(ops, vectors)

    def backprop(dY: Floats2d) -> None:
        if not learning:
            return
        if not model.has_grad("E"):
            model.set_grad("E", ops.alloc2f(*E.shape))
        still = np.append(fixed, _with_vector(words, E.shape[1])) if model.attrs["freeze_vectors"] else fixed
        moving = to_ops(ops, np.delete(np.arange(len(rows)), still))
        ops.scatter_add(model.get_grad("E"), to_ops(ops, rows)[moving], ops.as_contig(dY[moving]))

    return Y, backprop


def _look_up(
    model: Model[Words, Floats2d], words: Words
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return the row of each word (0: unknown), the positions of words with a fixed vector instead, and those vectors.

    The word itself is looked up before its lower-case form, and a trained row before a fixed vector.
    """
    index, numbers, width = model.attrs["rows"].index, model.attrs["numbers"], model.get_dim("nO")
    rows = np.full(len(words), -1, dtype=np.int64)
    fixed, vectors = [], []
    missing = np.arange(len(words))
    for form in (str, str.lower):
        texts = [form(words.texts[i]) for i in missing]
        rows[missing] = [index.get(normalize_word(text, numbers), -1) for text in texts]
        unnamed = np.flatnonzero(rows[missing] < 0)
        values, found = vectors_of(words.vocab, [texts[i] for i in unnamed], width)
        fixed.append(missing[unnamed[found]])
        vectors.append(values[found])
        missing = missing[unnamed[~found]]
    return np.maximum(rows, 0), np.concatenate(fixed), np.concatenate(vectors)


def _with_vector(words: Words, width: int) -> NDArray[np.int64]:
    """Return the positions of words that have a vector, themselves or by their lower-case form."""
    found = vectors_of(words.vocab, words.texts, width)[1]
    found |= vectors_of(words.vocab, [text.lower() for text in words.texts], width)[1]
    return np.flatnonzero(found)


def vectors_of(vocab: Vocab, words: Sequence[str], width: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the vector of each word in ``vocab.vectors``, or zeros, and whether the word has one."""
    table = vocab.vectors
    vectors = np.zeros((len(words), width), dtype=np.float32)
    if not words or not table.shape[0] or not table.shape[1]:
        return vectors, np.zeros(len(words), dtype=bool)
    to_numpy = get_array_ops(table.data).to_numpy
    if table.mode == Mode.floret:  # vectors are composed of character n-grams, so every word has one
        return to_numpy(table.get_batch(list(words))), np.ones(len(words), dtype=bool)
    rows = to_numpy(table.find(keys=words))
    found = rows >= 0
    vectors[found] = to_numpy(table.data[rows[found]])
    return vectors, found


def normalize_word(word: str, numbers: Numbers) -> str:
    """Return the name of the row of a word after its numbers are normalised: see ``make_word_embedding``."""
    if numbers == "digits":
        return _DIGIT.sub("0", word)
    return NUMBER if numbers == "token" and _NUMBER.fullmatch(word) else word


def _resolve_width(model: Model[Words, Floats2d], vocab: Vocab) -> int:
    given = model.maybe_get_dim("nO")
    rows, width = vocab.vectors.shape
    if rows and width and given not in (None, width):
        raise BionerError("B510", given=given, width=width)
    model.set_dim("nO", given or (width if rows and width else DEFAULT_WIDTH))
    return model.get_dim("nO")
