"""DyGIE's JSON: tokens, entities and relations by sentence, read and written."""

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import DATA
from sample_documents import documents, token_documents

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog, Relation, detect, read, write

CHEMPROT = DATA / "relations/chemprot-documents"
GOOD = {
    "doc_key": "d1",
    "dataset": "made",
    "sentences": [["Rash"], ["Naloxone", "blocks", "the", "opioid", "receptor", "."]],
    "ner": [[], [[1, 1, "CHEMICAL"], [4, 4, "CHEMICAL"], [4, 5, "GENE"]]],
    "relations": [[], [[1, 1, 4, 5, "CPR:4"]]],
    "clusters": [[[1, 1], [4, 4]]],
}


def put(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf8")
    return path


def shown(document):
    named = {m.id: (m.label, document.text_of(m)) for m in document.mentions}
    return [(r.label, *(named[target] for _, target in r.arguments)) for r in document.relations]


def test_a_document_is_read(tmp_path):
    (document,) = read(put(tmp_path / "a.json", GOOD))
    assert (document.id, document.text) == ("d1", "Rash Naloxone blocks the opioid receptor .")
    assert [document.text[start:end] for start, end in document.tokens] == document.text.split(" ")
    assert document.sentences == [0, 1]
    assert not any(type(start) is bool for start in document.sentences)  # jsonl would write true
    found = [(m.id, m.label, document.text_of(m)) for m in document.mentions]
    assert found == [("T1", "CHEMICAL", "Naloxone"), ("T2", "CHEMICAL", "opioid"), ("T3", "GENE", "opioid receptor")]
    assert shown(document) == [("CPR:4", ("CHEMICAL", "Naloxone"), ("GENE", "opioid receptor"))]
    assert document.meta == {"dataset": "made", "clusters": [[[1, 1], [4, 4]]]}


def test_what_is_read_is_written(tmp_path):
    write(read(put(tmp_path / "a.json", GOOD)), tmp_path / "b.json.xz", "dygie")
    assert detect(tmp_path / "b.json.xz") == "dygie"
    assert list(read(tmp_path / "b.json.xz")) == list(read(tmp_path / "a.json"))
    write(read(tmp_path / "a.json"), tmp_path / "c.json", "dygie")
    assert json.loads((tmp_path / "c.json").read_text()) == GOOD


def test_a_span_of_two_types(tmp_path):
    """A relation names no types: those of most relations of the document are taken, else two that differ."""
    ner = [[0, 0, "GENE"], [0, 0, "CHEMICAL"], [1, 1, "GENE"], [2, 2, "CHEMICAL"]]
    record = {"doc_key": "d", "sentences": [["a", "b", "c"]], "ner": [ner]}
    for relations, types in (
        ([[0, 0, 1, 1, "r"]], ("CHEMICAL", "GENE")),
        ([[0, 0, 2, 2, "r"]], ("GENE", "CHEMICAL")),
        ([[0, 0, 0, 0, "r"], [2, 2, 1, 1, "r"]], ("CHEMICAL", "GENE")),
    ):
        log = ProblemLog("error")
        (document,) = read(put(tmp_path / "a.json", {**record, "relations": [relations]}), report=log)
        assert tuple(label for label, _ in shown(document)[0][1:]) == types
        assert log.summary() == {"B245": 1}


def test_tokens_of_white_space_are_left_out(tmp_path):
    sentences = [["\n"], [" ", "No", " ", "rash", "\n"], []]
    ner = [[[0, 0, "X"]], [[1, 2, "A"], [2, 3, "B"], [3, 5, "C"], [4, 5, "D"]]]
    log = ProblemLog("skip")
    path = put(tmp_path / "a.json", {"doc_key": "", "sentences": sentences, "ner": ner})
    (document,) = read(path, report=log)
    assert (document.id, document.text, document.tokens, document.sentences) == ("1", "No rash", [(0, 2), (3, 7)], [0])
    found = [(m.label, document.text_of(m)) for m in document.mentions]
    assert found == [("A", "No"), ("B", "No"), ("C", "rash"), ("D", "rash")]
    assert log.summary() == {"B243": 1, "B244": 1}  # X is white space only


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"doc_key": [1]}, "B265"),
        ({"sentences": None}, "B265"),
        ({"sentences": ["a b"]}, "B265"),
        ({"sentences": [["a", 1]]}, "B265"),
        ({"sentences": [["\ud800"]]}, "B265"),
        ({"ner": [0, 0, "X"]}, "B265"),
        ({"relations": {"a": 1}}, "B265"),
        ({"ner": [[[0, 7, "X"]]]}, "B243"),
        ({"ner": [[[1, 0, "X"]]]}, "B243"),
        ({"ner": [[[True, 1, "X"]]]}, "B243"),
        ({"ner": [[[0, 0, ""]]]}, "B243"),
        ({"ner": [[["X"]]]}, "B243"),
        ({"relations": [[[1, 1, 4, 6, "r"]]]}, "B267"),
        ({"relations": [[[1, 1, "r"]]]}, "B267"),
        ({"relations": [[[1, 1, 4, 4, 3]]]}, "B267"),
    ],
)
def test_faults_have_codes(change, code, tmp_path):
    path = put(tmp_path / "a.json", {**GOOD, **change}, GOOD)
    with pytest.raises(BionerError, match=code):
        list(read(path, "dygie"))
    log = ProblemLog("skip")
    *_, last = read(path, "dygie", report=log)
    assert last.id == "d1"
    assert len(last.relations) == 1
    assert code in log.counts


