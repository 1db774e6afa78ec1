"""The trainable tagger: any tok2vec, a linear layer and a decoder, as one component of a spaCy pipeline.

BiLSTM-CRF (Lample et al. 2016), BiLM-NER (Sachan et al. 2018) and BioBERT (Lee et al. 2019) are configs of it.
"""

# No `from __future__ import annotations`: spaCy checks [initialize.components] against the types of `initialize`.

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.vocab import Vocab
from thinc.api import Model
from thinc.types import Floats2d

from .. import limits
from ..errors import BionerError
from ..ml.check_settings import check_choice, check_share, check_text
from ..ml.decoding.decoders import likely_spans, loss_and_gradient
from ..ml.decoding.init_new_tags import start_as_outside
from ..ml.decoding.layered import entropies, find_layered, find_mentions, layered_loss
from ..ml.sequences import sequence_lengths
from ..ml.tag_model import set_tags
from ..ml.vocabulary import count_words, set_word_counts
from ..spans import MergePolicy
from ..tags import BIOHD, tag_set
from .default_tok2vec import DEFAULT_TOK2VEC
from .gold_mentions import labels_of, other_labels
from .gold_tags import gold_tag_ids
from .layers import Layer, Layers, check_layers, join_layers, layer_tag_ids, left_out, plan_layers, row_names
from .network_component import NetworkComponent, split_rows
from .open_types import known_tags
from .own_group import ScoresOwnGroup
from .prediction import Prediction, ScoredTokenSpan, Writing, by_document, places, without_space
from .requirements import state_requirements
from .set_entities import SPANS_KEY, FragmentPolicy
from .training_text import TrainingText

TagModelT = Model[list[Doc], list[Floats2d]]

LOWEST = 1e-3
"""``alternatives`` below this count as this: at 0 every run of tokens would be one."""

