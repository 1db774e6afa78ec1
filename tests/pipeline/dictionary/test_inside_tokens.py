import unicodedata

import pytest
import spacy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spacy_bioner.errors import BionerError
from spacy_bioner.normalise import STEPS, Normaliser
from spacy_bioner.pipeline.dictionary.aho_corasick import AhoCorasick
from spacy_bioner.pipeline.dictionary.component import Dictionary
from spacy_bioner.pipeline.dictionary.hash_index import HashIndex
from spacy_bioner.pipeline.dictionary.term_finder import TermFinder
from spacy_bioner.pipeline.dictionary.terms import Term
from spacy_bioner.tokenizers.bio import BioTokenizer

NLP = spacy.blank("en")
TOKENIZERS = {"en": NLP.make_doc, "bio": BioTokenizer(NLP.vocab)}


def found(text, terms, **settings):
    nlp = spacy.blank("xx")
    nlp.tokenizer = lambda text: spacy.tokens.Doc(nlp.vocab, words=text.split(" "))
    component = nlp.add_pipe("bioner_dictionary", config=settings)
    component.add_terms([(term, "X") for term in terms])
    return [ent.text for ent in nlp(text).ents]


@pytest.mark.parametrize("index", ["HashIndex", "AhoCorasick"])
@pytest.mark.parametrize(
    ("text", "term", "parts", "anywhere"),
    [
        ("an anti-TNF drug", "TNF", ["anti-TNF"], ["anti-TNF"]),
        ("the 5-HT2A-receptor", "5-HT2A", ["5-HT2A-receptor"], ["5-HT2A-receptor"]),
        ("TNFalpha", "TNF", ["TNFalpha"], ["TNFalpha"]),
        ("Lungentumorzellen", "Tumor", [], ["Lungentumorzellen"]),
        ("the station", "ionx", [], []),
        ("a formation", "mation", [], ["formation"]),
        ("the IL-23x", "IL-2", [], []),
        ("肺癌患者", "肺癌", [], ["肺癌患者"]),
        ("antiTNFs", "TNF", ["antiTNFs"], ["antiTNFs"]),
        ("anti-tnf", "TNF", [], []),
        ("anti-TNF alpha-blocker", "TNF alpha", ["anti-TNF alpha-blocker"], ["anti-TNF alpha-blocker"]),
    ],
)
def test_terms_that_no_token_borders_enclose(text, term, parts, anywhere, index):
    setting = {"@misc": f"spacy-bioner.{index}.v1"}
    assert found(text, [term], index=setting) == []
    assert found(text, [term], index=setting, inside_tokens="parts") == parts
    assert found(text, [term], index=setting, inside_tokens="anywhere") == anywhere


def test_the_policy_of_alignment():
    text, terms = "anti-TNF alpha-1 in mice", ["TNF alpha", "mice"]
    assert found(text, terms, inside_tokens="parts") == ["anti-TNF alpha-1", "mice"]
    assert found(text, terms, inside_tokens="parts", alignment="strict") == ["mice"]
    assert found(text, terms, inside_tokens="parts", alignment="contract") == ["mice"]
    assert found("xTNF alpha TNFx", ["TNF alpha TNF"], inside_tokens="anywhere", alignment="contract") == ["alpha"]


def test_the_longest_of_those_in_one_token_comes_first():
    nlp = spacy.blank("en")
    component = nlp.add_pipe("bioner_dictionary", config={"inside_tokens": "anywhere"})
    component.add_terms([("alpha", "Part", ["1"]), ("alphabeta", "Whole", ["2"])])
    doc = nlp("xxalphabetaxx")
    assert [ent.kb_id_ for ent in doc.ents] == ["2"]
    assert [span.kb_id_ for span in doc.spans["bioner"]] == ["2", "1"]


def test_settings_that_are_none():
    for settings_, code in (
        ({"inside_tokens": True}, "B313"),
        ({"inside_tokens": "parts", "alignment": "split"}, "B314"),
        ({"alignment": "none"}, "B138"),
        ({"case_length": -1}, "B312"),
        ({"min_length": 1.5}, "B312"),
    ):
        with pytest.raises(BionerError, match=code):
            Dictionary(NLP.vocab, **settings_)


def test_the_index_follows_from_what_is_asked():
    assert isinstance(Dictionary(NLP.vocab).finder.index, HashIndex)
    assert isinstance(Dictionary(NLP.vocab, inside_tokens="parts").finder.index, AhoCorasick)
    assert isinstance(Dictionary(NLP.vocab, inside_tokens="parts", index=HashIndex).finder.index, HashIndex)


PIECE = st.text(st.sampled_from("asTNé1-α,\u0301\u00adﬁ２"), min_size=1, max_size=4)
TEXT = st.lists(PIECE, max_size=8).map(" ".join)
TERMS = st.lists(st.lists(PIECE, min_size=1, max_size=2).map("-".join), unique=True, max_size=6)


@settings(max_examples=60)
@given(TEXT, TERMS, st.sampled_from(list(TOKENIZERS)), st.sampled_from(["parts", "anywhere"]), st.sampled_from([0, 4]))
@example("anti-TNFs", ["TNF"], "en", "anywhere", 0)
def test_matches_are_exact_and_the_same_with_every_index(text, terms, tokenizer, inside, case_length):
    doc = TOKENIZERS[tokenizer](text)
    normaliser = Normaliser(STEPS[:5], case_length)
    rows = [Term(term, "X") for term in terms]
    finders = [
        TermFinder(rows, normaliser, lambda key, term: bool(key), build, inside) for build in (HashIndex, AhoCorasick)
    ]
    assert finders[0].find([doc]) == finders[1].find([doc])
    inner = finders[0].find_inside(doc)
    assert inner == finders[1].find_inside(doc)
    for start, stop, found_rows in inner:
        key = normaliser.keys([doc.text[start:stop]])[0]
        assert all(normaliser.keys([finders[0].table.term(row)])[0] == key for row in found_rows)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(["Sjögren", "café", "naïve", "Ångström", "tumor", "IL-2"]), min_size=1, max_size=3),
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.sampled_from(["", "\u00ad", "\u200d"]),
    st.sampled_from(list(TOKENIZERS)),
)
def test_every_unicode_form_of_a_term_is_found_where_it_stands(words, form, joiner, tokenizer):
    """Each match is exactly the written term, whatever the tokenizer made of accents and soft hyphens."""
    terms = ["Sjögren", "café", "naïve", "Ångström", "tumor", "IL-2"]
    component = Dictionary(NLP.vocab, case_length=0)
    component.add_terms([(term, "X") for term in terms])
    written = [unicodedata.normalize(form, word[:3] + joiner + word[3:]) for word in words]
    doc = TOKENIZERS[tokenizer](" ".join(written))
    assert [ent.text for ent in component(doc).ents] == written


def test_no_match_ends_in_the_middle_of_a_letter_or_at_a_soft_hyphen():
    component = Dictionary(NLP.vocab)
    component.add_terms([("resume", "X"), ("chloride", "X")])
    for text in ("resume\u0301", "hydro\u00adchloride"):
        for make_doc in TOKENIZERS.values():
            assert component(make_doc(text)).ents == ()
            assert [doc.ents for doc in component.pipe([make_doc(text), make_doc("none")])] == [(), ()]
