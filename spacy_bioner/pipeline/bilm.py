"""``bioner_bilm``: a forward and a backward language model over the tagger's own encoder, trained by ``spacy train``.

Sachan et al. 2018, "Effective Use of Bidirectional Language Modeling for Transfer Learning in Biomedical Named Entity
Recognition", section 3.2. What it learns goes to a tagger by ``spacy-bioner.transfer_weights.v1``.
"""

# No `from __future__ import annotations`: spaCy checks [initialize.components] against the types of `initialize`.

import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.util import logger
from spacy.vocab import Vocab
from thinc.api import Model, Optimizer
from thinc.types import Floats2d

from ..errors import BionerError
from ..ml.check_settings import check_flag, is_number
from ..ml.language_model.model import END, lm_gradient, lm_losses, lm_targets, set_vocabulary, vocabulary_counts
from ..ml.optimizer_state import pack_optimizer, unpack_optimizer
from ..ml.sequences import sequence_lengths
from ..ml.word_embedding import UNKNOWN, normalize_word
from ..progress import progress
from .network_component import NetworkComponent, split_rows
from .requirements import state_requirements
from .training_settings import training_settings
from .training_text import TrainingText

KEY = "bioner_bilm"
"""In ``doc.user_data``: ``forward`` and ``backward``, negative log probabilities in nats, ``words`` and ``unknown``."""

OPTIMIZER_FILE = "optimizer"

SCORE_WEIGHTS = {
    "bilm_score": 1.0,
    "bilm_ppl": None,
    "bilm_ppl_forward": None,
    "bilm_ppl_backward": None,
    "bilm_ppl_adjusted": None,
    "bilm_unknown": None,
}


