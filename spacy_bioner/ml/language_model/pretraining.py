"""The language model as an objective of ``spacy pretrain``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from spacy.tokens import Doc
from spacy.vocab import Vocab
from thinc.api import Model, Ops
from thinc.types import Floats2d

from ..check_settings import check_share, check_table
from .head import check_head_settings
from .model import BiLMT, check_vocabulary_settings, lm_gradient, lm_targets, make_bilm_model, set_vocabulary


def make_pretrain_bilm(
    words: Mapping[str, int],
    min_count: int = 2,
    max_words: int = 50_000,
    full_up_to: int = 10_000,
    cutoffs: Sequence[int] = (2_000, 10_000),
    backward_weight: float = 0.5,
) -> Callable[[Vocab, Model], BiLMT]:
    """Return an objective for ``[pretraining.objective]``: ``spacy-bioner.PretrainBiLM.v1``.

    words: the frequency of each word; ``spacy init labels`` writes it for a ``bioner_bilm``, and
        ``@readers = "spacy.read_labels.v1"`` reads it. It is needed because ``spacy pretrain`` does not pass any text
        to an objective before training.
    backward_weight: weight of the backward loss; the forward loss has 1 - backward_weight. See ``make_bilm_model`` for
        the rest.

    ``spacy pretrain`` has no perplexity, no early stopping, and cannot resume with its optimizer; ``bioner_bilm`` can.
    Raises B623 for invalid settings; the objective raises B600 for an encoder whose states depend on their targets, and
    B601 if no word is frequent enough.
    """

    check_table("PretrainBiLM", words=words)
    check_vocabulary_settings("PretrainBiLM", min_count, max_words)
    check_head_settings("PretrainBiLM", full_up_to, cutoffs)
    check_share("PretrainBiLM", backward_weight=backward_weight)

    def objective(vocab: Vocab, tok2vec: Model) -> BiLMT:
        model = make_bilm_model(tok2vec, min_count, max_words, full_up_to, cutoffs)
        set_vocabulary(model, words)

        def loss(ops: Ops, docs: list[Doc], states: list[Floats2d]) -> tuple[float, list[Floats2d]]:
            if not any(len(doc) for doc in docs):
                return 0.0, states
            losses, d_states = lm_gradient(model, ops.flatten(states), lm_targets(model, docs), backward_weight)
            forward, backward = losses.sum(axis=1).tolist()
            ends = accumulate(len(doc) for doc in docs)
            gradients = [d_states[end - len(doc) : end] for end, doc in zip(ends, docs, strict=True)]
            return (1 - backward_weight) * forward + backward_weight * backward, gradients

        model.attrs["loss"] = loss
        return model

    return objective
