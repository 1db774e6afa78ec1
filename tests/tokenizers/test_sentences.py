import runpy
from itertools import pairwise

import pytest
import spacy
from growth import best, check_growth
from hypothesis import given
from hypothesis import strategies as st
from places import ROOT

from spacy_bioner.errors import BionerError
from spacy_bioner.tokenizers.sentences import sentence_spans

JNLPBA = ROOT.parent / "shared" / "data" / "conll" / "JNLPBA" / "train.tsv"


def sentences(text: str, **options) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, **options)]


@pytest.mark.parametrize(
    "text",
    [
        "It binds DNA.|It leaves!|Does it?|Yes.",
        "It fell, e.g. in E. coli and C. pneumoniae-infected cells, i.e. by 3.5 mg.|Then it rose.",
        "Smith et al. (1990) and Jones et al. 1991 agree.|It is by J. R. Smith and A.B. Jones.",
        "As reported by Smith et al.|The rest is new.",
        "See Fig. 3, Figs. 4 and 5, Eq. 2 and Dr. Who vs. Mr. Hyde (approx. 5%).|Done.",
        "Patients had hepatitis B.|Infants had NF-kappa B.|All took vitamin D.|It helped.",
        "Shown by W.Q. Jiang and P. Smith.|End.",
        "A gene (see Ref. 5. Also this.) was found.|(Data not shown. None.)|We stop.",
        "Open ( bracket.|Next.",
        "Close ) bracket.|Next ].|Last.",
        'He said "no."|She said (in 1990).|They left.',
        "The level was 0.|05 mg was low.",
        "p53 binds.|p53 leaves.|mRNA decays.|c-fos rises.|It is so.",
        "It rose. slowly and then fell.",
        "1. First it rose.|2. Then it fell.",
        "What ... is this ... Dose?|So it ...|The end.",
        "It was…|The end.",
        "癌症。|細胞。|Done.",
    ],
)
def test_rules(text: str):
    expected = text.split("|")
    glue = "" if "。" in text else " "
    assert sentences(glue.join(expected)) == expected
    assert sentences("  " + "\t\u00a0".join(expected) + "  ") == expected


def test_line_breaks():
    text = "A title\nWe found\na gene. It\r\n\r\nbinds.\u2029End"
    assert sentences(text) == ["A title", "We found", "a gene.", "It", "binds.", "End"]
    assert sentences(text, line_breaks="blank") == ["A title\nWe found\na gene.", "It", "binds.", "End"]
    assert sentences(text, line_breaks="none") == ["A title\nWe found\na gene.", "It\r\n\r\nbinds.", "End"]
    with pytest.raises(BionerError, match=r"B202.*'one'"):
        sentence_spans(text, line_breaks="one")  # type: ignore[arg-type]


@given(
    st.text(st.sampled_from("ab AB.?!()[]\"'\n\r\t\u2028。05…\U0001f9ec")),
    st.sampled_from(["all", "blank", "none"]),
)
def test_sentences_hold_every_character_but_white_space(text: str, line_breaks):
    spans = sentence_spans(text, line_breaks)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


@pytest.mark.parametrize("piece", [" ", ".", "a", "(", ")", "A.", '."', "\n", ". B ", "a(", "( ) ", "…", "A. "])
def test_time_grows_with_the_text_only(piece: str):
    check_growth(lambda n: best(sentence_spans, piece * (n // len(piece)) + "x. B"), 10_000)


@pytest.mark.real
@pytest.mark.skipif(not JNLPBA.exists(), reason="needs ../shared/data")
def test_sentences_of_jnlpba():
    measure = runpy.run_path(str(ROOT / "benchmarks" / "sentence_splitting.py"))["measure"]
    precision, recall, f1 = measure(JNLPBA, sentence_spans)
    assert precision > 0.998
    assert recall > 0.993
    assert f1 > 0.995


def test_component_agrees_with_the_function_on_any_tokens(tmp_path):
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "spacy-bioner.BioTokenizer.v1"}}})
    nlp.add_pipe("bioner_sentences", config={"line_breaks": "blank"})
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    texts = ["", " ", "\n\nA b.  C d\ne.\n\nF", "See E. coli. It (A. B.) is."]
    for docs in (nlp.pipe(texts), loaded.pipe(texts), nlp.pipe(texts, n_process=2, batch_size=2)):
        for doc, text in zip(docs, texts, strict=True):
            assert not len(doc) or doc.has_annotation("SENT_START")
            found = [sent.text.strip() for sent in doc.sents if sent.text.strip()]
            assert found == sentences(text, line_breaks="blank")


def test_component_respects_earlier_sentences_unless_told():
    nlp = spacy.blank("en")
    for overwrite, expected in ((False, ["A. B."]), (True, ["A.", "B."])):
        doc = nlp.make_doc("It A. We B.")
        for token in doc:
            token.is_sent_start = token.i == 0
        splitter = nlp.add_pipe("bioner_sentences", name=f"s{overwrite}", config={"overwrite": overwrite})
        assert len(list(splitter(doc).sents)) == len(expected)


def test_component_scores_sentences():
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_sentences")
    gold = nlp("One is here. Two is there.")
    example = spacy.training.Example(nlp.make_doc(gold.text), gold)
    assert nlp.evaluate([example])["sents_f"] == 1.0
