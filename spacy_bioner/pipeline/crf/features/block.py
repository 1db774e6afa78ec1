"""The base classes of feature blocks.

A feature is a string that is true of a token, like ``suffix=oma``. A block gives the features of one kind. Within its
``window`` a token also has the features of its neighbours, with the offset as prefix: ``-1:suffix=oma``. A block
depends on one word, and is computed once per distinct word, on a pair of words, or on the whole document.
``FeatureSet`` joins them. A block is a dataclass, registered in ``spacy_misc`` and named in the config.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import srsly
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from ....errors import BionerError
from ....ml.check_settings import check_whole_list

WordFunction = Callable[[str], Sequence[str]]
"""Word -> its features in one or more word blocks."""

MAX_OFFSET = 9


@dataclass(kw_only=True)
class Block(ABC):
    """One kind of feature. Raises B403 for an offset beyond ``MAX_OFFSET``."""

    def __post_init__(self) -> None:
        if hasattr(self, "window"):
            check_whole_list(type(self).__name__, least=-1000, window=self.window)
        check_whole_list(type(self).__name__, least=-1000, offsets=self.offsets)
        far = [offset for offset in self.offsets if abs(offset) > MAX_OFFSET]
        if far:
            raise BionerError("B403", block=type(self).__name__, offset=far[0], limit=MAX_OFFSET)

    @property
    @abstractmethod
    def offsets(self) -> list[int]:
        """The offsets of the tokens that contribute features, sorted; 0 is the token itself."""

    @property
    def settings(self) -> dict[str, Any]:
        """The settings in the config; a model must not be used with blocks of other settings."""
        values = {item.name: getattr(self, item.name) for item in fields(self) if item.init}
        return srsly.json_loads(srsly.json_dumps(values))

    def initialize(self, vocab: Vocab, examples: Sequence[Example]) -> None:  # noqa: B027
        """Fit the block to the word vectors of the vocabulary and to the training examples.

        The predicted documents have the annotations of earlier components, the references the gold.
        """

    def to_state(self) -> dict[str, Any]:
        """Return the fitted state, in values that msgpack can write."""
        return {}

    def from_state(self, state: dict[str, Any]) -> None:  # noqa: B027
        """Load the state of ``to_state``."""


@dataclass(kw_only=True)
class WordBlock(Block):
    """Features that depend on a word alone.

    window: offsets of the words whose features a token has. Empty: none; the block serves others by its name.
    """

    window: Sequence[int] = (0,)

    @property
    def offsets(self) -> list[int]:
        """The window."""
        return sorted(set(self.window))

    @abstractmethod
    def of_word(self, word: str) -> list[str]:
        """Return the features of a word."""


@dataclass(kw_only=True)
class PairBlock(Block):
    """Features that depend on two words.

    of: the name, in the config, of the word block whose features of each are joined.
    pairs: the offsets of the first and of the second word. Raises B404 if they are not two.
    """

    of: str
    pairs: Sequence[Sequence[int]]

    def __post_init__(self) -> None:
        if any(len(pair) != 2 for pair in self.pairs):
            raise BionerError("B404", block=type(self).__name__, pairs=self.pairs)
        super().__post_init__()

    @property
    def offsets(self) -> list[int]:
        """All offsets of the pairs."""
        return sorted({offset for pair in self.pairs for offset in pair})

    @abstractmethod
    def of_pair(self, first: Sequence[str], second: Sequence[str]) -> list[str]:
        """Return the features of two words, given those that the word block has for each."""


@dataclass(kw_only=True)
class DocBlock(Block):
    """Features that depend on the whole document.

    of: the names, in the config, of word blocks whose features it uses.
    window: offsets of the tokens whose features a token has.
    """

    of: Sequence[str] = ()
    window: Sequence[int] = (0,)

    @property
    def offsets(self) -> list[int]:
        """The window."""
        return sorted(set(self.window))

    @abstractmethod
    def of_doc(self, doc: Doc, of_word: WordFunction) -> list[list[str]]:
        """Return the features of each token; ``of_word`` gives the features of a word in the blocks named by ``of``."""
