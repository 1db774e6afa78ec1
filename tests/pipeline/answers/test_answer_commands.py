"""``spacy bioner ask``, and questions under ``evaluate`` and ``convert``."""

import json

import pytest
import spacy
from invented_questions import ASKED, documents, examples
from typer.testing import CliRunner

from spacy_bioner import annotate
from spacy_bioner.cli import app
from spacy_bioner.formats import Answer, Document, Question, read, write

NAMES = ["5c65b7657c78d6947100000a", "5c65b7657c78d6947100000b"]


@pytest.fixture(scope="module")
def model(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    trained.to_disk(folder)
    return folder


def run(*arguments, code=0):
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == code, result.output
    return result.output + (result.stderr if code else "")


def test_ask_files(model, tmp_path):
    (tmp_path / "a.txt").write_text("So aspirin treats asthma now.\nSo digoxin treats asthma now.\n")
    write([Document("", id="empty"), Document("So heparin treats cancer now.", id="d7")], tmp_path / "b.jsonl")
    files = [tmp_path / "a.txt", tmp_path / "b.jsonl"]
    printed = run("ask", model, ASKED["drug"], *files, "--best", 2, "--json", tmp_path / "found.json")
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["question"] == ASKED["drug"]
    first, second = found["answers"]
    assert {first["text"], second["text"]} & {"aspirin", "heparin", "digoxin"}
    assert 1 >= first["score"] >= second["score"] > 0
    assert f"[{first['text']}]" in printed
    lines = run("ask", model, ASKED["drug"], tmp_path / "a.txt", "--unit", "line", "--json", tmp_path / "found.json")
    assert "a-" in lines
    assert len(json.loads((tmp_path / "found.json").read_text())["answers"]) == 5


def test_mistakes_in_asking(model, tmp_path):
    (tmp_path / "a.txt").write_text(" \n")
    assert "B860" in run("ask", model, "what?", tmp_path / "a.txt", code=1)
    (tmp_path / "b.txt").write_text("So aspirin.")
    assert "B286" in run("ask", model, " ", tmp_path / "b.txt", code=1)
    assert "B804" in run("ask", tmp_path / "none", "what?", tmp_path / "b.txt", code=1)
    spacy.blank("en").to_disk(tmp_path / "blank")
    assert "B636" in run("ask", tmp_path / "blank", "what?", tmp_path / "b.txt", code=1)


def test_evaluate_scores_answers_and_writes_a_submission(model, tmp_path):
    made = documents(12)
    for number, document in enumerate(made[:4]):
        asked = document.question
        document.question = Question(asked.text, asked.answers, NAMES[number % 2])
    made[1].question = Question(ASKED["drug"], (Answer("nothing that stands there"),), NAMES[1])
    made[3].question = made[1].question
    write(made, tmp_path / "gold.jsonl")
    out = tmp_path / "submission.json"
    printed = run(
        *("evaluate", model, tmp_path / "gold.jsonl", "--output", tmp_path / "scores.json"),
        *("--predictions", out, "--to", "bioasq"),
    )
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["answers_questions"] == 12
    assert 0.7 < scores["answers_em"] <= scores["answers_f1"] < 0.9
    assert (scores["bioasq_ceiling"], scores["bioasq_questions"]) == (0.5, 2)
    assert scores["bioasq_strict"] <= scores["bioasq_lenient"] <= scores["bioasq_ceiling"]
    assert "exact match" in printed
    assert "ceiling" in printed
    assert "exact span" not in printed
    questions = json.loads(out.read_text())["questions"]
    assert [one["id"] for one in questions[:2]] == NAMES
    assert all(1 <= len(one["exact_answer"]) <= 5 for one in questions)
    run("evaluate", model, tmp_path / "gold.jsonl", "--predictions", tmp_path / "found.jsonl")
    found = list(read(tmp_path / "found.jsonl"))
    assert [document.id for document in found] == [document.id for document in made]
    assert all(0 < document.question.answers[0].score <= 1 for document in found)


def test_convert_takes_contexts(tmp_path):
    question = {"id": NAMES[0], "type": "factoid", "body": "Which?", "exact_answer": ["Lisp"], "snippets": []}
    (tmp_path / "golden.json").write_text(json.dumps({"questions": [question]}))
    asked = Document("An abstract about Lisp.", id=f"{NAMES[0]}_000", question=Question("Which?"))
    write([asked], tmp_path / "contexts.json", "squad")
    files = [tmp_path / "golden.json", tmp_path / "out.jsonl", "--from", "bioasq"]
    run("convert", *files, "--contexts", tmp_path / "contexts.json")
    (document,) = read(tmp_path / "out.jsonl")
    assert document.question == Question("Which?", (Answer("Lisp", 18),), NAMES[0])
    assert "B293" in run("convert", *files)


def test_convert_reads_the_types_of_questions_that_b292_names(tmp_path):
    made = [
        {"id": name, "type": kind, "body": "Which?", "exact_answer": [["Lisp"]], "snippets": [{"text": "It is Lisp."}]}
        for name, kind in zip(NAMES, ("factoid", "list"), strict=True)
    ]
    (tmp_path / "golden.json").write_text(json.dumps({"questions": made}))
    files = ["convert", tmp_path / "golden.json", tmp_path / "out.jsonl", "--from", "bioasq"]
    printed = " ".join(run(*files).split())
    assert "B292" in printed
    assert "convert --questions factoid,list" in printed
    assert len(list(read(tmp_path / "out.jsonl"))) == 1
    assert "B292" not in run(*files, "--questions", "factoid,list")
    documents_ = list(read(tmp_path / "out.jsonl"))
    assert [one.question.group for one in documents_] == NAMES
    assert list(read(tmp_path / "golden.json", questions="factoid,list")) == documents_
    assert [one.meta for one in documents_] == [{}, {"question_type": "list"}]


def test_annotate_asks_each_document_its_question(model, tmp_path):
    """Gold answers are replaced, never taken for found ones; with ``question`` a text that has none is asked that."""
    made = [*documents(2), Document("So aspirin treats asthma now.", id="plain")]
    asked = made[0].question
    made[1].question = Question(asked.text, (Answer("treats", made[1].text.index("treats")),))
    write(made, tmp_path / "in.jsonl")
    run("annotate", model, tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    first, second, plain = read(tmp_path / "out.jsonl")
    assert first.question.answers[0].text == asked.answers[0].text
    assert "treats" != second.question.answers[0].text == "digoxin"
    assert all(0 < answer.score <= 1 for answer in (*first.question.answers, *second.question.answers))
    assert plain.question is None
    nlp = spacy.load(model, config={"components": {"bioner_answers": {"question": asked.text}}})
    (answered,) = annotate(nlp, [Document(made[2].text, tokens=[(0, 2), (3, 10), (11, 17), (18, 24), (25, 29)])])
    assert (answered.question.text, answered.question.answers[0].text) == (asked.text, "aspirin")


def test_a_question_to_an_empty_text_counts(model, trained, tmp_path):
    """As in SQuAD's official script: no answer is right where there is none, and wrong where there is one."""
    kinds = [Question(ASKED["drug"], impossible=True), Question(ASKED["drug"], (Answer("aspirin"),))]
    made = [*documents(2), *(Document("", id=f"e{i}", question=question) for i, question in enumerate(kinds))]
    for name, form in (("gold.jsonl", "jsonl"), ("gold.json", "squad")):
        write(made, tmp_path / name, form)
        run("evaluate", model, tmp_path / name, "--output", tmp_path / "scores.json")
        scores = json.loads((tmp_path / "scores.json").read_text())
        # SQuAD's form has no answer that its text does not state: there, the last question has no gold.
        assert (scores["answers_questions"], scores["documents"]) == ((4, 4) if name == "gold.jsonl" else (3, 4))
        assert scores["answers_em"] == 3 / scores["answers_questions"]
    losses = trained.update(examples(trained, made[2:]), sgd=None)
    assert losses == {"bioner_answers": 0.0}
    trained.update(examples(trained, made), sgd=None)
