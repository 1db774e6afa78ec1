"""Blocks that look at one word, or join two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.crf.features.affixes import AffixFeatures
from spacy_bioner.pipeline.crf.features.bigrams import BigramFeatures
from spacy_bioner.pipeline.crf.features.flags import FlagFeatures
from spacy_bioner.pipeline.crf.features.ngrams import NgramFeatures
from spacy_bioner.pipeline.crf.features.shapes import ShapeFeatures
from spacy_bioner.pipeline.crf.features.words import WordFeatures

BLOCKS = [WordFeatures(), AffixFeatures(), NgramFeatures(), ShapeFeatures(), FlagFeatures()]


@given(st.text(min_size=1))
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_any_word_has_features_without_repeats(block, word):
    features = block.of_word(word)
    assert features
    assert len(set(features)) == len(features)
    assert features == block.of_word(word)


@pytest.mark.parametrize(
    ("form", "expected"), [("text", "text=IL-2Rβ"), ("lower", "lower=il-2rβ"), ("digits", "digits=il-0rβ")]
)
def test_the_forms_of_a_word(form, expected):
    assert WordFeatures(form=form).of_word("IL-2Rβ") == [expected]


def test_affixes_are_as_long_as_asked_for_and_no_longer_than_the_word():
    block = AffixFeatures(prefixes=[1, 3], suffixes=[2, 9])
    assert block.of_word("Asthma") == ["prefix=a", "prefix=ast", "suffix=ma"]
    assert block.of_word("A") == ["prefix=a"]


def test_ngrams_know_where_the_word_begins_and_ends():
    assert NgramFeatures(lengths=[2, 4]).of_word("Aba") == [
        "ngram=^a", "ngram=ab", "ngram=ba", "ngram=a$", "ngram=^aba", "ngram=aba$"
    ]  # fmt: skip
    assert NgramFeatures(lengths=[2]).of_word("aaaa") == ["ngram=^a", "ngram=aa", "ngram=a$"]


def test_shapes():
    assert ShapeFeatures().of_word("IL-2Rβ") == ["shape=XX-0Xx", "short=X-0Xx"]
    assert ShapeFeatures(full=False).of_word("Asthma") == ["short=Xx"]
    assert ShapeFeatures(compressed=False).of_word("1994") == ["shape=0000"]


@pytest.mark.parametrize(
    ("word", "flags"),
    [
        ("1994", {"number", "digit", "length=4"}),
        ("II", {"roman", "upper", "length=2"}),
        ("iv", {"roman", "length=2"}),
        ("xxxix", {"roman", "length=5"}),
        ("Iv", {"title", "length=2"}),
        ("IIII", {"upper", "length=4"}),
        ("DCM", {"upper", "length=3"}),
        ("alpha", {"greek", "length=5"}),
        ("Alpha", {"greek", "title", "length=5"}),
        ("alphabet", {"length=6-9"}),
        ("β", {"greek", "length=1"}),
        ("TGFβ", {"greek", "mixed", "length=4"}),
        ("pH", {"mixed", "length=2"}),
        ("BRCA1", {"digit", "upper", "length=5"}),
        ("Glioblastoma", {"title", "length=10+"}),
        ("-", {"mark", "length=1"}),
    ],
)
def test_flags(word, flags):
    assert set(FlagFeatures().of_word(word)) == flags


def test_bigrams_join_feature_by_feature():
    block = BigramFeatures(of="clusters")
    assert block.of_pair(["c1=a", "c2=b"], ["c1=x", "c2=y"]) == ["c1=a|c1=x", "c2=b|c2=y"]
    assert block.of_pair(["c1=a", "c2=b"], ["BEFORE"]) == ["c1=a|BEFORE"]
    assert block.offsets == [-1, 0, 1]


def test_wrong_settings_are_named():
    with pytest.raises(BionerError, match=r"B403.*WordFeatures.*12"):
        WordFeatures(window=[0, 12])
    with pytest.raises(BionerError, match=r"B404"):
        BigramFeatures(pairs=[[0, 1], [0]])
    with pytest.raises(BionerError, match=r"B403"):
        BigramFeatures(pairs=[[0, -10]])


def test_settings_are_plain_values_whatever_the_config_gave():
    assert WordFeatures(window=(0, 1)).settings == {"window": [0, 1], "form": "text"}
    assert BigramFeatures().settings == {"of": "lower", "pairs": [[-1, 0], [0, 1]]}
