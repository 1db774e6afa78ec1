import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_bioner.ml.sequences import sequence_lengths


def _doc(length: int, starts: set[int] | None = None) -> Doc:
    sent_starts = None if starts is None else [i in starts for i in range(length)]
    return Doc(Vocab(), words=["w"] * length, sent_starts=sent_starts)


def test_cuts_at_sentences_where_they_are_set():
    docs = [_doc(5, {0, 3}), _doc(4), _doc(0), _doc(1, {0})]
    assert sequence_lengths(docs, True, 100).tolist() == [3, 2, 4, 1]
    assert sequence_lengths(docs, False, 100).tolist() == [5, 4, 1]


def test_cuts_what_is_too_long():
    assert sequence_lengths([_doc(7, {0, 5})], True, 3).tolist() == [3, 2, 2]
    assert sequence_lengths([_doc(6)], True, 3).tolist() == [3, 3]


def test_a_document_begins_a_sentence_whatever_its_first_token_says():
    doc = _doc(4, {0, 2})
    doc[0].is_sent_start = False
    assert sequence_lengths([doc], True, 10).tolist() == [2, 2]


@pytest.mark.parametrize("by_sentence", [True, False])
@given(st.lists(st.tuples(st.integers(0, 30), st.sets(st.integers(0, 29)) | st.none()), max_size=4), st.integers(1, 12))
def test_nothing_is_lost(by_sentence, shapes, max_length):
    docs = [_doc(length, starts) for length, starts in shapes]
    lengths = sequence_lengths(docs, by_sentence, max_length)
    assert lengths.sum() == sum(len(doc) for doc in docs)
    assert lengths.dtype == np.int64
    assert all(0 < length <= max_length for length in lengths)
