"""Tag schemes: exhaustive over short sequences, against seqeval on random ones."""

import random
from itertools import pairwise, product

import pytest
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import BILOU, IOB1, IOB2, IOBES, Entities

from spacy_bioner import tags
from spacy_bioner.errors import BionerError

SEQEVAL = {"IOB1": IOB1, "BIO": IOB2, "IOBES": IOBES, "BILOU": BILOU}
LABELS = ["X", "Y"]


def all_sequences(scheme, longest):
    alphabet = tags.tag_set(LABELS, scheme)
    for length in range(longest + 1):
        yield from product(alphabet, repeat=length)


def all_span_sets(length, start=0):
    """Every set of flat labelled spans over ``length`` tokens."""
    yield []
    for first in range(start, length):
        for end in range(first + 1, length + 1):
            for label in LABELS:
                for rest in all_span_sets(length, end):
                    yield [(first, end, label), *rest]


@pytest.mark.parametrize("scheme", tags.SCHEMES)
def test_every_span_set_survives_encoding(scheme):
    for length in range(5):
        seen = set()
        for spans in all_span_sets(length):
            encoded = tags.encode(spans, length, scheme)
            assert tags.decode(encoded, scheme) == spans
            assert tags.decode(encoded, scheme, strict=True) == spans
            assert tags.validate(encoded, scheme) == []
            seen.add(tuple(encoded))
        legal = {s for s in product(tags.tag_set(LABELS, scheme), repeat=length) if not tags.validate(s, scheme)}
        assert seen == legal, "encode reaches exactly the legal sequences"


@pytest.mark.parametrize("scheme", tags.SCHEMES)
@pytest.mark.parametrize("target", tags.SCHEMES)
def test_conversion_keeps_spans_and_refuses_illegal_tags(scheme, target):
    for sequence in all_sequences(scheme, 3):
        if tags.validate(sequence, scheme):
            with pytest.raises(BionerError, match="B005"):
                tags.convert(sequence, scheme, target)
        else:
            converted = tags.convert(sequence, scheme, target)
            assert tags.decode(converted, target) == tags.decode(sequence, scheme)
            assert tags.convert(converted, target, scheme) == list(sequence)


@pytest.mark.parametrize("scheme", tags.SCHEMES)
def test_repair_is_legal_idempotent_and_keeps_legal_sequences(scheme):
    for sequence in all_sequences(scheme, 4):
        repaired = tags.repair(sequence, scheme)
        assert tags.validate(repaired, scheme) == []
        assert tags.repair(repaired, scheme) == repaired
        if not tags.validate(sequence, scheme):
            assert repaired == list(sequence)


@pytest.mark.parametrize("scheme", tags.SCHEMES)
def test_transitions_accept_exactly_the_legal_sequences(scheme):
    alphabet = tags.tag_set(LABELS, scheme)
    allowed, start, end = tags.transitions(alphabet, scheme)
    index = {tag: i for i, tag in enumerate(alphabet)}
    for sequence in all_sequences(scheme, 4):
        if not sequence:
            continue
        ids = [index[tag] for tag in sequence]
        legal = start[ids[0]] and end[ids[-1]] and all(allowed[a, b] for a, b in pairwise(ids))
        assert legal == (tags.validate(sequence, scheme) == [])


@pytest.mark.parametrize("scheme", tags.SCHEMES)
def test_reads_as_seqeval_does(scheme):
    rng = random.Random(scheme)
    alphabet = tags.tag_set(["X", "Y", "Z"], scheme)
    sequences = [list(s) for s in all_sequences(scheme, 4) if s]
    sequences += [rng.choices(alphabet, k=rng.randint(1, 30)) for _ in range(3000)]
    for sequence in sequences:
        strict = [(e.start, e.end, e.tag) for e in Entities([sequence], SEQEVAL[scheme]).entities[0]]
        assert tags.decode(sequence, scheme, strict=True) == strict, sequence
        # seqeval's default reading is conlleval's, with inclusive ends
        in_iobes = [tag.replace("L-", "E-").replace("U-", "S-") for tag in sequence]
        lenient = [(start, end + 1, label) for label, start, end in get_entities(in_iobes)]
        assert tags.decode(sequence, scheme) == lenient, sequence


def test_missing_stands_outside_every_span_and_beside_any_tag():
    sequence = ["B-X", "-", "I-X", "-"]
    assert tags.decode(sequence) == [(0, 1, "X"), (2, 3, "X")]
    assert tags.validate(sequence) == []
    assert tags.repair(sequence) == ["B-X", "-", "B-X", "-"]
    assert tags.convert(["-", "B-X", "I-X"], "BIO", "IOBES") == ["-", "B-X", "E-X"]


def test_bad_input_is_named():
    with pytest.raises(BionerError, match=r"B001.*IOE1"):
        tags.tag_set(LABELS, "IOE1")
    for tag in ("E-X", "B", "B-", "X", "BX", ""):
        with pytest.raises(BionerError, match=r"B002.*position 1"):
            tags.validate(["O", tag], "BIO")
    for span in ((0, 0, "X"), (-1, 1, "X"), (2, 4, "X")):
        with pytest.raises(BionerError, match="B003"):
            tags.encode([span], 3)
    with pytest.raises(BionerError, match="B004"):
        tags.encode([(0, 2, "X"), (1, 3, "Y")], 3)


def test_labels_may_hold_hyphens():
    assert tags.decode(["B-cell-line", "I-cell-line"]) == [(0, 2, "cell-line")]
