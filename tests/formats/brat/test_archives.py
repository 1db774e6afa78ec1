"""Archives of strangers: zip as tar, within bounds, and what is passed over in folders and archives is said."""

import io
import os
import stat
import tarfile
import time
import zipfile

import pytest
from brat_files import contents, load, put, tar

from spacy_bioner import limits
from spacy_bioner.documents.document import Document, Mention
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import read
from spacy_bioner.formats.brat import write

PAIR = [("c/a.txt", b"abc"), ("c/a.ann", b"T1\tX 0 1\ta\n")]


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def test_zip_is_read_and_written_like_tar(tmp_path):
    documents = [Document(f"text {number}", [Mention(0, 4, "X")], f"d/{number}") for number in range(3)]
    for name in ("a.zip", "A.ZIP", "a.tar.gz"):
        write(documents, tmp_path / name)
        found = load(tmp_path / name)[0]
        assert [(d.text, d.id) for d in found] == [(d.text, d.id) for d in documents]
        assert [d.id for d in load(tmp_path / name / "d")[0]] == ["0", "1", "2"]
    before = (tmp_path / "a.zip").read_bytes()
    write(documents, tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == before


def test_zip_members_that_are_not_plain_files(tmp_path):
    link = zipfile.ZipInfo("c/link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    evil = [
        ("../b.txt", b"x"),
        ("/b.txt", b"x"),
        ("c/../../b.ann", b"x"),
        (link, b"/etc/passwd"),
        ("__MACOSX/._a.txt", b"x"),
    ]
    documents, report = load(zipped(tmp_path / "a.zip", PAIR + evil + [("__MACOSX/._a.txt", b"x")]), "skip")
    assert [document.id for document in documents] == ["c/a"]
    assert report.summary() == {"B105": 1, "B115": 3, "B117": 1}


@pytest.mark.parametrize("cut", [0, 10, 60, -10])
def test_damaged_zips(tmp_path, cut):
    content = zipped(tmp_path / "a.zip", PAIR).read_bytes()
    (tmp_path / "a.zip").write_bytes(content[:cut])
    assert load(tmp_path / "a.zip", "skip")[1].summary() == {"B116": 1}


def test_zips_with_a_password_or_another_way_of_packing(tmp_path):
    content = zipped(tmp_path / "a.zip", PAIR).read_bytes()
    start = content.index(b"PK\1\2")  # of the list of members
    for place, value in ((start + 8, 1), (start + 10, 99)):
        (tmp_path / "b.zip").write_bytes(content[:place] + bytes([value]) + content[place + 1 :])
        assert load(tmp_path / "b.zip", "skip")[1].counts["B116"] == 1


def sparse_tar(path):
    """A tar of a few bytes whose file says that it has 2 TB, all but a few of them not stored."""
    member = tarfile.TarInfo("a.txt")
    header = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[483:495] = b"%011o\0" % (1 << 31)
    header[148:156] = b"        "
    header[148:156] = b"%06o\0 " % sum(header)
    with tarfile.open(path, "w:gz") as archive:
        archive.fileobj.write(bytes(header))
        archive.offset += len(header)
        other = tarfile.TarInfo("a.ann")
        archive.addfile(other, io.BytesIO(b""))
    return path


def test_a_sparse_file_takes_no_memory(tmp_path):
    documents, report = load(sparse_tar(tmp_path / "a.tar.gz"), "skip")
    assert documents == []
    assert report.counts["B177"] == 1


@pytest.mark.parametrize("make", [tar, zipped])
def test_members_over_the_limits_are_left_out(tmp_path, make, monkeypatch):
    big = [("b.txt", b"x" * 5000), ("b.ann", b"")]
    path = make(tmp_path / ("a.tar.gz" if make is tar else "a.zip"), PAIR + big)
    monkeypatch.setattr(limits, "MEMBER", 4999)
    documents, report = load(path, "skip")
    assert [document.id for document in documents] == ["c/a"]
    assert report.summary() == {"B107": 1, "B177": 1}
    with pytest.raises(BionerError, match=r"B177.*5,000 bytes.*MEMBER"):
        load(path)


def test_waiting_halves_and_numbers_of_files_are_bounded(tmp_path, monkeypatch):
    members = [(f"{i}.txt", b"x" * 100) for i in range(9)] + [(f"{i}.ann", b"") for i in range(9)]
    path = tar(tmp_path / "a.tar.gz", members)
    monkeypatch.setattr(limits, "WAITING", 899)
    assert load(path, "skip")[1].summary() == {"B177": 1}
    monkeypatch.setattr(limits, "WAITING", 900)
    assert len(load(path)[0]) == 9
    monkeypatch.setattr(limits, "MEMBERS", 17)
    assert load(path, "skip")[1].summary() == {"B106": 1, "B177": 1}


def test_long_headers_are_bounded(tmp_path, monkeypatch):
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz", format=tarfile.GNU_FORMAT) as archive:
        member = tarfile.TarInfo("n" * 5000 + ".txt")
        archive.addfile(member, io.BytesIO(b""))
    monkeypatch.setattr(limits, "HEADER", 4000)
    assert load(tmp_path / "a.tar.gz", "skip")[1].summary() == {"B116": 1}


def test_suffixes_in_capitals_are_read(tmp_path):
    folder = put(tmp_path, a_TXT="abc", a_ANN="T1\tX 0 1\ta\n", b_txt="abc", b_Ann="")
    documents = load(folder)[0]
    assert [(document.id, len(document.mentions)) for document in documents] == [("a", 1), ("b", 0)]
    assert load(folder / "a.TXT")[0] == documents[:1] == load(folder / "a.ANN")[0]
    write(documents, tmp_path / "out")
    assert sorted(contents(tmp_path / "out")) == ["a.ann", "a.txt", "b.ann", "b.txt"]


def test_the_same_name_in_both_cases_is_said(tmp_path):
    folder = put(tmp_path, a_txt="abc", a_TXT="xyz", a_ann="")
    documents, report = load(folder)
    assert [document.text for document in documents] == ["abc"]
    assert report.describe() == [f"[B117] {folder}/a.TXT: not a file of this format, skipped"]


def test_links_to_folders_are_said_and_links_to_files_are_read(tmp_path):
    put(tmp_path / "real", a_txt="abc", a_ann="")
    put(tmp_path / "in", b_txt="abc", b_ann="")
    os.symlink(tmp_path / "real", tmp_path / "in/linked")
    os.symlink(tmp_path / "in", tmp_path / "in/circle")
    for suffix in ("txt", "ann"):
        os.symlink(tmp_path / f"real/a.{suffix}", tmp_path / f"in/a.{suffix}")
    documents, report = load(tmp_path / "in")
    assert [document.id for document in documents] == ["a", "b"]
    assert report.summary() == {"B176": 2}


def test_settings_of_brat_are_no_news_in_any_folder(tmp_path):
    folder = put(tmp_path / "in", a_txt="abc", a_ann="", annotation_conf="[entities]")
    put(tmp_path / "in/sub", annotation_conf="[entities]", b_txt="x", b_ann="")
    assert load(folder)[1].summary() == {}
    assert load(tar(tmp_path / "a.tar.gz", [("x/y/annotation.conf", b""), *PAIR]))[1].summary() == {}


def test_archives_of_the_same_documents_are_the_same_bytes(tmp_path):
    documents = [Document("x", id="a")]
    write(documents, tmp_path / "a.tar.gz")
    time.sleep(1.1)  # gzip's header counts whole seconds
    write(documents, tmp_path / "b.tar.gz")
    assert (tmp_path / "a.tar.gz").read_bytes() == (tmp_path / "b.tar.gz").read_bytes()


def test_an_archive_may_hold_halves_in_any_order_and_junk(tmp_path):
    members = [
        ("./._c", b"junk"),
        ("c/b.ann", b""),
        ("c/a.txt", b"xy"),
        ("c/._a.ann", b"\x00\xff"),
        ("__MACOSX/c/a.txt", b"junk"),
        ("c/annotation.conf", b"[entities]"),
        ("c/.stats_cache", b""),
        ("c/guidelines.pdf", b"%PDF"),
        ("./c/a.ann", b"T1\tX 0 1\tx\n"),
        ("c/b.txt", b"z"),
    ]
    documents, report = load(tar(tmp_path / "c.tar.gz", members))
    assert [(document.id, document.text) for document in documents] == [("c/a", "xy"), ("c/b", "z")]
    assert report.summary() == {"B105": 3, "B117": 1}


def test_unsafe_and_repeated_archive_members_are_reported(tmp_path):
    evil = [(f"{top}evil.{suffix}", b"") for top in ("../", "/tmp/", "a/../../") for suffix in ("txt", "ann")]
    path = tar(tmp_path / "c.tar.xz", [("a.txt", b"old"), ("a.txt", b"new"), ("a.ann", b""), *evil])
    with pytest.raises(BionerError, match=r"B119.*twice"):
        load(path)
    documents, report = load(path, "skip")
    assert [(document.id, document.text) for document in documents] == [("a", "new")]
    assert report.summary() == {"B115": 6, "B119": 1}


@pytest.mark.parametrize("damage", [b"", b"no archive at all", None])
def test_damaged_archives(tmp_path, damage):
    path = tar(tmp_path / "c.tar.gz", [("a.txt", os.urandom(40000)), ("a.ann", b"")])
    path.write_bytes(path.read_bytes()[:20000] if damage is None else damage)
    with pytest.raises(BionerError, match="B116"):
        load(path)
    assert load(path, "skip")[1].summary() == {"B116": 1}


def test_links_in_an_archive_are_not_followed(tmp_path):
    path = tmp_path / "c.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        link = tarfile.TarInfo("a.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        archive.addfile(tarfile.TarInfo("a.ann"))
    documents, report = load(path, "skip")
    assert documents == []
    assert report.summary() == {"B107": 1, "B117": 1}


def test_a_place_in_an_archive_is_read_through_the_table_of_formats(tmp_path):
    tar(tmp_path / "c.tar.gz", [("c/x/a.txt", b"a"), ("c/x/a.ann", b""), ("c/y/b.txt", b"b"), ("c/y/b.ann", b"")])
    assert [document.id for document in read(tmp_path / "c.tar.gz/c/y")] == ["b"]
