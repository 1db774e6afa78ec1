"""Scores of answers to questions: SQuAD's exact match and F1, BioASQ's strict and lenient accuracy and MRR."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
LONGEST = 100
"""Maximum number of characters of an answer in BioASQ."""
BEST = 5
"""Number of answers per question in BioASQ."""


def normalised_words(text: str) -> list[str]:
    """Return the words of an answer as SQuAD compares them: lower case, no ASCII punctuation, no English article.

    Source: Rajpurkar et al. 2016, section 6.1. As there, an article is matched between word boundaries, so that the "a"
    of "a–b" (with a dash that is not ASCII) is removed, too.
    """
    return _ARTICLE.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split()


def exact_match(found: str, gold: Iterable[str]) -> float:
    """Return 1.0 if an answer has the same words in the same order as a gold one, else 0.0; "" is the gold of none."""
    words = normalised_words(found)
    return float(any(words == normalised_words(one) for one in gold))


def f1(found: str, gold: Iterable[str]) -> float:
    """Return the F1 of the words of an answer against those of the most similar gold answer.

    If neither has a word, F1 is 1.0; if only one has none, 0.0: the rule of SQuAD 2.
    """
    words = Counter(normalised_words(found))
    return max((_f1(words, Counter(normalised_words(one))) for one in gold), default=0.0)


def _f1(found: Counter[str], gold: Counter[str]) -> float:
    if not found or not gold:
        return float(found == gold)
    # The intersection of counters: a repeated word counts as often as both answers have it.
    same = (found & gold).total()
    if not same:
        return 0.0
    precision, recall = same / found.total(), same / gold.total()
    return 2 * precision * recall / (precision + recall)


def squad_scores(answers: Iterable[tuple[str, Sequence[str]]]) -> dict[str, Any]:
    """Return ``answers_em`` and ``answers_f1`` (0 to 1) and ``answers_questions``, their number.

    answers: the predicted answer ("" for none) and the gold answers of each question; without gold answers, "" is
    correct. Both scores are None without questions.
    """
    number, matches, overlap = 0, 0.0, 0.0
    for found, gold in answers:
        accepted = gold or ("",)
        number += 1
        matches += exact_match(found, accepted)
        overlap += f1(found, accepted)
    if not number:
        return {"answers_em": None, "answers_f1": None, "answers_questions": 0}
    return {"answers_em": matches / number, "answers_f1": overlap / number, "answers_questions": number}


def rank_answers(
    found: Iterable[tuple[str, float]], best: int = BEST, longest: int = LONGEST
) -> list[tuple[str, float]]:
    """Return the best answers to a question from all its contexts, as Lee et al. 2019 submit them to BioASQ.

    The probabilities of answers that are equal in lower case are summed; empty ones and those of more than ``longest``
    characters are dropped. Of several spellings the most probable one is returned.
    """
    totals: dict[str, float] = {}
    spelt: dict[str, tuple[float, str]] = {}
    for text, probability in found:
        text = text.strip()
        if not text or len(text) > longest:
            continue
        key = text.lower()
        totals[key] = totals.get(key, 0.0) + probability
        if key not in spelt or probability > spelt[key][0]:
            spelt[key] = (probability, text)
    ranked = sorted(totals.items(), key=lambda item: -item[1])[:best]
    return [(spelt[key][1], total) for key, total in ranked]


@dataclass(slots=True)
class GroupedQuestion:
    """A question that was asked of several contexts.

    gold: all spellings of its answer. reachable: whether a context contains one of them. found: the answers from all
    contexts, with their probabilities.
    """

    gold: set[str]
    reachable: bool
    found: list[tuple[str, float]]


def bioasq_scores(questions: Mapping[str, GroupedQuestion]) -> dict[str, Any]:
    """Return the measures of BioASQ's factoid questions, from 0 to 1; all None without questions.

    ``bioasq_strict``: the first answer is correct. ``bioasq_lenient``: one of five is. ``bioasq_mrr``: the mean
    reciprocal rank of the first correct one. An answer is correct if it equals a gold spelling in lower case. Questions
    without an answer count as wrong; ``bioasq_official`` has the three figures over answered questions only, as the
    official measures do. ``bioasq_ceiling``: the share of questions whose answer occurs in a context.
    """
    ranks = [_rank(question) for question in questions.values()]
    answered = [rank for rank, question in zip(ranks, questions.values(), strict=True) if rank_answers(question.found)]
    reachable = sum(question.reachable for question in questions.values())
    return {
        **_measures(ranks),
        "bioasq_ceiling": reachable / len(ranks) if ranks else None,
        "bioasq_official": _measures(answered),
        "bioasq_questions": len(ranks),
        "bioasq_answered": len(answered),
    }


def _rank(question: GroupedQuestion) -> int:
    """Return the rank of the first correct answer, from 1; 0 if there is none."""
    # BioASQ compares in lower case without the normalisation of SQuAD: articles and punctuation count.
    gold = {" ".join(text.lower().split()) for text in question.gold}
    for rank, (text, _) in enumerate(rank_answers(question.found), 1):
        if " ".join(text.lower().split()) in gold:
            return rank
    return 0


def _measures(ranks: Sequence[int]) -> dict[str, float | None]:
    if not ranks:
        return {"bioasq_strict": None, "bioasq_lenient": None, "bioasq_mrr": None}
    return {
        "bioasq_strict": sum(rank == 1 for rank in ranks) / len(ranks),
        "bioasq_lenient": sum(rank > 0 for rank in ranks) / len(ranks),
        "bioasq_mrr": sum(1 / rank for rank in ranks if rank) / len(ranks),
    }
