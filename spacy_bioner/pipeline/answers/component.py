"""``bioner_answers``: finds the words of a text that answer its question."""

# No `from __future__ import annotations`: spaCy checks [initialize.components] against the types of `initialize`.

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.util import logger
from spacy.vocab import Vocab
from thinc.types import Floats2d

from ...documents.doc_questions import (
    get_question,
    question_text,
    register_extensions,
    set_answers,
    set_question,
)
from ...documents.document import Answer
from ...errors import BionerError
from ...ml.answers.answer_transformer import AnswerModel, cut, open_network
from ...ml.answers.best_spans import Ranked, rank_spans
from ...ml.answers.windows import Passage, Window
from ...ml.check_settings import check_text, check_whole, is_number
from ..batching import explain_out_of_memory
from ..network_component import NetworkComponent
from ..requirements import state_requirements
from .gold import can_teach, window_targets


class AnswerFinder(NetworkComponent):
    """Answer the question of each Doc by words of its text.

    A Doc without a question (``documents.doc_questions``) gets ``question``, or is not changed. The answers are
    in ``doc.spans["bioner_answers"]``, the most probable first.

    question: the question of every Doc without one of its own, or None. Training does not use it.
    n_best: maximum number of answers, all with different texts. longest_answer: in word pieces.
    null_threshold: None always gives an answer. With a number there is no answer if the score of [CLS] exceeds that of
        the best answer by more than it; 0 is a good start if the training data has questions without an answer.
    windows_at_once: maximum number of windows in the network at once, also in training, which bounds memory.

    The probabilities are those of a softmax over the answers that are kept and, with ``null_threshold``, no answer.

    Raises B623 for invalid sizes, B630 for an invalid threshold.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: AnswerModel,
        name: str = "bioner_answers",
        *,
        question: str | None = None,
        n_best: int = 20,
        longest_answer: int = 30,
        null_threshold: float | None = None,
        windows_at_once: int = 64,
        scorer: Callable | None = None,
    ) -> None:
        super().__init__(vocab, model, name, scorer)  # type: ignore[arg-type]
        check_whole(name, n_best=n_best, longest_answer=longest_answer, windows_at_once=windows_at_once)
        if null_threshold is not None and not is_number(null_threshold):
            raise BionerError("B630", name=name, value=repr(null_threshold))
        if question is not None:
            check_text(name, question=question)
        self.question = question
        self.n_best = n_best
        self.longest_answer = longest_answer
        self.null_threshold = null_threshold
        self.windows_at_once = windows_at_once
        register_extensions()

    def initialize(self, get_examples: Callable[[], Iterable[Example]], *, nlp: Language | None = None) -> None:
        """Open the checkpoint, and log the number of questions to learn from.

        Raises B633 if there is none; warns if some of them cannot be learned (B634).
        """
        validate_get_examples(get_examples, "AnswerFinder.initialize")
        questions = [get_question(example.reference) for example in get_examples()]
        asked = [question for question in questions if question is not None]
        usable = [question for question in asked if can_teach(question)]
        if not usable:
            raise BionerError("B633", name=self.name, examples=len(questions), questions=len(asked))
        impossible = sum(question.impossible for question in usable)
        logger.info("%s: %d questions, %d of them without an answer", self.name, len(usable), impossible)
        if len(usable) < len(asked):
            self.warn("B634", lost=len(asked) - len(usable), all=len(asked))
        self.start_anew()
        open_network(self.model)
        if nlp is not None:
            state_requirements(nlp)

    def learn(self, examples: Sequence[Example]) -> float | None:
        """Learn from the windows of a batch; return the mean of the cross-entropies of starts and of ends, in nats.

        Questions whose answer has no offset are skipped, unless they are known to have no answer.
        """
        windows, targets = self._windows_to_learn([example.reference for example in examples])
        if not windows:
            return None
        docs = [example.predicted for example in examples]
        return self.learn_in_parts(
            windows, self.windows_at_once, lambda outputs, part: self._loss(outputs, windows[part], targets[part], docs)
        )

    def _windows_to_learn(self, docs: Sequence[Doc]) -> tuple[list[Window], list[tuple[int, int]]]:
        """Return the windows of all questions that can be learned, and the start and end of the answer in each."""
        pairs = [(doc, question) for doc in docs if (question := get_question(doc)) is not None and can_teach(question)]
        found = cut(self.model, [Passage(question.text, doc.text) for doc, question in pairs])
        targets: list[tuple[int, int]] = []
        for number, group in groupby(found.windows, key=_passage):
            targets += window_targets(pairs[number][1], list(group), found.offsets[number])
        return found.windows, targets

    def _loss(
        self, outputs: Floats2d, windows: Sequence[Window], targets: Sequence[tuple[int, int]], docs: Sequence[Doc]
    ) -> tuple[float, Floats2d]:
        """Return the cross-entropy of windows, summed, and its gradient by ``outputs``, (pieces, 2)."""
        xp: Any = self.model.ops.xp
        gradient = xp.zeros_like(outputs)
        loss, offset = 0.0, 0
        for window, target in zip(windows, targets, strict=True):
            rows = slice(offset, offset + len(window.ids))
            offset = rows.stop
            scores = outputs[rows]
            # Two softmaxes over the pieces of the window, one per column: start and end, each with half the weight.
            # The gradient of cross-entropy by the scores is the probabilities minus 1 at the target.
            shares = xp.exp(scores - scores.max(axis=0))
            shares /= shares.sum(axis=0)
            for column, place in enumerate(target):
                loss -= float(xp.log(xp.maximum(shares[place, column], 1e-30))) / 2
                shares[place, column] -= 1
            gradient[rows] = shares / 2
        # A probability that rounds to 0 counts as 1e-30 and gives a finite loss. So the scores themselves are checked.
        self._refuse_infinite(loss if bool(xp.isfinite(xp.sum(outputs))) else float("nan"), docs)
        return loss, gradient

    def predict(self, docs: Iterable[Doc]) -> list[Ranked | None]:
        """Return the answers of each document; None for one without a question.

        Raises B414 before ``initialize``, B558 if memory runs out.
        """
        self.require_weights()
        docs = list(docs)
        texts = [question_text(doc) or self.question or "" for doc in docs]
        asked = [i for i, text in enumerate(texts) if text]
        passages = [Passage(texts[i], docs[i].text) for i in asked]
        result: list[Ranked | None] = [None] * len(docs)
        with explain_out_of_memory("B558", self.name, docs):
            found = cut(self.model, passages)
            logits = self._logits(found.windows)
        for number, group in groupby(range(len(found.windows)), key=lambda i: found.windows[i].passage):
            numbers = list(group)
            result[asked[number]] = rank_spans(
                passages[number].context,
                found.offsets[number],
                [found.windows[i] for i in numbers],
                [logits[i] for i in numbers],
                n_best=self.n_best,
                longest=self.longest_answer,
                with_null=self.null_threshold is not None,
            )
        for i in asked:
            # A text without word pieces has no window, and no answer.
            result[i] = result[i] or Ranked([], [], 0.0, 1.0)
        return result

    def _logits(self, windows: Sequence[Window]) -> list[NDArray[np.float32]]:
        """Return the scores of the pieces of each window; windows of similar length are computed together."""
        # Longest first: windows of one batch have little padding, and if memory suffices for the first batch it does
        # for all.
        order = np.argsort([-len(window.ids) for window in windows], kind="stable").tolist()
        result: list[Any] = [None] * len(windows)
        for start in range(0, len(order), self.windows_at_once):
            numbers = order[start : start + self.windows_at_once]
            rows = self.model.ops.to_numpy(self.model.predict([windows[i] for i in numbers]))
            ends = np.cumsum([len(windows[i].ids) for i in numbers])
            for i, part in zip(numbers, np.split(rows, ends[:-1]), strict=True):
                result[i] = part
        return result

    def set_annotations(self, docs: Iterable[Doc], predictions: Sequence[Ranked | None]) -> None:
        """Write the predicted answers into the documents that have a question."""
        for doc, ranked in zip(docs, predictions, strict=True):
            if ranked is None:
                continue
            if self.question and not question_text(doc):
                set_question(doc, self.question)
            answers = [
                Answer(one.text, one.start, probability)
                for one, probability in zip(ranked.candidates, ranked.probabilities, strict=True)
            ]
            if self.null_threshold is None:
                set_answers(doc, answers)
                continue
            best = ranked.candidates[0].score if ranked.candidates else -np.inf
            refused = ranked.null_score - best > self.null_threshold
            set_answers(doc, [] if refused else answers, ranked.no_answer)

    def check_loaded(self) -> None:
        """Raise ValueError if the loaded network does not score starts and ends."""
        rows = self.model.get_ref("output").maybe_get_dim("nO")
        if rows != 2:
            raise ValueError(f"the network has {rows} scores for a piece, not 2")


def _passage(window: Window) -> int:
    return window.passage
