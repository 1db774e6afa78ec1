"""Several callbacks as one, for settings of the config that take a single callback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spacy.language import Language

Callback = Callable[..., Any]


def make_chain(*callbacks: Callback) -> Callback:
    """Return one callback that runs several in order; registered as ``spacy-bioner.chain.v1``.

    callbacks: in a config, one block each: ``[initialize.after_init.*.NAME]``.

    It works for every setting whose callback takes the ``nlp`` object as its first argument: ``before_init``,
    ``after_init``, ``before_update``, ``before_to_disk``. An ``nlp`` object that one returns is passed to the next.

    .. code-block:: ini

        [initialize.after_init]
        @callbacks = "spacy-bioner.chain.v1"

        [initialize.after_init.*.epochs]
        @callbacks = "spacy-bioner.train_by_epochs.v1"
        epochs = 50
    """

    def chain(nlp: Language, *args: Any) -> Language:
        for callback in callbacks:
            result = callback(nlp, *args)
            if isinstance(result, Language):
                nlp = result
        return nlp

    return chain
