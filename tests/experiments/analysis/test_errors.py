"""Errors in their sentences: how gold mentions and entities found are paired, and what context each gets."""

from dataclasses import replace

import pytest

from spacy_bioner.experiments.analysis.errors import LONGEST, cases, pair_errors, thinned
from spacy_bioner.formats import Document, Mention

TEXT = "Aspirin gave me a bad rash. No nausea at all.\nThen stomach pain and fever."


def mention(words, label="ADR", text=TEXT):
    start = text.index(words)
    return Mention(start, start + len(words), label)


@pytest.mark.parametrize(
    ("gold", "found", "errors"),
    [
        ([("Aspirin", "Drug")], [("Aspirin", "Drug")], []),
        ([("Aspirin", "Drug")], [], [("missed", 0, -1)]),
        ([], [("nausea", "ADR")], [("spurious", -1, 0)]),
        ([("bad rash", "ADR")], [("rash", "ADR")], [("wrong boundary", 0, 0)]),
        ([("rash", "ADR")], [("rash", "Drug")], [("wrong type", 0, 0)]),
        ([("bad rash", "ADR")], [("rash", "Drug")], [("wrong boundary and type", 0, 0)]),
        # One entity over two mentions: it is paired with that of its label, the other is missed.
        (
            [("stomach", "Drug"), ("pain and fever", "ADR")],
            [("stomach pain", "ADR")],
            [("missed", 0, -1), ("wrong boundary", 1, 0)],
        ),
        # Of two that overlap a mention the one that shares more is its pair.
        (
            [("stomach pain", "ADR")],
            [("Then st", "ADR"), ("omach pain", "ADR")],
            [("spurious", -1, 0), ("wrong boundary", 0, 1)],
        ),
        # The right one is not paired again, nor does a repeated mention count twice.
        ([("rash", "ADR"), ("rash", "ADR")], [("rash", "ADR"), ("bad rash", "ADR")], [("spurious", -1, 1)]),
        ([("fever", "ADR"), ("fever", "ADR")], [], [("missed", 0, -1)]),
    ],
)
def test_pairs(gold, found, errors):
    result = pair_errors([mention(*given) for given in gold], [mention(*given) for given in found])
    assert sorted(result) == sorted(errors)


def test_a_discontinuous_mention_is_not_the_span_around_it():
    gold = Mention(0, 22, "ADR", fragments=((0, 5), (18, 22)))
    assert pair_errors([gold], [Mention(0, 22, "ADR")]) == [("wrong boundary", 0, 0)]


def document(mentions, **given):
    return Document(TEXT, mentions, id="d", **given)


def test_each_error_stands_in_its_sentence():
    gold = document([mention("Aspirin", "Drug"), mention("bad rash"), mention("stomach pain"), mention("fever")])
    found = document([replace(mention(w), score=s) for w, s in (("rash", 0.5), ("nausea", None), ("fever", 0.9))])
    result = cases([(gold, found)])
    assert [case.text for case in result] == [
        "Aspirin gave me a bad rash.",
        "No nausea at all.",
        "Then stomach pain and fever.",
    ]
    assert [case.errors for case in result] == [
        [("missed", 0, -1), ("wrong boundary", 1, 0)],
        [("spurious", -1, 0)],
        [("missed", 0, -1)],
    ]
    assert [case.scores for case in result] == [[0.5], [None], [0.9]]
    assert [(m.start, m.label) for m in result[2].gold] == [(51, "ADR"), (68, "ADR")], "the right one is shown too"


def test_an_entity_over_a_sentence_end_joins_the_sentences():
    found = document([mention("all.\nThen")])
    (case,) = cases([(document([]), found)])
    assert case.text == "No nausea at all.\nThen stomach pain and fever."


def test_a_long_sentence_is_cut_around_its_error():
    text = "word " * 400 + "rash " + "word " * 400
    gold = Document(text, [Mention(2000, 2004, "ADR")])
    (case,) = cases([(gold, Document(text))])
    assert case.before
    assert case.after
    assert len(case.text) <= LONGEST
    assert text[case.gold[0].start : case.gold[0].end] == "rash"
    assert case.start <= 2000 < case.end


def test_thinning_takes_from_all_over():
    assert thinned(list(range(10)), 10) == list(range(10))
    assert thinned(list(range(10)), 4) == [0, 2, 5, 7]
