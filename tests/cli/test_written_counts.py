"""The last line of a command that writes documents counts what can be read again, whatever the format can hold."""

import re
from dataclasses import replace

import pytest
from commands import runner

from spacy_bioner.formats import FORMATS, Answer, Document, Mention, Question, Relation, read, write

TEXT = "rash and pain. She has fever."
MENTIONS = [Mention(0, 4, "ADR", id="T1"), Mention(9, 13, "ADR", id="T2"), Mention(23, 28, "ADR", id="T3")]
RELATIONS = [
    Relation("near", (("Arg1", "T1"), ("Arg2", "T2")), "R1"),
    Relation("far", (("Arg1", "T1"), ("Arg2", "T3")), "R2"),
    Relation("alone", (("Arg1", "T1"),), "R3"),
    Relation("known", (("Arg1", "D1"), ("Arg2", "D2")), of_concepts=True),
]
DOCUMENTS = [
    Document(TEXT, MENTIONS, "a", relations=RELATIONS),
    Document("No rash.", [Mention(3, 7, "ADR"), Mention(0, 7, "ADR")], "b"),
    Document("Why rash?", [Mention(4, 8, "ADR")], "c", question=Question("Why?", (Answer("rash", 4),))),
]
WRITTEN = [name for name in FORMATS if FORMATS[name].writable]
ENDINGS = {"jsonl": ".jsonl", "docbin": ".spacy", "text": ".txt", "brat": "", "conll": ".tsv"}


def read_again(path, name):
    if name == "bioasq":  # a submission is no golden file: it holds the question
        return [Document("")], [], []
    found = list(read(path, name, **({"unit": "line"} if name == "text" else {})))
    return found, [m for one in found for m in one.mentions], [r for one in found for r in one.relations]


def said(printed, what):
    found = re.findall(rf"(\d+) {what}s?(?![ \w]*were)", printed.rpartition("✔")[2])
    return int(found[0]) if found else 0


@pytest.mark.parametrize("name", WRITTEN)
def test_convert_and_harmonize(tmp_path, name):
    if name == "parquet":
        pytest.importorskip("pyarrow")
    source = tmp_path / "source.jsonl"
    refused = RELATIONS[2:3] if name == "brat" else []  # B123
    first = replace(DOCUMENTS[0], relations=[one for one in RELATIONS if one not in refused])
    write([first, *DOCUMENTS[1:]], source)
    path = tmp_path / f"a{ENDINGS.get(name, '')}"
    for printed in (
        runner("convert")(source, path, "--to", name, "--overwrite"),
        runner("harmonize")(source, "-o", path, "--to", name, "--overwrite"),
    ):
        documents, mentions, relations = read_again(path, name)
        assert said(printed, "document") == len(documents)
        if "exact" not in printed:  # the outcomes of tokens are told one by one
            assert said(printed, "mention") == len(mentions)
        if "relation" in printed.rpartition("✔")[2]:
            assert said(printed, "relation") == len(relations)


@pytest.mark.parametrize("name", WRITTEN)
def test_split(tmp_path, name):
    """Every writable format can be split; its last lines count each part."""
    if name == "parquet":
        pytest.importorskip("pyarrow")
    asked = Question("Why?", (Answer("rash", 0),))
    some = [
        Document(f"rash {i}.", [Mention(0, 4, "ADR")], f"d{i}", question=asked if name in ("squad", "bioasq") else None)
        for i in range(4)
    ]
    write(some, tmp_path / "source.jsonl")
    printed = runner("split")(tmp_path / "source.jsonl", "-o", tmp_path / "new", "--to", name, "--shares", "50,50")
    for part in ("train", "test"):
        (path,) = (tmp_path / "new").glob(f"{part}*")
        documents, mentions, _ = read_again(path, name)
        line = re.findall(rf"new/{part}\S*: (\d+) documents?, (\d+) mention", printed)
        if name != "bioasq":
            assert line == [(str(len(documents)), str(len(mentions)))]


@pytest.mark.parametrize("name", ["squad", "bioasq"])
def test_a_format_of_questions_is_not_written_without_one(tmp_path, name):
    write(DOCUMENTS[:2], tmp_path / "a.jsonl")
    assert "B283" in runner("convert")(tmp_path / "a.jsonl", tmp_path / "b.json", "--to", name, code=1)
    assert not (tmp_path / "b.json").exists()
