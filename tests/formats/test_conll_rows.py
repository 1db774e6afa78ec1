"""Column files of other tools: comments, columns that the user names, encodings, tokens that look like marks."""

import pytest
from column_files import reading
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog
from spacy_bioner.formats import read as read_any
from spacy_bioner.formats import write as write_any
from spacy_bioner.formats.conll import read, write

CONLLU = """# newdoc id = 7
# sent_id = 1
# text = No rash
1\tNo\tO
2\trash\tB-ADR

# sent_id = 2
1\t#\tB-ADR
2\tthat\tO

"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.tsv"


@pytest.mark.parametrize("separator", ["\t", " "])
@pytest.mark.parametrize("group", [1, 0])
def test_comments_are_kept_aside_and_written_back(path, separator, group):
    content = CONLLU.replace("\t", separator)
    report = ProblemLog()
    documents = reading(path, content, report, token=1, group=group)
    assert [d.text for d in documents] == (["No rash", "# that"] if group else ["No rash # that"])
    assert report.summary() == {"B185": 1}
    write(documents, path)
    assert path.read_text() == content


@pytest.mark.parametrize("group", [1, 2, 0])
@pytest.mark.parametrize(
    "content",
    [
        "A\tO\nrash\tB-ADR\n\n# end\n",
        "A\tO\nrash\tB-ADR\n\n# end\n\n# of file\n\n",
        "# a file\n\n# of two\nA\tO\n\n# apart\n\nrash\tB-ADR\n\n",
        "# head\n-DOCSTART-\tO\n\nA\tO\n\n# one\nrash\tB-ADR\n\n# two\n\n-DOCSTART-\tO\n\nNo\tO\n\n# end\n",
        "-DOCSTART-\tO\n\n# of an empty one\n-DOCSTART-\tO\n\nNo\tO\n\n",
    ],
)
def test_comments_come_back_wherever_they_stand(path, content, group):
    documents = reading(path, content, ProblemLog(), group=group)
    write(documents, path)
    assert path.read_text() == content
    report = ProblemLog()
    write_any(documents, path.with_suffix(".jsonl"), report=report)
    told = [int(str(one).partition("': ")[2].split(" ")[0]) for one in report.problems if one.code == "B263"]
    assert sum(told) == content.count("#")


@pytest.mark.parametrize("separator", ["\t", " "])
def test_a_number_sign_is_a_token_and_no_comment(path, separator):
    content = "# O\n5 B-X\n\n# B-X\n#1 I-X\n\na O\n# O\n\n".replace(" ", separator)
    documents = reading(path, content)
    assert [d.text for d in documents] == ["# 5", "# #1", "a #"]
    write(documents, path)
    assert path.read_text() == content
    assert [d.text for d in reading(path, f"#{separator}O\n")] == ["#"]
    assert [d.text for d in reading(path, f"# sent_id = 2\n#{separator}O\n")] == ["#"]
    assert [d.text for d in reading(path, f"# text = O\n#{separator}O\n")] == ["#"]


def test_comments_before_a_header_and_a_header_with_a_number_sign(path):
    for first in ("word tag\n", "#word tag\n"):
        (document,) = reading(path, f"# made by hand\n{first}rash B-X\n", token=first.split()[0], tag="tag")
        assert document.mentions[0].label == "X"


def test_only_comments_hold_nothing(path):
    report = ProblemLog()
    assert reading(path, "# a b c\n# d e f\n\n", report) == []
    assert report.summary() == {"B185": 1}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"token": 1.5}, "B187"),
        ({"tag": True}, "B187"),
        ({"tag": ""}, "B187"),
        ({"group": -1}, "B187"),
        ({"group": True}, "B187"),
        ({"label": " a"}, "B187"),
        ({"label": "a\x1cb"}, "B187"),
        ({"token": 1, "tag": 1}, "B186"),
        ({"token": 0, "tag": "0"}, "B186"),
        ({"separator": ","}, "B165"),
        ({"encoding": "rot13"}, "B124"),
        ({"encoding": "a\0b"}, "B124"),
        ({"encoding": "undefined"}, "B124"),
    ],
)
def test_values_of_the_right_shape_that_are_none(path, options, code):
    with pytest.raises(BionerError, match=code):
        reading(path, "a\tO\n", **options)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_of_more_than_one_byte(path, encoding, end):
    content = f"Hautausschlag\tB-ADR{end}\u010a\tO{end}{end}ja\tO{end}"
    if encoding == "cp037":
        content = content.replace("\u010a", "ä")
    first, second = reading(path, content.encode(encoding), encoding=encoding)
    assert first.text.split()[0] == "Hautausschlag"
    assert second.text == "ja"


def test_utf_16_is_told_and_its_faults_are_located(path):
    content = "a\tO\n\nb\tO\n"
    with pytest.raises(BionerError, match=r"B103.*a.tsv:1: .*encoding utf-16"):
        reading(path, content.encode("utf-16"))
    report = ProblemLog("skip")
    (document,) = reading(path, content.encode("utf-16") + b"\x00", report, encoding="utf-16")
    assert document.text == "a"
    assert report.summary() == {"B103": 1}
    assert "the rest of the file" in report.problems[0].message


def test_control_characters_are_no_separators_and_no_part_of_labels(path):
    with pytest.raises(BionerError, match=r"B143.*a\.tsv:1"):
        reading(path, "a\x1cb O\n")
    with pytest.raises(BionerError, match=r"B144.*a\.tsv:1"):
        reading(path, "a\tB-x\x0by\n")


@pytest.mark.parametrize("token", ["-DOCSTART-", "-DOCSTART-x"])
def test_tokens_that_would_be_read_as_marks_are_not_written(path, token):
    document = Document(token, tokens=[(0, len(token))], sentences=[0])
    with pytest.raises(BionerError, match="B190"):
        write([document], path)


def test_a_token_that_starts_as_a_file_may(path):
    documents = [Document(token, tokens=[(0, len(token))], sentences=[0]) for token in ("\ufeffa", "\ufeffb")]
    write(documents, path)
    assert [document.text for document in read(path, ProblemLog())] == ["\ufeffa", "\ufeffb"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.sampled_from(["#", "#1", "a", "-DOCSTART-", "O"]), min_size=1, max_size=3), max_size=4),
    st.sampled_from("\t "),
    st.integers(0, 1),
)
def test_what_is_written_is_read(path, sentences, separator, group):
    words = [word for sentence in sentences for word in sentence]
    path.write_text("".join("".join(f"{w}{separator}O\n" for w in sentence) + "\n" for sentence in sentences))
    documents = list(read(path, ProblemLog(), group=group))
    if any("-DOCSTART-" in word for word in words):
        return
    assert [word for document in documents for word in document.text.split()] == words
    write(documents, path)
    assert list(read(path, ProblemLog(), group=group)) == documents


@pytest.mark.parametrize("command", ["check", "convert", "evaluate", "split", "overlap"])
def test_commands_name_the_columns(path, tmp_path, command):
    """The columns that a message names can be named in every command that reads files."""
    import spacy

    content = "".join(f"B-ADR|x|rash{i}|O\nO|y|.|O\n\n" for i in range(9)).replace("|", " ")
    path.write_text(content)
    given = ["--token", "2", "--tag", "0", "--separator", "blank"]
    out = tmp_path / "out"
    arguments = {"convert": [path, out.with_suffix(".jsonl")], "split": [path, "-o", out]}.get(command, [path])
    if command == "evaluate":
        spacy.blank("en").to_disk(out)
        arguments = [out, path]
    result = CliRunner().invoke(app, [command, *map(str, arguments), *given])
    assert result.exit_code == 0, result.output
    if command in ("check", "evaluate"):
        assert "ADR" in result.output
    assert CliRunner().invoke(app, [command, *map(str, arguments), "--tag", "7"]).exit_code


def test_a_file_has_the_layout_of_its_first_document(tmp_path):
    """Corpora are pooled: three columns with a header, two, blanks, other tags, a document without columns."""
    contents = {
        "a.tsv": "word\tpos\ttag\nNo\tDT\tO\nrash\tNN\tB-ADR\n\n",
        "b.tsv": "No O\npain S-ADR\n\n",
        "c.tsv": "O\tNo\nB-ADR\tfever\nI-ADR\tand\n\n",
        "d.tsv": "No\tDT\tO\n\n",
    }
    documents = []
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
        options = {"a.tsv": {"header": True}, "c.tsv": {"token": 1, "tag": 0}}.get(name, {})
        documents += read(tmp_path / name, ProblemLog(), **options)
    documents.append(Document("No cough", [Mention(3, 8, "ADR")], tokens=[(0, 2), (3, 8)]))
    for first in range(len(documents)):
        ordered = documents[first:] + documents[:first]
        report = ProblemLog("skip")
        write(ordered, tmp_path / "all.tsv", report)
        assert report.summary()["B239"] >= 1
        stored = ordered[0].extra.get("conll", {})
        named = {"header": "header" in stored, "token": stored.get("token", 0), "tag": stored.get("tag", -1)}
        again = list(read(tmp_path / "all.tsv", ProblemLog(), **named))
        assert [(d.text, d.mentions) for d in again] == [(d.text, d.mentions) for d in ordered]
        lines = (tmp_path / "all.tsv").read_text().splitlines()
        assert len({len(line.split(stored.get("separator", "\t"))) for line in lines if line}) == 1


def test_ids_keep_all_of_a_file_name_but_its_suffix(tmp_path):
    for name in ("visit.2020.tsv", "visit.2021.tsv"):
        (tmp_path / name).write_text("No\tO\nrash\tB-ADR\n\n")
        (tmp_path / name.replace("tsv", "txt")).write_text("A rash.")
    assert [d.id for d in read_any(sorted(tmp_path.glob("*.tsv")))] == ["visit.2020-1", "visit.2021-1"]
    assert [d.id for d in read_any(sorted(tmp_path.glob("*.txt")), "text")] == ["visit.2020", "visit.2021"]
