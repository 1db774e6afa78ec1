import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spacy_bioner.errors import BionerError
from spacy_bioner.normalise import HYPHENS, STEPS, Normaliser, clusters, fold, inverted, unify

TEXT = st.text(st.sampled_from("abSsxX1 2-–α\u0130Σ,.()\n"), max_size=25)


def tokens(text):
    """Words and single other characters, with whether a space follows."""
    pairs = re.findall(r"(\w+|[^\w\s])(\s*)", text)
    return [word for word, _ in pairs], [bool(space) for _, space in pairs]


def spells(text, term, normaliser):
    words, spaces = tokens(text)
    if "".join(map(normaliser.word, words)) != normaliser.keys([term])[0]:
        return False
    spaces[-1:] = [False]
    return normaliser.agrees(normaliser.spelling(words, spaces), normaliser.spelling([term], [False]))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("N-acetylcysteine", "N-acetyl-cysteine"),
        ("NAcetylCysteine", "N-acetylcysteine"),
        ("N-acetyl-cysteine", "NAcetylCysteine"),
        ("N acetyl cysteine", "N-acetyl-cysteine"),
        ("n-acetyl cysteine", "N acetyl-cysteine"),
        ("breast‑cancer", "breast cancer"),
        ("IFN-α", "IFN alpha"),
        ("TNFα", "TNF-alpha"),
        ("µ-opioid receptor", "mu opioid receptors"),
        ("Γ-globulin", "gamma-globulins"),
        ("metastases", "metastasis"),
        ("biopsies", "biopsy"),
        ("abscesses", "abscess"),
        ("PVCs", "PVC"),
        ("ADENOMAS", "adenoma"),
        ("Breast Cancer", "breast cancers"),
        ("ΣΣ fibres", "sigmasigma fibre"),
        ("Sjo\u0308gren", "Sj\u00f6gren"),
        ("ﬁbrosis", "fibrosis"),
        ("ＴＮＦ", "TNF"),
        ("CO₂", "CO2"),
        ("hydro\u00adchloride", "hydrochloride"),
        ("acet\u200baminophen", "acetaminophen"),
        ("Alzheimer’s", "Alzheimer's"),
        ("Ω-3 acid", "omega-3 acid"),
    ],
)
def test_spellings_of_one_term(text, term):
    assert spells(text, term, Normaliser(case_length=3))
    assert not spells(text, term, Normaliser(["token_order"]))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("an ion", "anion"),
        ("N acetyl cysteine", "NAcetylCysteine"),
        ("factor 1-2", "factor 12"),
        ("factor 12", "factor 1 2"),
        ("virus", "viru"),
        ("abscess", "absces"),
        ("aids", "AIDS"),
        ("all", "ALL"),
        ("cat", "CAT"),
        ("ca-t", "CAT"),
        ("his", "hi"),
        ("1,25", "125"),
    ],
)
def test_other_words(text, term):
    assert not spells(text, term, Normaliser(case_length=5))


def test_each_step_does_its_own_part():
    cases = {
        "unicode": ("ﬂu–virus", "flu-virus"),
        "greek": ("IFN-α", "IFN-alpha"),
        "plural": ("tumors", "tumor"),
        "hyphens": ("T-cell", "Tcell"),
        "case": ("Fever", "fever"),
    }
    for step, (text, term) in cases.items():
        assert spells(text, term, Normaliser([step]))
        assert not spells(text, term, Normaliser([other for other in STEPS if other != step]))


def test_without_hyphens_spaces_must_be_the_same():
    normaliser = Normaliser(["case"])
    assert spells("breast  cancer", "Breast cancer", normaliser)
    assert spells("breast\ncancer", "breast cancer", normaliser)
    assert spells("5 - HT ( 2A )", "5-HT(2A)", normaliser)
    assert spells("5-HT(2A)", "5 - HT ( 2A )", normaliser)
    assert not spells("breastcancer", "breast cancer", normaliser)
    assert not spells("breast cancer", "breastcancer", normaliser)
    assert not spells("breast-cancer", "breast cancer", normaliser)


def test_case_must_match_in_short_terms_only():
    normaliser = Normaliser(case_length=4)
    assert spells("CAT", "CAT", normaliser)
    assert not spells("Cat", "CAT", normaliser)
    assert spells("Cats", "CATS", normaliser)
    assert not spells("il-2", "IL2", normaliser)  # three characters: hyphens do not count
    assert spells("IL-2", "IL2", normaliser)
    assert spells("cat", "CAT", Normaliser(case_length=0))


