"""Parts of an experiment: disjoint, complete, whole documents, and the same every time."""

import pytest

from spacy_bioner.corpus.grouping import group_by_id
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.trials.data_splits import (
    Filters,
    digest_documents,
    fold_parts,
    number_of_sentences,
    read_documents,
    sample_sentences,
)
from spacy_bioner.experiments.trials.data_splits import test_parts as parts_of
from spacy_bioner.formats import Answer, Document, Mention, Question, Relation, read, write


def corpus(n=20, sentences=3):
    return [
        Document(f"Rash {i} of {j}.", [Mention(0, 4, "ADR")], f"{i}-{j}") for i in range(n) for j in range(sentences)
    ]


def ids(documents):
    return [document.id for document in documents]


def abstracts(documents):
    return {document.id.partition("-")[0] for document in documents}


@pytest.mark.parametrize("dev", [0, 0.25])
def test_folds_are_disjoint_complete_and_whole(dev):
    documents = corpus()
    tested = []
    for fold in range(5):
        parts = fold_parts(documents, 5, fold, 0, group_by_id("-"), dev)
        tested += ids(parts.test)
        assert not abstracts(parts.test) & abstracts(parts.train)
        if dev:
            assert parts.held_out
            assert not abstracts(parts.dev) & abstracts(parts.train + parts.test)
            assert sorted(ids(parts.train + parts.dev + parts.test)) == sorted(ids(documents))
            assert len(abstracts(parts.dev)) == 4
        else:
            assert not parts.held_out
            assert set(ids(parts.dev)) <= set(ids(parts.train))
            assert sorted(ids(parts.train + parts.test)) == sorted(ids(documents))
    assert sorted(tested) == sorted(ids(documents))
    again = fold_parts(documents, 5, 4, 0, group_by_id("-"), dev)
    assert (ids(again.train), ids(again.dev), ids(again.test)) == (ids(parts.train), ids(parts.dev), ids(parts.test))


def test_without_a_separator_each_id_stands_alone():
    parts = fold_parts(corpus(10), 5, 0, 0, group_by_id(None), 0)
    assert len(parts.test) == 6
    assert abstracts(parts.test) & abstracts(parts.train)
    nameless = [Document(f"Rash {i}.") for i in range(10)]
    assert len(fold_parts(nameless, 5, 0, 0, group_by_id("-"), 0).test) == 2


def test_given_parts():
    documents, test, dev = corpus(), [Document("Fever.")], [Document("Cough.")]
    parts = parts_of(documents, test, 0, group_by_id(None), dev)
    assert (parts.train, parts.dev, parts.test, parts.held_out) == (documents, dev, test, True)


@pytest.mark.parametrize(
    ("code", "k", "dev"), [("B835", 21, 0), ("B221", 1, 0), ("B836", 5, 1.0), ("B836", 5, -0.1), ("B836", 5, 0.001)]
)
def test_what_cannot_be_dealt(code, k, dev):
    with pytest.raises(BionerError, match=code):
        fold_parts(corpus(), k, 0, 0, group_by_id("-"), dev)


def test_samples_grow():
    documents = [Document("One rash. Two rashes. None now.", id=str(i)) for i in range(10)]
    assert number_of_sentences(documents[0]) == 3
    small, large = sample_sentences(documents, 4, 7), sample_sentences(documents, 15, 7)
    assert (len(small), len(large)) == (2, 5)
    assert large[:2] == small
    assert len(sample_sentences(documents, 1000, 7)) == 10
    assert ids(sample_sentences(documents, 15, 8)) != ids(large)


def test_filters(tmp_path):
    documents = [
        Document("A rash. No fever at all here.", [Mention(2, 6, "ADR")], "a"),
        Document("A  rash.", [Mention(3, 7, "ADR")], "b"),
        Document("  ", id="c"),
    ]
    write(documents, tmp_path / "a.jsonl")
    filters = Filters("sentence", max_words=4, drop_duplicates=True)
    (kept,) = read_documents(str(tmp_path / "a.jsonl"), filters, read)
    assert (kept.id, kept.text.strip(), kept.tokens) == ("a#0", "A rash.", None)
    assert [(m.start, m.end, m.label) for m in kept.mentions] == [(2, 6, "ADR")]
    assert filters.counts == {"read": 2, "kept": 1}
    assert filters.separator == "#"
    with pytest.raises(BionerError, match="B236"):
        Filters("paragraph")
    with pytest.raises(BionerError, match="B834"):
        read_documents(str(tmp_path / "a.jsonl"), Filters(max_words=1), read)


