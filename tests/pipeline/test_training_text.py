"""A component says when it reads text that is cut otherwise than that of its training."""

import warnings

import pytest
import spacy
from every_component import blank, reload, sentences
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_bioner.pipeline.training_text import TextWatch, TrainingText

ODD = ["IL-2", "5-HT", "TNF-alpha", "BRCA1/2", "p.R117H", "CD4+", "x(2)y", "3,4-diol", "beta-1", "Ca2+/Mg2+"]
VOCAB = Vocab()
BIO, ENGLISH = blank(), spacy.blank("en")
TEXTS = [f"We gave {word} and {other} for 3.5 days, not more." for word in ODD for other in reversed(ODD)]


def trained_on(docs):
    text = TrainingText()
    for doc in docs:
        text.add(Example(doc, doc))
    return text.profile(None, "crf")


def codes(watch, docs):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for doc in docs:
            watch.look([doc])
    return [str(warning.message)[1:5] for warning in caught]


def columns(text):
    return Doc(VOCAB, words=[token.text for token in BIO.make_doc(text)])


MAKERS = {"bio": BIO.make_doc, "en": ENGLISH.make_doc, "columns": columns}


@pytest.mark.parametrize("learnt", MAKERS)
@pytest.mark.parametrize("read", MAKERS)
def test_another_tokenizer_is_told_once_and_the_same_never(learnt, read):
    """A column file of the same tokenizer's tokens is the same, though its spacing is lost."""
    known = trained_on(map(MAKERS[learnt], TEXTS[::2]))
    found = codes(TextWatch("crf", known), map(MAKERS[read], TEXTS[1::2]))
    assert found == (["B417"] if (learnt == "en") != (read == "en") else [])


@pytest.mark.parametrize(("length", "other"), [(10, 60), (60, 10)])
def test_sentences_that_are_missing_or_new_are_told(length, other):
    def docs(size):  # texts of 120 words: in sentences of so many, or without sentence starts
        for _ in range(20):
            yield Doc(VOCAB, words=["word"] * 120, sent_starts=[i % size == 0 for i in range(120)])

    def whole():
        return (Doc(VOCAB, words=["word"] * 120) for _ in range(20))

    of_sentences = trained_on(docs(10))
    assert codes(TextWatch("crf", of_sentences), whole()) == ["B418"]
    assert codes(TextWatch("crf", of_sentences), docs(length)) == []
    assert codes(TextWatch("crf", trained_on(whole())), docs(10)) == ["B418"]
    assert codes(TextWatch("crf", trained_on(whole())), whole()) == []
    assert codes(TextWatch("crf", trained_on(docs(length))), docs(other)) == []  # sentences may be longer or shorter


@pytest.mark.parametrize("name", ["bioner_crf", "bioner_bilstm_crf"])
def test_a_sourced_component_under_another_tokenizer_says_so(name, tmp_path):
    if name != "bioner_crf":
        pytest.importorskip("torch")
    nlp = blank()
    nlp.add_pipe(name, config={} if name == "bioner_crf" else {"model": {"tok2vec": {"hidden": 8}}})
    gold = sentences(20)
    examples = [Example.from_dict(nlp.make_doc(text), {"entities": entities}) for text, entities in gold]
    examples += [Example.from_dict(nlp.make_doc(text), {"entities": []}) for text in TEXTS]
    nlp.initialize(lambda: examples)
    for trained in (nlp, reload(nlp)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            list(trained.pipe(TEXTS))
        other = spacy.blank("en")
        other.add_pipe(name, source=reload(trained))
        with pytest.warns(UserWarning, match=r"B417.*IL-2") as caught:
            list(other.pipe(TEXTS * 2))
        assert len(caught) == 1


def test_a_crf_says_that_its_dictionary_is_missing(built):
    nlp = blank()
    nlp.add_pipe("bioner_dictionary", source=reload(built("bioner_dictionary")))
    dictionary = {"@misc": "spacy-bioner.DictionaryFeatures.v1"}
    nlp.add_pipe("bioner_crf", config={"features": {"dictionary": dictionary}})
    nlp.config["training"]["annotating_components"] = ["bioner_dictionary"]
    examples = [Example.from_dict(nlp.make_doc(text), {"entities": gold}) for text, gold in sentences(30)]
    nlp.get_pipe("bioner_crf").initialize(lambda: examples, nlp=nlp)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nlp("asthma")
    with nlp.select_pipes(enable="bioner_crf"), pytest.warns(UserWarning, match="B419") as caught:
        list(nlp.pipe(["asthma", "asthma"]))
    assert len(caught) == 1


SMALL = {"tok2vec": {"hidden": 8}}


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("bioner_crf", {}),
        ("bioner_bilstm_crf", {"model": SMALL}),
        ("bioner_bilm", {"model": {"min_count": 1, **SMALL}}),
    ],
)
def test_sentences_that_another_component_sets_in_training_are_known(name, settings):
    """Documents of several sentences, which a component splits in training and in prediction, as in all configs."""
    if name != "bioner_crf":
        pytest.importorskip("torch")
    nlp = blank()
    nlp.add_pipe("bioner_sentences")
    nlp.add_pipe(name, config=settings)
    nlp.config["training"]["annotating_components"] = ["bioner_sentences"]
    texts = [" ".join(text[0].upper() + text[1:] for text, _ in sentences(20))] * 3
    docs = map(nlp.make_doc, texts)
    examples = [Example.from_dict(doc, {"entities": [(0, len(doc[0]), "Disease")]}) for doc in docs]
    nlp.initialize(lambda: examples)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for doc in nlp.pipe(texts):
            assert len(doc) >= 3 * len(list(doc.sents)) >= 30
