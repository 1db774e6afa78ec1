"""Gold answers to learn from: the pieces of each window at which the answer starts and ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...documents.document import NOWHERE, Question
from ...ml.answers.windows import Window

NO_ANSWER = (0, 0)
"""The target of a window without the answer: its first piece, [CLS]."""


def answer_to_learn(question: Question) -> tuple[int, int] | None:
    """Return the (start, end) of the most frequent answer, the first of equally frequent ones; None without answers."""
    spans = Counter((one.start, one.end) for one in question.answers if one.start != NOWHERE)
    return spans.most_common(1)[0][0] if spans else None


def can_teach(question: Question | None) -> bool:
    """Return whether a question has an answer with offsets, or is known to have none."""
    return question is not None and (question.impossible or answer_to_learn(question) is not None)


def window_targets(question: Question, windows: Sequence[Window], offsets: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the (start, end) pieces of the answer in each window of a question; NO_ANSWER for windows without it.

    offsets: the characters of each piece of the context. The pieces are those that share a character with the answer.
    """
    #   context pieces   0 1 2 3 4 5 6 7 8        answer: 4 to 5
    #   window           [CLS] q q [SEP] 3 4 5 6 [SEP]      window.start = 3, window.first = 4: the target is 5 to 6
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