class BiLanguageModel(NetworkComponent):
    """Predict each word from its left and from its right context: two networks with shared embeddings and head.

    A sentence of n words (or a document without sentence starts) gives n predictions in each direction: forward,
    words 2 to n and the end symbol; backward, words n - 1 to 1 and the end symbol.

    backward_weight: lambda, the weight of the backward loss; the forward loss has 1 - lambda. 0.5 weighs both alike, 0
    trains the forward direction only, 1 the backward direction only.
    keep_optimizer: save the optimizer's state with the network (twice its size), so that training can be resumed from
    a pipeline that ``spacy train`` saved: ``[components.bilm] source = "OUT/model-last"``. The schedule of the learning
    rate and the pass over the corpus start again.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[Doc], list[Floats2d]],
        name: str = "bioner_bilm",
        *,
        backward_weight: float = 0.5,
        keep_optimizer: bool = True,
    ) -> None:
        check_flag(name, keep_optimizer=keep_optimizer)
        if not is_number(backward_weight) or not 0 <= backward_weight <= 1:
            raise BionerError("B602", name=name, backward_weight=backward_weight)
        super().__init__(vocab, model, name)
        self.backward_weight = backward_weight
        self.keep_optimizer = keep_optimizer
        self._optimizer: Optimizer | None = None
        self._saved_state: bytes | None = None

    @property
    def label_data(self) -> dict[str, int]:
        """The vocabulary with its counts; ``spacy init labels`` saves it, ``initialize`` accepts it as ``words``."""
        return vocabulary_counts(self.model)

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        words: Mapping[str, int] | Callable | None = None,
    ) -> None:
        """Set the vocabulary and initialize the network.

        words: the source of the vocabulary, by default the training data: counts, such as ``label_data``, or a corpus
        reader, which is read once as a stream.
        Raises B601 if no word is frequent enough, B603 for a streamed corpus without ``words``.
        """
        validate_get_examples(get_examples, "BiLanguageModel.initialize")
        streamed = nlp is not None and training_settings(nlp)["max_epochs"] == -1
        if words is None and streamed:
            raise BionerError("B603", name=self.name)
        examples = iter(get_examples())
        text, sample = TrainingText(), []
        for example in islice(examples, 10):
            text.add(example)
            sample.append(example.predicted)
        if isinstance(words, Mapping):
            counts: Mapping[str, int] = words
        elif words is not None:
            counts = _count(example.predicted for example in words(nlp))
        else:
            counts = _count(chain(sample, (example.predicted for example in examples)))
        set_vocabulary(self.model, counts)
        self.cfg["trained_on"] = text.profile(nlp, self.name)
        self.start_anew()
        self.model.initialize(X=sample)
        if nlp is not None:
            state_requirements(nlp)
        head = self.model.get_ref("output")
        logger.info(
            "%s: %d rows for %d of %d distinct words; %s softmax",
            self.name,
            len(head.attrs["rows"]),
            len(head.attrs["rows"]) - 2,
            len(counts.keys() - {UNKNOWN, END}),
            "full" if len(head.attrs["bounds"]) == 2 else f"adaptive {head.attrs['bounds']}",
        )

    def start_anew(self) -> None:
        """Forget an earlier training, and the optimizer's state that was loaded to resume it."""
        super().start_anew()
        self._optimizer = self._saved_state = None

    def loss_and_gradient(self, examples: Sequence[Example], outputs: Floats2d) -> tuple[float, Floats2d]:
        """Return the weighted loss summed over the words of the predicted Docs, and the gradient of its mean.

        Accumulates the gradients of the head's parameters (``inc_grad``).
        """
        targets = lm_targets(self.model, [example.predicted for example in examples])
        losses, gradient = lm_gradient(self.model, outputs, targets, self.backward_weight)
        forward, backward = losses.sum(axis=1, dtype=np.float64).tolist()
        return (1 - self.backward_weight) * forward + self.backward_weight * backward, gradient

    def observations(self, docs: Sequence[Doc]) -> int:
        """Return the number of words: each is predicted once in either direction."""
        return sum(map(len, docs))

    def finish_update(self, sgd: Optimizer) -> None:
        """Apply the gradients; in the first update of resumed training, restore the optimizer's state first.

        Raises B605 if that state is of another network.
        """
        if self._saved_state is not None:
            try:
                unpack_optimizer(self.model, sgd, self._saved_state)
            except (ValueError, KeyError, TypeError) as err:
                raise BionerError("B605", path=OPTIMIZER_FILE, reason=err) from err
            self._saved_state = None
            logger.info("%s: training continues with the optimizer's saved state", self.name)
        self._optimizer = sgd
        super().finish_update(sgd)

    def predict_nothing(self) -> NDArray[np.float32]:
        """Return an empty array of losses."""
        return np.zeros((2, 0), dtype=np.float32)

    def predict_outputs(self, docs: Sequence[Doc], outputs: Floats2d) -> list[NDArray[np.float32]]:
        """Return the losses of each document's words: (2, tokens), forward first, in nats."""
        losses = lm_losses(self.model, outputs, lm_targets(self.model, docs))
        return [rows.T for rows in split_rows(losses.T, map(len, docs))]

    def set_annotations(self, docs: Iterable[Doc], predictions: Sequence[NDArray[np.float32]]) -> None:
        """Write each document's sums into ``doc.user_data["bioner_bilm"]``."""
        for doc, losses in zip(docs, predictions, strict=True):
            forward, backward = losses.sum(axis=1, dtype=np.float64).tolist()
            doc.user_data[KEY] = {
                "forward": forward,
                "backward": backward,
                "words": len(doc),
                "unknown": len(self._unknown(doc)),
            }

    def _unknown(self, doc: Doc) -> list[str]:
        """Return the out-of-vocabulary words of a document, in the vocabulary's spelling."""
        rows = self.model.get_ref("output").attrs["rows"]
        numbers = self.model.get_ref("tok2vec").get_ref("word").attrs["numbers"]
        names = (normalize_word(token.text, numbers) for token in doc)
        return [name for name in names if name not in rows]

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, float]:
        """Return the perplexities of the predicted Docs: exp of the mean loss per prediction.

        ``bilm_ppl_forward``, ``bilm_ppl_backward`` and ``bilm_ppl``, over the predictions of both; where
        ``backward_weight`` trains one direction, of that one alone. ``bilm_score`` is the mean log probability of a
        prediction, -log(bilm_ppl): it rises as perplexity falls and is what to train for.
        An out-of-vocabulary word counts as the unknown word, which favours a small vocabulary:
        ``bilm_unknown`` is the share of such words, and ``bilm_ppl_adjusted`` the perplexity where the probability of
        the unknown word is divided evenly among the distinct unknown words of the data (Ueberla 1994, "Analysing a
        simple language model"), comparable between vocabularies. Without words the result is empty.
        """
        docs = [example.predicted for example in examples if KEY in example.predicted.user_data]
        total: Counter[str] = Counter()
        distinct: set[str] = set()
        for doc in docs:
            total.update(doc.user_data[KEY])
            distinct.update(self._unknown(doc))
        if not total["words"]:
            return {}
        n = total["words"]
        weights = {"forward": 1 - self.backward_weight, "backward": self.backward_weight}
        directions = [name for name, weight in weights.items() if weight]
        predictions = n * len(directions)
        mean = sum(total[name] for name in directions) / predictions
        # Dividing the probability of the unknown word by the number of distinct unknown words adds log(number) to the
        # loss of each prediction of it. A direction predicts all words of a sentence but one, the first or the last.
        extra = math.log(max(1, len(distinct))) * self._predicted_unknown(docs, directions) / predictions
        return {
            "bilm_score": -mean,
            "bilm_ppl": _exp(mean),
            **{f"bilm_ppl_{name}": _exp(total[name] / n) for name in directions},
            "bilm_ppl_adjusted": _exp(mean + extra),
            "bilm_unknown": total["unknown"] / n,
        }

    def _predicted_unknown(self, docs: Sequence[Doc], directions: Sequence[str]) -> int:
        """Count the predictions, over some directions, whose target is the unknown word."""
        row = self.model.get_ref("output").attrs["rows"].index[UNKNOWN]
        targets = lm_targets(self.model, [doc for doc in docs if len(doc)])
        return sum(int((getattr(targets, name) == row).sum()) for name in directions)

    def describe(self) -> dict[str, Any]:
        """Return the description of the component for its ``meta.json``."""
        return {"words": len(self.model.get_ref("output").attrs["rows"])}

    def extra_files(self) -> dict[str, bytes]:
        """Return the optimizer's state, if ``keep_optimizer``, as a file to save with the network."""
        # A pipeline that was loaded and not trained further saves the state that it was loaded with.
        state = self._saved_state
        if self._optimizer is not None:
            state = pack_optimizer(self.model, self._optimizer)
        return {OPTIMIZER_FILE: state} if self.keep_optimizer and state is not None else {}

    def take_extra_files(self, files: Mapping[str, bytes]) -> None:
        """Keep the saved optimizer's state for resumed training."""
        self._optimizer, self._saved_state = None, files.get(OPTIMIZER_FILE)