@pytest.mark.parametrize("given", [{}, {"unit": "sentence"}, {"max_words": 99}, {"drop_duplicates": True}])
def test_no_filter_loses_a_question(tmp_path, given):
    """Questions to an empty text count; those to one text are no repeats; their texts are not cut."""
    asked = [Question("What?", impossible=True), Question("Which?", (Answer("ill", 17),)), Question("Who?")]
    documents = [Document("", id="a", question=asked[0]), Document(" \n", id="b", question=asked[2])]
    documents += [Document("She slept. He is ill.", id=one.text, question=one) for one in asked[1:]]
    write(documents, tmp_path / "a.jsonl")
    kept = read_documents(str(tmp_path / "a.jsonl"), Filters(**given), read)
    assert [(one.text, one.question) for one in kept] == [(one.text, one.question) for one in documents]


def test_tokens_of_the_corpus_stay():
    filters = Filters(max_words=2)
    columns = [
        Document("5-HT up", [Mention(0, 4, "X")], "a", [(0, 4), (5, 7)]),
        Document("a b c", [], "b", [(0, 1), (2, 5)]),
    ]
    assert [document.tokens for document in filters(columns)] == [[(0, 4), (5, 7)], [(0, 1), (2, 5)]]


def other(**values):
    """A document and one that differs from it in these values of its mention or its own."""
    of_mention = {name: values.pop(name) for name in ("concepts", "attributes", "id") if name in values}
    first = Mention(2, 6, "ADR", **of_mention)
    return [Document("A rash. A cough.", [first, Mention(10, 15, "ADR", id="T2")], "a", **values)]


TOKENS = [(0, 1), (2, 6), (6, 7), (8, 9), (10, 15), (15, 16)]
RELATED = [Relation("causes", (("Arg1", "T1"), ("Arg2", "T2")))]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"concepts": ("MESH:D001",)}, {"concepts": ("MESH:D002",)}),
        ({"concepts": ("MESH:D001",)}, {}),
        ({"attributes": (("Negated", ""),)}, {}),
        ({"attributes": (("Certainty", "low"),)}, {"attributes": (("Certainty", "high"),)}),
        ({"meta": {"annotated_types": "ADR"}}, {"meta": {"annotated_types": "ADR|Drug"}}),
        ({"meta": {"annotated_types": ""}}, {}),
        ({"tokens": TOKENS, "sentences": [0, 3]}, {"tokens": TOKENS, "sentences": [0]}),
        ({"tokens": TOKENS, "sentences": [0, 3]}, {"tokens": TOKENS, "sentences": [0, 4]}),
        ({"relations": RELATED, "id": "T1"}, {"relations": RELATED, "id": "T9"}),
    ],
)
def test_a_digest_follows_all_that_a_training_or_a_score_depends_on(one, two):
    assert digest_documents(other(**one)) != digest_documents(other(**two))
    assert digest_documents(other(**one)) == digest_documents(other(**one))


def test_a_digest_ignores_what_nothing_depends_on():
    plain = digest_documents(other())
    for values in ({"meta": {"title": "Reviews"}}, {"id": "T7"}, {"extra": {"brat": ["#1"]}}):
        assert digest_documents(other(**values)) == plain
    listed, joined = ({"annotated_types": value} for value in (["Drug", "ADR"], "ADR|Drug"))
    assert digest_documents(other(meta=listed)) == digest_documents(other(meta=joined))


def test_digests_of_plain_documents_never_change():
    """Else all finished runs on disk would count as changed: these are the digests of 30 November 2026."""
    plain = [Document("A rash.", [Mention(2, 6, "ADR", id="T1")], "a", meta={"file": "x"})]
    tokens = [Document("A rash", [Mention(2, 6, "ADR")], "a", [(0, 1), (2, 6)], [0])]
    assert digest_documents(plain) == "438170f5817f132269f33e1cc32e1fc2"
    assert digest_documents(tokens) == "d7c96af337ee6f0a8c8c339595fd444f"
    asked = [Document("A rash.", [], "a", question=Question("What?", (Answer("rash", 2),)))]
    assert digest_documents(asked) == "14a69b8eb5faec6fffc8991f9004dece"


def test_digests_tell_documents_apart():
    one = [Document("A rash.", [Mention(2, 6, "ADR")], "a")]
    others = [
        [Document("A rash!", [Mention(2, 6, "ADR")], "a")],
        [Document("A rash.", [Mention(2, 6, "DIS")], "a")],
        [Document("A rash.", [], "a")],
        [Document("A rash.", [], "a", question=Question("What?"))],
        [Document("A rash.", [], "a", question=Question("What?", (Answer("rash", 2),)))],
        [],
    ]
    digests = [digest_documents(documents) for documents in [one, *others]]
    assert len(set(digests)) == 7
    assert digests[0] == digest_documents([Document("A rash.", [Mention(2, 6, "ADR")], "a")])
