"""A learning rate schedule that reduces the rate when the development score stops rising.

thinc 8 does not pass the score to a schedule. Therefore a ``before_update`` callback records the scores of a training
in a list of its own, which the schedule of that training finds in a variable of the thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from spacy.language import Language

from ..errors import BionerError
from ..ml.check_settings import check_rate, check_share, check_whole
from ..pipeline.training_settings import training_settings

_dev_scores: ContextVar[list[float] | None] = ContextVar("spacy_bioner_dev_scores", default=None)


def make_plateau(initial_rate: float, factor: float = 0.5, patience: int = 1, min_rate: float = 0.0) -> Iterator[float]:
    """Yield the learning rate of each step; registered as the schedule ``spacy-bioner.plateau.v1``.

    initial_rate: the rate of the first step.
    factor: the rate is multiplied by it after ``patience`` evaluations in a row without a better score.
    patience: this number of evaluations; the count then starts again.
    min_rate: the lowest rate.

    A new rate applies from the second step after the evaluation, when spaCy next calls the schedule.

    Raises B623 for invalid values, and B554 unless ``[training.before_update]`` is ``spacy-bioner.watch_dev_score.v1``.
    """
    check_rate("plateau", initial_rate=initial_rate, min_rate=min_rate)
    check_share("plateau", factor=factor)
    check_whole("plateau", patience=patience)
    rate = initial_rate
    best = float("-inf")
    seen = waited = 0
    # The optimizer takes the first rate when it is made, before the training begins: a list that is there already is
    # that of an earlier training.
    earlier = _dev_scores.get()
    yield rate
    scores = _dev_scores.get()
    if scores is None or scores is earlier:
        raise BionerError("B554")
    while True:
        for score in scores[seen:]:
            if score > best:
                best, waited = score, 0
            else:
                waited += 1
                if waited >= patience:
                    rate, waited = max(rate * factor, min_rate), 0
        seen = len(scores)
        yield rate


def make_watch_dev_score() -> Callable[[Language, dict[str, Any]], None]:
    """Return the ``before_update`` callback ``spacy-bioner.watch_dev_score.v1``, which ``make_plateau`` needs.

    ``spacy train`` writes the scores of each evaluation into ``nlp.meta["performance"]``. Their sum, weighted by
    ``[training.score_weights]``, is the score by which it chooses ``model-best``.
    """
    last: Any = None
    scores: list[float] | None = None

    def watch(nlp: Language, info: dict[str, Any]) -> None:
        nonlocal last, scores
        performance = nlp.meta.get("performance")
        if info["step"] == 0 or scores is None:
            scores = []
            _dev_scores.set(scores)
        # spaCy makes a new dictionary for each evaluation, so that identity shows a new one even if the scores are
        # equal.
        elif performance is not last and performance is not None:
            weights = training_settings(nlp)["score_weights"]
            scores.append(sum(weight * (performance.get(name) or 0.0) for name, weight in weights.items() if weight))
        last = performance

    return watch
