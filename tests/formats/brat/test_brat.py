"""brat standoff: what is read, what is kept, what is reported, and what comes back when written."""

from dataclasses import replace

import pytest
from brat_files import contents, load, put

from spacy_bioner.documents.document import Document, Mention
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import brat, detect
from spacy_bioner.formats.problems import ProblemLog

TEXT = "Aspirin caused severe\nheadache and 🤢 nausea. Aspirin was stopped."
ANN = (
    "T1\tDrug 0 7\tAspirin\n"
    "T2\tADR 15 30\tsevere headache\n"
    "N1\tReference T1 MESH:D001241\tAspirin\n"
    "N2\tReference T1 DRUGBANK:DB00945\tacetylsalicylic acid\n"
    "#1\tAnnotatorNotes T2 over a line end\n"
    "T3\tADR 15 21;37 43\tsevere nausea\n"
    "A1\tNegation T3\n"
    "E1\tCause:T1 Theme:T2\n"
    "R1\tCauses Arg1:E1 Arg2:T3\t\n"
    "*\tEquiv T2 T3\n"
    "M1\tSpeculation E1\n"
    "# just words"
)


def test_reads_every_kind_of_line(tmp_path):
    [document], report = load(put(tmp_path, a_txt=TEXT, a_ann=ANN))
    assert document.text == TEXT
    assert document.id == "a"
    assert document.mentions == [
        Mention(0, 7, "Drug", id="T1", concepts=("MESH:D001241", "DRUGBANK:DB00945")),
        Mention(15, 30, "ADR", id="T2"),
        Mention(15, 43, "ADR", ((15, 21), (37, 43)), "T3", attributes=(("Negation", ""),)),
    ]
    assert report.summary() == {"B121": 1, "B173": 1}


@pytest.mark.parametrize("ann", [ANN, ANN + "\n", "", "\n\n", "\ufeff" + ANN, ANN.replace("\n", "\r\n"), ANN + "\n\n"])
def test_untouched_files_come_back_byte_for_byte(tmp_path, ann):
    source = put(tmp_path / "in", a_txt=TEXT, a_ann=ann)
    brat.write(load(source)[0], tmp_path / "out")
    assert contents(tmp_path / "out") == contents(source)


def test_line_ends_and_marks_of_an_annotation_file_are_no_news(tmp_path):
    """An editor of Windows leaves them where someone has corrected a file: offsets count characters of the text."""
    [plain], report = load(put(tmp_path / "plain", a_txt=TEXT, a_ann=ANN))
    [edited], of_edited = load(put(tmp_path / "edited", a_txt=TEXT, a_ann="\ufeff" + ANN.replace("\n", "\r\n")))
    assert edited.mentions == plain.mentions
    assert of_edited.summary() == report.summary()


