import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc

from spacy_bioner.normalise import STEPS, Normaliser
from spacy_bioner.pipeline.dictionary.hash_index import HashIndex
from spacy_bioner.pipeline.dictionary.term_finder import TermFinder, batch_docs
from spacy_bioner.pipeline.dictionary.terms import Term

VOCAB = spacy.blank("en").vocab
PIECE = st.text(st.sampled_from("asTN1-α,"), min_size=1, max_size=4)
WORDS = st.lists(st.tuples(PIECE, st.booleans()), max_size=10)
TERM = st.lists(PIECE, min_size=1, max_size=3).flatmap(
    lambda pieces: st.sampled_from(["", " ", "-", ", "]).map(lambda separator: separator.join(pieces))
)


def make_doc(words):
    return Doc(VOCAB, words=[word for word, _ in words], spaces=[space for _, space in words])


def make_finder(terms, normaliser):
    rows = [Term(term, "X") for term in terms]
    return TermFinder(rows, normaliser, lambda key, term: bool(key), HashIndex)


def found_terms(finder, doc):
    (found,) = finder.find([doc])
    return {(doc[start:stop].text, finder.table.term(row)) for start, stop, rows in found for row in rows}


@given(
    st.lists(WORDS, min_size=1, max_size=3),
    st.lists(TERM, unique=True, max_size=8),
    st.lists(st.sampled_from(STEPS), unique=True),
    st.integers(0, 4),
)
def test_finds_every_run_of_tokens_that_spells_a_term(texts, terms, steps, case_length):
    normaliser = Normaliser(steps, case_length)
    finder = make_finder(terms, normaliser)
    docs = [make_doc(words) for words in texts]
    for doc, found in zip(docs, finder.find(docs), strict=True):
        expected = set()
        forms = [normaliser.word(token.text) for token in doc]
        for start in range(len(doc)):
            for stop in range(start + 1, len(doc) + 1):
                if not forms[start] or not forms[stop - 1]:
                    continue
                spaces = [bool(token.whitespace_) for token in doc[start : stop - 1]]
                text = normaliser.spelling([token.text for token in doc[start:stop]], [*spaces, False])
                for term in terms:
                    if "".join(forms[start:stop]) == normaliser.keys([term])[0] and normaliser.agrees(
                        text, normaliser.spelling([term], [False])
                    ):
                        expected.add((start, stop, term))
        assert {(start, stop, finder.table.term(row)) for start, stop, rows in found for row in rows} == expected
        assert [match[:2] for match in found] == sorted(match[:2] for match in found)


def test_tokens_at_the_edges_of_a_match_are_part_of_it():
    finder = make_finder(["T-cell lymphoma"], Normaliser())
    doc = make_doc([("-", False), ("T", False), ("-", False), ("cell", True), ("lymphomas", False), ("-", False)])
    ((match,),) = finder.find([doc])
    assert doc[match[0] : match[1]].text == "T-cell lymphomas"


def test_a_token_with_a_space_inside_is_read_like_two():
    finder = make_finder(["anion", "breast cancer"], Normaliser())
    assert found_terms(finder, make_doc([("an ion", True), ("breast cancer", False)])) == {
        ("breast cancer", "breast cancer")
    }


def test_space_tokens_count_as_spaces():
    finder = make_finder(["anion", "breast cancer"], Normaliser())
    doc = make_doc([("an", True), ("\n", False), ("ion", True), ("breast", False), (" \n ", False), ("cancer", False)])
    assert found_terms(finder, doc) == {("breast \n cancer", "breast cancer")}


def test_the_same_tokens_with_and_without_spaces_are_not_mixed_up():
    finder = make_finder(["anion"], Normaliser())
    apart, together = make_doc([("an", True), ("ion", False)]), make_doc([("an", False), ("ion", False)])
    for _ in range(2):  # the second time from memory
        assert [bool(found) for found in finder.find([apart, together])] == [False, True]


def test_docs_are_batched_by_number_and_length():
    docs = [make_doc([("a", True)] * n) for n in (1, 30_000, 30_000, 0, 2, 3)]
    assert [[len(doc) for doc in batch] for batch in batch_docs(docs, 3)] == [[1, 30_000, 30_000], [0, 2, 3]]
    assert [[len(doc) for doc in batch] for batch in batch_docs(docs, 2)] == [[1, 30_000], [30_000, 0], [2, 3]]
    assert [[len(doc) for doc in batch] for batch in batch_docs([make_doc([("a", True)] * 50_000)] * 2)] == [
        [50_000],
        [50_000],
    ]
    assert list(batch_docs([])) == []


@pytest.mark.parametrize("text", ["", " ", "a"])
def test_nothing_to_find(text):
    doc = Doc(VOCAB, words=[text] if text else [])
    assert make_finder(["b"], Normaliser()).find([doc]) == [[]]
    assert make_finder([], Normaliser()).find([doc, doc]) == [[], []]
    assert make_finder(["b"], Normaliser()).find([]) == []