def test_every_greek_letter_has_its_name():
    normaliser = Normaliser(["greek"])
    letters = [
        c for c in map(chr, range(0x370, 0x3D0)) if re.fullmatch(r"GREEK \w+ LETTER \w+", unicodedata.name(c, ""))
    ]
    named = [c for c in letters if unicodedata.name(c).split()[-1] not in {"HETA", "SAMPI", "SAN", "YOT"}]
    assert len(named) == 48
    for letter in named:
        name = unicodedata.name(letter).split()[-1].replace("LAMDA", "LAMBDA")
        assert normaliser.word(letter) == (name.lower() if letter.islower() else name.capitalize())
    assert normaliser.word("ς") == "sigma"


@pytest.mark.parametrize("hyphen", HYPHENS)
def test_every_hyphen_is_one(hyphen):
    assert Normaliser().keys([f"T{hyphen}cell"]) == Normaliser().keys(["T-cell"])


@given(st.text())
def test_fold_goes_character_by_character(text):
    folded = fold(text)
    assert len(folded) == len(text)
    assert all(f == c.lower() or c == "\u0130" for f, c in zip(folded, text, strict=True))


@given(TEXT, st.lists(st.sampled_from(STEPS), unique=True))
def test_a_terms_form_is_that_of_its_words(text, steps):
    normaliser = Normaliser(steps)
    words, _ = tokens(text)
    # "_" and digits join letters to words here; the terms are only cut at spaces and hyphens.
    assert "".join(map(normaliser.word, words)) == normaliser.keys([text])[0]
    assert all(len(normaliser.word(word)) == len(normaliser.cased(word)) for word in words)


@given(TEXT, st.lists(st.sampled_from(STEPS), unique=True), st.integers(0, 6))
def test_every_text_spells_itself(text, steps, case_length):
    words, _ = tokens(text)
    if words:
        assert spells(text, text, Normaliser(steps, case_length))


def test_inverted():
    assert inverted("cancer, breast") == "breast cancer"
    assert inverted("Anemia, Hemolytic, Congenital") == "Congenital Hemolytic Anemia"
    assert inverted("1,25-dihydroxyvitamin D") is None
    assert inverted("cancer, ") is None


def test_unknown_step():
    with pytest.raises(BionerError, match=r"\[B320\].*stem.*greek"):
        Normaliser(["stem"])


UNICODE = st.text(
    st.sampled_from("abSsxXies1 2-–αΣ,.()\u0130\u0301\u0323ﬁ２₂é\u00ad\u200b’½¨\u0f73Ａ") | st.characters(), max_size=12
)


@given(UNICODE, st.lists(st.sampled_from(STEPS), unique=True))
@example("¼", ["unicode", "hyphens"])
@example("biopsies", ["plural"])
def test_each_character_of_a_normal_form_knows_its_place(word, steps):
    normaliser = Normaliser(steps)
    form, starts, ends = normaliser.align(word)
    assert form == normaliser.word(word)
    assert len(form) == len(starts) == len(ends)
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert all(0 <= start < end <= len(word) for start, end in zip(starts, ends, strict=True))


def test_the_place_of_a_ligature_an_accent_a_plural_and_a_hyphen():
    form, starts, ends = Normaliser().align("ﬁ-bro\u0301ses2")
    assert form == "fibro\u0301se\x1f2"
    assert list(zip(starts, ends, strict=True))[:3] == [(0, 1), (0, 1), (2, 3)]
    assert (starts[4], ends[4]) == (4, 6)
    assert (starts[-3], ends[-3]) == (7, 9)  # what the plural drops belongs to the letter before
    assert (starts[-1], ends[-1]) == (9, 10)


@given(UNICODE)
def test_unicode_forms_of_a_text_are_one(text):
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert unify(unicodedata.normalize(form, text)) == unify(unify(text))


@given(UNICODE)
def test_clusters_are_unified_one_by_one(text):
    parts = clusters(text)
    assert "".join(text[start:end] for start, end in parts) == text
    assert "".join(unify(text[start:end]) for start, end in parts) == unify(text)


def test_a_capital_counts_for_nothing_at_the_start_of_a_sentence():
    normaliser = Normaliser(case_length=5)
    rash, cat = (normaliser.spelling([term], [False]) for term in ("rash", "CAT"))
    assert normaliser.agrees(normaliser.spelling(["Rash"], [False]), rash, opens_sentence=True)
    assert not normaliser.agrees(normaliser.spelling(["Rash"], [False]), rash)
    assert not normaliser.agrees(normaliser.spelling(["RASH"], [False]), rash, opens_sentence=True)
    assert not normaliser.agrees(normaliser.spelling(["Cat"], [False]), cat, opens_sentence=True)
