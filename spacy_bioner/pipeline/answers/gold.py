"""Gold answers to learn from: the pieces of each window at which the answer starts and ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...formats.document import NOWHERE, Question
from ...ml.answers.windows import Window

NO_ANSWER = (0, 0)
"""Where a window without the answer points to: its first piece, [CLS]."""


def answer_to_learn(question: Question) -> tuple[int, int] | None:
    """Return the characters of the answer that most annotators gave, of those alike the first; None for none."""
    spans = Counter((one.start, one.end) for one in question.answers if one.start != NOWHERE)
    return spans.most_common(1)[0][0] if spans else None


def can_teach(question: Question | None) -> bool:
    """Tell whether a question has an answer with a place, or is known to have none."""
    return question is not None and (question.impossible or answer_to_learn(question) is not None)


def window_targets(question: Question, windows: Sequence[Window], offsets: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return (start, end), places in its pieces, for each window of a question; NO_ANSWER where it lacks the answer.

    offsets: the characters of each piece of the context. The pieces are those that share a character with the answer.
    """
    answer = answer_to_learn(question)
    if answer is None:
        return [NO_ANSWER] * len(windows)
    first = int(np.searchsorted(offsets[:, 1], answer[0], side="right"))
    last = int(np.searchsorted(offsets[:, 0], answer[1], side="left")) - 1
    return [
        (window.first + first - window.start, window.first + last - window.start)
        if window.start <= first <= last < window.end
        else NO_ANSWER
        for window in windows
    ]
