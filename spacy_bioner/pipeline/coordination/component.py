"""``bioner_coordination``: adds discontinuous mentions in coordinations to the mentions of other components."""

# No `from __future__ import annotations`: spaCy checks [initialize.components] against the types of `initialize`.

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
import srsly
from spacy import util
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.util import logger
from spacy.vocab import Vocab

from ...disjoint_tags import Segment, TokenMention
from ...errors import BionerError
from ...ml.check_settings import check_choice, check_rate, check_share, check_text
from ...spans import overlaps
from .. import sealed
from ..annotated import annotated
from ..crf.crfsuite_reader import CrfModel, read_model
from ..crf.training import fit
from ..gold_mentions import gold_mentions
from ..labels import HasLabels
from ..own_group import ScoresOwnGroup
from ..set_entities import SPANS_KEY, FragmentPolicy, WholeMention, annotate
from .candidates import candidates
from .features import Known, features, folds_of

MODEL, WORDS = "model.crfsuite", "words.msgpack"
YES, NO = "Y", "N"


class Coordination(HasLabels, ScoresOwnGroup):
    """Find "renal ... toxicity" in "renal and hepatic toxicity", where another component found "hepatic toxicity".

    A logistic regression (crfsuite, sequences of one item) classifies each candidate (see ``candidates``) as a mention
    or not. The mentions are added to ``doc.spans[spans_key]`` (see ``documents.doc_mentions``). ``doc.ents`` cannot
    hold a discontinuous mention: it gets the entity that ``fragments`` chooses, if no entity is in the way.

    threshold: the minimum probability of a mention. 0.05 finds the most on the development part of BC5CDR without
        loss of F1 (precision 51, recall 44); at 0.4 precision is 75 and recall 35. c2: coefficient of L2
        regularisation.
    """

    def __init__(
        self,
        vocab: Vocab,
        name: str = "bioner_coordination",
        *,
        threshold: float = 0.05,
        c2: float = 0.15,
        spans_key: str = SPANS_KEY,
        fragments: FragmentPolicy = "none",
        scorer: Callable | None = None,
    ) -> None:
        check_share(name, threshold=threshold)
        check_rate(name, c2=c2)
        check_text(name, spans_key=spans_key)
        check_choice(name, get_args(FragmentPolicy), fragments=fragments)
        self.vocab = vocab
        self.name = name
        self.threshold = threshold
        self.c2 = c2
        self.spans_key = spans_key
        self.fragments: FragmentPolicy = fragments
        self.scorer = scorer
        self._forget()

    def _forget(self) -> None:
        self._labels: tuple[str, ...] = ()
        self._model = b""
        self._weights: CrfModel | None = None
        self._known = Known()

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that it predicts."""
        return self._labels

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        """Learn from gold mentions in two parts, and from the other candidates around gold mentions in one part.

        get_examples: all of the training data. labels: of the mentions, by default those of its mentions in two parts.

        Raises B664 if none of them is a coordination, B797 if all candidates are mentions. Logs how many of the
        mentions in several parts are coordinations.
        """
        validate_get_examples(get_examples, "Coordination.initialize")
        sentences = [one for example in annotated(get_examples(), nlp, self.name) for one in _gold_sentences(example)]
        several = [mention for _, mentions in sentences for mention in mentions if len(mention[0]) > 1]
        chosen = set(labels if labels is not None else (label for _, label in several))
        rows, right = [], set()
        for others, own in folds_of(len(sentences)):
            known = Known()
            for i in others:
                known.add(*sentences[i])
            for i in own:
                for key, names in _described(*sentences[i], known, chosen):
                    is_right = key in sentences[i][1]
                    rows.append(([names], [YES if is_right else NO]))
                    if is_right:
                        right.add((i, key))
        if not right:
            raise BionerError("B664", name=self.name, several=len(several))
        if all(answer == YES for _, [answer] in rows):
            raise BionerError("B797", name=self.name, candidates=len(rows))
        logger.info("%s: %d of %d mentions in several parts are coordinations", self.name, len(right), len(several))
        self._model = fit(rows, "lbfgs", {"c1": 0.0, "c2": self.c2, "max_iterations": 100})
        self._weights = read_model(self._model)
        self._known = Known()
        for words, mentions in sentences:
            self._known.add(words, mentions)
        self._labels = tuple(sorted(chosen))

    def predict(self, docs: Iterable[Doc]) -> list[list[WholeMention]]:
        """Return the mentions found in each document. Raises B414 before ``initialize``."""
        if self._weights is None:
            raise BionerError("B414", name=self.name)
        return [self._of_doc(doc) for doc in docs]

    def _of_doc(self, doc: Doc) -> list[WholeMention]:
        # Anchors are mentions in one part. Spans of the group with an id are left out: most are fragments of a mention.
        anchors = {((span.start, span.end), span.label_) for span in doc.ents}
        anchors |= {((s.start, s.end), s.label_) for s in doc.spans.get(self.spans_key, ()) if not s.id}
        scored: dict[TokenMention, float] = {}
        for first, words, mentions in _sentences(doc, sorted(((span,), label) for span, label in anchors)):
            for (parts, label), names in _described(words, mentions, self._known, set(self.labels)):
                key = tuple((a + first, b + first) for a, b in parts), label
                # Several anchors may lead to the same mention.
                scored[key] = max(scored.get(key, 0.0), self._probability(names))
        found: list[WholeMention] = []
        for (parts, label), score in sorted(scored.items(), key=lambda item: (-item[1], item[0])):
            if score < self.threshold:
                break
            same = (other for other, named, _ in found if named == label)
            # Variants of one mention have a longer or shorter conjunct: each part overlaps that of a better
            # one.
            if not any(all(map(overlaps, parts, other)) for other in same):
                found.append((parts, label, score))
        return sorted(found)

    def _probability(self, names: list[str]) -> float:
        assert self._weights is not None
        # A sequence of one item has no transition, so the CRF is a logistic regression: the probability of YES is the
        # logistic function of the difference of the two scores.
        scores = dict(zip(self._weights.tags, self._weights.score(names), strict=True))
        return float(1 / (1 + np.exp(scores[NO] - scores[YES])))

    def set_annotations(self, docs: Iterable[Doc], found: Sequence[Sequence[WholeMention]]) -> None:
        """Add the mentions to the span group of their documents."""
        for doc, whole in zip(docs, found, strict=True):
            if whole:
                annotate(doc, [], whole=whole, spans_key=self.spans_key, fragments=self.fragments)

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one document."""
        try:
            self.set_annotations([doc], self.predict([doc]))
        except Exception as error:
            self.get_error_handler()(self.name, self, [doc], error)
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate a stream of documents."""
        for docs in util.minibatch(stream, batch_size):
            yield from map(self, docs)

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Return the component as bytes."""
        return sealed.to_bytes(*reversed(self._saved()))

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "Coordination":
        """Load the bytes of ``to_bytes``. Raises as ``from_disk``."""
        return self._load(sealed.from_bytes(data, self.name, (MODEL, WORDS)), f"{len(data)} bytes")

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write ``model.crfsuite``, ``words.msgpack`` and ``meta.json`` into a folder. Raises B581."""
        about, parts = self._saved()
        sealed.write_folder(path, self.name, parts, about)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "Coordination":
        """Read the folder that ``to_disk`` wrote. Raises B580, B582 or B410 if it is damaged."""
        return self._load(sealed.read_folder(path, self.name, (MODEL, WORDS)), path)

    def _saved(self) -> sealed.Saved:
        words = {"names": sorted(self._known.names), "pairs": sorted(self._known.pairs)}
        parts = {MODEL: self._model, WORDS: srsly.msgpack_dumps(words)} if self._model else {}
        return sealed.Saved({"fitted": bool(self._model), "labels": list(self.labels)}, parts)

    def _load(self, saved: sealed.Saved, place: object) -> "Coordination":
        with sealed.explain_damage(self.name, place):
            if saved.about["fitted"]:
                words = srsly.msgpack_loads(saved.parts[WORDS])
                weights = read_model(saved.parts[MODEL])
                if set(weights.tags) != {YES, NO}:
                    raise ValueError(f"its answers are {', '.join(weights.tags)}")
                known, labels = Known(set(words["names"]), set(words["pairs"])), tuple(saved.about["labels"])
                self._known, self._labels = known, labels
                self._model, self._weights = saved.parts[MODEL], weights
            else:
                self._forget()
        return self


Sentence = tuple[list[str], list[TokenMention]]


def _gold_sentences(example: Example) -> Iterator[Sentence]:
    for _, words, mentions in _sentences(example.predicted, gold_mentions(example).mentions):
        yield words, mentions


def _sentences(doc: Doc, mentions: Sequence[TokenMention]) -> Iterator[tuple[int, list[str], list[TokenMention]]]:
    """Yield the first token, the words in lower case and the mentions of each sentence that has mentions."""
    starts = [sent.start for sent in doc.sents] if doc.has_annotation("SENT_START") else [0]
    edges = [*starts, len(doc)]
    of: dict[int, list[TokenMention]] = {}
    for parts, label in mentions:
        i = bisect_right(starts, parts[0][0]) - 1
        if parts[-1][1] <= edges[i + 1]:
            of.setdefault(i, []).append((tuple((a - edges[i], b - edges[i]) for a, b in parts), label))
    for i, (start, end) in enumerate(pairwise(edges)):
        if i in of:
            yield start, [token.lower_ for token in doc[start:end]], of[i]


def _described(
    words: Sequence[str], mentions: Sequence[TokenMention], known: Known, labels: set[str]
) -> Iterator[tuple[TokenMention, list[str]]]:
    """Yield the candidates around a sentence's mentions in one part, and their features."""
    plain: set[Segment] = {parts[0] for parts, _ in mentions if len(parts) == 1}
    for parts, label in mentions:
        if len(parts) == 1 and label in labels:
            for candidate in candidates(words, parts[0]):
                yield (candidate.parts, label), features(words, label, candidate, known, plain)


@Language.factory(
    "bioner_coordination",
    requires=["doc.ents"],
    assigns=["doc.spans"],
    default_config={
        "threshold": 0.05,
        "c2": 0.15,
        "spans_key": SPANS_KEY,
        "fragments": "none",
        "scorer": {"@scorers": "spacy-bioner.exact_span_scorer.v1"},
    },
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_coordination(
    nlp: Language,
    name: str,
    threshold: float,
    c2: float,
    spans_key: str,
    fragments: FragmentPolicy,
    scorer: Callable | None,
) -> Coordination:
    """Make the component ``bioner_coordination``."""
    settings = {"threshold": threshold, "c2": c2, "spans_key": spans_key, "fragments": fragments}
    return Coordination(nlp.vocab, name, scorer=scorer, **settings)  # type: ignore[arg-type]
