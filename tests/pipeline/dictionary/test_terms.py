import gzip

import pytest
import srsly

from spacy_bioner import limits
from spacy_bioner.documents.concept_ids import unite_ids
from spacy_bioner.errors import BionerError
from spacy_bioner.normalise import Normaliser
from spacy_bioner.pipeline.dictionary.terms import (
    Term,
    build_table,
    pack_terms,
    unpack_terms,
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
    assert keys == ["fever", "tcell", "a\u0308rger\ud800"]
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
    assert keys == ["fever", "a\u0308rger\ud800"]
    assert [row.term for row in table] == ["fever", "fever", "Ärger\ud800"]
    empty, keys = build([])
    assert (len(empty), keys, list(empty)) == (0, [], [])


def test_packed_terms_keep_everything():
    table, _ = build([term for term in TERMS if "\ud800" not in term.term])
    packed = pack_terms(table)
    assert list(unpack_terms(packed, "here")) == list(table)
    columns = srsly.msgpack_loads(gzip.decompress(packed))
    for broken in (
        {},
        {**columns, "labels": []},
        {**columns, "times": ["many"] * 5},
        {**columns, "terms": [1] * 5},
        [],
    ):
        with pytest.raises((KeyError, TypeError, ValueError)):
            list(unpack_terms(gzip.compress(srsly.msgpack_dumps(broken)), "here"))
    with pytest.raises(ValueError, match="score"):
        list(
            unpack_terms(gzip.compress(srsly.msgpack_dumps({**columns, "scores": [float("nan")] * len(table)})), "here")
        )
    with pytest.raises(EOFError):
        list(unpack_terms(packed[:-9], "here"))


def test_a_term_that_no_file_can_hold_is_named():
    with pytest.raises(BionerError, match=r"B585.*ud800"):
        pack_terms(build(TERMS)[0])


def test_terms_that_unpack_to_too_much_are_refused(monkeypatch):
    monkeypatch.setattr(limits, "TERMS", 1000)
    with pytest.raises(BionerError, match=r"B584.*1,001, more than the limit of 1,000"):
        list(unpack_terms(gzip.compress(bytes(10**7)), "here"))


def test_concepts_join_each_once():
    assert unite_ids(["A|B", "", "B|C"]) == "A|B|C"
    assert unite_ids(["p|SUB|V|600|E", "p|SUB|V|600|E"]) == "p|SUB|V|600|E"
    assert unite_ids([]) == ""
