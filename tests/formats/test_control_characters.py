"""A control character in a text, also in a mention, does not keep a written file from being read and scored."""

import pytest

from spacy_bioner.experiments.file_scores.matching import match_documents
from spacy_bioner.experiments.file_scores.scores import score_files
from spacy_bioner.formats import Document, Mention, ProblemLog, read, write

CONTROLS = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA1)), "\u2028", "\u2029", "\ufffe", "\uffff"]
FORMATS = ("brat", "jsonl", "docbin", "pubtator", "bioc", "bioc_json", "label_studio", "parquet")


def documents():
    for number, control in enumerate(CONTROLS):
        text = f"Page 1: renal{control}failure.{control}{control}Page 2: fever."
        yield Document(text, [Mention(8, 21, "ADR", id="T1"), Mention(33, 38, "ADR", id="T2")], f"d{number}")


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_is_read(format, tmp_path):
    if format == "parquet":
        pytest.importorskip("pyarrow")
    given = list(documents())
    write(given, tmp_path / "x", format, report=ProblemLog("skip"))
    back = list(read(tmp_path / "x", format))  # a fault would be raised
    places = {one.id: [(m.start, m.end) for m in one.mentions] for one in back}
    assert places == {one.id: [(m.start, m.end) for m in one.mentions] for one in given}


@pytest.mark.parametrize("format", FORMATS)
def test_white_space_stays_white_space(format, tmp_path):
    if format == "parquet":
        pytest.importorskip("pyarrow")
    given = [one for one in documents() if one.text[13].isspace()]
    write(given, tmp_path / "x", format, report=ProblemLog("skip"))
    matches, _ = match_documents(given, [list(read(tmp_path / "x", format))])
    counts = score_files(matches, ["x"], trials=10)["systems"]["x"]["ents_counts"]
    assert counts == {"tp": 2 * len(given), "fp": 0, "fn": 0}


def test_what_xml_cannot_hold_is_counted(tmp_path):
    report = ProblemLog("skip")
    write([Document("a\x0cb\x00c", id="d1", meta={"a": "x\x0by"})], tmp_path / "x.bioc.xml", report=report)
    assert [problem.code for problem in report.problems] == ["B268"]
    assert "2 characters" in report.problems[0].message
    (back,) = read(tmp_path / "x.bioc.xml")
    assert (back.text, back.meta) == ("a b\ufffdc", {"a": "x y"})
