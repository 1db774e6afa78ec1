"""The base class of components with a network: training by batches, prediction in bounded memory.

update    documents -> network -> get_loss -> gradients back through the network -> optimizer
predict   documents -> portions of at most 20,000 words -> network -> predict_outputs
"""

# No `from __future__ import annotations`: components are checked by spaCy against the types of their methods.

import math
import sys
import warnings
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Any

from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc
from spacy.training import Example, validate_examples
from spacy.vocab import Vocab
from thinc.api import Model, Optimizer, set_dropout_rate
from thinc.types import Floats2d

from ..errors import BionerError
from ..ml.anew import forget_training, has_weights
from ..ml.check_settings import check_share
from ..ml.frozen import count_batch
from ..ml.layer_rates import with_rates
from ..ml.mean_gradient import MeanGradient
from ..ml.sequences import sequence_lengths
from .batching import explain_out_of_memory, portions
from .labels import HasLabels
from .network_files import NetworkFiles
from .training_text import TextWatch


class NetworkComponent(NetworkFiles, HasLabels, TrainablePipe):
    """A component over a ``Model[list[Doc], list[Floats2d]]``, one row of output per token.

    A subclass interprets the outputs: ``loss_and_gradient`` for training, ``predict_outputs`` for prediction.
    """

    def __init__(
        self, vocab: Vocab, model: Model[list[Doc], list[Floats2d]], name: str, scorer: Callable | None = None
    ) -> None:
        self.vocab = vocab
        self.model = model
        self.name = name
        self.cfg: dict[str, Any] = {}
        self.scorer = scorer
        self._updates = 0
        self._gradient = MeanGradient()
        self._watch: TextWatch | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of their rows."""
        return tuple(self.cfg.get("labels", ()))

    @abstractmethod
    def loss_and_gradient(self, examples: Sequence[Example], outputs: Floats2d) -> tuple[float, Floats2d]:
        """Return the summed loss of a batch, in nats, and the gradient of its mean by ``outputs``, (tokens, width).

        The predicted documents hold at least one token.
        """

    def observations(self, docs: Sequence[Doc]) -> int:
        """Return of how many losses ``loss_and_gradient`` takes the mean: by default, one for each sequence.

        The sequences are sentences where sentence starts are set, else documents.
        """
        return len(sequence_lengths(docs, by_sentence=True, max_length=sys.maxsize))

    @abstractmethod
    def predict_outputs(self, docs: Sequence[Doc], outputs: Floats2d) -> list[Any]:
        """Return the prediction for each document; ``outputs``: (tokens, width) of the batch, not empty."""

    @abstractmethod
    def predict_nothing(self) -> Any:
        """Return the prediction for a document without tokens."""

    def start_anew(self) -> None:
        """Forget an earlier training; to be called by ``initialize``, after its checks, before it draws the weights."""
        forget_training(self.model)
        self._gradient = MeanGradient()
        self._updates = 0

    def require_weights(self) -> None:
        """Raise B414 before ``initialize``."""
        if not has_weights(self.model):
            raise BionerError("B414", name=self.name)

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Update the weights on a batch and add its loss (``learn``) to ``losses[name]``.

        Without ``sgd`` the batch is a part of a larger one, which ``finish_update`` ends. The gradient is then that of
        the mean over all parts, whatever their sizes, in all layers but those of a tok2vec that the component listens
        to: there the gradients of the parts add up, as they do under spaCy's components.

        Raises B414 before ``initialize``, B623 for a ``drop`` that is not from 0 to 1, B550 if an output of the network
        or the loss is not a finite number, B557 if memory runs out.
        """
        self.require_weights()
        check_share(self.name, drop=drop)
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        validate_examples(examples, f"{type(self).__name__}.update")
        examples = list(examples)
        docs = [example.predicted for example in examples]
        if not any(map(len, docs)):
            return losses
        set_dropout_rate(self.model, drop)
        with explain_out_of_memory("B557", self.name, docs):
            loss = self.learn(examples)
        if loss is None:
            return losses
        if sgd not in (None, False):
            self.finish_update(sgd)
        losses[self.name] += loss
        return losses

    def finish_update(self, sgd: Optimizer) -> None:
        """Apply the gradients, each at the rate of its layer (``layer_rates``), and count the update."""
        self._gradient.finish(self.model)
        self.model.finish_update(with_rates(self.model, sgd))
        count_batch(self.model)
        self._updates += 1

    def learn(self, examples: Sequence[Example]) -> float | None:
        """Run a batch through the network, forwards and backwards; return its loss, None for nothing to learn."""
        docs = [example.predicted for example in examples]
        with self._gradient.part(self.model, self.observations(docs)):
            outputs, backprop = self.model.begin_update(self._in_own_vocab(docs))
            loss, gradients = self.get_loss(examples, outputs)
            backprop(gradients)
        return loss

    def learn_in_parts(
        self, inputs: Sequence[Any], size: int, get_loss: Callable[[Floats2d, slice], tuple[float, Floats2d]]
    ) -> float:
        """Run inputs that are not documents (pairs, windows) through the network, ``size`` at once; return their loss.

        get_loss: given the outputs of a part and its place among the inputs, returns the summed loss, in nats, and its
            gradient by the outputs.
        """
        total = 0.0
        with self._gradient.part(self.model, len(inputs)):
            for start in range(0, len(inputs), size):
                part = slice(start, start + size)
                outputs, backprop = self.model.begin_update(inputs[part])
                loss, gradient = get_loss(outputs, part)
                # Gradients add up in the model until finish_update. Divided by all inputs, the parts give the gradient
                # of the mean over them, whatever the size of a part.
                backprop(gradient / len(inputs))
                total += loss
        return total

    def get_loss(self, examples: Iterable[Example], scores: list[Floats2d]) -> tuple[float, list[Floats2d]]:
        """Return the loss and, for each document, the gradient by ``scores``, the output of the network.

        Raises B550 if an output or the loss is not a finite number, before any gradient is applied.
        """
        examples = list(examples)
        docs = [example.predicted for example in examples]
        # A subclass works on the rows of all documents at once, (tokens of the batch, width); the gradient is split
        # again by document. The sum of the outputs is finite only if each is (inf - inf is nan), with one reduction.
        outputs = self.model.ops.xp.concatenate(scores)
        loss, gradient = math.nan, outputs
        if bool(self.model.ops.xp.isfinite(outputs.sum())):
            loss, gradient = self.loss_and_gradient(examples, outputs)
        self._refuse_infinite(loss, docs)
        return loss, split_rows(gradient, map(len, docs))

    def _refuse_infinite(self, loss: float, docs: Sequence[Doc]) -> None:
        """Raise B550 for a loss that is not a finite number; at least one of the documents holds a token."""
        if not math.isfinite(loss):
            values = {"documents": len(docs), "words": sum(map(len, docs)), "updates": self._updates}
            first = next(doc.text[:80] for doc in docs if len(doc))
            raise BionerError("B550", name=self.name, loss=loss, first=first, **values)

    def predict(self, docs: Iterable[Doc]) -> list[Any]:
        """Return the prediction for each document, without changing it.

        Raises B414 before ``initialize``, B558 if memory runs out. Warns once if the tokenization (B417) or the
        sentence splitting (B418) differs from training.
        """
        return self.of_outputs(docs, self.predict_outputs, self.predict_nothing)

    def of_outputs(
        self,
        docs: Iterable[Doc],
        read: Callable[[Sequence[Doc], Floats2d], Iterable[Any]],
        nothing: Callable[[], Any],
    ) -> list[Any]:
        """Return ``read`` of the documents and the network's outputs, and ``nothing()`` for portions without tokens."""
        self.require_weights()
        results: list[Any] = []
        for group in portions(docs):
            if not any(map(len, group)):
                results.extend(nothing() for _ in group)
                continue
            self._compare_with_training(group)
            with explain_out_of_memory("B558", self.name, group):
                own = self._in_own_vocab(group)
                outputs = self.model.ops.xp.concatenate(self.model.predict(own))
                results.extend(read(own, outputs))
        return results

    def _in_own_vocab(self, docs: list[Doc]) -> list[Doc]:
        """Return the documents, those with another vocabulary as copies in the component's."""
        # The network was trained with the word vectors of its own vocabulary; other vectors, or none, would silently
        # change its predictions. Listeners need the given documents, which have the output of an earlier component.
        # A chain keeps the name of a listener that was replaced, so only layers without layers are looked at.
        listens = any("listener" in node.name for node in self.model.walk() if not node.layers)
        if listens or all(doc.vocab is self.vocab for doc in docs):
            return docs
        return [
            doc if doc.vocab is self.vocab else Doc(self.vocab).from_bytes(doc.to_bytes(exclude=["user_data"]))
            for doc in docs
        ]

    def _compare_with_training(self, docs: list[Doc]) -> None:
        trained_on = self.cfg.get("trained_on")
        if trained_on is not None:
            if self._watch is None or self._watch.trained_on is not trained_on:
                self._watch = TextWatch(self.name, trained_on)
            self._watch.look(docs)

    def warn(self, code: str, **values: Any) -> None:
        """Warn with a coded message about this component."""
        warnings.warn(str(BionerError(code, name=self.name, **values)), stacklevel=3)


def split_rows(rows: Any, lengths: Iterable[int]) -> list[Any]:
    """Split concatenated rows into arrays of these lengths."""
    return [rows[start:end] for start, end in pairwise(accumulate(lengths, initial=0))]
