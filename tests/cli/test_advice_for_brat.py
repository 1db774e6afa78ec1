"""What the messages of the brat reader advise can be done in the shell."""

import re

import pytest
from commands import runner

from spacy_bioner.formats import read

TEXT = "\U0001d6fc \u00e9\r\nrash"


def put(folder, ann):
    folder.mkdir()
    (folder / "a.txt").write_bytes(TEXT.encode())
    (folder / "a.ann").write_text(ann)
    return folder


@pytest.mark.parametrize(("unit", "start"), [("utf16", 6), ("bytes", 9), ("crlf1", 4)])
def test_other_offsets(tmp_path, unit, start):
    folder = put(tmp_path / "in", f"T1\tADR {start} {start + 4}\trash\n")
    said = runner("convert")(folder, tmp_path / "a.jsonl", code=1)
    (advised,) = re.findall(r"\(convert (--\w+ \w+)\)", said)
    assert advised == f"--offsets {unit}"
    runner("convert")(folder, tmp_path / "a.jsonl", *advised.split())
    (document,) = read(tmp_path / "a.jsonl")
    assert document.text_of(document.mentions[0]) == "rash"
    assert "[B1" not in runner("check")(folder, *advised.split()).replace("[B120]", "")


def test_triggers(tmp_path):
    folder = put(tmp_path / "in", "T1\tADR 5 9\trash\nE1\tADR:T1\n")
    said = runner("convert")(folder, tmp_path / "a.jsonl")
    (advised,) = re.findall(r"\(convert (--[\w-]+)\)", said)
    said = runner("convert")(folder, tmp_path / "b.jsonl", advised)
    assert "B173" not in said
    assert [len(next(read(tmp_path / name)).mentions) for name in ("a.jsonl", "b.jsonl")] == [1, 0]
