import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner.pipeline.abbreviations.schwartz_hearst import find_abbreviations


def found(text):
    words = text.split()
    return [
        (" ".join(words[one.short_start : one.short_end]), " ".join(words[one.long_start : one.long_end]))
        for one in find_abbreviations(words)
    ]


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("the adenomatous polyposis coli ( APC ) gene", "APC", "adenomatous polyposis coli"),
        ("of Heat Shock Transcription Factor ( HSF )", "HSF", "Heat Shock Transcription Factor"),
        ("Parkinson ' s disease ( PD )", "PD", "Parkinson ' s disease"),
        ("angiotensin - converting enzyme [ ACE ]", "ACE", "angiotensin - converting enzyme"),
        ("nonsmall cell lung carcinoma ( NSCLC )", "NSCLC", "nonsmall cell lung carcinoma"),
        ("fluid with fluorouracil ( 5FU )", None, None),  # no 5 in the long form
        ("( 5 - fluorouracil ( 5FU )", "5FU", "5 - fluorouracil"),
        ("APC ( adenomatous polyposis coli ) is a gene", "APC", "adenomatous polyposis coli"),
        ("cis - retinoic acid ( cis - RA )", "cis - RA", "cis - retinoic acid"),
        ("methamphetamine ( MAP ; 5 mg )", "MAP", "methamphetamine"),
        ("all patients ( all )", None, None),  # no capital
        ("ovarian cancer ( n = 5 )", None, None),
        ("ovarian cancer ( OX )", None, None),
        ("the aspirin ( ASPIRIN )", None, None),  # the long form is no longer
        ("ovarian cancer . seen ( OC )", None, None),  # in another sentence
        ("ovarian cancer (", None, None),
        ("( OC )", None, None),
        ("ovarian ( )", None, None),
    ],
)
def test_definitions(text, short, long):
    assert found(text) == ([] if short is None else [(short, long)])


def test_the_long_form_is_as_near_as_may_be():
    assert found("a patient and a physical trainer ( PT )") == [("PT", "physical trainer")]


def test_the_long_form_has_at_most_twice_as_many_words_as_the_short_form_has_letters():
    assert found("ovarian a b c d cancer ( OC )") == []
    assert found("ovarian a b cancer ( OC )") == [("OC", "ovarian a b cancer")]


@given(st.lists(st.sampled_from(["(", ")", "[", "]", "OC", "ovarian", "cancer", "o", ".", ";", "-", "C1", "İß"])))
def test_spans_lie_in_the_text_apart_from_each_other(words):
    for one in find_abbreviations(words):
        assert 0 <= one.long_start < one.long_end <= len(words)
        assert 0 <= one.short_start < one.short_end <= len(words)
        assert one.long_end <= one.short_start or one.short_end <= one.long_start
        letters = [char for word in words[one.short_start : one.short_end] for char in word.lower() if char.isalnum()]
        rest = iter("".join(words[one.long_start : one.long_end]).lower())
        assert all(letter in rest for letter in letters)
