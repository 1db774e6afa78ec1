"""The seam: which format a path has, several paths, options, and that everything unclear is said."""

import gzip
import inspect
import os
import tarfile
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_documents import documents

from spacy_bioner import formats
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import (
    FORMATS,
    Answer,
    Document,
    Mention,
    ProblemLog,
    Question,
    Relation,
    detect,
    options_of,
    read,
    split_paths,
    write,
)
from spacy_bioner.formats.protocols import FormatModule

COLUMNS = "No\tO\nrash\tB-ADR\n\n"


def put(path, content=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)
def test_every_format_has_the_same_shape(format):
    assert callable(format.module.read)
    assert hasattr(format.module, "write") == format.writable
    assert hasattr(format.module, "recognises") >= bool(format.maybe)
    assert hasattr(format.module, "read_docs") == format.docs
    for name in ("read", "write", "recognises", "read_docs"):
        if hasattr(format.module, name):
            # The protocol's arguments in the protocol's order, then options by keyword, each with a default.
            given = list(inspect.signature(getattr(format.module, name)).parameters.values())
            wanted = list(inspect.signature(getattr(FormatModule, name)).parameters.values())[1:]
            options = [one for one in given if one.kind is one.KEYWORD_ONLY]
            places = [one.name for one in wanted if one.kind is not one.VAR_KEYWORD]
            assert [one.name for one in given if one not in options] == places
            assert all(one.default is not one.empty for one in options)
    assert all(suffix == suffix.lower() for suffix in (*format.suffixes, *format.maybe))


def test_each_suffix_belongs_to_one_format():
    suffixes = [suffix for format in FORMATS.values() for suffix in format.suffixes]
    assert len(suffixes) == len(set(suffixes))


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.tsv", "", "conll"),
        ("A.CONLL", "", "conll"),
        ("a.jsonl", "", "jsonl"),
        ("a.jsonl.gz", "", "jsonl"),
        ("a.spacy", "", "docbin"),
        ("a.txt", "Some prose.\nAnd more O\n", "text"),
        ("a.txt", "", "text"),
        ("a.txt", "\x00\xff", "text"),
        ("a.txt", COLUMNS, "conll"),
        ("a.txt", "\ufeff-DOCSTART- -X- O O\r\n\r\nNo NN O\r\nrash NN B-ADR\r\n\r\n", "conll"),
        ("a.txt", COLUMNS * 20 + "ragged\n" + COLUMNS, "conll"),
        ("a.txt.gz", gzip.compress(b"Some prose.", mtime=0), "text"),
        ("a.txt.xz", b"damaged", "text"),
        ("eng.testa", COLUMNS, "conll"),
        ("a.ann", "", "brat"),
        ("a.rel", "", "ade"),
        ("a.txt", "123 NEG No rash.\n124 NEG No", "ade"),
        ("a.tar.gz", b"damaged", "brat"),
    ],
)
def test_files(tmp_path, name, content, format):
    assert detect(put(tmp_path / name, content)) == format


def test_a_text_beside_annotations_is_brat(tmp_path):
    put(tmp_path / "a.ann")
    assert detect(put(tmp_path / "a.txt", COLUMNS)) == "brat"


@pytest.mark.parametrize(
    ("files", "format"),
    [
        (["a.txt", "a.ann"], "brat"),
        (["train/a.txt", "train/a.ann", "README.md", ".hidden.tsv"], "brat"),
        (["a.tsv", "README.txt", "LICENSE"], "conll"),
        (["a.jsonl", "sub/b.jsonl.gz"], "jsonl"),
        (["a.spacy"], "docbin"),
        (["a.txt", "sub/b.txt.xz"], "text"),
    ],
)
def test_folders(tmp_path, files, format):
    for name in files:
        put(tmp_path / name)
    assert detect(tmp_path) == format


