import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner.errors import BionerError
from spacy_bioner.normalise import HYPHENS, STEPS, Normaliser, fold, inverted

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
