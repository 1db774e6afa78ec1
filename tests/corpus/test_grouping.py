"""Groups of documents: by id, by a field of the metadata, and by their text."""

from collections import defaultdict

import pytest

from spacy_bioner.corpus.grouping import join_repeats, keep_together, make_group, number_of_groups
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.trials.data_splits import Filters, fold_parts
from spacy_bioner.formats import Document, Question


def groups(keys):
    together = defaultdict(list)
    for number, key in enumerate(keys):
        together[key].append(number)
    return sorted(together.values())


def test_by_id_or_by_a_field():
    documents = [
        Document("A", id="1-1", meta={"file": "x"}),
        Document("B", id="1-2", meta={"file": "y"}),
        Document("C", id="2-1", meta={"file": "x"}),
        Document("D"),
        Document("E"),
    ]
    for rule, expected in (
        ("-", [[0, 1], [2], [3], [4]]),
        (None, [[0], [1], [2], [3], [4]]),
        ("file", [[0, 2], [1], [3], [4]]),
    ):
        assert groups(map(make_group(rule, documents), enumerate(documents))) == expected
    sentences = [Document("A", id="1#0"), Document("B", id="1#1"), Document("C", id="2#0", meta={"file": "x"})]
    for rule in (None, "file"):
        assert groups(map(make_group(rule, sentences, "#"), enumerate(sentences))) == [[0, 1], [2]]
    with pytest.raises(BionerError, match=r"B846.*author.*known: file"):
        make_group("author", documents)


def test_up_to_the_first_separator_or_by_a_pattern():
    """Ids of sections, as corpora of full texts have: the article stands before the first separator."""
    ids = ["18162134_06_methods", "18162134_07_results", "2_06_methods", "2", "x"]
    documents = [Document(str(i), id=name) for i, name in enumerate(ids)]
    sentences = [Document(f"{i} {n}", id=f"{name}#{n}") for i, name in enumerate(ids) for n in range(2)]
    for rule, expected in (
        ("_", [[0, 1], [2], [3], [4]]),
        ("re:^[0-9]+", [[0, 1], [2, 3], [4]]),
        ("re:_([0-9]+)_", [[0, 2], [1], [3], [4]]),
    ):
        group = make_group(rule, documents)
        assert groups(map(group, enumerate(documents))) == expected
        assert number_of_groups(documents, group) == len(expected)
        of_sentences = groups(map(make_group(rule, sentences, "#"), enumerate(sentences)))
        assert of_sentences == [[2 * i + n for i in together for n in range(2)] for together in expected]
    with pytest.raises(BionerError, match=r"B237.*re:\(x"):
        make_group("re:(x", documents)


@pytest.mark.parametrize("rule", ["re:^(?:(P[0-9]+)-)?", "re:^(P[0-9]*|)", "patient"])
def test_a_document_without_what_the_rule_looks_for_is_a_group_of_its_own(rule):
    ids = ["P1-a", "P1-b", "c", "d", "P2-a", ""]
    patients = ["P1", "P1", None, "", "P2", None]
    documents = [Document(name, id=name, meta={"patient": p}) for name, p in zip(ids, patients, strict=True)]
    group = make_group(rule, documents)
    assert groups(map(group, enumerate(documents))) == [[0, 1], [2], [3], [4], [5]]


def test_empty_texts_are_no_repeats():
    texts = ["", "a", " ", "a", "\n", "b"]
    documents = [Document(text, meta={"review": number}) for number, text in enumerate(texts)]
    assert groups(join_repeats(documents)) == [[0], [1, 3], [2], [4], [5]]
    assert groups(join_repeats(documents, make_group("review", documents))) == [[0], [1, 3], [2], [4], [5]]


def test_repeats_join_what_they_are_in():
    documents = [
        Document(text, meta={"review": number}) for text, number in zip("AABCCD", (1, 2, 2, 3, 4, 5), strict=True)
    ]
    assert groups(join_repeats(documents)) == [[0, 1], [2], [3, 4], [5]]
    assert groups(join_repeats(documents, make_group("review", documents))) == [[0, 1, 2], [3, 4], [5]]


def test_texts_of_a_question_stay_together():
    asked = [Document(text, question=Question("Which?", group=name)) for text, name in zip("ABBC", "ppqr", strict=True)]
    assert groups(join_repeats([*asked, Document("D")])) == [[0, 1, 2], [3], [4]]


def test_sentences_that_repeat_join_only_documents_that_repeat_as_a_whole():
    texts = {"1": ["No rash.", "Fever."], "2": ["No rash.", "Pain."], "3": ["No rash.", "Fever."]}
    sentences = [Document(text, id=f"{name}#{i}") for name, parts in texts.items() for i, text in enumerate(parts)]
    by_document = make_group(None, sentences, "#")
    assert groups(join_repeats(sentences, by_document, "#")) == [[0, 1, 4, 5], [2, 3]]
    assert groups(join_repeats(sentences, make_group("re:.*", sentences), "#")) == [[0, 4], [1, 5], [2], [3]]


def test_a_sample_has_the_groups_of_the_whole():
    documents = [Document(text) for text in "ABCAB"]
    group = keep_together(documents, make_group(None, documents))
    sample = [documents[i] for i in (3, 2, 0)]
    assert groups(map(group, enumerate(sample))) == [[0, 2], [1]]
    assert groups(map(group, enumerate([*documents, Document("A")]))) == [[0, 3], [1, 4], [2], [5]]


def test_sentences_of_a_document_keep_its_fields():
    documents = [Document(f"One {i}. Two {i}.", id=str(i), meta={"review": i // 2}) for i in range(8)]
    held = Filters("sentence")(documents)
    assert len(held) == 16
    for fold in range(4):
        parts = fold_parts(held, 4, fold, 0, make_group("review", held), 0)
        assert len(parts.test) == 4
        assert len({document.meta["review"] for document in parts.test}) == 1