def test_a_folder_of_columns_named_txt(tmp_path):
    put(tmp_path / "a.txt", COLUMNS)
    put(tmp_path / "b.txt", COLUMNS)
    assert detect(tmp_path) == "conll"
    assert len(list(read(tmp_path))) == 2


def test_a_place_in_an_archive_is_brats(tmp_path):
    put(tmp_path / "in/a.txt", "rash")
    put(tmp_path / "in/a.ann", "T1\tADR 0 4\trash\n")
    with tarfile.open(tmp_path / "c.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "in", "train")
    assert detect(tmp_path / "c.tar.gz/train") == "brat"
    assert [d.mentions for d in read(f"{tmp_path}/c.tar.gz/train")] == [[Mention(0, 4, "ADR", id="T1")]]


@pytest.mark.parametrize(
    ("code", "files", "path"),
    [
        ("B130", [], "absent.tsv"),
        ("B130", ["a.jsonl"], "a.jsonl/b"),
        ("B132", ["a.csv"], "a.csv"),
        ("B132", ["README.md"], ""),
        ("B183", [], ""),
        ("B183", [".hidden.jsonl"], ""),
        (r"B130.*check the path", [], "absent.tsv"),
        (r"B130.*patterns are not expanded", ["a.jsonl"], "*.jsonl"),
        ("B133", ["a.tsv", "b.jsonl"], ""),
    ],
)
def test_the_unclear_is_refused(tmp_path, code, files, path):
    for name in files:
        put(tmp_path / name, "Prose, and more of it.\n")
    with pytest.raises(BionerError, match=code) as caught:
        read(tmp_path / path)
    if code == "B132":
        assert all(name in str(caught.value) for name in FORMATS)


def test_named_formats(tmp_path):
    put(tmp_path / "a.tsv", COLUMNS)
    put(tmp_path / "b.jsonl", '{"text": "x"}\n')
    assert [d.text for d in read(tmp_path, "jsonl")] == ["x"]
    assert [d.text for d in read(tmp_path, "conll")] == ["No rash"]
    assert [d.text for d in read(put(tmp_path / "c.csv", COLUMNS), "conll")] == ["No rash"]
    for code, arguments in (("B131", (tmp_path, "xml")), ("B135", (tmp_path, "docbin")), ("B130", ("no", "conll"))):
        with pytest.raises(BionerError, match=code):
            read(*arguments)


def test_several_paths(tmp_path):
    a, b = put(tmp_path / "a.tsv", COLUMNS), put(tmp_path / "b.jsonl", '{"text": "x"}\n')
    for paths in (f"{a},{b}", f" {a} , {b} ,", [a, b], [f"{a},{b}"], (str(a), b)):
        assert [d.text for d in read(paths)] == ["No rash", "x"]
    comma = put(tmp_path / "a,b.tsv", COLUMNS)
    assert split_paths(str(comma)) == [comma]
    assert split_paths(comma) == [comma]


def test_options_are_checked_before_anything_is_read(tmp_path):
    path = put(tmp_path / "a.tsv", "a\tB\n")
    with pytest.raises(BionerError, match=r"B134.*'labels'.*label"):
        read(path, labels="X")
    with pytest.raises(BionerError, match="B134"):
        write([], tmp_path / "b.jsonl", label="X")
    assert not (tmp_path / "b.jsonl").exists()
    assert [d.mentions for d in read(path, label="X", scheme=None)] == [[Mention(0, 1, "X")]]
    assert "report" not in options_of("brat", "write")
    assert "label" in options_of("conll", "read")


def test_reading_streams(tmp_path):
    path = put(tmp_path / "a.jsonl", '{"text": "x"}\nno json\n')
    documents = read(path)
    assert next(documents).text == "x"
    with pytest.raises(BionerError, match=r"a.jsonl:2"):
        next(documents)


def test_write_needs_a_format(tmp_path):
    with pytest.raises(BionerError, match=r"B780.*corpus: .*--to brat") as caught:
        write([], tmp_path / "corpus")
    assert not [name for name, format in FORMATS.items() if format.writable != (f" {name}" in str(caught.value))]
    write([Document("x", id="a")], tmp_path / "corpus", "brat")
    assert (tmp_path / "corpus/a.txt").read_text() == "x"


def test_what_a_format_cannot_hold_is_a_warning_or_in_the_report(tmp_path):
    mentioned = [Document("rash", [Mention(0, 4, "ADR")])]
    with pytest.warns(UserWarning, match="B159.*1 mentions"):
        write(mentioned, tmp_path / "a.txt")
    report = ProblemLog("skip")
    write(mentioned, tmp_path / "a.txt", report=report)
    assert report.summary() == {"B159": 1}


PAIR = [Mention(0, 4, "ADR", id="T1"), Mention(5, 9, "ADR", id="T2")]
BETWEEN = (("Arg1", "T1"), ("Arg2", "T2"))
PARTS_OF_A_DOCUMENT = {
    "metadata": {"meta": {"file_name": "1.txt"}},
    "mentions": {"mentions": PAIR},
    "fragments": {"mentions": [Mention(0, 9, "ADR", ((0, 4), (7, 9)), "T1")]},
    "concepts": {"mentions": [Mention(0, 4, "ADR", id="T1", concepts=("MESH:D1", "MESH:D2"))]},
    "scores": {"mentions": [Mention(0, 4, "ADR", id="T1", score=0.5)]},
    "attributes": {"mentions": [Mention(0, 4, "ADR", id="T1", attributes=(("Negated", ""),))]},
    "relations": {"mentions": PAIR, "relations": [Relation("r", BETWEEN, "R1")]},
    "scores of relations": {"mentions": PAIR, "relations": [Relation("r", BETWEEN, "R1", 0.5)]},
    "attributes of relations": {
        "mentions": PAIR,
        "relations": [Relation("r", BETWEEN, "R1", attributes=(("novel", "Novel"),))],
    },
    "relations of concepts": {
        "mentions": [replace(mention, concepts=(f"D{i}",)) for i, mention in enumerate(PAIR)],
        "relations": [Relation("r", (("Arg1", "D0"), ("Arg2", "D1")), of_concepts=True)],
    },
    "question": {"question": Question("What?", (Answer("rash", 0),))},
}


@pytest.mark.parametrize("part", PARTS_OF_A_DOCUMENT)
@pytest.mark.parametrize("name", [name for name in FORMATS if FORMATS[name].writable])
def test_each_part_of_a_document_is_kept_or_counted(tmp_path, name, part):
    if name == "parquet":
        pytest.importorskip("pyarrow")
    document = Document("rash pain", id="d1", **PARTS_OF_A_DOCUMENT[part])
    if name in ("squad", "bioasq") and document.question is None:
        document.question = Question("What?", (Answer("rash", 0),))
    report, path = ProblemLog("skip"), tmp_path / f"a{(FORMATS[name].suffixes or ['.json'])[-1]}"
    write([document], path, name, report=report)
    if report.counts or (name, part) == ("bioasq", "question"):  # a submission, which is not read
        return
    (again,) = read(path, name)
    for field in PARTS_OF_A_DOCUMENT[part]:
        found, wanted = (
            [*map(known, some)] if isinstance(some, list) else some
            for some in (getattr(again, field), getattr(document, field))
        )
        assert found == wanted


def known(value):
    """A mention or relation without its id and the names of its roles, which not all formats have."""
    if isinstance(value, Relation):
        value = replace(value, arguments=tuple(("", target) for _, target in value.arguments))
    return replace(value, id="")


def test_a_format_that_is_read_only_is_not_written(tmp_path):
    with pytest.raises(BionerError, match=r"B168.*ade is read only: use one of brat, conll, jsonl, docbin"):
        write([Document("No rash.")], tmp_path / "a.rel")
    assert not list(tmp_path.iterdir())


# A submission to BioASQ is no golden file: what is written there is not what is read.
@pytest.mark.parametrize("name", [name for name in FORMATS if FORMATS[name].writable and name != "bioasq"])
@pytest.mark.filterwarnings("ignore:.*B1")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(documents(), min_size=1, max_size=3))
def test_any_documents_are_written_and_read_back_in_number(tmp_path, name, found):
    """What one format reads, each of the others writes: their own tests say how much of it is kept."""
    for i, document in enumerate(found):
        document.id, document.text = f"d{i}", document.text.replace("\ufeff", "")
        document.mentions = []
        document.question = Question("Why?") if name == "squad" else None
    path = tmp_path / f"a{(FORMATS[name].suffixes or ['.json'])[-1]}"
    write(found, path, name)
    back = list(read(path, name, **({"unit": "line"} if name == "text" else {})))
    expected = [d for d in found if d.text.strip()] if name == "text" else found
    assert len(back) == len(expected)


