"""Label distributions of a word's nearest neighbours in the word vectors.

A variant of the distributional prototypes of Guo et al. 2014 (section 3.3): every training word is a prototype,
weighted by the share of its tokens with each label.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.training import Example
from spacy.vocab import Vocab

from ....documents.declared_types import declared_types
from ....errors import BionerError
from ....progress import progress
from .block import WordBlock
from .word_vectors import word_vectors

_WARMTH = 0.1
"""The weight of a neighbour is exp(cosine / this): a cosine that is lower by 0.23 gives a tenth of the weight."""

_AT_ONCE = 2048


@dataclass(kw_only=True)
class NeighbourFeatures(WordBlock):
    """``spacy-bioner.NeighbourFeatures.v1``: how often the nearest words are part of an entity, by label.

    nearest: number of training words, by the cosine of their vectors. steps: number of steps of the share: with 5,
    ``near-Disease=4`` is a share of 0.7 to 0.9.

    A token counts towards a label in documents that declare no types, or this label among them: see ``declared_types``.
    A word is never its own neighbour: otherwise the feature would leak its gold label in training, which it cannot do
    for an unseen word. The shares are computed at ``initialize`` for all words that have a vector, and saved with the
    component, which then no longer needs the vectors. A word without a vector has the features of its lower-case form,
    or else ``near=-``. Without word vectors the block gives no features, and a log message says so.
    """

    nearest: int = 100
    steps: int = 5
    labels: list[str] = field(default_factory=list, init=False, repr=False)
    votes: dict[str, bytes] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.nearest < 1 or not 1 <= self.steps <= 255:
            raise BionerError("B405", nearest=self.nearest, steps=self.steps)

    def of_word(self, word: str) -> list[str]:
        """Return one feature per label; none without word vectors."""
        if not self.votes:
            return []
        votes = self.votes.get(word) or self.votes.get(word.lower())
        if votes is None:
            return ["near=-"]
        return [f"near-{label}={vote}" for label, vote in zip(self.labels, votes, strict=True)]

    def initialize(self, vocab: Vocab, examples: Sequence[Example]) -> None:
        """Compute the label shares among the neighbours of every word of the vocabulary that has a vector."""
        words, vectors = word_vectors(vocab, "NeighbourFeatures")
        self.labels, self.votes = [], {}
        if not words:
            return
        labelled, counted = _token_counts(examples)
        self.labels = sorted(labelled)
        known = set().union(*counted.values())
        voters = [i for i, word in enumerate(words) if word in known and any(map(str.isalpha, word))]
        shares = np.zeros((len(voters), len(self.labels)), dtype="float32")
        for column, label in enumerate(self.labels):
            totals = [of_words for types, of_words in counted.items() if types is None or label in types]
            for row, i in enumerate(voters):
                total = sum(of_words[words[i]] for of_words in totals)
                shares[row, column] = labelled[label][words[i]] / total if total else np.nan
        votes = _vote(vectors, np.array(voters, dtype=np.int64), shares, self.nearest)
        steps = np.rint(votes * self.steps).astype("uint8")
        self.votes = {word: row.tobytes() for word, row in zip(words, steps, strict=True)}

    def to_state(self) -> dict[str, Any]:
        """Return the labels, the words and their shares."""
        return {"labels": self.labels, "words": list(self.votes), "votes": list(self.votes.values())}

    def from_state(self, state: dict[str, Any]) -> None:
        """Load the labels, the words and their shares."""
        self.labels = state["labels"]
        self.votes = dict(zip(state["words"], state["votes"], strict=True))


def _token_counts(
    examples: Sequence[Example],
) -> tuple[dict[str, Counter[str]], dict[frozenset[str] | None, Counter[str]]]:
    """Count the tokens of each word of the gold by label, and all of them by the types that their documents declare.

    Tokens whose tag is unknown are left out: of a label, also those of documents that declare other types.
    """
    labelled: dict[str, Counter[str]] = defaultdict(Counter)
    counted: dict[frozenset[str] | None, Counter[str]] = defaultdict(Counter)
    for example in examples:
        types = declared_types(example.reference)
        for token in example.reference:
            if token.ent_iob:  # not 0: known
                counted[types][token.text] += 1
                if token.ent_type_ and (types is None or token.ent_type_ in types):
                    labelled[token.ent_type_][token.text] += 1
    return labelled, counted


def _vote(
    vectors: NDArray[np.float32], voters: NDArray[np.int64], shares: NDArray[np.float32], nearest: int
) -> NDArray[np.float32]:
    """Return each label's mean share among a word's nearest training words except itself, (words, labels).

    shares: (voters, labels); nan, where no document with the word declares the label: it has no vote on it.
    """
    votes = np.zeros((len(vectors), shares.shape[1]), dtype="float32")
    # One less than there are training words, as a word itself is excluded.
    nearest = min(nearest, len(voters) - 1)
    if nearest < 1:
        return votes
    asked = ~np.isnan(shares)
    shares = np.where(asked, shares, 0)
    places = {voter: place for place, voter in enumerate(voters.tolist())}
    for first in progress(range(0, len(vectors), _AT_ONCE), title="nearest words"):
        cosines = vectors[first : first + _AT_ONCE] @ vectors[voters].T
        for row in range(len(cosines)):
            if first + row in places:
                cosines[row, places[first + row]] = -np.inf  # a word is not its own neighbour
        chosen = np.argpartition(-cosines, nearest - 1, axis=1)[:, :nearest]
        # The - 1 cancels in the quotient below; with it no exponent is above 0, and exp cannot overflow.
        weights = np.exp((np.take_along_axis(cosines, chosen, axis=1) - 1) / _WARMTH)
        sums = np.einsum("wn,wnl->wl", weights, shares[chosen])
        for column in range(shares.shape[1]):
            total = (weights * asked[:, column][chosen]).sum(1)
            of_label = votes[first : first + _AT_ONCE, column]
            np.divide(sums[:, column], total, out=of_label, where=total > 0)
    return votes
