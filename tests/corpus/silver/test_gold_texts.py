from spacy_bioner.corpus.silver.gold_texts import GoldTexts, sentences_of
from spacy_bioner.formats import Document

TITLE = "Binding of p53"
FIRST = "We show that the protein binds to DNA in yeast cells."
SECOND = "No other protein of this family was ever seen to do so."


def test_by_id_text_and_sentence():
    gold = GoldTexts([Document(f"{TITLE}\n{FIRST} {SECOND}", id="corpus/test/123"), Document("Short.", id="")])
    assert gold.documents == 2
    assert gold.find(Document("Anything at all", id="other/123")) == ("id", "123")
    assert gold.find(Document(f"Intro. {SECOND} More of it.", id="124")) == ("text", SECOND)
    assert gold.find(Document(f"{TITLE} {FIRST.upper()}\n\n{SECOND}"))[0] == "text"
    # A title of three words counts where it is the whole text, and not inside another.
    assert gold.find(Document("Binding of P53")) == ("text", TITLE)
    assert gold.find(Document("Results on the binding of p53 are shown here and there.")) is None
    assert gold.find(Document("Short.")) is None


def test_sentences_are_the_documents_own_or_by_rule():
    text = "a b. c d"
    tokens = [(0, 1), (2, 3), (3, 4), (5, 6), (7, 8)]
    assert list(sentences_of(Document(text, tokens=tokens, sentences=[0, 1]))) == ["a", "b. c d"]
    assert list(sentences_of(Document(text, tokens=tokens, sentences=[]))) == [text]
    assert list(sentences_of(Document("One is. Two is.\nThree"))) == ["One is.", "Two is.", "Three"]
    assert list(sentences_of(Document("", tokens=[], sentences=[]))) == []
