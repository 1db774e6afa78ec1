from spacy_bioner.corpus.silver.gold_texts import GoldTexts
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
