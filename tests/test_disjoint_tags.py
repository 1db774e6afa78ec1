"""BIOHD over all small sets of mentions: what it expresses comes back, what it does not is named."""

from itertools import combinations, product

import pytest
from growth import best, check_growth

from spacy_bioner.disjoint_tags import GAP, decode, encode, joined
from spacy_bioner.tags import BIOHD, tag_set, validate


def parts_of(tokens):
    return joined((token, token + 1) for token in tokens)


def mention(*tokens, label="X"):
    return parts_of(tokens), label


def all_mentions(length, labels="X"):
    chosen = [tokens for size in range(1, length + 1) for tokens in combinations(range(length), size)]
    return [mention(*tokens, label=label) for label in labels for tokens in chosen]


def read(tags):
    return sorted((found.parts, found.label) for found in decode(tags))


@pytest.mark.parametrize(("length", "labels", "most"), [(3, "XY", 3), (4, "X", 3), (5, "X", 2)])
def test_what_is_kept_comes_back_and_the_rest_is_named(length, labels, most):
    for number in range(most + 1):
        for mentions in combinations(all_mentions(length, labels), number):
            tags, left = encode(mentions, length)
            assert validate(tags, BIOHD) == []
            assert read(tags) == sorted(mentions[i] for i in range(number) if i not in left)


def test_the_share_of_mention_sets_that_it_expresses():
    """Of one label: all single mentions; of pairs and triples over four tokens those below, counted here once."""
    counts = {}
    for number in range(4):
        sets = list(combinations(all_mentions(4), number))
        counts[number] = sum(not encode(mentions, 4)[1] for mentions in sets), len(sets)
    assert counts == {0: (1, 1), 1: (15, 15), 2: (48, 105), 3: (24, 455)}


def test_flat_mentions_are_tagged_as_in_bio():
    for spans in ([], [(0, 1), (1, 3)], [(0, 4)], [(1, 2), (3, 4)]):
        tags, left = encode([((span,), "X") for span in spans], 4)
        assert left == []
        assert {tag[:2] for tag in tags} <= {"O", "B-", "I-"}


def test_every_sequence_of_tags_has_one_reading():
    """Each piece of an illegal or unusual sequence is part of a mention, and no mention has another token."""
    for tags in product(tag_set("X", BIOHD), repeat=4):
        tagged = {i for i, tag in enumerate(tags) if tag != "O"}
        held = {i for parts, _ in read(tags) for start, end in parts for i in range(start, end)}
        assert held == tagged, tags


@pytest.mark.parametrize(
    ("mentions", "tags"),
    [
        ([mention(0, 3), mention(2, 3)], "DB O DB HB"),  # cardiac and renal toxicity
        ([mention(0, 1), mention(0, 3)], "HB DB O DB"),  # toxicity of heart and liver
        ([mention(0, 1, 4), mention(0, 3, 4)], "HB DB O DB HB"),  # left knee and ankle pain
        ([mention(0, 3)], "DB O O DB"),
        ([mention(0, 3), mention(2, 3), mention(5, 8), mention(7, 8)], "DB O DB HB O DB O DB HB"),
        ([mention(0, 1), mention(1, 2)], "DB HB DB"),  # overlapping, in one part each
        ([mention(0, 2), mention(4, 6)], "DB O DB O DB O DB"),
        ([mention(0, 2, 4)], "DB O DB O DB"),
    ],
)
def test_examples(mentions, tags):
    expected = ["O" if tag == "O" else f"{tag}-X" for tag in tags.split()]
    assert encode(mentions, len(expected)) == (expected, [])


def test_nested_mentions_are_named_and_the_longest_kept():
    tags, left = encode([mention(1, 2), mention(0, 1, 2), mention(4, 6), mention(5, label="Y")], 7)
    assert left == [0]
    assert read(tags) == [mention(0, 1, 2), mention(4, 6), mention(5, label="Y")]


def test_pieces_far_apart_make_no_common_mention():
    far = mention(0, GAP + 5)
    assert encode([far], GAP + 6)[1] == [0]
    assert read(["DB-X", *["O"] * (GAP + 1), "DB-X"]) == [mention(0), mention(GAP + 2)]


def test_labels_keep_apart():
    tags, left = encode([mention(0, 2), mention(1, 3, label="Y")], 4)
    assert (tags, left) == (["DB-X", "DB-Y", "DB-X", "DB-Y"], [])


CROSSING = [mention(0, 4), mention(1, 6), mention(2, 5), mention(9), mention(10, 11)]
"""Of the first three one is left out."""


def repeated(times):
    width = GAP + 20
    return [
        (tuple((n * width + start, n * width + end) for start, end in parts), label)
        for n in range(times)
        for parts, label in CROSSING
    ], times * width


def test_what_cannot_be_expressed_changes_nothing_far_away():
    mentions, length = repeated(3)
    tags, left = encode(mentions, length)
    once, gone = encode(*repeated(1))
    assert gone
    assert (tags, left) == (once * 3, [n * len(CROSSING) + i for n in range(3) for i in gone])


def test_the_time_of_a_long_document_grows_with_its_length():
    check_growth(lambda times: best(lambda args: encode(*args), repeated(times)), 8)
