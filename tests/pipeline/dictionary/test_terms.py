import pytest

from spacy_bioner.normalise import Normaliser
from spacy_bioner.pipeline.dictionary.terms import (
    Term,
    build_table,
    from_columns,
    join_concepts,
    to_columns,
)

TERMS = [
    Term("fever", "Disease", "D1", 2, 0.5),
    Term("T-cell", "Cell"),
    Term("fever", "Finding"),
    Term("fever", "Disease", "D2|D1", 3, 0.75),
    Term("Fevers", "Disease"),
    Term("--", "Nothing"),
    Term("Ärger\ud800", "Finding", "Ü"),
]


def build(terms, keep=lambda key, term: bool(key)):
    return build_table(terms, Normaliser(case_length=3), keep)


def test_rows_stand_in_the_order_of_their_keys_and_are_merged():
    table, keys = build(TERMS)
    assert keys == ["fever", "tcell", "ärger\ud800"]
    assert [table.rows(key) for key in range(3)] == [(0, 1, 2), (3,), (4,)]
    assert list(table) == [
        Term("fever", "Disease", "D1|D2", 5, 0.5),
        Term("fever", "Finding"),
        Term("Fevers", "Disease"),
        Term("T-cell", "Cell"),
        Term("Ärger\ud800", "Finding", "Ü"),
    ]
    assert [table.term(row) for row in range(len(table))] == [row.term for row in table]
    assert [table.label(row) for row in range(len(table))] == [row.label for row in table]
    assert set(table.labels) == {"Disease", "Finding", "Cell"}
    with pytest.raises(IndexError):
        table[5]


def test_terms_that_are_not_wanted_stay_out():
    table, keys = build(TERMS, keep=lambda key, term: key != "tcell" and term != "Fevers" and bool(key))
    assert keys == ["fever", "ärger\ud800"]
    assert [row.term for row in table] == ["fever", "fever", "Ärger\ud800"]
    empty, keys = build([])
    assert (len(empty), keys, list(empty)) == (0, [], [])


def test_columns_keep_everything():
    table, _ = build(TERMS)
    columns = to_columns(table)
    assert list(from_columns(columns)) == list(table)
    for broken in ({}, {**columns, "labels": []}, {**columns, "times": ["many"] * 5}, []):
        with pytest.raises((KeyError, TypeError, ValueError)):
            list(from_columns(broken))


def test_concepts_join_each_once():
    assert join_concepts(["A|B", "", "B|C"]) == "A|B|C"
    assert join_concepts([]) == ""
