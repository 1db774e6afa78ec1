"""A profile of the training text's tokenization, to detect at prediction a tokenization that differs.

A component depends on the tokens and sentences that other parts of the pipeline set. Where these differ from training,
predictions silently get worse: a CRF trained on ``IL``, ``-``, ``2`` does not know the token ``IL-2``. A component has
no access to the pipeline, so the documents themselves are compared.

A place is a pair of adjacent characters, between which a tokenizer splits or not. The decision depends on the context:
the two characters and their neighbours, with letters as a, digits as 0, and other characters and the blank unchanged:

    places of "given IL-2."      a|- in "aa-0"   -|0 in "a-0."   0|. in "-0. "

The profile keeps the contexts in which the tokenizer of training always decided alike.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from ..errors import BionerError
from .annotated import annotated

_SAMPLE, _WATCHED = 30_000, 3_000
"""Number of tokens that are examined in training, and in prediction."""

_OFTEN, _ALIKE = 5, 0.98  # least occurrences of a context in training, and share of them with the same decision
_CONTRADICTIONS, _SHARE = 5, 0.05  # least differing places for a warning, and least share of the known places
_FEWEST_TOKENS = 200  # least tokens before lengths of sentences are compared


class TrainingText:
    """Collects the training examples that the profile is made of: the first 30,000 tokens."""

    def __init__(self) -> None:
        self._first: list[Example] = []
        self._tokens = 0

    def add(self, example: Example) -> None:
        """Add an example; those after the first 30,000 tokens are ignored."""
        if self._tokens < _SAMPLE and len(example.predicted):
            self._first.append(example)
            self._tokens += len(example.predicted)

    def profile(self, nlp: Language | None, name: str) -> dict[str, Any]:
        """Return the profile of the documents, as plain values, to save with the component ``name`` of ``nlp``.

        The documents are those that the component reads in training: components that annotate in training, such as a
        splitter of sentences, have annotated them.
        """
        places: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        sequences = with_sentences = 0
        docs = [example.predicted for example in annotated(self._first, nlp, name)]
        for doc in docs:
            for context, cut, _ in _places(doc):
                places[context][cut] += 1
            with_sentences += doc.has_annotation("SENT_START")
            sequences += _number_of_sequences(doc)
        kept: tuple[list[str], list[str]] = [], []
        for context, counts in sorted(places.items()):
            if sum(counts) >= _OFTEN and max(counts) >= _ALIKE * sum(counts):
                kept[counts[1] > counts[0]].append(context)
        return {
            "whole": kept[0],
            "cut": kept[1],
            "sentences": round(with_sentences / max(1, len(docs)), 2),
            "length": round(self._tokens / max(1, sequences), 2),
        }


class TextWatch:
    """Compares the first predicted documents with the profile, and warns once of each difference."""

    def __init__(self, name: str, trained_on: Mapping[str, Any]) -> None:
        self.trained_on = trained_on
        self._name = name
        self._cut = {**dict.fromkeys(trained_on["whole"], False), **dict.fromkeys(trained_on["cut"], True)}
        self._known = self._tokens = self._sequences = self._docs = self._with_sentences = 0
        self._other: dict[str, int] = {}

    def look(self, docs: Sequence[Doc]) -> None:
        """Compare some documents. Warns of tokens (B417) and of sentences (B418) that are split differently."""
        for doc in docs:
            if self._tokens >= _WATCHED:
                return
            self._look_at(doc)
        places = sum(self._other.values())
        if places >= max(_CONTRADICTIONS, _SHARE * self._known):
            self._warn("B417", places=places, known=self._known, examples=", ".join(list(self._other)[:5]))
        elif self._tokens >= _FEWEST_TOKENS:
            self._compare_sentences()

    def _look_at(self, doc: Doc) -> None:
        self._tokens += len(doc)
        self._docs += len(doc) > 0
        self._with_sentences += len(doc) > 0 and doc.has_annotation("SENT_START")
        self._sequences += _number_of_sequences(doc)
        for context, cut, shown in _places(doc):
            expected = self._cut.get(context)
            if expected is not None:
                self._known += 1
                if expected != cut:
                    self._other[shown] = self._other.get(shown, 0) + 1

    def _compare_sentences(self) -> None:
        length, trained = self._tokens / max(1, self._sequences), self.trained_on["length"]
        missing = self.trained_on["sentences"] >= 0.5 and not self._with_sentences and length > 2 * trained
        extra = not self.trained_on["sentences"] and self._with_sentences == self._docs and length < trained / 2
        if missing or extra:
            what = "no sentence starts" if missing else "sentence starts, which those of training had not"
            self._warn("B418", what=what, length=round(length), trained=round(trained))

    def _warn(self, code: str, **values: Any) -> None:
        self._tokens = _WATCHED  # as if enough text were examined: no second warning
        warnings.warn(str(BionerError(code, name=self._name, **values)), stacklevel=5)


def _number_of_sequences(doc: Doc) -> int:
    """Return the number of sentences, or 1 for a document without sentence starts; 0 for one without tokens."""
    if not len(doc):
        return 0
    return sum(1 for _ in doc.sents) if doc.has_annotation("SENT_START") else 1


class _Classes(dict[str, str]):
    def __missing__(self, char: str) -> str:
        kind = " " if char.isspace() else "0" if char.isdigit() else "a" if char.isalpha() else char
        self[char] = kind
        return kind


_CLASSES = _Classes()


def _places(doc: Doc) -> Iterator[tuple[str, bool, str]]:
    """Yield the context of each place, whether a token ends there, and the token, or both tokens with a bar between."""
    words = [token.text for token in doc]
    spaces = [bool(token.whitespace_) for token in doc]
    # Corpora in columns have lost their spacing: a space follows every token; any neighbours may have been adjacent.
    columns = len(words) > 1 and all(spaces[:-1])
    parts = [f" {word}" if i and spaces[i - 1] and not columns else word for i, word in enumerate(words)]
    shape = f" {''.join(map(_CLASSES.__getitem__, ''.join(parts)))} "
    at = 1
    for i, (word, part) in enumerate(zip(words, parts, strict=True)):
        at += len(part) - len(word)
        for place in range(at if i else at + 1, at + len(word)):
            left, right = shape[place - 1], shape[place]
            # Hardly any tokenizer splits between two letters or two digits, and all split at a blank: these places tell
            # little.
            if left == " " or right == " " or (left == right and left in "a0"):
                continue
            if columns and place == at and left in "a0" and right in "a0":
                continue  # two words, more likely than parts of one
            cut = place == at
            yield shape[max(0, place - 2) : place + 2], cut, f"{words[i - 1]}|{word}" if cut else word
        at += len(word)
