"""Scores of answers: cases counted by hand, and an evaluation written a second time over real questions."""

import random
import re
import string

import pytest
from places import DATA

from spacy_bioner.answer_scores import GroupedQuestion, bioasq_scores, exact_match, f1, rank_answers, squad_scores
from spacy_bioner.formats import read


@pytest.mark.parametrize(
    ("found", "gold", "match", "overlap"),
    [
        ("The Denver Broncos", ["Denver Broncos!"], 1.0, 1.0),
        ("denver", ["Denver Broncos"], 0.0, 2 / 3),
        ("a b c d", ["b c"], 0.0, 4 / 5),  # "a" is an article
        ("x x y", ["x z"], 0.0, 2 / 5),  # x is shared once
        ("ten", ["12", "ten days", "10"], 0.0, 2 / 3),  # the best of several
        ("theatre", ["atre"], 0.0, 0.0),
        ("", ["x"], 0.0, 0.0),
        ("", [""], 1.0, 1.0),
        ("x", [""], 0.0, 0.0),
        ("5-HT", ["5HT"], 1.0, 1.0),
        ("5–HT", ["5HT"], 0.0, 0.0),  # a dash beyond ASCII is no punctuation here
        ("x", [], 0.0, 0.0),
    ],
)
def test_squad_by_hand(found, gold, match, overlap):
    assert exact_match(found, gold) == match
    assert f1(found, gold) == pytest.approx(overlap)


def test_squad_means():
    scores = squad_scores([("x", ["x"]), ("x y", ["y"]), ("", []), ("x", [])])
    assert scores == {"answers_em": 0.5, "answers_f1": pytest.approx((1 + 2 / 3 + 1) / 4), "answers_questions": 4}
    assert squad_scores([]) == {"answers_em": None, "answers_f1": None, "answers_questions": 0}


def other_normal(text):
    """The steps in the order of their description, character by character."""
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def other_f1(found, gold):
    found, gold = other_normal(found).split(), other_normal(gold).split()
    if not found or not gold:
        return int(found == gold)
    rest, same = list(gold), 0
    for word in found:
        if word in rest:
            rest.remove(word)
            same += 1
    if not same:
        return 0
    precision, recall = 1.0 * same / len(found), 1.0 * same / len(gold)
    return (2 * precision * recall) / (precision + recall)


@pytest.mark.real
@pytest.mark.skipif(not DATA.exists(), reason="no corpora")
def test_squad_over_real_questions_to_the_last_digit():
    rng = random.Random(0)
    pairs, match, overlap = [], 0, 0
    for document in list(read(DATA / "questions/squad-v1.1-dev/dev-v1.1.json.xz"))[::3]:
        gold = [answer.text for answer in document.question.answers]
        words = document.text.split()
        start = rng.randrange(len(words))
        found = rng.choice([*gold, f"the {gold[0]},", " ".join(words[start : start + rng.randint(0, 4)])])
        pairs.append((found, gold))
        match += max(other_normal(found) == other_normal(one) for one in gold)
        overlap += max(other_f1(found, one) for one in gold)
    scores = squad_scores(pairs)
    assert scores["answers_em"] == match / len(pairs)
    assert scores["answers_f1"] == overlap / len(pairs)
    assert 0.4 < scores["answers_em"] < scores["answers_f1"] < 0.9


def test_answers_of_several_contexts_are_added_up():
    found = [("Lisp", 0.3), ("Java", 0.5), (" lisp ", 0.4), ("", 0.9), ("x" * 101, 0.9), ("x" * 100, 0.1)]
    assert rank_answers(found) == [("lisp", pytest.approx(0.7)), ("Java", 0.5), ("x" * 100, 0.1)]
    assert len(rank_answers([(letter, 0.1) for letter in "abcdef"])) == 5


def question(gold, *found, reachable=True):
    return GroupedQuestion(set(gold), reachable, [(text, 1 - i / 10) for i, text in enumerate(found)])


def test_bioasq_by_hand():
    scores = bioasq_scores(
        {
            "first": question(["Lisp"], "LISP", "Java"),
            "third": question(["Lisp", "Scheme"], "Java", "C", "scheme"),
            "sixth": question(["Lisp"], "a", "b", "c", "d", "e", "Lisp"),
            "wrong": question(["Lisp"], "Lispy", reachable=False),
            "unanswered": question(["Lisp"], reachable=False),
        }
    )
    assert scores["bioasq_strict"] == 1 / 5
    assert scores["bioasq_lenient"] == 2 / 5
    assert scores["bioasq_mrr"] == pytest.approx((1 + 1 / 3) / 5)
    assert scores["bioasq_ceiling"] == 3 / 5
    assert (scores["bioasq_questions"], scores["bioasq_answered"]) == (5, 4)
    official = {name: round(value, 4) for name, value in scores["bioasq_official"].items()}
    assert official == {"bioasq_strict": 0.25, "bioasq_lenient": 0.5, "bioasq_mrr": 0.3333}


def test_nothing_to_score():
    assert bioasq_scores({})["bioasq_mrr"] is None
