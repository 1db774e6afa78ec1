"""Text for masked language modelling: sentences as word pieces, packed into inputs of one length, as a stream."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypedDict

import numpy as np
from spacy.language import Language

from ...errors import BionerError
from ...ml.transformer.checkpoints import SPECIAL
from ...ml.transformer.word_pieces import WordPieces
from ..text_corpus import make_text_corpus


class Block(NamedTuple):
    """The word pieces of one network input, and the index of the word that each belongs to, -1 for special pieces."""

    ids: list[int]
    words: list[int]


class Input(TypedDict):
    """A block as the collators expect it."""

    input_ids: list[int]
    words: list[int]


HELD_OUT = 200
"""Without a development text, one sentence in this many is held out from training for evaluation."""

CHARACTERS = 500
"""Maximum number of distinct characters in a learned vocabulary; rarer ones become the unknown piece."""

SHUFFLED = 5000
"""Size of the buffer in which inputs are shuffled."""


def read_sentences(nlp: Language, path: str, part: str = "all") -> Iterator[list[str]]:
    """Yield the tokens of each sentence of a text, in any format, as a stream.

    part: ``all``, ``held out`` for one sentence in ``HELD_OUT``, or ``train`` for the others. Raises the errors of
    ``make_text_corpus``.
    """
    for number, example in enumerate(make_text_corpus(path)(nlp)):
        if part == "all" or (number % HELD_OUT == HELD_OUT - 1) == (part == "held out"):
            yield [token.text for token in example.predicted]


def pack(sentences: Iterable[list[str]], words: WordPieces, length: int) -> Iterator[Block]:
    """Yield inputs of at most ``length`` pieces: as many whole sentences as fit; a sentence above ``length`` is split.

    These are the FULL-SENTENCES inputs of RoBERTa (Liu et al. 2019, section 4.2), without next-sentence prediction.
    """
    #   length = 8     [CLS] a a b b b c [SEP]     ids, with the special pieces that ``most`` leaves room for
    #                    -1  0 0 1 1 1 2  -1       the word of each piece, counted through the text
    most = length - len(words.before) - len(words.after)
    ids: list[int] = []
    numbers: list[int] = []
    count = 0
    for sentence in sentences:
        cut = words.cut(sentence)
        pieces, of_words = cut.ids.tolist(), np.repeat(np.arange(len(cut.counts)) + count, cut.counts).tolist()
        count += len(sentence)
        for start, end in pairwise([*range(0, len(pieces), most), len(pieces)]):
            if len(ids) + end - start > most:
                yield _block(ids, numbers, words)
                ids, numbers = [], []
            ids += pieces[start:end]
            numbers += of_words[start:end]
    if ids:
        yield _block(ids, numbers, words)


def _block(ids: list[int], numbers: list[int], words: WordPieces) -> Block:
    before, after = words.before, words.after
    return Block([*before, *ids, *after], [*[-1] * len(before), *numbers, *[-1] * len(after)])


def shuffled(blocks: Iterable[Block], seed: int) -> Iterator[Block]:
    """Yield the inputs in an order that depends on the seed, holding at most ``SHUFFLED`` of them."""
    # A shuffle buffer, for streams of any length: each new input replaces a random one, which is yielded.
    draw = random.Random(seed)
    held: list[Block] = []
    for block in blocks:
        if len(held) < SHUFFLED:
            held.append(block)
            continue
        place = draw.randrange(SHUFFLED)
        yield held[place]
        held[place] = block
    draw.shuffle(held)
    yield from held


def make_stream(nlp: Language, path: str, part: str, words: WordPieces, length: int, seed: int) -> Any:
    """Return the inputs of a text as a torch dataset that repeats the text without end."""
    from torch.utils.data import IterableDataset

    class Stream(IterableDataset):
        def __iter__(self) -> Iterator[Input]:
            for epoch in range(1 << 30):
                blocks = pack(read_sentences(nlp, path, part), words, length)
                for block in shuffled(blocks, seed + epoch):
                    yield {"input_ids": block.ids, "words": block.words}

    return Stream()


def learn_word_pieces(read: Callable[[], Iterable[list[str]]], size: int, lower: bool = False) -> Any:
    """Learn a WordPiece vocabulary of at most ``size`` pieces; return it as a tokenizer of ``transformers``.

    read: returns the sentences; called twice, to count their characters (the ``CHARACTERS`` most frequent are kept) and
    to learn from their words. Raises B711 if ``size`` is too small for the characters.
    """
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertTokenizerFast

    learner = BertWordPieceTokenizer(lowercase=lower, strip_accents=lower)
    counts = Counter(char for words in read() for char in learner.normalizer.normalize_str("".join(words)))
    characters = sorted(char for char, _ in counts.most_common(CHARACTERS) if not char.isspace())
    # All pieces of one character are given as special tokens, sorted. Otherwise the trainer numbers them in an order
    # that differs between runs, and as it breaks ties between equally frequent pairs by these numbers, so would the
    # vocabulary.
    first = [*SPECIAL, *characters, *(f"##{char}" for char in characters)]
    if len(first) > size:
        raise BionerError("B711", size=size, needed=len(first))
    learner.train_from_iterator(
        map(" ".join, read()),
        vocab_size=size,
        min_frequency=2,
        limit_alphabet=CHARACTERS,
        special_tokens=first,
        show_progress=False,
    )
    pieces = learner.get_vocab()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "vocab.txt"
        path.write_text("\n".join(sorted(pieces, key=lambda piece: pieces[piece])) + "\n", encoding="utf-8")
        return BertTokenizerFast(str(path), do_lower_case=lower)


def mask_once(blocks: Iterable[Block], collate: Any, batch_size: int, limit: int) -> list[dict[str, Any]]:
    """Return batches of at most ``limit`` inputs, masked once, so that every evaluation predicts the same pieces."""
    chosen: list[Input] = [
        {"input_ids": one.ids, "words": one.words} for _, one in zip(range(limit), blocks, strict=False)
    ]
    order = np.argsort([-len(one["input_ids"]) for one in chosen], kind="stable").tolist()
    return [collate([chosen[i] for i in order[at : at + batch_size]]) for at in range(0, len(order), batch_size)]
