"""The values: what a mention says, where sentences lie, which texts are the same."""

from spacy_bioner.documents.document import Relation
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


def test_without_a_mention_its_relations_alone_are_gone():
    mentions = [Mention(i, i + 1, "A", id=f"T{i}", concepts=(f"C{i // 2}",)) for i in range(4)]
    pairs = [("T0", "T1"), ("T1", "T2"), ("T3", "T9"), ("T2", "")]
    related = [Relation("r", (("a", a), ("b", b))) for a, b in pairs]
    related += [Relation("c", (("a", a), ("b", b)), of_concepts=True) for a, b in [("C0", "C1"), ("C1", "C9")]]
    document = Document("abcd", mentions, relations=related)
    assert document.with_mentions(mentions).relations == related
    assert document.with_mentions(mentions[1:]).relations == related[1:]
    assert document.with_mentions(mentions[2:]).relations == [*related[2:4], related[5]]
