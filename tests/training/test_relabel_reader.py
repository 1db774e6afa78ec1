"""Relabel: labels that are merged, renamed or dropped while a corpus is read."""

import pytest
from read_documents import NLP, doc, gold, reader
from spacy.tokens import Span
from spacy.training import Example

from spacy_bioner.documents.document import Document, Mention
from spacy_bioner.documents.gold import GOLD, META, get_gold
from spacy_bioner.errors import BionerError
from spacy_bioner.training import reader_transforms as wrappers


def test_relabel_merges_drops_and_leaves_the_original_alone():
    documents = [doc("flu or rash from aspirin", ("flu", "Finding"), ("rash", "ADR"), ("aspirin", "Drug"))]
    examples = list(reader(documents)(NLP))
    labels = {"ADR": "Disease", "Finding": "Disease", "Drug": None}
    (example,) = wrappers.make_relabel(lambda nlp: examples, labels)(NLP)
    assert gold(example) == {("flu", "Disease"), ("rash", "Disease")}
    assert [token.ent_iob_ for token in example.reference] == ["B", "O", "B", "O", "O"]
    assert gold(examples[0]) == {("flu", "Finding"), ("rash", "ADR"), ("aspirin", "Drug")}
    (same,) = wrappers.make_relabel(lambda nlp: examples, {"Gene": "DNA"})(NLP)
    assert same is examples[0]


@pytest.mark.parametrize(("unmapped", "expected"), [("keep", {"Disease", "Drug"}), ("drop", {"Disease"})])
def test_relabel_unmapped(unmapped, expected: set[str]):
    documents = [doc("rash from aspirin", ("rash", "ADR"), ("aspirin", "Drug"), name="d1")]
    (example,) = wrappers.make_relabel(reader(documents), {"ADR": "Disease"}, unmapped)(NLP)
    assert {label for _, label in gold(example)} == expected
    with pytest.raises(BionerError, match=r"B223.*'Drug'.*d1.*ADR"):
        list(wrappers.make_relabel(reader(documents), {"ADR": "Disease"}, "error")(NLP))


@pytest.mark.parametrize("unmapped", ["keep", "drop", "error"])
def test_relabel_all_others(unmapped):
    documents = [doc("rash from aspirin in March", ("rash", "ADR"), ("aspirin", "Drug"), ("March", "Date"))]
    for others, expected in ((None, {"Disease"}), ("Other", {"Disease", "Other"})):
        (example,) = wrappers.make_relabel(reader(documents), {"ADR": "Disease", "*": others}, unmapped)(NLP)
        assert {label for _, label in gold(example)} == expected


def test_relabel_by_attribute():
    mentions = [Mention(0, 1, "ADR", attributes=(("Negated", ""),)), Mention(2, 3, "ADR")]
    corpus = wrappers.make_relabel(reader([Document("a b", mentions)]), {"ADR:Negated": "ADR-negated"})
    (example,) = corpus(NLP)
    assert [ent.label_ for ent in example.reference.ents] == ["ADR-negated", "ADR"]
    gold = get_gold(example.reference)
    assert gold is not None
    assert [mention.attributes for mention in gold.mentions] == [(("Negated", ""),), ()]


def test_relabel_keeps_kb_ids_and_unknown_tokens():
    reference = NLP.make_doc("a b c d")
    reference.set_ents([Span(reference, 0, 1, "X", kb_id="MESH:1")], missing=[reference[2:3]])
    corpus = wrappers.make_relabel(lambda nlp: [Example(NLP.make_doc("a b c d"), reference)], {"X": "Y"})
    (example,) = corpus(NLP)
    assert [(ent.label_, ent.kb_id_) for ent in example.reference.ents] == [("Y", "MESH:1")]
    assert [token.ent_iob for token in example.reference] == [3, 2, 0, 2]


def test_relabel_with_gold_beyond_the_entities():
    document = doc(
        "right lung cancer and breast or ovarian cysts of IL-2R",
        ("right lung cancer", "Finding"),
        ("lung cancer", "Disease"),  # nested
        ("breast", "cysts", "Disease"),  # discontinuous
        ("2R", "Gene"),
        name="d",
        meta={"a": 1},
    )
    (example,) = wrappers.make_relabel(reader([document]), {"Finding": None, "Disease": "DIS"})(NLP)
    assert gold(example) == {("lung cancer", "DIS"), ("breast..cysts", "DIS"), ("2R", "Gene")}
    # What was nested in the dropped mention now has its tokens.
    assert [(ent.text, ent.label_) for ent in example.reference.ents] == [("lung cancer", "DIS"), ("2R", "Gene")]
    assert example.reference[0].ent_iob_ == "O"
    assert [t.text for t in example.reference if not t.ent_iob] == ["breast", "cysts"]
    assert example.reference.user_data[META] == {"a": 1}
    (example,) = wrappers.make_relabel(reader([document]), {"Disease": None}, "keep")(NLP)
    assert GOLD not in example.reference.user_data
    assert gold(example) == {("right lung cancer", "Finding"), ("2R", "Gene")}


def test_relabel_under_split_gives_the_predicted_doc_the_new_tokens():
    document = doc("xABCx", ("xABCx", "Outer"), ("ABC", "Inner"))
    (example,) = wrappers.make_relabel(reader([document], "split"), {"Outer": None}, alignment="split")(NLP)
    assert [t.text for t in example.predicted] == [t.text for t in example.reference] == ["x", "ABC", "x"]
    assert [ent.text for ent in example.reference.ents] == ["ABC"]
