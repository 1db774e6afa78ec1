"""The trainable tagger: any tok2vec, a linear layer and a decoder, as one component of a spaCy pipeline.

BiLSTM-CRF (Lample et al. 2016), BiLM-NER (Sachan et al. 2018) and BioBERT (Lee et al. 2019) are configs of it.
"""

# No `from __future__ import annotations`: spaCy checks [initialize.components] against the types of `initialize`.

import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc, Span
from spacy.training import Example, validate_examples, validate_get_examples
from spacy.vocab import Vocab
from thinc.api import Model, Optimizer, set_dropout_rate
from thinc.types import Floats2d

from .. import limits
from ..errors import BionerError
from ..ml.decoding.decoders import decode, loss_and_gradient, segment_scores
from ..ml.decoding.init_new_tags import start_as_outside
from ..ml.sequences import sequence_lengths
from ..ml.tag_model import set_tags
from ..ml.vocabulary import count_words, set_word_counts
from ..spans import MergePolicy
from ..tags import decode as read_tags
from ..tags import tag_set
from .batching import explain_out_of_memory, portions
from .gold_tags import gold_tag_ids
from .network_files import NetworkFiles
from .requirements import state_requirements
from .set_entities import SPANS_KEY, annotate

TagModelT = Model[list[Doc], list[Floats2d]]
ScoredTokenSpan = tuple[int, int, str, float]
"""First token, one past the last token, label, probability."""

