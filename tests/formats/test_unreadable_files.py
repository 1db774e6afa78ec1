"""A file that cannot be read ends a job under the policy ``error`` alone; only the path that was named always does."""

import struct
import zipfile
from pathlib import Path

import pytest

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import FORMATS, Document, Mention, ProblemLog, Question, read, write

# Linux gives an error to who reads its own memory from 0, also to root, to whom every file is open.
UNREADABLE = Path("/proc/self/mem")


def documents(name):
    question = Question("Why?") if name == "squad" else None
    return [Document("No rash.", [Mention(3, 7, "ADR")], "a", question=question)]


@pytest.mark.parametrize("name", [one for one in FORMATS if FORMATS[one].writable and one != "bioasq"])
def test_a_broken_link_in_a_folder_is_reported(tmp_path, name):
    if name == "parquet":
        pytest.importorskip("pyarrow")
    format = FORMATS[name]
    folder = tmp_path / "in"
    if format.folders:
        write(documents(name), folder, name)
        suffix = ".ann"
        (folder / "b.txt").write_text("Fine.")
    else:
        suffix = (format.suffixes or format.maybe)[0]
        write(documents(name), folder / f"z{suffix}", name)
    (folder / f"b{suffix}").symlink_to(tmp_path / "absent")
    report = ProblemLog("skip")
    assert ["".join(one.text.split()) for one in read(folder, None, report)] == ["Norash."]
    assert (report.counts["B184"], report.faults) == (1, 1)
    with pytest.raises(BionerError, match=rf"B101.*b{suffix}"):
        list(read(folder))


@pytest.mark.skipif(not UNREADABLE.exists(), reason="no /proc")
@pytest.mark.parametrize("name", ["a.jsonl", "a.spacy", "a.bioc.xml", "a.txt"])
def test_one_of_several_files_is_reported(tmp_path, name):
    (tmp_path / name).symlink_to(UNREADABLE)
    write(documents("jsonl"), tmp_path / "good.jsonl")
    report = ProblemLog("skip")
    assert len(list(read([tmp_path / name, tmp_path / "good.jsonl"], None, report))) == 1
    assert report.counts["B184"] == 1


@pytest.mark.skipif(not UNREADABLE.exists(), reason="no /proc")
@pytest.mark.parametrize("name", ["a.jsonl", "a.spacy", "a.bioc.xml", "a.txt"])
def test_the_path_that_was_named_is_an_error(tmp_path, name):
    (tmp_path / name).symlink_to(UNREADABLE)
    with pytest.raises(BionerError, match="B101"):
        list(read(tmp_path / name, None, ProblemLog("skip")))


def test_a_zip_that_states_a_place_before_its_start_is_damaged(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("a.txt", "No rash.")
        zipped.writestr("a.ann", "")
    content = bytearray(path.read_bytes())
    end = content.rindex(b"PK\x05\x06")
    content[end + 12 : end + 16] = struct.pack("<L", 2**31)  # the size of the directory
    path.write_bytes(content)
    report = ProblemLog("skip")
    assert list(read(path, None, report)) == []
    assert report.counts["B116"] == 1
