"""The examples of docs/formats.md are read in their formats without a note or a fault."""

import re

import pytest
from places import ROOT

from spacy_bioner.formats import ProblemLog, detect, read
from spacy_bioner.formats.table import FORMATS

PAGE = (ROOT / "docs/formats.md").read_text(encoding="utf8")
EXAMPLES = re.findall(r"<!-- file: ([^,\n]+?)(?:, (\w+))? -->\n```\w*\n(.*?)```", PAGE, re.DOTALL)
NAMES = {
    "case.ann": "brat",
    "case.tsv": "conll",
    "case.jsonl": "jsonl",
    "case.pubtator": "pubtator",
    "case.xml": "bioc",
    "case.json": "label_studio",
    "dygie.json": "dygie",
    "squad.json": "squad",
    "golden.json": "bioasq",
    "DRUG-AE.rel": "ade",
    "train.tsv": "marked_pairs",
    "pairs.txt": "chemprot_sentences",
    "pubmed.xml": "pubmed",
    "EXAMPLIN.xml": "tac",
    "spl.xml": "spl",
    "notes.txt": "text",
}
WITHOUT_MENTIONS = {"squad", "bioasq", "pubmed", "spl", "text"}


def test_every_text_format_has_an_example():
    assert {*NAMES.values(), "bioc_json", "docbin", "parquet"} == set(FORMATS)
    assert [name for name, _, _ in EXAMPLES] == ["case.txt", *NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_read(name, tmp_path):
    for file, _, content in EXAMPLES:
        if file == name or (file == "case.txt" and name == "case.ann"):
            (tmp_path / file).write_text(content, encoding="utf8")
    format = next(format for file, format, _ in EXAMPLES if file == name)
    if not format:
        assert detect(tmp_path if name == "case.ann" else tmp_path / name) == NAMES[name]
    log = ProblemLog("error")
    documents = list(read(tmp_path / name, NAMES[name], report=log))
    assert log.summary() == {}
    assert documents
    assert all(document.text for document in documents)
    if NAMES[name] not in WITHOUT_MENTIONS:
        assert any(document.mentions for document in documents)
    if NAMES[name] in ("squad", "bioasq"):
        assert documents[0].question.answers[0].start == 0
