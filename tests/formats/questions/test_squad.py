"""SQuAD's JSON: what is read, moved, refused and written."""

import json

import pytest
from places import DATA

from spacy_bioner.documents.document import NOWHERE
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Answer, Document, Mention, ProblemLog, Question, detect, read, write

CONTEXT = "Digoxin was given at 0.25 mg. Digoxin was stopped."


def squad(path, *qas, context=CONTEXT, **more):
    articles = [{"title": "Drugs", "paragraphs": [{"context": context, "qas": list(qas)}]}]
    path.write_text(json.dumps({**more, "data": articles}), encoding="utf8")
    return path


def qa(name, text=None, start=0, **more):
    answers = {} if text is None else {"answers": [{"text": text, "answer_start": start}]}
    return {"id": name, "question": "How much?", **answers, **more}


def test_each_question_of_a_paragraph_is_a_document(tmp_path):
    path = squad(tmp_path / "a.json", qa("q1", "0.25 mg", 21), qa("q2"), version="1.1")
    assert detect(path) == "squad"
    first, second = read(path)
    assert first == Document(
        CONTEXT, id="q1", meta={"title": "Drugs"}, question=Question("How much?", (Answer("0.25 mg", 21),))
    )
    assert (second.id, second.question) == ("q2", Question("How much?"))


def test_version_two(tmp_path):
    likely = [{"text": "0.25 mg", "answer_start": 21}]
    path = squad(tmp_path / "a.json", qa("q1", is_impossible=True, answers=[], plausible_answers=likely))
    (document,) = read(path)
    assert document.question == Question("How much?", impossible=True)
    assert document.meta["plausible_answers"] == likely
    write([document], tmp_path / "b.json", "squad")
    written = json.loads((tmp_path / "b.json").read_text())
    assert written["version"] == "v2.0"
    assert list(read(tmp_path / "b.json")) == [document]


def test_ids_of_bioasq_name_the_question(tmp_path):
    path = squad(tmp_path / "a.json", qa("5c65b7657c78d6947100000c_001"), qa("other_001"))
    assert [document.question.group for document in read(path)] == ["5c65b7657c78d6947100000c", ""]


@pytest.mark.parametrize(
    ("text", "start", "moved", "code"),
    [
        ("0.25 mg", 20, 21, "B289"),
        ("Digoxin", 3, NOWHERE, "B290"),
        ("1 mg", 3, NOWHERE, "B290"),
        ("0.25 mg", -4, 21, "B289"),
    ],
)
def test_an_offset_that_is_wrong_is_moved_where_the_text_occurs_once(tmp_path, text, start, moved, code):
    path = squad(tmp_path / "a.json", qa("q1", text, start))
    report = ProblemLog("skip")
    (document,) = read(path, report=report)
    assert document.question.answers == (Answer(text, moved),)
    assert report.summary() == {code: 1}
    assert f"'q1': the answer '{text}' is not at {start}" in report.describe()[0]


def test_only_what_is_lost_stops_a_strict_reader(tmp_path):
    assert list(read(squad(tmp_path / "a.json", qa("q1", "0.25 mg", 20))))
    with pytest.raises(BionerError, match=r"B290.*occurs 2 times"):
        list(read(squad(tmp_path / "b.json", qa("q1", "Digoxin", 3))))


@pytest.mark.parametrize(
    "asked",
    [
        qa(""),
        {"question": "What?"},
        qa("q2", question=""),
        qa("q2", question="\ud800"),
        qa("q2", "0.25 mg", 21, is_impossible=True),
        qa("q2", is_impossible="no"),
        qa("q2", answers="0.25 mg"),
        qa("q1"),
        "no question",
    ],
)
def test_questions_that_are_none_are_left_out_and_counted(tmp_path, asked):
    report = ProblemLog("skip")
    documents = list(read(squad(tmp_path / "a.json", qa("q1", "0.25 mg", 21), asked), "squad", report))
    assert [document.id for document in documents] == ["q1"]
    assert report.summary() == {"B288": 1}


def test_other_json_is_told(tmp_path):
    path = tmp_path / "a.json"
    for content, code in [
        ('{"data": [{}]}', "B288"),
        ('{"data": [', "B269"),
        ('{"data": [{"paragraphs": [{}]}]}', "B288"),
    ]:
        path.write_text(content)
        with pytest.raises(BionerError, match=code):
            list(read(path, "squad"))


def test_what_is_written_is_read(tmp_path):
    asked = Question("How much?", (Answer("0.25 mg", 21, 0.5), Answer("Digoxin", 30, 0.25)))
    documents = [
        Document(CONTEXT, id="q1", meta={"title": "Drugs"}, question=asked),
        Document(CONTEXT, id="q2", meta={"title": "Drugs"}, question=Question("When?")),
        Document("Other.", id="q3", question=Question("What?", (Answer("Other", 0),))),
    ]
    write(documents, tmp_path / "a.json", "squad")
    written = json.loads((tmp_path / "a.json").read_text())
    assert written["version"] == "1.1"
    assert [len(paragraph["qas"]) for article in written["data"] for paragraph in article["paragraphs"]] == [2, 1]
    assert list(read(tmp_path / "a.json")) == documents
    write([], tmp_path / "none.json", "squad")
    assert list(read(tmp_path / "none.json", "squad")) == []


def test_what_cannot_be_written_is_told(tmp_path):
    report = ProblemLog("skip")
    asked = Question("How much?", (Answer("0.25 mg", 21), Answer("a quarter")))
    documents = [Document(CONTEXT, [Mention(0, 7, "Drug")], "q1", question=asked), Document(CONTEXT, id="d2")]
    write(documents, tmp_path / "a.json", "squad", report)
    assert report.summary() == {"B263": 2, "B291": 1}
    assert [document.question.answers for document in read(tmp_path / "a.json")] == [(Answer("0.25 mg", 21),)]


def test_formats_without_questions_say_what_they_lose(tmp_path):
    report = ProblemLog("skip")
    write([Document(CONTEXT, id="q1", question=Question("What?"))], tmp_path / "a.tsv", report=report)
    assert "question with its answers" in " ".join(report.describe())


@pytest.mark.real
@pytest.mark.skipif(not DATA.exists(), reason="no corpora")
def test_real_questions_are_read_whole_and_written_back(tmp_path):
    path = DATA / "questions/squad-v1.1-dev/dev-v1.1.json.xz"
    documents = list(read(path))
    assert len(documents) == 4961
    assert all(answer.start >= 0 for document in documents for answer in document.question.answers)
    write(documents, tmp_path / "a.json", "squad")
    assert list(read(tmp_path / "a.json")) == documents
