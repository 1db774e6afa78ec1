"""The best answers of a passage from the scores of starts and ends (Devlin et al. 2019, section 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .windows import Window, max_context


class Candidate(NamedTuple):
    """An answer: its characters in the context, its text, the sum of its start and end scores."""

    start: int
    end: int
    text: str
    score: float


class Ranked(NamedTuple):
    """The answers of a passage, best first, with probabilities, and the score of no answer: that of [CLS]."""

    candidates: list[Candidate]
    probabilities: list[float]
    null_score: float
    no_answer: float


def rank_spans(
    context: str,
    offsets: NDArray[np.int64],
    windows: Sequence[Window],
    logits: Sequence[NDArray[np.float32]],
    *,
    n_best: int = 20,
    longest: int = 30,
    with_null: bool = False,
) -> Ranked:
    """Return the best answers of a passage from the scores of its windows, at least one window.

    logits: of each window, (pieces, 2): start and end. n_best: maximum number of answers, all with different texts.
    longest: maximum pieces of an answer. with_null: the softmax over the answers also has the class no answer; its
    score is the lowest of all windows.
    """
    found: list[tuple[float, int, int]] = []
    for window, own, scores in zip(windows, max_context(windows), logits, strict=True):
        found += _best_of_window(window, own, scores, n_best, longest)
    found.sort(key=lambda item: (-item[0], item[1], item[2]))
    by_text: dict[str, Candidate] = {}
    for score, first, last in found:
        start, end = int(offsets[first, 0]), int(offsets[last, 1])
        text = context[start:end]
        if text.strip() and text not in by_text:
            by_text[text] = Candidate(start, end, text, score)
        if len(by_text) == n_best:
            break
    candidates = list(by_text.values())
    # The lowest: a passage has no answer only if none of its windows has one.
    null_score = min(float(scores[0].sum()) for scores in logits)
    values = np.array([one.score for one in candidates] + [null_score] * with_null, dtype=np.float64)
    shares = np.exp(values - values.max()) if len(values) else values
    shares = shares / shares.sum() if len(values) else shares
    probabilities = shares.tolist()
    no_answer = probabilities.pop() if with_null else 0.0
    return Ranked(candidates, probabilities, null_score, no_answer)


def _best_of_window(
    window: Window, own: NDArray[np.bool_], logits: Any, n_best: int, longest: int
) -> list[tuple[float, int, int]]:
    """Return (score, first piece, last piece) of the best spans of a window, pieces counted in the context."""
    part = slice(window.first, window.first + window.end - window.start)
    # A start counts only in the window that gives it the most context.
    starts = np.where(own, logits[part, 0], -np.inf)
    # sums[i, n] is the score of the pieces i to i + n: all spans of at most `longest` pieces in one table, and -inf
    # where a span would go over the end of the window.
    ends = np.concatenate([logits[part, 1], np.full(longest - 1, -np.inf, dtype=np.float32)])
    sums = starts[:, None] + np.lib.stride_tricks.sliding_window_view(ends, longest)
    flat = sums.ravel()
    some = min(n_best, flat.size)
    best = np.argpartition(-flat, some - 1)[:some]
    return [
        (float(flat[place]), window.start + place // longest, window.start + place // longest + place % longest)
        for place in best.tolist()
        if np.isfinite(flat[place])
    ]
