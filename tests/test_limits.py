"""Sizes that files state or unpack to are bounded before memory is taken for them."""

import gzip
import lzma
import struct
import tracemalloc

import pytest

from spacy_bioner import limits
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import text_io
from spacy_bioner.formats.problems import ProblemLog
from spacy_bioner.pipeline.crf.crfsuite_reader import read_model

MIB = limits.MIB


def refused(code, call):
    """Call; expect an error with a code and little memory."""
    tracemalloc.start()
    try:
        with pytest.raises(BionerError) as caught:
            call()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code == code
    assert peak < 24 * MIB, peak


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_line_or_text_without_end(pack, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "LINE", MIB)
    monkeypatch.setattr(limits, "TEXT", MIB)
    path = tmp_path / ("a.gz" if pack is gzip.compress else "a.xz")
    path.write_bytes(pack(bytes(64 * MIB)))
    refused("B584", lambda: list(text_io.read_lines(path, ProblemLog("skip"))))
    refused("B584", lambda: list(text_io.read_lines(path, ProblemLog("skip"), "utf-16-le")))
    refused("B584", lambda: text_io.read_text(path, ProblemLog("skip")))


def test_many_short_lines_are_a_stream(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "LINE", 1000)
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"a\n" * 100_000))
    assert sum(1 for _ in text_io.read_lines(tmp_path / "a.gz", ProblemLog())) == 100_000


def crf_file(tags=1, attributes=1, names=b""):
    """The header of a crfsuite model that announces so many tags and attributes."""
    header = struct.pack("<4sI4s9I", b"lCRF", 48 + len(names), b"FOMC", 100, 0, tags, attributes, 48, 48, 48, 0, 0)
    return header + names


@pytest.mark.parametrize("sizes", [{"tags": 30_000}, {"tags": 4_000, "attributes": 2**31}])
def test_a_crf_that_announces_a_huge_table(sizes):
    refused("B584", lambda: read_model(crf_file(**sizes)))


def test_names_of_a_crf_that_share_their_bytes():
    count, length = 2_000, 1_000
    records = b"".join(struct.pack("<I", 24 + 4 * count) for _ in range(count))
    table = struct.pack("<4s5I", b"CQDB", 0, 0, 0x62445371, count, 24) + records
    data = crf_file(1, count, table + struct.pack("<II", 0, length) + b"a" * (length - 1) + b"\0")
    with pytest.raises(BionerError, match="B410"):
        read_model(data)


def test_every_limit_is_used_and_explained():
    source = "\n".join(path.read_text() for path in sources())
    names = [name for name in vars(limits) if name.isupper() and name not in ("MIB", "GIB")]
    assert len(names) >= 12
    for name in names:
        assert f'"{name}"' in source or f"limits.{name}" in source, name


def sources():
    from places import ROOT

    return (ROOT / "spacy_bioner").rglob("*.py")
