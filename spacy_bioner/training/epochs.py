"""Training in epochs: length of training, patience and evaluation interval counted in passes over the corpus.

spaCy counts all three in steps. The number of steps per epoch is known once the corpus can be read, and ``spacy train``
reads its ``[training]`` block after initialisation. Therefore a callback at the end of initialisation writes the
numbers of steps into the block. They are saved with the model, so that the run can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable

from spacy.language import Language
from spacy.util import registry, resolve_dot_names

from ..errors import BionerError
from ..ml.check_settings import check_whole, is_number
from ..pipeline.training_settings import training_settings


def make_train_by_epochs(epochs: int, patience: int = 0, evaluate_every: float = 1) -> Callable[[Language], None]:
    """Return the ``after_init`` callback ``spacy-bioner.train_by_epochs.v1``, which fills in ``[training]``.

    epochs: passes over the training corpus. Sets ``max_steps``, so that the weights after the last epoch are evaluated,
        and every ``total_steps = 0`` of a schedule in ``[training.optimizer]``.
    patience: early stopping after this number of epochs without a better score on the development corpus; 0 for none.
    evaluate_every: epochs between two evaluations, which may be a fraction. Sets ``eval_frequency``.

    ``spacy train`` also evaluates after its first step; ``model-best`` is the best of all evaluations. A corpus that is
    streamed (``max_epochs = -1``) is read once more, to count its batches.

    Raises B623 for an invalid number of epochs, B551 for an ``evaluate_every`` that is not a positive number.
    """
    check_whole("train_by_epochs", epochs=epochs)
    check_whole("train_by_epochs", least=0, patience=patience)
    if not is_number(evaluate_every) or evaluate_every <= 0:
        raise BionerError("B551", evaluate_every=evaluate_every)

    def fill_in_steps(nlp: Language) -> None:
        if not nlp.pipe_names:  # `spacy pretrain` has a training loop of its own
            return
        steps = steps_per_epoch(nlp)
        settings = training_settings(nlp)
        nlp.config["training"].update(
            max_epochs=min(settings["max_epochs"], 0),
            max_steps=epochs * steps,
            patience=patience * steps,
            eval_frequency=max(1, round(evaluate_every * steps)),
        )
        optimizer = settings["optimizer"]
        open_ended = [one for one in optimizer.values() if isinstance(one, dict) and one.get("total_steps") == 0]
        for setting in open_ended:
            setting["total_steps"] = epochs * steps
        if open_ended:
            nlp.config["training"]["optimizer"] = optimizer

    return fill_in_steps


def steps_per_epoch(nlp: Language) -> int:
    """Count the batches that ``[training.batcher]`` makes of one pass over the training corpus of ``nlp.config``.

    With batches of a number of words the count may differ by one after the next shuffle. Raises B553 for an empty
    corpus.
    """
    config = nlp.config.interpolate()
    training = config["training"]
    (corpus,) = resolve_dot_names(config, [training["train_corpus"]])
    batcher = registry.resolve({"batcher": training["batcher"]})["batcher"]
    examples = corpus(nlp)
    streamed = training["max_epochs"] < 0  # as in spaCy, which otherwise passes a shuffled list to the batcher
    steps = sum(1 for _ in batcher(examples if streamed else list(examples)))
    if not steps:
        raise BionerError("B553", corpus=training["train_corpus"])
    return steps
