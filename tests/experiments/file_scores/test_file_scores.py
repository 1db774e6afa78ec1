"""Files against files: matched whatever their format and white space, scored as a pipeline's output would be."""

import numpy as np
import pytest

from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.file_scores.agreement import agreement, agreement_text, disagreements, kappa
from spacy_bioner.experiments.file_scores.matching import match_documents, spans_without_spaces
from spacy_bioner.experiments.file_scores.scores import score_files, scores_text
from spacy_bioner.formats import Document, Mention


def doc(text, *spans, name=""):
    mentions = []
    for words, label in spans:
        start = text.index(words)
        mentions.append(Mention(start, start + len(words), label))
    return Document(text, mentions, name)


GOLD = [
    doc("A rash after IL-2 therapy.", ("rash", "ADR"), ("IL-2", "Drug"), name="1"),
    doc("No pain.", ("pain", "ADR"), name="2"),
]


def test_documents_match_by_id_or_by_text_and_white_space_does_not_count():
    columns = [doc("No pain .", ("pain", "ADR")), doc("A rash after IL - 2 therapy .", ("IL - 2", "Drug"))]
    matches, left = match_documents(GOLD, [columns])
    assert left == [(0, 0)]
    figures = score_files(matches, ["x"])
    assert figures["systems"]["x"]["ents_counts"] == {"tp": 2, "fp": 0, "fn": 1}
    named = [doc("A rash after IL-2 therapy.", name="1"), doc("Other words", name="3")]
    matches, left = match_documents(GOLD, [named])
    assert left == [(1, 0)]
    assert [m.found[0] is None for m in matches] == [False, True]
    with pytest.raises(BionerError, match="B848"):
        match_documents(GOLD, [[doc("Other words", name="1")]])
    with pytest.raises(BionerError, match="B849"):
        match_documents(GOLD, [[doc("Other words")]])


def test_texts_that_repeat_are_paired_in_order():
    same = [doc("No pain.", ("pain", "ADR")), doc("No pain.")]
    matches, _ = match_documents(same, [[doc("No  pain."), doc("No pain.", ("pain", "ADR"))]])
    assert [len(m.found[0].mentions) for m in matches] == [0, 1]


def test_repeats_are_not_documents_that_the_first_lacks():
    no_pain, other = doc("No pain."), doc("Other words")
    for name in ("", "x"):
        repeat = doc("No pain.", name=name)
        _, left = match_documents([no_pain, GOLD[0]], [[no_pain, repeat, other]])
        assert left == [(1, 1)]
    ids = [doc("No pain.", name=name) for name in "ab"]
    assert match_documents(ids[:1], [[*ids, doc("Other", name="c")]])[1] == [(1, 1)]


def test_discontinuous_mentions_equal_only_themselves():
    parts = Mention(0, 8, "ADR", ((0, 2), (5, 8)))
    one, other = Document("No big pain", [parts]), Document("No  big pain", [Mention(0, 9, "ADR", ((0, 2), (6, 9)))])
    assert spans_without_spaces(one) == [(0, 6, "ADR", ((0, 2), (4, 6)))]
    assert spans_without_spaces(one) == spans_without_spaces(other)
    assert spans_without_spaces(one) != spans_without_spaces(Document("No big pain", [Mention(0, 8, "ADR")]))


def test_a_gold_document_that_declares_its_types_is_scored_on_them():
    gold = doc("A rash after IL-2 therapy.", ("rash", "ADR"), name="1")
    found = doc("A rash after IL-2 therapy.", ("rash", "ADR"), ("IL-2", "Drug"), name="1")
    counts = []
    for meta in ({}, {"annotated_types": "ADR"}):
        gold.meta = meta
        matches, _ = match_documents([gold], [[found]])
        counts.append(score_files(matches, ["x"])["systems"]["x"]["ents_counts"])
    assert counts == [{"tp": 1, "fp": 1, "fn": 0}, {"tp": 1, "fp": 0, "fn": 0}]


def test_several_systems_make_one_table_with_their_differences():
    nothing = [doc(d.text, name=d.id) for d in GOLD]
    matches, _ = match_documents(GOLD, [GOLD, nothing])
    figures = score_files(matches, ["all", "none"], trials=200)
    assert [figures["systems"][n]["ents_f"] for n in ("all", "none")] == [1, 0]
    (pair,) = figures["pairs"]
    assert (pair["systems"], pair["difference"]) == (["none", "all"], 1)
    assert "none -> all" in scores_text(figures)
    assert "TP" in scores_text(score_files(matches, ["all", "none"][:1], trials=50))


def test_kappa_is_that_of_scikit_learn():
    sklearn = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(0)
    for _ in range(20):
        one, other = random.integers(0, 3, (2, 40))
        other = np.where(random.random(40) < 0.6, one, other)
        table = {}
        for pair in zip(one.tolist(), other.tolist(), strict=True):
            table[pair] = table.get(pair, 0) + 1
        assert kappa(table) == pytest.approx(sklearn.cohen_kappa_score(one, other))
    assert kappa({}) is None
    assert kappa({("a", "a"): 3}) is None


def test_documents_that_an_annotator_lacks_are_counted():
    matches, _ = match_documents(GOLD, [GOLD[:1], GOLD[1:], GOLD])
    figures = agreement(matches, ["anna", "boris", "clara", "dora"])
    shown = {tuple(pair["annotators"]): (pair["documents"], pair["alone"]) for pair in figures["pairs"]}
    assert shown["anna", "boris"] == (1, [1, 0])
    assert shown["boris", "clara"] == (0, [1, 1])
    assert shown["clara", "dora"] == (1, [0, 1])
    assert shown["anna", "dora"] == (2, [0, 0])
    assert "anna, dora: 2 documents" in agreement_text(figures)


def test_annotators_agree_by_mention_and_by_token():
    second = [doc(GOLD[0].text, ("rash", "ADR"), ("IL-2 therapy", "Drug"), name="1"), GOLD[1]]
    matches, _ = match_documents(GOLD, [second])
    (pair,) = agreement(matches, ["anna", "boris"])["pairs"]
    assert pair["f"] == pytest.approx(2 * 2 / (3 + 3))
    # Tokens: A rash after IL - 2 therapy . / No pain . ; 11 in all.
    assert pair["tokens"] == 11
    assert pair["labels"]["ADR"]["kappa"] == pytest.approx(1)
    observed, expected = 10 / 11, (3 / 11) * (4 / 11) + (8 / 11) * (7 / 11)
    assert pair["labels"]["Drug"]["kappa"] == pytest.approx((observed - expected) / (1 - expected))
    shown = [(d["text"], d["marked_by"], d["not_by"]) for d in disagreements(matches, ["anna", "boris"])]
    assert shown == [("IL-2", ["anna"], ["boris"]), ("IL-2 therapy", ["boris"], ["anna"])]
