import pickle

import pytest

from spacy_bioner.pipeline.dictionary.terms import Term
from spacy_bioner.pipeline.linking.name_table import NameTable
from spacy_bioner.pipeline.linking.ngram_index import NgramIndex

NAMES = ["cancer of the breast", "Parkinson's disease", "5-Fluorouracil", "anaemia", "α-synuclein", "renal failure"]


@pytest.fixture(scope="module")
def table():
    return NameTable(Term(name, "Disease", f"D{i}") for i, name in enumerate(NAMES))


def concepts(table, keys, label="Disease"):
    return [table.table[row].concepts for row in table.rows(keys, label)]


@pytest.mark.parametrize(
    ("text", "concept"),
    [("5 fluorouracil", "D2"), ("alpha synuclein", "D4"), ("Renal  Failures", "D5"), ("Parkinsons disease", None)],
)
def test_a_name_is_found_by_its_normal_form(table, text, concept):
    assert concepts(table, table.by_key(table.forms(text))) == ([] if concept is None else [concept])


@pytest.mark.parametrize(
    ("text", "concept"),
    [("breast cancers", "D0"), ("cancer, breast", "D0"), ("failure, renal", "D5"), ("anemia", "D3")],
)
def test_or_by_its_words_in_any_order(table, text, concept):
    assert concepts(table, table.by_key(table.forms(text))) == []
    assert concepts(table, table.by_bag(table.forms(text))) == [concept]


def test_rows_of_one_name_are_merged_where_they_say_the_same():
    same = [Term("pain", "D", "1"), Term("pain", "D", "2", 3), Term("pain", "D", "1", 4), Term("Pain", "D", "1")]
    table = NameTable(same)
    assert table.keys == 1
    assert sorted((t.term, t.concepts, t.times) for t in table) == [
        ("Pain", "1", 1),
        ("pain", "1", 5),
        ("pain", "2", 3),
    ]


def test_labels_decide_and_a_star_fits_all():
    table = NameTable(
        [Term("lead", "Chemical", "C1"), Term("lead", "Device", "X1"), Term("lead", "*", "Y1"), Term("x", "*", "Z")]
    )
    keys = table.by_key(table.forms("Lead"))
    assert concepts(table, keys, "Chemical") == ["C1", "Y1"]
    assert concepts(table, keys, "Unheard") == ["C1", "X1", "Y1"]
    only = NameTable([Term("a b", "A", "1"), Term("c d", "B", "2"), Term("e f", "*", "3")])
    assert only.allowed("A")[[only.by_key(only.forms(name))[0] for name in ("a b", "c d", "e f")]].tolist() == [1, 0, 1]
    assert only.allowed("Unheard") is None


def test_signs_alone_are_no_name():
    assert len(NameTable([Term("-", "D", "1"), Term(" ", "D", "1")])) == 0


def test_a_pickled_table_finds_the_same(table):
    other = pickle.loads(pickle.dumps(table))
    assert [other.by_key(other.forms(name)) for name in NAMES] == [table.by_key(table.forms(name)) for name in NAMES]


def index(texts):
    return NgramIndex(texts)


def test_like_names_are_found_best_first():
    texts = ["breast cancer", "lung cancer", "renal failure", "breast"]
    (names, cosines), (none, _) = index(texts).nearest(["cancers of breast", "qqq"], 3, [None, None])
    assert names.tolist()[:1] == [0]
    assert sorted(cosines, reverse=True) == cosines.tolist()
    assert none.tolist() == []


def test_cosines_are_those_of_scikit_learn(monkeypatch):
    """Over several blocks of names and with repeated trigrams; ASCII, so that bytes are characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    from spacy_bioner.pipeline.linking import ngram_index

    monkeypatch.setattr(ngram_index, "_BLOCK", 3)
    monkeypatch.setattr(ngram_index, "_CHUNK", 2)
    monkeypatch.setattr(ngram_index, "_QUERIES", 2)
    texts = ["banana banana", "bandana", "ananas", "anaemia", "a", "an", "nana banana", "ba"]
    queries = ["bananas", "an anaemia", "nan"]
    reference = TfidfVectorizer(analyzer="char", ngram_range=(3, 3), sublinear_tf=True)
    names = reference.fit_transform([f" {text} " for text in texts])
    expected = (reference.transform([f" {query} " for query in queries]) @ names.T).toarray()
    for i, (found, cosines) in enumerate(index(texts).nearest(queries, 8, [None] * 3)):
        assert cosines == pytest.approx(expected[i][found], abs=1e-5)
        assert cosines[0] == pytest.approx(expected[i].max(), abs=1e-5)


def test_masks_that_another_thread_replaces_at_once_are_still_right():
    class Raced(NameTable):
        _allowed = property(lambda self: {}, lambda self, masks: None)

    table = Raced([Term("pain", "Disease", "D"), Term("aspirin", "Chemical", "C")])
    assert table.allowed("Disease").sum() == table.allowed("Chemical").sum() == 1


def test_only_what_is_allowed_is_found():
    import numpy as np

    texts = ["breast cancer", "lung cancer"]
    ((names, _),) = index(texts).nearest(["cancer"], 2, [np.array([False, True])])
    assert names.tolist() == [1]


def test_no_names_and_names_without_a_trigram():
    assert [len(names) for names, _ in index([]).nearest(["a"], 2, [None])] == [0]
    assert [names.tolist() for names, _ in index(["", "ä"]).nearest(["ä", ""], 2, [None, None])] == [[1], []]
