"""The feature blocks of a component, combined into the features of each token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from functools import lru_cache
from itertools import accumulate, pairwise
from sys import intern
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from ....errors import BionerError
from .block import Block, DocBlock, PairBlock, WordBlock, WordFunction

_CACHED_WORDS = 50_000


class Edge(Enum):
    """Padding beside a sequence; its only feature is its name."""

    BEFORE = "BEFORE"
    AFTER = "AFTER"


Word = str | Edge
Lengths = Sequence[int] | NDArray[np.int64]
"""Of the sequences of a document, in tokens."""


class FeatureSet:
    """The blocks of a config by name, in its order.

    A block that is None is left out, also from the ``of`` of a ``DocBlock``. Features come from the token's own
    sequence (a sentence), except those of a ``DocBlock``, which come from the whole document.
    Raises B401 if a block refers to another that is missing or not a word block, B402 if no block is left.
    """

    def __init__(self, blocks: Mapping[str, Block | None]) -> None:
        self.blocks = {name: block for name, block in blocks.items() if block is not None}
        self.words = [block for block in self.blocks.values() if isinstance(block, WordBlock)]
        self.pairs = [block for block in self.blocks.values() if isinstance(block, PairBlock)]
        self.docs = [block for block in self.blocks.values() if isinstance(block, DocBlock)]
        self._check({name for name, block in blocks.items() if block is None})
        self.word_offsets = sorted({offset for block in self.words for offset in block.offsets})
        self.pair_offsets = [(block, (first, second)) for block in self.pairs for first, second in block.pairs]
        self.radius = max(abs(offset) for block in self.blocks.values() for offset in block.offsets)
        self.forget()

    def _check(self, left_out: set[str]) -> None:
        if not any(block.offsets for block in self.blocks.values()):
            raise BionerError("B402")
        for name, block in self.blocks.items():
            for other in _references(block):
                spared = other in left_out and isinstance(block, DocBlock)
                if not spared and not isinstance(self.blocks.get(other), WordBlock):
                    known = [name for name, block in self.blocks.items() if isinstance(block, WordBlock)]
                    raise BionerError("B401", block=name, of=other, known=", ".join(known) or "none")

    def forget(self) -> None:
        """Clear the caches: at the start, after a block was fitted or loaded, and to free memory."""
        self._functions: dict[tuple[str, ...], WordFunction] = {}
        self._remembered = lru_cache(_CACHED_WORDS)(self.of_word)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_functions": {}, "_remembered": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.forget()

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of each block."""
        return {name: {"block": type(block).__name__, **block.settings} for name, block in self.blocks.items()}

    def initialize(self, vocab: Vocab, examples: Sequence[Example]) -> None:
        """Fit each block."""
        for block in self.blocks.values():
            block.initialize(vocab, examples)
        self.forget()

    def to_state(self) -> dict[str, dict[str, Any]]:
        """Return the fitted state of the blocks."""
        return {name: block.to_state() for name, block in self.blocks.items()}

    def from_state(self, state: Mapping[str, dict[str, Any]]) -> None:
        """Load the state of ``to_state``."""
        for name, block in self.blocks.items():
            block.from_state(state[name])
        self.forget()

    @contextmanager
    def unchanged_on_error(self) -> Iterator[None]:
        """Put the state of the blocks back as it was if an exception leaves the context, in which it is loaded."""
        before = [(block, dict(vars(block))) for block in self.blocks.values()]
        try:
            yield
        except BaseException:
            for block, state in before:
                vars(block).update(state)
            self.forget()
            raise

    def of_doc(self, doc: Doc, lengths: Lengths) -> Iterator[list[list[str]]]:
        """Yield the features of each token of each sequence; ``lengths``, in tokens, cut the document into these."""
        words = [token.text for token in doc]
        more = self.of_all(doc, lengths)
        of_word = self._remembered
        for start, end in pairwise(accumulate(lengths, initial=0)):
            padded: list[Word] = [Edge.BEFORE] * self.radius + words[start:end] + [Edge.AFTER] * self.radius
            around = [of_word(word) for word in padded]
            sequence = []
            for here, token in enumerate(range(start, end), self.radius):
                names: list[str] = []
                for i, offset in enumerate(self.word_offsets):
                    names += around[here + offset][i]
                for block, pair in self.pair_offsets:
                    names += self.of_pair(block, pair, padded[here + pair[0]], padded[here + pair[1]])
                sequence.append(names + more[token])
            yield sequence

    def of_all(self, doc: Doc, lengths: Lengths) -> list[list[str]]:
        """Return, for each token, the features of the ``DocBlock``s alone."""
        features: list[list[str]] = [[] for _ in doc]
        starts = np.repeat(np.cumsum(lengths) - lengths, lengths).tolist()
        ends = np.repeat(np.cumsum(lengths), lengths).tolist()
        for block in self.docs:
            for i, names in enumerate(block.of_doc(doc, self.of_words(block.of))):
                for offset in block.offsets if names else ():
                    # The token at i - offset sees token i at this offset, unless a sequence ends between them.
                    if starts[i] <= i - offset < ends[i]:
                        features[i - offset] += (f"{offset}:{name}" for name in names)
        return features

    def of_word(self, word: Word) -> tuple[tuple[str, ...], ...]:
        """Return, for each of ``word_offsets``, the features of a token that has the word there."""
        if isinstance(word, Edge):
            return tuple((f"{offset}:{word.value}",) for offset in self.word_offsets)
        found = [(block.offsets, block.of_word(word)) for block in self.words]
        return tuple(
            # Interned: words share most features ("0:suffix=a"), and the cache then holds each string once.
            tuple(intern(f"{offset}:{name}") for offsets, names in found if offset in offsets for name in names)
            for offset in self.word_offsets
        )

    def of_pair(self, block: PairBlock, pair: tuple[int, int], first: Word, second: Word) -> list[str]:
        """Return the features of a token that has these words at the offsets of the pair."""
        of_word = self.of_words([block.of])
        both = [(word.value,) if isinstance(word, Edge) else of_word(word) for word in (first, second)]
        return [f"{pair[0]},{pair[1]}:{name}" for name in block.of_pair(*both)]

    def of_words(self, names: Sequence[str]) -> WordFunction:
        """Return the function from a word to its features in the word blocks of these names."""
        key = tuple(names)
        if key not in self._functions:
            blocks = [block for name in names if isinstance(block := self.blocks.get(name), WordBlock)]

            @lru_cache(_CACHED_WORDS)
            def function(word: str) -> tuple[str, ...]:
                return tuple(name for block in blocks for name in block.of_word(word))

            self._functions[key] = function
        return self._functions[key]


def _references(block: Block) -> list[str]:
    """Return the names of the blocks that a block refers to."""
    if isinstance(block, PairBlock):
        return [block.of]
    return list(block.of) if isinstance(block, DocBlock) else []
