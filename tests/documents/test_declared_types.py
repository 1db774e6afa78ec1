"""The types that annotators looked for travel with a document through every format that holds its meta."""

import pytest
import spacy
from spacy.tokens import DocBin

from spacy_bioner.documents.alignment import from_doc, to_doc
from spacy_bioner.documents.declared_types import (
    TYPES,
    declare_types,
    declared_types,
    joined_types,
    of_declared_types,
    read_types,
    with_types,
    write_types,
)
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, read, write

NLP = spacy.blank("en")


@pytest.mark.parametrize("name", ["types.jsonl", "types.jsonl.gz", "types.spacy", "types.bioc.xml", "types.bioc.json"])
def test_files_keep_them(name, tmp_path):
    meta = {"year": "1999", **write_types(["Gene", "Disease"])}
    write([Document("No rash.", [Mention(3, 7, "Disease")], "d", meta=meta)], tmp_path / name)
    (document,) = read(tmp_path / name)
    assert read_types(document.meta) == {"Gene", "Disease"}
    assert declared_types(to_doc(document, NLP)) == {"Gene", "Disease"}


def test_bytes_and_several_processes_keep_them():
    doc = NLP("No rash.")
    declare_types(doc, ["Disease"])
    packed = DocBin(docs=[doc], store_user_data=True).to_bytes()
    (same,) = DocBin(store_user_data=True).from_bytes(packed).get_docs(NLP.vocab)
    assert declared_types(same) == declared_types(doc) == {"Disease"}
    assert [declared_types(one) for one in NLP.pipe([doc, doc], n_process=2)] == [{"Disease"}] * 2
    assert declared_types(to_doc(from_doc(doc), NLP)) == {"Disease"}


def test_declaring_again_replaces_them_and_keeps_the_rest():
    doc = to_doc(Document("No rash.", meta={"year": 1999}), NLP)
    assert declared_types(doc) is None
    declare_types(doc, ["A"])
    declare_types(doc, ["B"])
    assert from_doc(doc).meta == {"year": 1999, TYPES: "B"}


def test_a_list_counts_as_well_and_no_label_is_a_set_of_none():
    assert read_types({TYPES: ["A", "B"]}) == read_types({TYPES: "A|B"}) == {"A", "B"}
    assert read_types(write_types([])) == frozenset()
    assert read_types({}) is None


@pytest.mark.parametrize("value", [3, ["A", 3], [""], {"A": 1}])
def test_what_is_no_list_of_labels_is_refused(value):
    with pytest.raises(BionerError, match=r"B740.*'d7'"):
        read_types({TYPES: value}, "d7")


@pytest.mark.parametrize("label", ["", "A|B"])
def test_a_label_that_cannot_be_written_is_refused(label):
    with pytest.raises(BionerError, match="B740"):
        write_types([label])


def test_predictions_of_other_types_are_left_out():
    found = Document("a b", [Mention(0, 1, "A"), Mention(2, 3, "B")])
    assert of_declared_types(found, Document("a b")) is found
    gold = Document("a b", meta=write_types(["B", "C"]))
    assert [mention.label for mention in of_declared_types(found, gold).mentions] == ["B"]


@pytest.mark.parametrize(
    ("declared", "least", "joined"),
    [
        (["A", "AB"], 1, {"A", "B"}),
        (["A", "AB"], 2, {"A"}),
        (["A", None], 1, None),
        (["A", None], 2, {"A"}),
        (["A", None, None], 2, None),
        (["A", ""], 2, set()),
    ],
)
def test_types_of_several_annotators(declared, least, joined):
    documents = [Document("a", meta=with_types({"k": 1}, types)) for types in declared]
    assert joined_types(documents, least) == joined


def test_types_are_put_in_place_of_others_or_taken_away():
    meta = {"year": 1999, **write_types(["A"])}
    assert with_types(meta, ["B"]) == {"year": 1999, TYPES: "B"}
    assert with_types(meta, None) == {"year": 1999}
