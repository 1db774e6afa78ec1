"""Blocks that look at all of a document."""

import pytest
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.crf.features.abbreviations import AbbreviationFeatures
from spacy_bioner.pipeline.crf.features.dictionary import DictionaryFeatures
from spacy_bioner.pipeline.crf.features.repeats import RepeatFeatures

VOCAB = Vocab()


def lower(word):
    return [f"lower={word.lower()}"]


def make_doc(text):
    return Doc(VOCAB, words=text.split())


def features_at(block, doc):
    """The features of the tokens that have any."""
    rows = zip(doc, block.of_doc(doc, lower), strict=True)
    return {f"{token.i}:{token.text}": names for token, names in rows if names}


def test_an_abbreviation_borrows_from_the_long_form_wherever_it_stands():
    doc = make_doc("PCA uses polycystic ovaries ( PO ) ; PO and po")
    borrowed = ["short", "long:lower=ovaries"]
    assert features_at(AbbreviationFeatures(of=["lower"]), doc) == {
        "2:polycystic": ["in-long", "long-begins"],
        "3:ovaries": ["in-long", "long-ends"],
        "5:PO": borrowed,
        "8:PO": borrowed,
    }


def test_a_short_form_of_several_tokens_is_found_again():
    doc = make_doc("cis - retinoic acid ( cis - RA ) helps ; cis - RA or cis")
    found = features_at(AbbreviationFeatures(of=["lower"]), doc)
    assert [key for key, names in found.items() if "long:lower=acid" in names] == [
        "5:cis", "6:-", "7:RA", "11:cis", "12:-", "13:RA"
    ]  # fmt: skip


def test_a_mention_belongs_to_the_last_definition_before_it():
    doc = make_doc("AT . ataxia telangiectasia ( AT ) . AT . anaplastic tumor ( AT ) . AT .")
    found = features_at(AbbreviationFeatures(of=["lower"]), doc)
    assert {key: names[1] for key, names in found.items() if names[0] == "short"} == {
        "0:AT": "long:lower=telangiectasia",
        "5:AT": "long:lower=telangiectasia",
        "8:AT": "long:lower=telangiectasia",
        "13:AT": "long:lower=tumor",
        "16:AT": "long:lower=tumor",
    }


def initialised(common=0, **settings):
    block = RepeatFeatures(common=common, **settings)
    doc = make_doc("the the the of of novel")
    block.initialize(VOCAB, [Example(doc, doc)])
    return block


def test_a_word_that_stands_again_borrows_the_neighbours_it_has_there():
    doc = make_doc("Novel drugs like suprofen . suprofen was given")
    assert features_at(initialised(), doc) == {
        "3:suprofen": ["again", "before:lower=.", "after:lower=was"],
        "5:suprofen": ["again", "before:lower=like", "after:lower=."],
    }


def test_the_ends_of_a_document_have_no_neighbours():
    doc = make_doc("suprofen and Suprofen")
    assert features_at(initialised(), doc) == {
        "0:suprofen": ["again", "before:lower=and"],
        "2:Suprofen": ["again", "after:lower=and"],
    }


def test_common_words_numbers_and_single_letters_do_not_count():
    doc = make_doc("the 20 - P novel of the 20 - P novel of")
    assert set(features_at(initialised(common=2), doc)) == {"4:novel", "10:novel"}


def test_only_the_nearest_mentions_within_the_distance_count():
    doc = make_doc("ab a . ab b . ab c . . . . . ab d")
    assert features_at(initialised(distance=3, nearest=1), doc) == {
        "0:ab": ["again", "before:lower=.", "after:lower=b"],
        "3:ab": ["again", "after:lower=a"],
        "6:ab": ["again", "before:lower=.", "after:lower=b"],
    }


def dictionary_doc(*spans):
    doc = make_doc("renal failure of the left kidney")
    doc.spans["hits"] = SpanGroup(doc, spans=[Span(doc, start, end, label=label) for start, end, label in spans])
    return doc


def test_dictionary_matches_are_tags_and_the_longest_wins():
    doc = dictionary_doc((1, 2, "B"), (0, 2, "A"), (5, 6, "C"))
    block = DictionaryFeatures(spans_key="hits")
    assert features_at(block, doc) == {"0:renal": ["dict=B-A"], "1:failure": ["dict=E-A"], "5:kidney": ["dict=S-C"]}
    assert features_at(DictionaryFeatures(spans_key="other"), doc) == {}
    assert block.offsets == [-1, 0, 1]


def test_a_dictionary_without_a_match_is_a_mistake():
    block = DictionaryFeatures(spans_key="hits")
    block.initialize(VOCAB, [Example(doc, doc) for doc in (dictionary_doc(), dictionary_doc((0, 2, "A")))])
    for docs in ([], [dictionary_doc()], [make_doc("renal failure")]):
        with pytest.raises(BionerError, match=r"B407.*hits"):
            block.initialize(VOCAB, [Example(doc, doc) for doc in docs])


@pytest.mark.parametrize("block", [AbbreviationFeatures(), RepeatFeatures(), DictionaryFeatures()])
def test_an_empty_document_has_no_features(block):
    assert block.of_doc(Doc(VOCAB), lower) == []