def test_a1_and_a2_are_one_document_and_stay_two_files(tmp_path):
    a1, a2 = ANN.split("T3", 1)[0], "T3" + ANN.split("T3", 1)[1]
    source = put(tmp_path / "in", a_txt=TEXT, a_a1=a1, a_a2=a2, b_txt="x", b_a1="T1\tX 0 1\tx\n")
    documents, _ = load(source)
    assert [len(document.mentions) for document in documents] == [3, 1]
    brat.write(documents, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(source)


def test_ann_takes_precedence_over_a1(tmp_path):
    [document], report = load(put(tmp_path, a_txt="x", a_ann="", a_a1="T1\tX 0 1\tx\n"))
    assert document.mentions == []
    assert report.summary() == {"B118": 1}


@pytest.mark.parametrize("name", ["c.tar.gz", "c.tgz", "c.tar.xz", "folder"])
def test_nested_documents_through_folders_and_archives(tmp_path, name):
    put(tmp_path / "in", a_txt=TEXT, a_ann=ANN)
    put(tmp_path / "in/x/y", a_txt="no mention", a_ann="")
    documents, _ = load(tmp_path / "in")
    assert [document.id for document in documents] == ["a", "x/y/a"]
    brat.write(documents, tmp_path / name)
    again, report = load(tmp_path / name)
    assert again == documents
    assert report.summary() == {"B121": 1, "B173": 1}
    inner, _ = load(tmp_path / name / "x")
    assert [(document.id, document.text) for document in inner] == [("y/a", "no mention")]


@pytest.mark.parametrize("name", ["a.txt", "a.ann"])
def test_one_pair(tmp_path, name):
    put(tmp_path, a_txt=TEXT, a_ann=ANN, b_txt="other", b_ann="")
    [document], _ = load(tmp_path / name)
    assert (document.id, len(document.mentions)) == ("a", 3)
    (tmp_path / "out").mkdir()
    brat.write([document], tmp_path / "out" / name)
    assert contents(tmp_path / "out") == {"a.txt": TEXT.encode(), "a.ann": ANN.encode()}


@pytest.mark.parametrize(
    ("lines", "code", "number", "kept"),
    [
        ("T1\tX 0 1\ta\nT2 X 1 2\tb\n", "B108", 2, 1),
        ("T1\tX 0 1\n", "B108", 1, 0),
        ("T1\tX y 0 1\ta\n", "B108", 1, 0),
        ("T1\tX 0 ٣\tabc\n", "B108", 1, 0),
        ("T1\tX 0 " + "9" * 5000 + "\ta\n", "B108", 1, 0),
        ("T1\tX 0 99\tabc\n", "B109", 1, 0),
        ("T1\tX 2 1\tb\n", "B109", 1, 0),
        ("T1\tX 1 1\t\n", "B109", 1, 0),
        ("T1\tX 0 2;1 3\tab bc\n", "B109", 1, 0),
        ("T1\tX 0 2\tac\n", "B110", 1, 0),
        ("T1\tX 0 1\ta\nT1\tX 1 2\tb\n", "B111", 2, 1),
        ("hello\n", "B112", 1, 0),
        ("\n T1\tX 0 1\ta\n", "B112", 2, 0),
        ("T1\tX 0 1\ta\nR1\tRel Arg1:T1\n", "B113", 2, 1),
        ("T1\tX 0 1\ta\nE1\tT1\n", "B113", 2, 1),
        ("T1\tX 0 1\ta\nA1\tNeg\n", "B113", 2, 1),
        ("T1\tX 0 1\ta\nN1\tReference T1\n", "B113", 2, 1),
        ("T1\tX 0 1\ta\n*\tEquiv T1\n", "B113", 2, 1),
        ("T1\tX 0 1\ta\nA1\tNeg T2\n", "B114", 2, 1),
        ("T1\tX 0 1\ta\n#1\tAnnotatorNotes R7\tsee\n", "B114", 2, 1),
    ],
)
def test_a_line_at_fault_is_located_raised_or_dropped(tmp_path, lines, code, number, kept):
    put(tmp_path, a_txt="abcdef", a_ann=lines)
    with pytest.raises(BionerError, match=rf"\[{code}\] .*a\.ann:{number}: ") as caught:
        load(tmp_path)
    assert caught.value.code == code
    [document], report = load(tmp_path, "skip")
    assert report.summary() == {code: 1}
    assert report.problems[0].line == number
    assert len(document.mentions) == kept
    brat.write([document], tmp_path / "out")
    assert load(tmp_path / "out")[0][0].mentions == document.mentions


def test_what_refers_to_a_dropped_line_falls_with_it(tmp_path):
    ann = "T1\tX 0 99\tabc\nE1\tX:T1\nA1\tNeg E1\n#1\tNote A1\tw\nT2\tX 0 1\ta\nA2\tNeg T2\n"
    [document], report = load(put(tmp_path, a_txt="abc", a_ann=ann), "skip")
    assert report.summary() == {"B109": 1, "B114": 3}
    assert document.extra["brat"] == {".ann": "T2\tX 0 1\ta\nA2\tNeg T2\n"}


@pytest.mark.parametrize(
    ("text", "line", "notes"),
    [
        ("a\nb c", "T1\tX 0 3\ta b\n", {"B121": 1}),
        ("a\r\nb c", "T1\tX 0 4\ta  b\n", {"B120": 1, "B121": 1}),
        ("a\r\nb c", "T1\tX 0 4\ta b\n", {"B120": 1, "B121": 1}),
        ("a\tb c", "T1\tX 0 3\ta b\n", {}),
        ("a\tb c", "T1\tX 0 3\ta\tb\n", {}),
        ("a\x85b\u2028c", "T1\tX 0 5\ta\x85b\u2028c\n", {}),
        ("a b c", "T1\tX 4 5;0 1\tc a\n", {}),
        ('a "b" c', "T1\tX 0 5\ta  b \n", {"B129": 1}),
        ("\ufeffab", "T1\tX 1 3\tab\n", {"B104": 1}),
        ("🤢𝛂 ab", "T1\tX 3 5\tab\n", {}),
    ],
)
def test_texts_that_count_as_the_same(tmp_path, text, line, notes):
    [document], report = load(put(tmp_path, a_txt=text, a_ann=line))
    assert len(document.mentions) == 1
    assert report.summary() == notes


def test_a_blank_may_not_stand_for_a_letter(tmp_path):
    assert load(put(tmp_path, a_txt="abc", a_ann="T1\tX 0 3\ta c\n"), "skip")[1].summary() == {"B110": 1}


def test_undecodable_text_drops_the_document_and_annotations_the_line(tmp_path):
    put(tmp_path, a_txt=b"ok\n\xe9t\xe9", a_ann="", b_txt="ab", b_ann=b"T1\tX 0 1\ta\nT2\tX 1 2\t\xff\nT3\tX 1 2\tb\n")
    with pytest.raises(BionerError, match=r"B103.*a\.txt:2: not utf-8"):
        load(tmp_path)
    [document], report = load(tmp_path, "skip")
    assert [mention.id for mention in document.mentions] == ["T1", "T3"]
    assert [(problem.code, problem.line) for problem in report.problems] == [("B103", 2), ("B103", 2)]
    assert load(tmp_path / "a.txt", encoding="latin-1")[0][0].text == "ok\nété"
    with pytest.raises(BionerError, match=r"B124.*nonsense"):
        load(tmp_path, encoding="nonsense")


def test_missing_halves(tmp_path):
    put(tmp_path, a_txt="a", b_ann="", c_txt="c", c_ann="")
    for name, code in (("a.txt", "B106"), ("b.ann", "B107")):
        with pytest.raises(BionerError, match=code):
            load(tmp_path / name)
    documents, report = load(tmp_path, "skip")
    assert [document.id for document in documents] == ["c"]
    assert report.summary() == {"B106": 1, "B107": 1}


def test_hidden_files_and_folders_are_counted_never_raised(tmp_path):
    put(tmp_path, a_txt="a", a_ann="")
    (tmp_path / ".DS_Store").write_bytes(b"junk")
    put(tmp_path / ".ipynb_checkpoints", a_txt="junk", a_ann="junk")
    put(tmp_path / "__MACOSX", a_txt="junk")
    documents, report = load(tmp_path)
    assert len(documents) == 1
    assert report.summary() == {"B105": 3}


@pytest.mark.parametrize(("name", "code"), [("nowhere", "B100"), ("empty", "B102"), ("x.csv", r"B102.*x\.csv")])
@pytest.mark.parametrize("policy", ["error", "skip"])
def test_a_path_without_brat_files_is_an_error_under_any_policy(tmp_path, name, code, policy):
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.csv").write_text("a,b")
    with pytest.raises(BionerError, match=code):
        load(tmp_path / name, policy)


def test_a_missing_path_is_reported_before_the_first_document_is_asked_for(tmp_path):
    with pytest.raises(BionerError, match="B100"):
        brat.read(tmp_path / "nowhere", ProblemLog())


def test_edited_mentions_are_rewritten_and_the_rest_stays(tmp_path):
    [document], _ = load(put(tmp_path, a_txt=TEXT, a_ann=ANN))
    drug, headache, _ = document.mentions
    document.mentions = [
        replace(drug, concepts=("DRUGBANK:DB00945", "EX:1")),
        replace(headache, label="Symptom"),
        Mention(45, 52, "Drug"),
        Mention(35, 36, "ADR", id="T2"),
    ]
    report = ProblemLog()
    brat.write([document], tmp_path / "out", report)
    assert (tmp_path / "out/a.ann").read_text() == (
        "T1\tDrug 0 7\tAspirin\n"
        "T2\tSymptom 15 21;22 30\tsevere headache\n"
        "T4\tDrug 45 52\tAspirin\n"
        "T5\tADR 35 36\t🤢\n"
        "#1\tAnnotatorNotes T2 over a line end\n"
        "E1\tCause:T1 Theme:T2\n"
        "M1\tSpeculation E1\n"
        "# just words\n"
        "N2\tReference T1 DRUGBANK:DB00945\tacetylsalicylic acid\n"
        "N3\tReference T1 EX:1\tAspirin\n"
    )
    assert report.summary() == {"B122": 3}  # A1, R1 and the equivalence spoke of T3
    with pytest.warns(UserWarning, match=r"B122.* 3 lines"):
        brat.write([document], tmp_path / "out", overwrite=True)


def test_mentions_of_a_changed_text_are_rewritten(tmp_path):
    [document], _ = load(put(tmp_path, a_txt="ab cd", a_ann="T1\tX 3 5\tcd\nA1\tNeg T1\n"))
    document.text = "b cd"
    document.mentions = [replace(document.mentions[0], start=2, end=4)]
    brat.write([document], tmp_path / "out")
    assert (tmp_path / "out/a.ann").read_text() == "T1\tX 2 4\tcd\nA1\tNeg T1\n"


@pytest.mark.parametrize(
    ("documents", "name", "code"),
    [
        ([Document("x", id="../x")], "out", "B125"),
        ([Document("x", id="/x")], "out", "B125"),
        ([Document("x", id="a//x")], "out.tar.gz", "B125"),
        ([Document("x", id=".x")], "out", "B125"),
        ([Document("x", id="a/" + "ü" * 126)], "out", "B125"),
        ([Document("x", id="a"), Document("y", id="a")], "out.tar.gz", "B126"),
        ([Document("\ud800", id="a")], "out", "B127"),
        ([Document("x", id="a"), Document("y", id="b")], "a.txt", "B128"),
        ([], "a.txt", "B128"),
        (
            [Document("x", [Mention(0, 2, "X")])],
            "out",
            "B123.*: the mention of characters 0 to 2, labelled 'X', cannot",
        ),
        ([Document("x", [Mention(-1, 1, "X")])], "out", "B123"),
        ([Document("x", [Mention(0, 0, "X")])], "out", "B123"),
        ([Document("x", [Mention(0, 1, "cell line")])], "out", "B781"),
        ([Document("x", [Mention(0, 1, "X", concepts=("a\tb",))])], "out", "B123"),
        ([Document("xyz", [Mention(0, 3, "X", fragments=((2, 3), (0, 1)))])], "out", "B123"),
        ([Document("x")], "file/out", "B811"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, documents, name, code):
    (tmp_path / "file").write_text("")
    with pytest.raises(BionerError, match=code):
        brat.write(documents, tmp_path / name)
    assert not list(tmp_path.glob("*.tar*"))


def test_documents_without_an_id_are_numbered(tmp_path):
    brat.write([Document("x"), Document("y")], tmp_path)
    assert [document.id for document in load(tmp_path)[0]] == ["00000001", "00000002"]


def test_a_text_is_recognised_by_the_annotations_beside_it(tmp_path):
    put(tmp_path, a_txt="a", a_ann="", b_txt="b", c_txt="c", c_a1="")
    assert [brat.recognises(tmp_path / f"{name}.txt", "") for name in "abc"] == [True, False, True]
    assert [detect(tmp_path / f"{name}.txt") for name in "abc"] == ["brat", "text", "brat"]
