from itertools import pairwise

import numpy as np
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, Span
from spacy.training import Example

from spacy_bioner.pipeline.gold_mentions import UNKNOWN
from spacy_bioner.pipeline.gold_tags import gold_tag_ids
from spacy_bioner.tags import SCHEMES, encode, tag_set

NLP = spacy.blank("en")
VOCAB = NLP.vocab
LABELS = ["Gene", "Disease"]


@st.composite
def documents(draw):
    """A number of tokens, flat spans over them and tokens whose tag is missing."""
    length = draw(st.integers(0, 12))
    bounds = draw(st.lists(st.integers(0, length), max_size=8).map(sorted))
    labels = st.sampled_from([*LABELS, "Other"])
    spans = [(s, e, draw(labels)) for s, e in pairwise(bounds) if s < e]
    covered = {i for s, e, _ in spans for i in range(s, e)}
    missing = draw(st.sets(st.integers(0, max(0, length - 1)).filter(lambda i: i not in covered), max_size=3))
    return length, spans, sorted(i for i in missing if i < length)


def example(length, spans, missing=()):
    reference = Doc(VOCAB, words=["w"] * length)
    gaps = [Span(reference, i, i + 1) for i in missing]
    reference.set_ents([Span(reference, *span) for span in spans], missing=gaps, default="outside")
    return Example(Doc(VOCAB, words=["w"] * length), reference)


@given(st.lists(documents(), max_size=4), st.sampled_from(SCHEMES), st.randoms())
def test_it_agrees_with_encoding_each_sequence_by_itself(docs, scheme, random):
    tags = tag_set(LABELS, scheme)
    expected, lengths, cuts = [], [], 0
    for length, spans, missing in docs:
        bounds = sorted({0, length, *random.choices(range(length + 1), k=2)})
        for start, end in pairwise(bounds):
            inner = [(max(s, start), min(e, end), label) for s, e, label in spans if label in LABELS]
            inner = [(s - start, e - start, label) for s, e, label in inner if s < e]
            ids = [tags.index(tag) for tag in encode(inner, end - start, scheme)]
            for i in range(start, end):
                crosses = any(s <= i < e and not (start <= s and e <= end) for s, e, _ in spans)
                expected.append(UNKNOWN if crosses or i in missing else ids[i - start])
            lengths.append(end - start)
        cuts += sum(any(s < bound < e for bound in bounds) for s, e, _ in spans)
    gold, cut, _ = gold_tag_ids([example(*doc) for doc in docs], tags, scheme, np.array(lengths, dtype=np.int64))
    assert gold.tolist() == expected
    assert cut == cuts


def test_other_tokens_are_aligned_and_what_does_not_fit_is_unknown():
    reference = Doc(
        VOCAB, words=["BRCA1", "-", "negative", "cancer", "cells"], spaces=[False, False, True, True, False]
    )
    reference.set_ents([Span(reference, 0, 1, "Gene"), Span(reference, 3, 4, "Disease")])
    predicted = Doc(VOCAB, words=["BRCA1-negative", "cancer", "cells"])
    pair = Example(predicted, reference)
    gold, *_ = gold_tag_ids([pair], tag_set(LABELS, "BIO"), "BIO", np.array([3]))
    assert gold.tolist() == [UNKNOWN, tag_set(LABELS, "BIO").index("B-Disease"), 0]
    predicted = NLP("BRCA1 - negative  cancer cells")  # a whitespace token is outside, whatever the gold has there
    gold, *_ = gold_tag_ids([Example(predicted, reference)], tag_set(LABELS, "BIO"), "BIO", np.array([len(predicted)]))
    assert gold[[t.i for t in predicted if t.is_space]].tolist() == [0]


def test_a_reference_without_annotation_teaches_nothing():
    pair = Example(Doc(VOCAB, words=["a", "b"]), Doc(VOCAB, words=["a", "b"]))
    gold, *_ = gold_tag_ids([pair], tag_set(LABELS), "BIO", np.array([2]))
    assert gold.tolist() == [UNKNOWN, UNKNOWN]


@pytest.mark.parametrize("lengths", [[], [0, 0]])
def test_empty_documents(lengths):
    gold, cut, _ = gold_tag_ids([example(0, [])] * 2, tag_set(LABELS), "BIO", np.array(lengths, dtype=np.int64))
    assert (gold.tolist(), cut) == ([], 0)
