"""``bioner_crf``: a linear-chain CRF over features (Lafferty, McCallum & Pereira 2001), fitted by crfsuite."""

# No `from __future__ import annotations`: spaCy checks [initialize.components] against the types of `initialize`.

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from spacy import util
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.vocab import Vocab

from ...errors import BionerError
from ...ml.check_settings import check_choice, check_rate, check_text, check_whole, is_number
from ...spans import MergePolicy
from ...tags import BIOHD
from .. import sealed
from ..annotated import annotated
from ..gold_mentions import other_labels
from ..labels import HasLabels
from ..layers import Layer, Layers, check_layers, plan_layers
from ..own_group import ScoresOwnGroup
from ..prediction import Prediction, Writing
from ..set_entities import SPANS_KEY, FragmentPolicy
from ..training_settings import training_settings
from ..training_text import TextWatch, TrainingText
from .features.block import Block
from .features.default_features import DEFAULT_FEATURES
from .features.feature_set import FeatureSet
from .predictor import CrfPredictor
from .serialize import FEATURES, LAYERS, MODEL, Fitted, from_parts, read_models, to_parts
from .training import Algorithm, fit
from .training_data import layered_sequences, training_sequences

LOWEST = 0.01
"""A threshold below this counts as this: at 0 every run of tokens would be a segment."""