SCORE_WEIGHTS = {"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None}

_WORDS_AT_ONCE = 20_000
"""Prediction takes at most this many words at a time, whatever the batch size, so that memory has a bound."""


class EntityTagger(NetworkFiles, TrainablePipe):
    """Find entities by giving each token a tag.

    A document is read sentence by sentence where sentence starts are set, else as a whole; no entity goes over the
    end of a sentence. Entities join ``doc.ents`` under ``merge`` if their probability is at least ``threshold``; all
    that were found, with their exact probabilities in ``attrs["scores"]``, join ``doc.spans[spans_key]``.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: TagModelT,
        name: str = "bioner_tagger",
        *,
        threshold: float = 0.0,
        spans_key: str = SPANS_KEY,
        merge: MergePolicy = "keep",
        scorer: Callable | None = None,
    ) -> None:
        self.vocab = vocab
        self.model = model
        self.name = name
        self.cfg: dict[str, Any] = {"labels": []}
        self.threshold = threshold
        self.spans_key = spans_key
        self.merge = merge
        self.scorer = scorer
        self._updates = 0
        self._warned_of_cut_entities = False

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of their rows."""
        return tuple(self.cfg["labels"])

    @property
    def label_data(self) -> tuple[str, ...]:
        """What ``spacy init labels`` writes down and ``initialize`` reads as ``labels``."""
        return self.labels

    @property
    def scheme(self) -> str:
        """The tag scheme, a setting of the model's decoder."""
        return self._decoder.attrs["scheme"]

    @property
    def _decoder(self) -> Model:
        return self.model.get_ref("decoder")

    def add_label(self, label: str) -> int:
        """Add a label, also after initialisation; return 1, or 0 if it was there.

        What an initialised model predicts stays the same until it learns the new label by ``update``. Raises B560 for
        what cannot be a label.
        """
        if label in self.labels:
            return 0
        self._set_labels([*self.labels, label])
        if self.model.get_ref("output").has_param("W"):
            start_as_outside(self.model, [tag for tag in self._decoder.attrs["tags"] if tag[2:] == label])
        return 1

    def _set_labels(self, labels: Sequence[str]) -> None:
        tag_like = {label for label in labels if label[:2] == "B-" and f"I-{label[2:]}" in labels}
        wrong = [label for label in labels if not label or label in ("O", "-") or label in tag_like]
        if wrong:
            raise BionerError("B560", name=self.name, labels=wrong, scheme=self.scheme)
        limits.check(self.name, "the number of labels", len(labels), "LABELS")
        self.cfg["labels"] = list(labels)
        set_tags(self.model, tag_set(labels, self.scheme))
        for label in labels:
            self.vocab.strings.add(label)

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        """Prepare the network for training: its labels, its words, its weights.

        get_examples: all of the training data; each word and character of it gets a row of its own.
        labels: by default, those added before and then the labels of the data in alphabetical order. Entities with
            a label that is not among ``labels`` count as outside, with a warning (B561).
        Raises B559 where there is no label.
        """
        validate_get_examples(get_examples, "EntityTagger.initialize")
        sample: list[Doc] = []
        found: Counter[str] = Counter()

        def read() -> Iterator[Doc]:
            for example in get_examples():
                found.update(ent.label_ for ent in example.reference.ents)
                if len(sample) < 10:
                    sample.append(example.predicted)
                yield example.predicted

        words = count_words(read())
        if labels is None:
            labels = [*self.labels, *sorted(found.keys() - set(self.labels))]
        if not labels:
            raise BionerError("B559", name=self.name)
        self._set_labels(labels)
        unknown = sorted(found.keys() - set(labels))
        if unknown:
            self._warn("B561", unknown=unknown, labels=list(labels))
        set_word_counts(self.model, words)
        self.model.initialize(X=sample)
        if nlp is not None:
            state_requirements(nlp)

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn from a batch; ``losses[name]`` grows by the negative log likelihood of its sentences, in nats.

        The gradient is of the mean over sentences. Tokens whose tag the gold does not tell are marginalised out.
        Raises B550 where a score or the loss is not a finite number, B557 where memory runs out.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        validate_examples(examples, "EntityTagger.update")
        examples = list(examples)
        docs = [example.predicted for example in examples]
        if not any(len(doc) for doc in docs):
            return losses
        set_dropout_rate(self.model, drop)
        with explain_out_of_memory("B557", self.name, docs):
            scores, backprop = self.model.begin_update(docs)
            loss, d_scores = self.get_loss(examples, scores)
            backprop(d_scores)
        self._updates += 1
        if sgd not in (None, False):
            self.finish_update(sgd)
        losses[self.name] += loss
        return losses

    def get_loss(self, examples: Iterable[Example], scores: list[Floats2d]) -> tuple[float, list[Floats2d]]:
        """Return the loss, summed over sentences, and the gradient of its mean by the scores of each document."""
        examples = list(examples)
        docs = [example.predicted for example in examples]
        lengths = sequence_lengths(docs, by_sentence=True, max_length=sys.maxsize)
        known, cut = gold_tag_ids(examples, self._decoder.attrs["tags"], self.scheme, lengths)
        if cut and not self._warned_of_cut_entities:
            self._warned_of_cut_entities = True
            self._warn("B562", cut=cut)
        ops = self.model.ops
        flat = ops.xp.concatenate(scores)
        loss = math.nan
        if bool(ops.xp.isfinite(flat.sum())):
            sequences = _split(flat, lengths)
            loss, gradients = loss_and_gradient(
                self._decoder, sequences, _split(known, lengths), scale=1 / max(1, len(sequences))
            )
        if not math.isfinite(loss):
            raise BionerError(
                "B550",
                name=self.name,
                loss=loss,
                documents=len(docs),
                words=len(known),
                first=next(doc.text[:80] for doc in docs if len(doc)),
                updates=self._updates,
            )
        return loss, _split(ops.xp.concatenate(gradients), np.array([len(doc) for doc in docs]))

    def predict(self, docs: Iterable[Doc]) -> list[list[ScoredTokenSpan]]:
        """Find the entities of each document, without changing it. Raises B558 where memory runs out."""
        predictions: list[list[ScoredTokenSpan]] = []
        for group in portions(docs, _WORDS_AT_ONCE):
            with explain_out_of_memory("B558", self.name, group):
                predictions.extend(self._predict_together(group))
        return predictions

    def _predict_together(self, docs: list[Doc]) -> list[list[ScoredTokenSpan]]:
        found: list[list[ScoredTokenSpan]] = [[] for _ in docs]
        if not any(len(doc) for doc in docs):
            return found
        scores = self.model.ops.xp.concatenate(self.model.predict(docs))
        lengths = sequence_lengths(docs, by_sentence=True, max_length=sys.maxsize)
        sequences = _split(scores, lengths)
        tags = self._decoder.attrs["tags"]
        spans = [read_tags([tags[i] for i in rows.tolist()], self.scheme) for rows in decode(self._decoder, sequences)]
        probabilities = segment_scores(self._decoder, sequences, spans)
        for (doc, offset), of_sequence, p in zip(_places(docs, lengths), spans, probabilities, strict=True):
            found[doc].extend(
                (offset + start, offset + end, label, score)
                for (start, end, label), score in zip(of_sequence, p, strict=True)
            )
        return found

    def set_annotations(self, docs: Iterable[Doc], predictions: Sequence[Sequence[ScoredTokenSpan]]) -> None:
        """Write what ``predict`` found into the documents."""
        for doc, found in zip(docs, predictions, strict=True):
            spans = [Span(doc, start, end, label=label) for start, end, label, _ in found]
            scores = [score for *_, score in found]
            annotate(
                doc,
                [span for span, score in zip(spans, scores, strict=True) if score >= self.threshold],
                scores,
                spans_key=self.spans_key,
                merge_policy=self.merge,
                all_spans=spans,
            )

    def describe(self) -> dict[str, Any]:
        """Return what the component's ``meta.json`` says of it."""
        return {"labels": list(self.labels), "scheme": self.scheme, "decoder": self._decoder.name}

    def check_saved(self, cfg: dict[str, Any]) -> None:
        """Raise ValueError or B584 where the labels read are none, or too many; called before the network is read."""
        labels = cfg["labels"]
        if not isinstance(labels, list) or not all(isinstance(label, str) and label for label in labels):
            raise ValueError("cfg holds no list of labels")
        limits.check(self.name, "the number of labels", len(labels), "LABELS")

    def check_loaded(self) -> None:
        """Raise ValueError where the network read is that of other labels."""
        tags = self._decoder.attrs["tags"]
        if tags != (tag_set(self.labels, self.scheme) if self.labels else []):
            raise ValueError(f"the network has the tags {tags}, but the labels are {list(self.labels)}")

    def _warn(self, code: str, **values: Any) -> None:
        warnings.warn(str(BionerError(code, name=self.name, **values)), stacklevel=3)


def _split(rows: Any, lengths: NDArray[np.int64]) -> list[Any]:
    ends = np.cumsum(lengths).tolist()
    return [rows[end - length : end] for end, length in zip(ends, lengths.tolist(), strict=True)]


def _places(docs: Sequence[Doc], lengths: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield, for each sequence, the number of its document and its first token in it."""
    remaining = iter(lengths.tolist())
    for i, doc in enumerate(docs):
        offset = 0
        while offset < len(doc):
            yield i, offset
            offset += next(remaining)


DEFAULT_MODEL = {
    "@architectures": "spacy-bioner.TagModel.v1",
    "tok2vec": {
        "@architectures": "spacy.HashEmbedCNN.v2",
        "pretrained_vectors": None,
        "width": 96,
        "depth": 4,
        "embed_size": 2000,
        "window_size": 1,
        "maxout_pieces": 3,
        "subword_features": True,
    },
    "decoder": "crf",
    "scheme": "IOBES",
    "dropout": None,
}

DEFAULTS = {
    "threshold": 0.0,
    "spans_key": SPANS_KEY,
    "merge": "keep",
    "scorer": {"@scorers": "spacy-bioner.exact_span_scorer.v1"},
}
"""What every factory of this class has beside its model."""

ASSIGNS = ["doc.ents", "doc.spans", "token.ent_iob", "token.ent_type"]


@Language.factory(
    "bioner_tagger",
    assigns=ASSIGNS,
    default_config={"model": DEFAULT_MODEL, **DEFAULTS},
    default_score_weights=SCORE_WEIGHTS,
)
def make_tagger(
    nlp: Language,
    name: str,
    model: TagModelT,
    threshold: float,
    spans_key: str,
    merge: MergePolicy,
    scorer: Callable | None,
) -> EntityTagger:
    """Build the factory ``bioner_tagger`` and those of other defaults; its own is a CRF over spaCy's convolutions."""
    return EntityTagger(nlp.vocab, model, name, threshold=threshold, spans_key=spans_key, merge=merge, scorer=scorer)
