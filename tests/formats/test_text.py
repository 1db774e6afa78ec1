"""Plain text: what makes a document, and nothing of the text lost but what was asked for."""

import gzip
import lzma

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog
from spacy_bioner.formats.text import read, write

CONTENT = "\nOne line.\nTwo  lines.\n \n\n\tThree.\u2028Four.\n"


@pytest.mark.parametrize(("suffix", "pack"), [(".txt", bytes), (".txt.gz", gzip.compress), (".txt.xz", lzma.compress)])
@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("file", [CONTENT]),
        ("paragraph", ["One line.\nTwo  lines.", "\tThree.\u2028Four."]),
        ("line", ["One line.", "Two  lines.", "\tThree.\u2028Four."]),
    ],
)
def test_units(tmp_path, suffix, pack, unit, expected):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(pack(CONTENT.encode()))
    documents = list(read(path, ProblemLog(), unit=unit))
    assert [d.text for d in documents] == expected
    assert [d.id for d in documents] == (["a"] if unit == "file" else [f"a-{i + 1}" for i in range(len(expected))])


def test_a_file_keeps_its_line_ends(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb")
    report = ProblemLog()
    assert [d.text for d in read(path, report)] == ["a\r\nb"]
    assert [d.text for d in read(path, report, unit="line")] == ["a", "b"]
    assert report.summary() == {"B136": 2, "B137": 1}


@pytest.mark.parametrize(("unit", "expected"), [("file", []), ("paragraph", ["d"]), ("line", ["a", "c", "d"])])
def test_what_does_not_decode_costs_one_document(tmp_path, unit, expected):
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\n\xff\nc\n\nd")
    report = ProblemLog("skip")
    assert [d.text for d in read(path, report, unit=unit)] == expected
    assert report.summary() == {"B103": 1}
    with pytest.raises(BionerError, match=r"B103.*a.txt:2"):
        list(read(path, ProblemLog(), unit=unit))
    assert list(read(path, ProblemLog(), unit=unit, encoding="latin-1"))


def test_no_such_unit(tmp_path):
    with pytest.raises(BionerError, match=r"B160.*'page'"):
        read(tmp_path / "a.txt", ProblemLog(), unit="page")


def test_written_one_a_line_without_mentions(tmp_path):
    path = tmp_path / "a.txt"
    report = ProblemLog()
    write([Document("a rash \r\n\n  b\n", [Mention(2, 6, "ADR")]), Document("c")], path, report)
    assert path.read_text() == "a rash b\nc\n"
    assert report.summary() == {"B159": 1}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])).filter(str.strip), max_size=4))
def test_lines_come_back(tmp_path, texts):
    path = tmp_path / "a.txt"
    texts = ["".join(c for c in text if c not in "\r\n\ufeff").strip() for text in texts]
    texts = [text for text in texts if text]
    write([Document(text) for text in texts], path)
    assert [d.text for d in read(path, ProblemLog(), unit="line")] == texts