class CrfTagger(HasLabels, ScoresOwnGroup):
    """Find entities with a CRF that is fitted in one step when the pipeline is initialised.

    features: the feature blocks by name; a block that is None is left out.
    algorithm: of crfsuite: ``lbfgs`` (maximum likelihood with L1 and L2 regularisation) or ``l2sgd`` (L2 only); or,
    several times faster and slightly less accurate, ``ap`` (averaged perceptron), ``pa`` or ``arow``, whose scores
    are not probabilities and allow no threshold.
    c1, c2: coefficients of L1 and L2 regularisation, where the algorithm has them. c1 above 0 makes the model sparse
    and therefore small.
    max_iterations: passes over the training text.
    min_frequency: features seen less often are left out.
    scheme: of the tags: IOBES, BILOU or BIO; or BIOHD, which also holds mentions in several parts.
    layers: ``labels`` for a CRF a label, or lists of labels for one each; their mentions may overlap. levels: of
    mentions of a layer that nest, each with a CRF. Features are computed once for all.
    fragments: what of such a mention enters ``doc.ents``: cover, first, longest or none.
    threshold: least probability of a span; None for the spans of the best tag sequence. See ``predict``.

    Documents are read sentence by sentence where sentence starts are set, else as a whole. Entities are merged
    into ``doc.ents`` under the policy ``merge``; ``doc.spans[spans_key]`` gets all predicted segments, with their
    probabilities in ``attrs["scores"]``.

    The probability of a segment is exact: the sum of the probabilities, under the CRF, of all legal tag sequences that
    have this segment with this label and with these ends. crfsuite gives marginals of single tags only; the
    probabilities are computed from its weights by constrained forward-backward (``ml.decoding.segments``).
    """

    def __init__(
        self,
        vocab: Vocab,
        features: dict[str, Block | None],
        name: str = "bioner_crf",
        *,
        algorithm: Algorithm = "lbfgs",
        c1: float = 0.05,
        c2: float = 0.2,
        max_iterations: int = 60,
        min_frequency: int = 1,
        scheme: str = "IOBES",
        threshold: float | None = 0.4,
        spans_key: str = SPANS_KEY,
        merge: MergePolicy = "keep",
        fragments: FragmentPolicy = "cover",
        layers: Layers = None,
        levels: int = 1,
        scorer: Callable | None = None,
    ) -> None:
        if scheme not in ("IOBES", "BILOU", "BIO", "BIOHD"):
            raise BionerError("B400", scheme=scheme)
        if threshold is not None and not (is_number(threshold) and 0 <= threshold <= 1):
            raise BionerError("B413", threshold=threshold)
        if threshold is not None and algorithm not in ("lbfgs", "l2sgd"):
            raise BionerError("B416", algorithm=algorithm)
        check_choice(name, get_args(Algorithm), algorithm=algorithm)
        check_rate(name, c1=c1, c2=c2)
        check_whole(name, max_iterations=max_iterations)
        check_whole(name, least=0, min_frequency=min_frequency)
        check_text(name, spans_key=spans_key)
        check_choice(name, get_args(MergePolicy), merge=merge)
        check_choice(name, get_args(FragmentPolicy), fragments=fragments)
        self.vocab = vocab
        self.name = name
        self.features = FeatureSet(features)
        self.algorithm: Algorithm = algorithm
        self.parameters = {
            "c1": c1,
            "c2": c2,
            "max_iterations": max_iterations,
            "feature.minfreq": min_frequency,
            # also transitions that the training tags lack: their weights, mostly below 0, would else be 0
            "feature.possible_transitions": True,
        }
        self.scheme = scheme
        self.threshold = threshold
        self.spans_key = spans_key
        self.merge = merge
        self.fragments = fragments
        self.layers, self.levels = layers, levels
        self.layered = check_layers(name, layers, levels)
        self.scorer = scorer
        self._fitted: Fitted | None = None
        self._predictor: CrfPredictor | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the fitted CRF."""
        return () if self._fitted is None else self._fitted.labels

    @property
    def model_bytes(self) -> bytes:
        """The model (of the first layer) in crfsuite's file format; empty before ``initialize``."""
        return b"" if self._fitted is None else self._fitted.models[0]

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        """Fit the CRF. A step that takes more than two seconds shows its progress on stderr.

        get_examples: all of the training data. A token without a gold tag splits its sentence in two, as crfsuite
        does not support partially labelled sequences; a warning counts them.
        nlp: its earlier components that are listed in ``[training] annotating_components`` annotate the training
        documents first: sentence starts, dictionary matches.
        labels: by default all labels of the data, in alphabetical order. Entities with another label count as outside,
            with a warning (B561).

        Raises B408 for a streamed corpus (``max_epochs = -1``), of which ``spacy train`` passes only 100 examples, B409
        where the data has no entity, B411 if crfsuite fails, and the errors of the feature blocks.
        """
        validate_get_examples(get_examples, "CrfTagger.initialize")
        if nlp is not None and training_settings(nlp)["max_epochs"] == -1:
            raise BionerError("B408", name=self.name)
        examples = annotated(get_examples(), nlp, self.name)
        found = other_labels(examples, (), flat=self.scheme != BIOHD and not self.layered)
        labels = found if labels is None else labels
        if not labels:
            raise BionerError("B409", name=self.name, examples=len(examples))
        if unknown := sorted(set(found).difference(labels)):
            message = BionerError("B561", name=self.name, unknown=unknown, labels=list(labels))
            warnings.warn(str(message), stacklevel=2)
        self.features.initialize(self.vocab, examples)
        layers: list[Layer] = []
        if self.layered:
            layers = plan_layers(self.name, labels, self.layers, self.levels)
            data = layered_sequences(examples, self.features, layers, self.scheme)
        else:
            data = iter([training_sequences(examples, self.features, labels, self.scheme)])
        models = tuple(fit(sequences, self.algorithm, self.parameters) for sequences in data)
        self.features.forget()
        text = TrainingText()
        for example in examples:
            text.add(example)
        features = self.features.settings, self.features.to_state()
        self._take(Fitted(models, tuple(layers), self.scheme, tuple(labels), *features, text.profile(None, self.name)))

    def _take(self, fitted: Fitted) -> None:
        predictor = CrfPredictor(self.features, read_models(fitted), fitted.scheme, self.layered)
        watch = TextWatch(self.name, fitted.trained_on)
        for label in fitted.labels:
            self.vocab.strings.add(label)
        self._fitted, self._predictor, self._watch = fitted, predictor, watch

    def predict(self, docs: Iterable[Doc]) -> list[Prediction]:
        """Predict the segments of each document, without changing it.

        With a threshold: all segments whose probability is at least the threshold; the entities are selected from them
        greedily, the most probable first, without overlaps. A lower threshold raises recall, a higher one precision;
        slightly below 0.5 gives the best F1 (Lipton et al. 2014). With None: the segments of the best tag sequence
        (Viterbi).

        Raises B414 before ``initialize``. Warns once where the tokenization (B417) or the sentence splitting (B418)
        differs from training.
        """
        if self._predictor is None:
            raise BionerError("B414", name=self.name)
        docs = list(docs)
        self._watch.look(docs)
        threshold = None if self.threshold is None else max(float(self.threshold), LOWEST)
        return list(self._predictor.predict(docs, threshold))

    def entropies(self, docs: Iterable[Doc]) -> list[Any]:
        """Return the entropy of each token of each document: see ``ml.decoding.entropy``. Raises B414."""
        if self._predictor is None:
            raise BionerError("B414", name=self.name)
        return list(self._predictor.entropies(docs))

    def set_annotations(self, docs: Iterable[Doc], predictions: Sequence[Prediction]) -> None:
        """Write the predicted mentions into the documents."""
        write = Writing(self.spans_key, self.merge, self.fragments)
        for doc, found in zip(docs, predictions, strict=True):
            write(doc, found)

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one document."""
        error_handler = self.get_error_handler()
        try:
            self.set_annotations([doc], self.predict([doc]))
        except Exception as error:
            error_handler(self.name, self, [doc], error)
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate a stream of documents, ``batch_size`` at a time."""
        error_handler = self.get_error_handler()
        for docs in util.minibatch(stream, batch_size):
            docs = list(docs)
            try:
                self.set_annotations(docs, self.predict(docs))
                yield from docs
            except Exception as error:
                error_handler(self.name, self, docs, error)

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Return the fitted model as bytes."""
        about, parts = to_parts(self._fitted)
        return sealed.to_bytes(parts, about)

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "CrfTagger":
        """Load the bytes of ``to_bytes``. Raises as ``from_disk``."""
        return self._load(sealed.from_bytes(data, self.name, self._files), f"{len(data)} bytes")

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write ``model.crfsuite``, ``features.msgpack`` and ``meta.json`` into a folder. Raises B581."""
        about, parts = to_parts(self._fitted)
        sealed.write_folder(path, self.name, parts, about)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "CrfTagger":
        """Read the folder that ``to_disk`` wrote.

        Raises B580, B582 or B410 if the files are damaged or do not belong together, B584 if a size is over its
        limit, and B415 if the feature blocks of the config are not those of the model. Warns (B583) where the
        config or the tokenizer was changed.
        """
        return self._load(sealed.read_folder(path, self.name, self._files), path)

    @property
    def _files(self) -> tuple[str, str]:
        return (LAYERS if self.layered else MODEL, FEATURES)

    def _load(self, saved: sealed.Saved, place: object) -> "CrfTagger":
        fitted = from_parts(saved, self.name, place)
        if fitted is None:  # saved before it was fitted
            self._fitted = self._predictor = None
            return self
        with sealed.explain_damage(self.name, place), self.features.unchanged_on_error():
            own, given = self.features.settings, fitted.settings
            if other := sorted(name for name in {*given, *own} if given.get(name) != own.get(name)):
                raise BionerError("B415", name=self.name, place=place, blocks=", ".join(other))
            self.features.from_state(fitted.features)
            self._take(fitted)
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # spaCy's Pipe is a Cython class, whose __reduce__ ignores __getstate__, and whose name is not in __dict__.
        state = {name: value for name, value in self.__dict__.items() if name != "_predictor"}
        return _restore, (type(self), self.name, state)


