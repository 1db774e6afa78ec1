"""Variables in the optimizer block, resolved for functions of spaCy that read this block alone."""

from __future__ import annotations

from collections.abc import Callable

from spacy.language import Language

from ..pipeline.training_settings import training_settings


def make_resolve_optimizer() -> Callable[[Language], None]:
    """Return the ``before_init`` callback ``spacy-bioner.resolve_optimizer.v1``.

    It replaces the variables in ``[training.optimizer]`` by their values. ``Language.initialize`` (and thus ``spacy
    debug data``) and ``Language.resume_training`` build the optimizer from that block alone, where a variable such as
    ``${run.learn_rate}`` would remain a string.
    """

    def resolve_optimizer(nlp: Language) -> None:
        nlp.config["training"]["optimizer"] = training_settings(nlp)["optimizer"]

    return resolve_optimizer