def test_modules_are_imported_when_used():
    assert formats.FORMATS["brat"].module is formats.brat


@pytest.mark.parametrize(("name", "content"), [("1.txt", "Some prose."), ("1.tsv", COLUMNS)])
def test_files_of_the_same_name_get_other_ids(tmp_path, name, content, monkeypatch):
    for folder in ("", "a", "b", "b/c"):
        put(tmp_path / folder / name, content)
    one = [document.id for document in read(tmp_path / "a" / name)]
    end = one[0].removeprefix("1")
    assert one == [f"1{end}"]
    assert [document.id for document in read(tmp_path)] == [f"1{end}", f"a/1{end}", f"b/1{end}", f"b/c/1{end}"]
    pair = [tmp_path / "a" / name, tmp_path / "b" / name]
    assert [document.id for document in read(pair)] == [f"a/1{end}", f"b/1{end}"]
    assert [document.id for document in read([tmp_path / "a", tmp_path / "b/c"])] == [f"a/1{end}", f"b/c/1{end}"]
    monkeypatch.chdir(tmp_path)
    assert [document.id for document in read(f"a/{name},b/{name}")] == [f"a/1{end}", f"b/1{end}"]
    assert [document.id for document in read("b")] == [f"1{end}", f"c/1{end}"]


def test_what_is_passed_over_in_a_folder_is_said(tmp_path):
    put(tmp_path / "in/A.TSV", COLUMNS)
    put(tmp_path / "in/README.md", "x")
    put(tmp_path / "in/.hidden.tsv", COLUMNS)
    put(tmp_path / "in/.git/b.tsv", COLUMNS)
    put(tmp_path / "out/b.tsv", COLUMNS)
    os.symlink(tmp_path / "out", tmp_path / "in/linked")
    os.symlink(tmp_path / "out/b.tsv", tmp_path / "in/c.tsv")
    report = ProblemLog()
    assert [document.id for document in read(tmp_path / "in", report=report)] == ["A-1", "c-1"]
    assert report.summary() == {"B105": 2, "B117": 1, "B176": 1}
    with pytest.warns(UserWarning, match="B105") as told:
        assert len(list(read(tmp_path / "in"))) == 2
    (warning,) = told
    assert str(warning.message).splitlines() == report.describe()
    assert warning.filename == __file__


def test_what_columns_cannot_hold_is_counted(tmp_path):
    mentions = [Mention(0, 4, "ADR", concepts=("D1", "D2"), score=0.5), Mention(5, 9, "ADR", id="T1")]
    document = Document("rash pain", mentions, relations=[Relation("r", (("a", "T1"), ("b", "T1")))])
    log = ProblemLog("skip")
    write([document, document], tmp_path / "x.tsv", report=log)
    assert "2 relations, 4 concept ids, 2 scores dropped" in log.describe()[-1]