def _restore(cls: type[CrfTagger], name: str, state: dict[str, Any]) -> CrfTagger:
    """Rebuild the component from the parts of ``__reduce__``, with empty caches."""
    crf = cls.__new__(cls)
    crf.name = name
    crf.__dict__.update(state, _predictor=None)
    if crf._fitted is not None:
        crf._take(crf._fitted)
    return crf


@Language.factory(
    "bioner_crf",
    assigns=["doc.ents", "doc.spans", "token.ent_iob", "token.ent_type"],
    default_config={
        "features": DEFAULT_FEATURES,
        "algorithm": "lbfgs",
        "c1": 0.05,
        "c2": 0.2,
        "max_iterations": 60,
        "min_frequency": 1,
        "scheme": "IOBES",
        "threshold": 0.4,
        "spans_key": SPANS_KEY,
        "merge": "keep",
        "fragments": "cover",
        "layers": None,
        "levels": 1,
        "scorer": {"@scorers": "spacy-bioner.exact_span_scorer.v1"},
    },
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_crf(
    nlp: Language,
    name: str,
    features: dict[str, Block | None],
    algorithm: Algorithm,
    c1: float,
    c2: float,
    max_iterations: int,
    min_frequency: int,
    scheme: str,
    threshold: float | None,
    spans_key: str,
    merge: MergePolicy,
    fragments: FragmentPolicy,
    layers: Layers,
    levels: int,
    scorer: Callable | None,
) -> CrfTagger:
    """Make the component ``bioner_crf``."""
    return CrfTagger(
        nlp.vocab,
        features,
        name,
        algorithm=algorithm,
        c1=c1,
        c2=c2,
        max_iterations=max_iterations,
        min_frequency=min_frequency,
        scheme=scheme,
        threshold=threshold,
        spans_key=spans_key,
        merge=merge,
        fragments=fragments,
        layers=layers,
        levels=levels,
        scorer=scorer,
    )
