"""Exact-span scores: against seqeval to the last digit, and what a token-bound scorer would lose."""

import random

import pytest
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.v1 import precision_recall_fscore_support
from seqeval.scheme import IOB2

from spacy_bioner import tags
from spacy_bioner.scoring import compare, concept_scores, error_reduction, score, to_dict


def random_tags(rng, length):
    """A legal random BIO sequence."""
    return tags.repair(rng.choices(tags.tag_set(["X", "Y", "Z"]), k=length))


def as_characters(sequence):
    """Token spans as characters of a text whose tokens are five characters and a space."""
    return [(6 * start, 6 * end - 1, label) for start, end, label in tags.decode(sequence)]


@pytest.mark.parametrize("seed", range(20))
def test_equals_seqeval_strict_on_tokens(seed):
    rng = random.Random(seed)
    gold = [random_tags(rng, rng.randint(1, 20)) for _ in range(40)]
    predicted = [random_tags(rng, len(g)) if rng.random() < 0.5 else list(g) for g in gold]
    result = to_dict(
        score((i, as_characters(g), as_characters(p)) for i, (g, p) in enumerate(zip(gold, predicted, strict=True)))
    )
    strict = {"mode": "strict", "scheme": IOB2}
    assert result["ents_p"] == precision_score(gold, predicted, **strict)
    assert result["ents_r"] == recall_score(gold, predicted, **strict)
    assert result["ents_f"] == pytest.approx(f1_score(gold, predicted, **strict), abs=1e-15)
    p, r, f, support = precision_recall_fscore_support(gold, predicted, average=None, scheme=IOB2)
    for i, label in enumerate("XYZ"):
        figures = result["ents_per_type"][label]
        assert (figures["p"], figures["r"], figures["tp"] + figures["fn"]) == (p[i], r[i], support[i])
        assert figures["f"] == pytest.approx(f[i], abs=1e-15)


def test_lists_hold_every_span_once():
    result = compare([(0, 3, "X"), (0, 3, "X"), (5, 9, "Y")], [(0, 3, "X"), (5, 9, "X"), (10, 12, "Y")], "d1")
    assert result.document == "d1"
    assert result.true_positives == ((0, 3, "X"),)
    assert result.misses == ((5, 9, "Y"),)
    assert result.false_alarms == ((5, 9, "X"), (10, 12, "Y"))


def test_boundary_ignores_the_label_and_partial_halves_an_overlap():
    gold = [(0, 5, "X"), (10, 20, "Y"), (30, 35, "X")]
    predicted = [(0, 5, "Y"), (12, 20, "Y"), (40, 45, "X")]
    result = score([("d", gold, predicted)])
    assert (result.exact.tp, result.exact.fp, result.exact.fn) == (0, 3, 3)
    assert (result.boundary.tp, result.boundary.fp, result.boundary.fn) == (1, 2, 2)
    assert (result.partial.tp, result.partial.fp, result.partial.fn) == (1.5, 1.5, 1.5)


def test_partial_credits_each_span_once():
    two_for_one = score([("d", [(0, 10, "X")], [(0, 4, "X"), (5, 9, "X")])]).partial
    assert (two_for_one.tp, two_for_one.fp, two_for_one.fn) == (0.5, 1.5, 0.5)
    one_for_two = score([("d", [(0, 4, "X"), (5, 9, "X")], [(0, 10, "X")])]).partial
    assert (one_for_two.tp, one_for_two.fp, one_for_two.fn) == (0.5, 0.5, 1.5)


def test_discontinuous_gold_is_a_miss_even_under_its_cover():
    gold = [(0, 10, "X", ((0, 3), (7, 10)))]
    result = score([("d", gold, [(0, 10, "X")])])
    assert (result.exact.tp, result.exact.fp, result.exact.fn) == (0, 1, 1)
    assert result.boundary.tp == 0
    assert result.partial.tp == 0.5


def test_nothing_at_all_scores_zero_without_a_warning():
    assert to_dict(score([]))["ents_f"] == 0.0
    assert to_dict(score([("d", [], [])]))["ents_per_type"] == {}


def test_error_reduction():
    assert error_reduction(0.8, 0.85) == pytest.approx(0.25)
    assert error_reduction(0.8, 0.6) == pytest.approx(-1.0)
    assert error_reduction(1.0, 1.0) is None
    assert error_reduction(0.75, 0.8) == pytest.approx(0.2)
    assert error_reduction(0.75, 0.7) == pytest.approx(-0.2)
    assert error_reduction(0.75, 1.0) == 1
    assert error_reduction(0.5, None) is None
    assert error_reduction(None, 0.5) is None
    assert error_reduction(1.0, 0.5) is None


def test_concepts_of_documents_and_of_mentions():
    def mention(start, *ids, label="D"):
        return (start, start + 3, label), ids

    gold = [mention(0, "1"), mention(5, "1"), mention(10, "2", "3"), mention(20), mention(30, "4"), mention(40, "5")]
    found = [mention(0, "1"), mention(5), mention(10, "3", "2"), mention(20, "9"), mention(31, "4"), mention(40, "6")]
    scores = concept_scores([(gold, found), ([mention(0)], [mention(0)])])
    # 1, 2, 3 and (of another span) 4 are of the document; 9 and 6 are not, and 5 is missed
    assert scores["concepts_counts"] == {"tp": 4, "fp": 2, "fn": 1}
    assert scores["concepts_acc"] == 2 / 4
    assert scores["concepts_mentions"] == {"matched": 4, "nil": 1, "gold_nil": 2, "right_nil": 1}
    assert concept_scores([([mention(0)], found)]) == {}


def test_a_concept_under_another_label_is_another():
    scores = concept_scores([([((0, 3, "A"), ("1",))], [((0, 3, "B"), ("1",))])])
    assert scores["concepts_counts"] == {"tp": 0, "fp": 1, "fn": 1}
    assert {label: n["fp"] for label, n in scores["concepts_per_type"].items()} == {"A": 0, "B": 1}
    assert scores["concepts_acc"] == 0.0