SCORE_WEIGHTS = {"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None}


class EntityTagger(ScoresOwnGroup, NetworkComponent):
    """Find entities by giving each token a tag.

    A document is read sentence by sentence where sentence starts are set, else as a whole; no entity crosses a
    sentence boundary. Entities with a probability of at least ``threshold`` are merged into ``doc.ents`` under the
    policy ``merge``; all predicted entities, with their exact probabilities in ``attrs["scores"]``, are added to
    ``doc.spans[spans_key]``. Under the scheme BIOHD mentions may be in several parts; ``fragments`` says what of them
    enters ``doc.ents``.

    alternatives: other spans of at least this probability are added to ``doc.spans[spans_key]`` too, for a component
    that weighs them against what others found (``bioner_merge``); by default, under BIOHD and with layers, none are.

    layers: ``labels`` for a decoder a label, or lists of labels for one each; their mentions may overlap. levels: of
    mentions of a layer that nest, each with a decoder. All read one encoder.
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
        fragments: FragmentPolicy = "cover",
        alternatives: float = 1.0,
        layers: Layers = None,
        levels: int = 1,
        scorer: Callable | None = None,
    ) -> None:
        super().__init__(vocab, model, name, scorer)
        check_share(name, threshold=threshold, alternatives=alternatives)
        check_text(name, spans_key=spans_key)
        check_choice(name, get_args(MergePolicy), merge=merge)
        check_choice(name, get_args(FragmentPolicy), fragments=fragments)
        self.cfg["labels"] = []
        self.threshold = threshold
        self.spans_key = spans_key
        self.merge = merge
        self.fragments = fragments
        self.alternatives = alternatives
        self.layers, self.levels = layers, levels
        self.layered = check_layers(name, layers, levels)
        self._warned: set[str] = set()

    @property
    def _plan(self) -> list[Layer]:
        return plan_layers(self.name, self.labels, self.layers, self.levels) if self.labels else []

    @property
    def _layer_tags(self) -> list[list[str]]:
        return [tag_set(layer.labels, self.scheme) for layer in self._plan]

    def _rows_of_layers(self) -> list[list[str]]:
        """Return the names of the rows of each layer, those of O first."""
        if self.layered:
            return row_names(self._plan, self.scheme)
        return [tag_set(self.labels, self.scheme)] if self.labels else []

    def _row_names(self) -> list[str]:
        """Return the names of the rows of the output: the tags, of all layers."""
        return [name for names in self._rows_of_layers() for name in names]

    @property
    def _flat(self) -> bool:
        """Whether only the entities in ``doc.ents`` are learned."""
        return self.scheme != BIOHD and not self.layered

    @property
    def scheme(self) -> str:
        """The tag scheme, a setting of the model's decoder."""
        return self._decoder.attrs["scheme"]

    @property
    def _decoder(self) -> Model:
        return self.model.get_ref("decoder")

    def add_label(self, label: str) -> int:
        """Add a label, also after initialisation; return 1, or 0 if it was there.

        The predictions of an initialised model do not change until ``update`` trains the new label. Raises B560 for an
        invalid label, and B663 for one that no layer has; nothing is changed then.
        """
        if label in self.labels:
            return 0
        before = self._decoder.attrs["tags"]
        self._set_labels([*self.labels, label])
        if self.model.get_ref("output").has_param("W"):
            for outside, *names in self._rows_of_layers():
                start_as_outside(self.model, [name for name in names if name not in before], outside)
        return 1

    def _set_labels(self, labels: Sequence[str]) -> None:
        tag_like = {label for label in labels if label[:2] == "B-" and f"I-{label[2:]}" in labels}
        wrong = [label for label in labels if not label or label in ("O", "-") or label in tag_like]
        if wrong:
            raise BionerError("B560", name=self.name, labels=wrong, scheme=self.scheme)
        limits.check(self.name, "the number of labels", len(labels), "LABELS")
        plan_layers(self.name, labels, self.layers, self.levels)  # raises B663, before anything is set
        self.cfg["labels"] = list(labels)
        set_tags(self.model, self._row_names())
        for label in labels:
            self.vocab.strings.add(label)

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        """Initialize the network: its labels, vocabulary and weights.

        get_examples: all of the training data; each word and character of it gets a row of its own.
        labels: by default, the labels added before, then those of the data in alphabetical order. Entities with
            a label that is not among ``labels`` count as outside, with a warning (B561).
        Raises B559 without labels.
        """
        validate_get_examples(get_examples, "EntityTagger.initialize")
        sample: list[Doc] = []
        found: Counter[str] = Counter()
        text = TrainingText()

        def read() -> Iterator[Doc]:
            for example in get_examples():
                found.update(labels_of(example, flat=self._flat))
                text.add(example)
                if len(sample) < 10:
                    sample.append(example.predicted)
                yield example.predicted

        words = count_words(read())
        if labels is None:
            labels = [*self.labels, *sorted(found.keys() - set(self.labels))]
        if not labels:
            raise BionerError("B559", name=self.name)
        self._set_labels(labels)
        self.cfg["trained_on"] = text.profile(nlp, self.name)
        set_word_counts(self.model, words)
        self.start_anew()
        unknown = sorted(found.keys() - set(labels))
        self._warn_once("B561", len(unknown), unknown=unknown, labels=list(labels))
        self.model.initialize(X=sample)
        if nlp is not None:
            state_requirements(nlp)

    def start_anew(self) -> None:
        """Forget an earlier training, and what was warned of in it."""
        super().start_anew()
        self._warned.clear()

    def loss_and_gradient(self, examples: Sequence[Example], outputs: Floats2d) -> tuple[float, Floats2d]:
        """Return the negative log likelihood of a batch, summed over its sequences, and the gradient of its mean.

        The sequences are sentences where sentence starts are set, else documents. Tokens without a gold tag, and the
        types that a document does not declare (``open_types``), are marginalised out. Warns once of entities that
        cross a sentence boundary (B562), of those that the tags do not hold (B661), and of labels that the component
        does not have (B561), which count as outside: one that is trained further on other data gains none.
        """
        docs = [example.predicted for example in examples]
        lengths = _sequence_lengths(docs)
        sequences = split_rows(outputs, lengths.tolist())
        # The mean is over sequences, not tokens, as each sequence is one observation of the CRF's likelihood.
        scale = 1 / max(1, len(sequences))
        if self.layered:
            gold = layer_tag_ids(examples, self._plan, self.scheme, lengths)
            cut, left = left_out(gold, self._plan)
            pairs = zip(gold, self._layer_tags, strict=True)
            layers = [known_tags(examples, one.ids, tags, lengths) for one, tags in pairs]
            loss, gradients = layered_loss(self._decoder, self._layer_tags, sequences, layers, scale=scale)
        else:
            ids, cut, left = gold_tag_ids(examples, self._decoder.attrs["tags"], self.scheme, lengths)
            known = known_tags(examples, ids, self._decoder.attrs["tags"], lengths)
            loss, gradients = loss_and_gradient(self._decoder, sequences, known, scale=scale)
        if "B561" not in self._warned:
            unknown = other_labels(examples, self.labels, flat=self._flat)
            self._warn_once("B561", len(unknown), unknown=unknown, labels=list(self.labels))
        self._warn_once("B562", cut, cut=cut)
        self._warn_once("B661", left, left=left, scheme=self.scheme)
        return loss, self.model.ops.xp.concatenate(gradients)

    def _warn_once(self, code: str, count: int, **values: Any) -> None:
        if count and code not in self._warned:
            self._warned.add(code)
            self.warn(code, **values)

    def predict_nothing(self) -> Prediction:
        """Return no entities."""
        return Prediction()

    def predict_outputs(self, docs: Sequence[Doc], outputs: Floats2d) -> list[Prediction]:
        """Return the entities of the best legal tag sequences of each document, with their exact probabilities."""
        # tags -> mentions -> probabilities. A mention of one segment has the marginal probability of that segment under
        # the CRF; a mention of several segments the joint probability that all of them are tagged so.
        lengths = _sequence_lengths(docs)
        sequences = split_rows(outputs, lengths.tolist())
        if self.layered:
            layers = find_layered(self._decoder, self._layer_tags, sequences)
            of_layers = [by_document(docs, lengths, of_layer) for of_layer in layers]
            joined = [join_layers(own) for own in zip(*of_layers, strict=True)]
            return [*map(without_space, docs, joined)]
        found = by_document(docs, lengths, find_mentions(self._decoder, sequences))
        for (doc, offset), more in zip(places(docs, lengths), self._alternatives(sequences), strict=True):
            known = {span[:3] for span in found[doc].spans}
            moved = ((offset + start, offset + end, label, score) for start, end, label, score in more)
            found[doc].alternatives.extend(one for one in moved if one[:3] not in known)
        return [*map(without_space, docs, found)]

    def _alternatives(self, sequences: Sequence[Floats2d]) -> list[list[ScoredTokenSpan]]:
        if self.alternatives >= 1 or self.scheme == BIOHD:
            return [[] for _ in sequences]
        return likely_spans(self._decoder, list(sequences), max(self.alternatives, LOWEST))

    def entropies(self, docs: Iterable[Doc]) -> list[Any]:
        """Return the entropy of each token of each document: see ``ml.decoding.entropy``."""

        def read(docs: Sequence[Doc], outputs: Floats2d) -> list[NDArray[np.float64]]:
            layers = self._layer_tags if self.layered else []
            return split_rows(entropies(self._decoder, layers, outputs, _sequence_lengths(docs)), map(len, docs))

        return self.of_outputs(docs, read, lambda: np.zeros(0))

    def set_annotations(self, docs: Iterable[Doc], predictions: Sequence[Prediction]) -> None:
        """Write the predicted mentions into the documents."""
        write = Writing(self.spans_key, self.merge, self.fragments, self.threshold)
        for doc, found in zip(docs, predictions, strict=True):
            write(doc, found)

    def describe(self) -> dict[str, Any]:
        """Return the description of the component for its ``meta.json``."""
        return {"labels": list(self.labels), "scheme": self.scheme, "decoder": self._decoder.name}

    def check_saved(self, cfg: dict[str, Any]) -> None:
        """Raise ValueError or B584 for no labels or too many; called before the network is read."""
        labels = cfg["labels"]
        if not isinstance(labels, list) or not all(isinstance(label, str) and label for label in labels):
            raise ValueError("cfg holds no list of labels")
        limits.check(self.name, "the number of labels", len(labels), "LABELS")

    def check_loaded(self) -> None:
        """Raise ValueError if the loaded network has other labels."""
        tags = self._decoder.attrs["tags"]
        if tags != self._row_names():
            raise ValueError(f"the network has the tags {tags}, but the labels are {list(self.labels)}")


def _sequence_lengths(docs: Sequence[Doc]) -> NDArray[np.int64]:
    return sequence_lengths(docs, by_sentence=True, max_length=sys.maxsize)


DEFAULT_MODEL = {
    "@architectures": "spacy-bioner.TagModel.v1",
    "tok2vec": DEFAULT_TOK2VEC,
    "decoder": "crf",
    "scheme": "IOBES",
    "dropout": None,
}

DEFAULTS = {
    "threshold": 0.0,
    "spans_key": SPANS_KEY,
    "merge": "keep",
    "fragments": "cover",
    "alternatives": 1.0,
    "layers": None,
    "levels": 1,
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
    fragments: FragmentPolicy,
    alternatives: float,
    layers: Layers,
    levels: int,
    scorer: Callable | None,
) -> EntityTagger:
    """Build the factory ``bioner_tagger`` and those of other defaults; its own is a CRF over spaCy's convolutions."""
    settings: dict[str, Any] = {"threshold": threshold, "spans_key": spans_key, "merge": merge, "fragments": fragments}
    settings |= {"alternatives": alternatives, "layers": layers, "levels": levels}
    return EntityTagger(nlp.vocab, model, name, scorer=scorer, **settings)