def _count(docs: Iterable[Doc]) -> Counter[str]:
    """Count the occurrences of each word and of the end symbol (one per sentence, or document)."""
    counts: Counter[str] = Counter()
    for doc in progress(docs, title="words", unit=" documents"):
        counts.update(token.text for token in doc)
        counts[END] += len(sequence_lengths([doc], by_sentence=True, max_length=sys.maxsize))
    return counts


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


DEFAULT_MODEL = {
    "@architectures": "spacy-bioner.BiLM.v1",
    "tok2vec": {
        "@architectures": "spacy-bioner.CharCnnBiLSTM.v1",
        "hidden": 200,
        "char_dim": 25,
        "max_char_width": 5,
        "filters_per_width": 25,
        "max_filters": 50,
    },
}
"""The encoder is that of ``bioner_bilstm_crf``, so that its weights fit there."""


@Language.factory(
    "bioner_bilm",
    default_config={"model": DEFAULT_MODEL, "backward_weight": 0.5, "keep_optimizer": True},
    default_score_weights=SCORE_WEIGHTS,
)
def make_bilm(
    nlp: Language, name: str, model: Model[list[Doc], list[Floats2d]], backward_weight: float, keep_optimizer: bool
) -> BiLanguageModel:
    """Build the factory ``bioner_bilm``."""
    return BiLanguageModel(nlp.vocab, model, name, backward_weight=backward_weight, keep_optimizer=keep_optimizer)
