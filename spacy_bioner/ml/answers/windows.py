"""Windows over a question and its context, as in BERT on SQuAD (Devlin et al. 2019, section 4.2, and its code).

    [CLS] question [SEP] part of the context [SEP]

A context that does not fit is read in windows that start ``stride`` pieces apart, each with the whole question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..transformer.word_pieces import PairFrame, WordPieces


class Passage(NamedTuple):
    """A question and the text that may answer it."""

    question: str
    context: str


class Window(NamedTuple):
    """A sequence of word pieces for the network: the question and a part of the context.

    passage: the number of the passage. ids: word pieces with special ones. types: token type ids, which tell question
    from context (empty if the tokenizer has none). first: the index in ``ids`` of the first piece of the context.
    start, end: the range of context pieces in the window.
    """

    passage: int
    ids: list[int]
    types: list[int]
    first: int
    start: int
    end: int


class Cut(NamedTuple):
    """Passages cut into windows.

    offsets: for each passage, the characters of each piece of its context, (pieces, 2).
    cut_questions: the number of questions that were truncated, and the length of the longest in pieces.
    """

    windows: list[Window]
    offsets: list[NDArray[np.int64]]
    cut_questions: tuple[int, int]


def cut_passages(
    words: WordPieces, passages: Sequence[Passage], max_pieces: int, max_question: int, stride: int
) -> Cut:
    """Return the windows of passages, in order; a passage whose context has no pieces has none.

    max_pieces: maximum pieces of a window, special ones included. max_question: maximum pieces of a question; the end
    of a longer one is cut off. stride: pieces of the context from the start of one window to that of the next.
    """
    frame = words.pair_frame()
    contexts = list(dict.fromkeys(passage.context for passage in passages))
    pieces = dict(zip(contexts, words.cut_texts(contexts), strict=True)) if contexts else {}
    questions = list(dict.fromkeys(passage.question for passage in passages))
    asked = dict(zip(questions, words.cut_texts(questions), strict=True)) if questions else {}
    windows: list[Window] = []
    offsets: list[NDArray[np.int64]] = []
    for number, passage in enumerate(passages):
        ids, places = pieces[passage.context]
        offsets.append(np.array(places, dtype=np.int64).reshape(-1, 2))
        question = asked[passage.question][0][:max_question]
        special = len(frame.before) + len(frame.between) + len(frame.after)
        room = max_pieces - special - len(question)
        start = 0
        while start < len(ids):
            end = min(start + room, len(ids))
            windows.append(_window(number, frame, question, ids, start, end))
            if end == len(ids):
                break
            # A stride of more than a window would leave pieces out.
            start += min(stride, room)
    long = [len(of_question) for of_question, _ in asked.values() if len(of_question) > max_question]
    return Cut(windows, offsets, (len(long), max(long, default=0)))


def _window(number: int, frame: PairFrame, question: list[int], ids: list[int], start: int, end: int) -> Window:
    parts = [frame.before, question, frame.between, ids[start:end], frame.after]
    types: list[int] = []
    for part, of_run in zip(parts, frame.types, strict=False):
        types += of_run[:1] * len(part)
    first = len(frame.before) + len(question) + len(frame.between)
    return Window(number, [piece for part in parts for piece in part], types, first, start, end)


def max_context(windows: Sequence[Window]) -> list[NDArray[np.bool_]]:
    """Return for each window of a passage a mask of the pieces to which no other window gives more context.

    The context of a piece is the smaller of the numbers of pieces before and after it in its window. Of windows with
    the same context the longer counts, then the first.
    """
    total = max(window.end for window in windows)
    best = np.full(total, -1.0)
    owner = np.zeros(total, dtype=np.int64)
    for number, window in enumerate(windows):
        places = np.arange(window.start, window.end)
        # The formula of BERT's code. All windows but the last are equally long; a last one that is 100 pieces shorter
        # counts as one piece of context less.
        scores = np.minimum(places - window.start, window.end - 1 - places) + 0.01 * (window.end - window.start)
        better = scores > best[places]
        best[places[better]] = scores[better]
        owner[places[better]] = number
    return [owner[window.start : window.end] == number for number, window in enumerate(windows)]
