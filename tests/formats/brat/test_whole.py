"""brat is written whole or not at all, and over nothing unless told so."""

import errno
from pathlib import Path

import pytest
from brat_files import contents, load, put

from spacy_bioner.documents.document import Document, Mention
from spacy_bioner.errors import BionerError
from spacy_bioner.formats.brat import write

OLD = [Document("old", [Mention(0, 3, "X")], id=f"d/{number}") for number in range(3)]
NEW = [Document("new", [Mention(0, 3, "Y")], id=f"e{number}") for number in range(2)]
TARGETS = ["out", "out.tar.gz", "out.tgz", "out.tar.xz", "out.zip", "out.txt"]


class Stop(Exception):
    """What a source of documents may raise."""


def stopping(documents):
    yield from documents
    raise Stop


def texts(path):
    return [document.text for document in load(path)[0]]


@pytest.mark.parametrize("name", TARGETS)
def test_after_an_error_nothing_is_left_and_the_old_stays(tmp_path, name):
    old, new = (OLD[:1], NEW[:1]) if name == "out.txt" else (OLD, NEW)
    for before in ((), old):
        path = tmp_path / str(len(before)) / name
        path.parent.mkdir()
        if before:
            write(before, path)
        held = contents(path.parent)
        with pytest.raises(Stop):
            write(stopping(new), path, overwrite=True)
        assert contents(path.parent) == held


@pytest.mark.parametrize("name", ["out", "out.txt"])
def test_what_is_there_is_replaced_as_a_whole_only_when_told(tmp_path, name):
    old, new = (OLD[:1], NEW[:1]) if name == "out.txt" else (OLD, NEW)
    write(old, tmp_path / name)
    held = contents(tmp_path)
    with pytest.raises(BionerError, match=r"B175.*--overwrite"):
        write(new, tmp_path / name)
    assert contents(tmp_path) == held
    write(new, tmp_path / name, overwrite=True)
    assert texts(tmp_path / name) == ["new"] * len(new)
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_a_pair_leaves_no_annotations_of_the_one_before(tmp_path):
    put(tmp_path, a_txt="old", a_a1="T1\tX 0 3\told\n", a_a2="")
    write(NEW[:1], tmp_path / "a.txt", overwrite=True)
    assert sorted(contents(tmp_path)) == ["a.ann", "a.txt"]


def test_a_folder_with_anything_else_in_it_is_never_replaced(tmp_path):
    write(OLD, tmp_path / "out")
    (tmp_path / "out/thesis.tex").write_text("years of work")
    with pytest.raises(BionerError, match=r"B178.*thesis.tex"):
        write(NEW, tmp_path / "out", overwrite=True)
    assert (tmp_path / "out/thesis.tex").exists()


def test_empty_folders_links_and_this_folder(tmp_path, monkeypatch):
    (tmp_path / "a/deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a/deep")
    write(NEW, Path("."))
    assert texts(tmp_path / "a/deep") == ["new", "new"]
    (tmp_path / "link").symlink_to(tmp_path / "a/deep")
    write(OLD, tmp_path / "link", overwrite=True)
    assert (tmp_path / "link").is_symlink()
    assert texts(tmp_path / "a/deep") == ["old"] * 3


def test_what_a_killed_program_left_is_removed(tmp_path):
    put(tmp_path / ".out.bioner-part", z_txt="half")
    write(NEW, tmp_path / "out")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out"]


@pytest.mark.parametrize("name", TARGETS)
def test_a_full_disk_names_the_path_and_leaves_nothing(tmp_path, name, monkeypatch):
    real = open

    def full(self, *args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    class Full:
        """A file on a full disk."""

        def __init__(self, file):
            self.file = file

        def __getattr__(self, name):
            return full if name == "write" else getattr(self.file, name)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.file.close()

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr("builtins.open", lambda *args: Full(real(*args)) if "wb" in args else real(*args))
    with pytest.raises(BionerError, match=r"B101.*out.*No space left") as err:
        write(NEW[:1], tmp_path / name)
    monkeypatch.undo()
    assert "bioner-part" not in str(err.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(BionerError, match=r"B811.*out"):
        write(NEW, tmp_path / "out", overwrite=True)
