"""The values: what a mention says, where sentences lie, which texts are the same."""

from spacy_bioner.formats import Document, Mention

TEXT = "a b. c d"
TOKENS = [(0, 1), (2, 3), (3, 4), (5, 6), (7, 8)]


def sentences(document):
    return [document.text[start:end] for start, end in document.sentence_spans()]


def test_sentences_are_the_documents_own_or_by_rule():
    assert sentences(Document(TEXT, tokens=TOKENS, sentences=[0, 1])) == ["a", "b. c d"]
    assert sentences(Document(TEXT, tokens=TOKENS, sentences=[])) == [TEXT]
    assert sentences(Document(TEXT, tokens=TOKENS)) == ["a b. c d"]
    assert sentences(Document("One is. Two is.\nThree")) == ["One is.", "Two is.", "Three"]
    assert sentences(Document("", tokens=[], sentences=[])) == []


def test_the_words_of_a_mention_have_single_spaces():
    document = Document("left \u00a0and\nright arm")
    assert document.text_of(Mention(0, 15, "Site")) == "left and right"
    assert document.text_of(Mention(0, 19, "Site", ((0, 4), (16, 19)))) == "left arm"
    assert document.text_of(Mention(4, 6, "Space")) == ""


def test_a_fingerprint_ignores_white_space_only():
    one, two = Document("No rash.\n"), Document("No  rash .")
    assert one.fingerprint() == two.fingerprint() == Document("Norash.", id="x").fingerprint()
    assert one.fingerprint() != Document("no rash.").fingerprint()
    assert Document("\ud800").fingerprint() != Document("\ud801").fingerprint()
