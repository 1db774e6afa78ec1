"""A learning rate schedule that reduces the rate when the development score stops rising.

A schedule of thinc 8 does not get the score. Therefore a ``before_update`` callback keeps the scores of the running
training, one list per thread, and the schedule reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from spacy.language import Language

from ..errors import BionerError
from ..ml.check_settings import check_rate, check_share, check_whole

_dev_scores: ContextVar[list[float] | None] = ContextVar("spacy_bioner_dev_scores", default=None)


def make_plateau(initial_rate: float, factor: float = 0.5, patience: int = 1, min_rate: float = 0.0) -> Iterator[float]:
    """Yield a rate for each step; registered as the schedule ``spacy-bioner.plateau.v1``.

    After ``patience`` evaluations in a row without a better score the rate is multiplied by ``factor``, but not below
    ``min_rate``, and the count starts again. It needs ``[training.before_update]`` to be
    ``spacy-bioner.watch_dev_score.v1`` and raises B554 without it. A new rate is used from the second step after the
    evaluation, when spaCy calls the schedule again.
    """
    check_rate("plateau", initial_rate=initial_rate, min_rate=min_rate)
    check_share("plateau", factor=factor)
    check_whole("plateau", patience=patience)
    rate = initial_rate
    best = float("-inf")
    heard = waited = 0
    yield rate
    while True:
        scores = _dev_scores.get()
        if scores is None:
            raise BionerError("B554")
        for score in scores[heard:]:
            if score > best:
                best, waited = score, 0
            else:
                waited += 1
                if waited >= patience:
                    rate, waited = max(rate * factor, min_rate), 0
        heard = len(scores)
        yield rate


def make_watch_dev_score() -> Callable[[Language, dict[str, Any]], None]:
    """Return the ``before_update`` callback ``spacy-bioner.watch_dev_score.v1``, which ``make_plateau`` needs.

    ``spacy train`` writes each evaluation's scores into ``nlp.meta["performance"]``; weighted by
    ``[training.score_weights]`` they are the score by which it chooses the best model.
    """
    last: Any = None

    def watch(nlp: Language, info: dict[str, Any]) -> None:
        nonlocal last
        scores = _dev_scores.get()
        performance = nlp.meta.get("performance")
        if info["step"] == 0 or scores is None:
            _dev_scores.set([])
        # spaCy writes a new dictionary at each evaluation, so that identity tells a new evaluation with equal scores.
        elif performance is not last and performance is not None:
            weights = nlp.config["training"]["score_weights"]
            scores.append(sum(weight * (performance.get(name) or 0.0) for name, weight in weights.items() if weight))
        last = performance

    return watch