@given(token_documents())
def test_documents_of_tokens_come_back(tmp_path_factory, document):
    path = tmp_path_factory.mktemp("dygie") / "a.json"
    named = [replace(m, id=f"T{i}") for i, m in enumerate(document.mentions, 1)]
    document = replace(document, mentions=named, id="d1", meta={"year": 2020})
    write([document], path, "dygie")
    assert list(read(path, "dygie")) == [document]


@given(documents(full=True), st.booleans())
def test_what_is_lost_is_counted(tmp_path_factory, document, whole):
    """Of any document the mentions and relations are there again, or counted."""
    path, log = tmp_path_factory.mktemp("dygie") / "a.json", ProblemLog("skip")
    document = replace(document, tokens=None if whole else [])
    write([document], path, "dygie", report=log)
    (again,) = read(path, "dygie", report=ProblemLog("skip"))
    if not log.counts:
        same = [(document.text_of(m), m.label) for m in document.mentions]
        assert Counter(("".join(text.split()), label) for text, label in same) == Counter(
            ("".join(again.text_of(m).split()), m.label) for m in again.mentions
        )
        assert len(again.relations) == len(document.relations)


def test_losses_by_kind(tmp_path):
    mentions = [
        Mention(0, 8, "D", id="T1", concepts=("c",), score=0.5, attributes=(("a", ""),)),
        Mention(16, 28, "E", ((16, 20), (24, 28)), "T2"),
        Mention(34, 37, "E", id="T3"),
        Mention(34, 37, "F", id="T4"),
        Mention(2, 8, "D", id="T5"),
    ]
    ends = [("T1", "T2"), ("T1", "T3"), ("T3", "T4"), ("T1",)]
    relations = [Relation("r", tuple(("a", one) for one in some)) for some in ends]
    document = Document("Naloxone caused rash or itch.\n\nNo one.", mentions, meta={"ner": 1}, relations=relations)
    log = ProblemLog("skip")
    write([document], tmp_path / "a.json", "dygie", report=log)
    (again,) = read(tmp_path / "a.json", report=ProblemLog("skip"))
    assert [again.text_of(m) for m in again.mentions] == ["Naloxone", "rash or itch", "Naloxone", "one", "one"]
    told = " ".join(problem.message.split("'1': ")[1].split(",")[0] for problem in log.problems)
    for part in (
        *("1 discontinuous", "1 concept", "1 scores", "1 attributes", "1 metadata", "1 mentions that start or end"),
        *("1 relations that are not between two", "1 relations across", "2 relations of mentions that share"),
    ):
        assert part in told


@pytest.mark.real
@pytest.mark.skipif(not CHEMPROT.is_dir(), reason="no data")
def test_the_published_files(tmp_path):
    """ChemProt's test part has 800 abstracts and 3,458 relations of the scored classes, 3,424 of them in this file."""
    documents = list(read(CHEMPROT / "pure_test.json.xz"))
    labels = Counter(m.label for d in documents for m in d.mentions)
    relations = [one for d in documents for one in shown(d)]
    assert (len(documents), labels) == (800, {"CHEMICAL": 10761, "GENE": 9998})
    found = Counter(label for label, *_ in relations)
    assert found == {"CPR:3": 658, "CPR:4": 1653, "CPR:5": 185, "CPR:6": 284, "CPR:9": 644}
    assert {(head[0], tail[0]) for _, head, tail in relations} == {("CHEMICAL", "GENE")}
    write(documents, tmp_path / "a.json", "dygie", report=ProblemLog("skip"))
    assert list(read(tmp_path / "a.json")) == documents
