"""Resolution of the variables in the optimizer block, for functions of spaCy that read the block alone."""

from __future__ import annotations

from collections.abc import Callable

from spacy.language import Language


def make_resolve_optimizer() -> Callable[[Language], None]:
    """Return the ``before_init`` callback ``spacy-bioner.resolve_optimizer.v1``.

    It replaces the variables in ``[training.optimizer]`` by their values. spaCy builds the optimizer from that block
    alone in ``Language.initialize`` (so in ``spacy debug data``) and in ``Language.resume_training``, where a variable
    such as ``${run.learn_rate}`` would stay a text.
    """

    def resolve_optimizer(nlp: Language) -> None:
        nlp.config["training"]["optimizer"] = nlp.config.interpolate()["training"]["optimizer"]

    return resolve_optimizer
