"""Files: bytes to lines with every fault located, and output that is whole or not there."""

import gzip
import lzma
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spacy_bioner.errors import BionerError
from spacy_bioner.formats.output_places import check_file
from spacy_bioner.formats.problems import ProblemLog
from spacy_bioner.formats.text_io import encoded, open_output, read_head, read_lines, read_text

CONTENT = "naïve\r\n\u2028x\x0b\n\nlast".encode()


@pytest.mark.parametrize(
    ("name", "pack"), [("a.txt", bytes), ("a.txt.gz", gzip.compress), ("a.xz", lzma.compress), ("A.GZ", gzip.compress)]
)
def test_lines_text_and_head(tmp_path, name, pack):
    path = tmp_path / name
    path.write_bytes(pack(b"\xef\xbb\xbf" + CONTENT))
    report = ProblemLog()
    assert list(read_lines(path, report)) == [(1, "naïve"), (2, "\u2028x\x0b"), (3, ""), (4, "last")]
    assert report.summary() == {"B136": 1, "B137": 1}
    assert read_text(path, report) == CONTENT.decode()
    assert read_head(path) == CONTENT.decode()


def test_what_does_not_decode_is_located(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\ntw\xf6\nthree\n")
    report = ProblemLog("skip")
    assert list(read_lines(path, report)) == [(1, "one"), (2, None), (3, "three")]
    assert read_text(path, report) is None
    assert {problem.line for problem in report.problems} == {2}
    with pytest.raises(BionerError, match=r"B103.*a.txt:2.*utf-8"):
        list(read_lines(path, ProblemLog()))
    assert [line for _, line in read_lines(path, ProblemLog(), "latin-1")] == ["one", "twö", "three"]
    with pytest.raises(BionerError, match="B124"):
        read_lines(path, ProblemLog(), "utf-9")
    with pytest.raises(BionerError, match="B124"):
        read_text(path, ProblemLog(), "utf-9")


@pytest.mark.parametrize(("name", "pack"), [("a.gz", gzip.compress), ("a.xz", lzma.compress)])
@pytest.mark.parametrize("damage", [lambda packed: packed[:-9], lambda packed: b"no" + packed])
def test_damaged_packed_files(tmp_path, name, pack, damage):
    path = tmp_path / name
    path.write_bytes(damage(pack(bytes(range(256)) * 99)))
    report = ProblemLog("skip")
    list(read_lines(path, report, "latin-1"))
    read_text(path, report, "latin-1")
    assert report.counts["B116"] == 2
    with pytest.raises(BionerError, match="B116"):
        list(read_lines(path, ProblemLog(), "latin-1"))
    assert isinstance(read_head(path), str)


def test_what_cannot_be_opened(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(BionerError, match="B101"):
            list(read_lines(path, ProblemLog("skip")))
        with pytest.raises(BionerError, match="B101"):
            read_text(path, ProblemLog("skip"))
        assert read_head(path) == ""


@pytest.mark.parametrize("name", ["a.txt", "new/a.gz", "new/a.xz"])
def test_output_is_whole_and_the_same_each_time(tmp_path, name):
    path = tmp_path / name
    written = []
    for _ in range(2):
        with open_output(path) as file:
            file.write(CONTENT)
        written.append(path.read_bytes())
    assert written[0] == written[1]
    assert read_text(path, ProblemLog()) == CONTENT.decode()


def test_after_an_error_the_older_file_stays(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(TypeError), open_output(path) as file:
        file.writelines([b"new", "no bytes"])
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    with pytest.raises(BionerError, match="B811"), open_output(path / "below") as file:
        file.write(b"new")


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_links_stay_and_the_file_that_they_name_is_written(tmp_path, name):
    (tmp_path / "far").mkdir()
    target = tmp_path / "far" / name
    target.write_text("old")
    for link, named in ((tmp_path / name, target), (tmp_path / "dangling.txt", tmp_path / "far/new.txt")):
        link.symlink_to(named)
        with open_output(link) as file:
            file.write(CONTENT)
        assert link.is_symlink()
        assert named.is_file()
        assert read_text(named, ProblemLog("skip")) == CONTENT.decode()
    assert {path.name for path in tmp_path.rglob("*")} == {"far", name, "dangling.txt", "new.txt"}


@pytest.mark.parametrize("name", ["pipe", "pipe.gz"])
def test_a_pipe_is_written_to_and_stays(tmp_path, name):
    pytest.importorskip("fcntl")
    path = tmp_path / name
    os.mkfifo(path)
    with ThreadPoolExecutor(1) as pool:
        content = pool.submit(path.read_bytes)
        with open_output(path) as file:
            file.write(CONTENT)
    assert (gzip.decompress(content.result()) if name == "pipe.gz" else content.result()) == CONTENT
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert [one.name for one in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("stream", ["/dev/stdout", "/dev/../dev/stderr", "/dev/fd/1"])
def test_no_output_goes_where_the_messages_go(stream):
    with pytest.raises(BionerError, match="B862"):
        check_file(Path(stream))


def test_half_a_surrogate_pair(tmp_path):
    assert encoded("ж", tmp_path) == "ж".encode()
    with pytest.raises(BionerError, match=r"B127.*character 1"):
        encoded("a\ud800", tmp_path)
