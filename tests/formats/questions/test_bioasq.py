"""BioASQ's golden files become documents and training data, found answers a submission."""

import json

import pytest

from spacy_bioner.documents.document import NOWHERE
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Answer, Document, ProblemLog, Question, detect, read, write
from spacy_bioner.formats.questions.locate import loose_places, places, word_places

NAME = "5c65b7657c78d6947100000c"


def golden(path, *questions):
    path.write_text(json.dumps({"questions": list(questions)}), encoding="utf8")
    return path


def factoid(*snippets, answer=(("Lisp", "lisp language"),), **more):
    texts = [{"text": text, "document": "d"} for text in snippets]
    return {"id": NAME, "type": "factoid", "body": "Which?", "exact_answer": answer, "snippets": texts, **more}


def starts(path, report=None, **options):
    documents = list(read(path, "bioasq", report or ProblemLog("error"), **options))
    return [(document.id, [answer.start for answer in document.question.answers]) for document in documents]


def test_each_snippet_is_a_document(tmp_path):
    path = golden(tmp_path / "golden.json", factoid("It is Lisp.", "A lisp  language is old.", "It is Lisp."))
    assert detect(path) == "bioasq"
    first, second = read(path)
    assert first == Document(
        "It is Lisp.",
        id=f"{NAME}_001",
        question=Question("Which?", (Answer("Lisp", 6), Answer("lisp language")), NAME),
    )
    assert second.question.answers == (Answer("lisp", 2), Answer("lisp  language", 2))


@pytest.mark.parametrize(
    ("snippet", "start"),
    [
        ("Lisp and Lisp", 0),  # as it is spelt, the first
        ("Lisps, then Lisp", 12),  # whole words
        ("now lisp", 4),  # of another case, once
        ("lisp or LISP", NOWHERE),  # twice: nobody knows which
        ("Lispector", NOWHERE),
        ("Scheme", NOWHERE),
    ],
)
def test_where_an_answer_is_found(tmp_path, snippet, start):
    report = ProblemLog("skip")
    found = starts(golden(tmp_path / "a.json", factoid(snippet, answer=["Lisp"])), report)
    assert found == [(f"{NAME}_001", [start])]
    assert report.summary() == ({"B294": 1} if start == NOWHERE else {})


def test_answers_as_the_years_spelt_them(tmp_path):
    for answer in ("Lisp", ["Lisp"], [["Lisp"]]):
        assert starts(golden(tmp_path / "a.json", factoid("It is Lisp.", answer=answer)))[0][1] == [6]


def test_what_is_left_out_is_counted(tmp_path):
    report = ProblemLog("skip")
    others = [
        {"id": "a", "type": "yesno", "body": "Is it?", "exact_answer": "yes"},
        {"id": "b", "type": "list", "body": "Which?", "exact_answer": [["x"], ["y"]], "snippets": [{"text": "x, y"}]},
        factoid(id="c"),
        factoid("Lisp", id="d", answer=[]),
        factoid("Lisp", id="d"),
        factoid("Lisp", id=None),
        "nothing",
    ]
    path = golden(tmp_path / "a.json", *others)
    assert starts(path, report) == []
    assert report.summary() == {"B288": 4, "B292": 2, "B293": 1}
    assert starts(path, ProblemLog("skip"), questions="list") == [("b_001", [0, 3])]
    with pytest.raises(BionerError, match="B295"):
        starts(path, questions="yesno")


def test_contexts_of_another_file(tmp_path):
    """Abstracts by question, as in BioBERT's test files, whose own answers are not looked at."""
    asked = [{"id": f"{NAME}_{i:03d}", "question": "Which?"} for i in range(2)]
    contexts = tmp_path / "contexts.json"
    articles = [{"paragraphs": [{"context": f"Abstract {i}, Lisp.", "qas": [qa]} for i, qa in enumerate(asked)]}]
    contexts.write_text(json.dumps({"data": articles}), encoding="utf8")
    path = golden(tmp_path / "a.json", factoid("A snippet."), factoid("Lisp", id="c"))
    report = ProblemLog("skip")
    assert starts(path, report, contexts=str(contexts)) == [
        (f"{NAME}_000", [12, NOWHERE]),
        (f"{NAME}_001", [12, NOWHERE]),
    ]
    assert report.summary() == {"B293": 1, "B294": 2}


def test_golden_answers_become_training_data(tmp_path):
    path = golden(tmp_path / "golden.json", factoid("It is Lisp."))
    report = ProblemLog("skip")
    write(read(path, "bioasq", report), tmp_path / "train.json", "squad", report)
    written = json.loads((tmp_path / "train.json").read_text())
    (asked,) = written["data"][0]["paragraphs"][0]["qas"]
    assert asked == {"id": f"{NAME}_001", "question": "Which?", "answers": [{"text": "Lisp", "answer_start": 6}]}
    assert report.summary() == {"B263": 1, "B294": 1}


def test_a_submission_has_the_best_five_of_all_contexts(tmp_path):
    def found(number, *answers):
        return Document("...", id=f"{NAME}_{number}", question=Question("Which?", answers, NAME))

    texts = [Answer(letter, NOWHERE, 0.01) for letter in "abcde"]
    documents = [
        found(1, Answer("Lisp", NOWHERE, 0.3), Answer("Java", NOWHERE, 0.5), Answer("x" * 101, NOWHERE, 0.9)),
        found(2, Answer("LISP", NOWHERE, 0.4), *texts),
        Document("...", id="alone", question=Question("What?")),
        Document("...", id="text"),
    ]
    report = ProblemLog("skip")
    write(documents, tmp_path / "submission.json", "bioasq", report)
    first, second = json.loads((tmp_path / "submission.json").read_text())["questions"]
    assert first["id"] == NAME
    assert first["exact_answer"] == [["LISP"], ["Java"], ["a"], ["b"], ["c"]]
    assert (second["id"], second["exact_answer"]) == ("alone", [])
    assert report.summary() == {"B291": 1, "B296": 1}


def test_the_answers_of_a_list_question_are_written_as_its_list(tmp_path):
    names = [f"a{number}" for number in range(8)]
    question = factoid(" ".join(names), answer=[[name] for name in names], type="list")
    path = golden(tmp_path / "a.json", question, factoid("Lisp", id="b"))
    report = ProblemLog("skip")
    documents = list(read(path, "bioasq", report, questions="factoid,list"))
    assert [document.meta for document in documents] == [{"question_type": "list"}, {}]
    write(documents, tmp_path / "b.json", "bioasq", report)
    first, second = json.loads((tmp_path / "b.json").read_text())["questions"]
    assert (first["type"], first["exact_answer"]) == ("list", [[name] for name in names])
    assert second["type"] == "factoid"
    assert report.summary() == {"B294": 1}


def test_answers_that_no_list_may_hold_are_counted(tmp_path):
    answers = [Answer(f"a{number}", NOWHERE, 0.5) for number in range(102)]
    answers += [Answer("A1", NOWHERE, 0.5), Answer("x" * 101, NOWHERE, 0.9)]
    asked = Question("Which?", tuple(answers), NAME)
    documents = [Document("...", id=f"{NAME}_1", question=asked, meta={"question_type": "list"})]
    report = ProblemLog("skip")
    write(documents, tmp_path / "a.json", "bioasq", report)
    (written,) = json.loads((tmp_path / "a.json").read_text())["questions"]
    assert len(written["exact_answer"]) == 100
    assert written["exact_answer"][0] == ["a1"]  # found twice
    assert [str(one).partition("': ")[2].partition(",")[0] for one in report.problems] == ["3 answers of the list"]


def test_places():
    assert places("ana nana", "ana") == [0, 5]
    assert places("anana", "ana") == [0, 2]
    assert places("a", "") == []
    assert word_places("ana banana, ana", "ana") == [(0, 3), (12, 15)]
    assert loose_places("Ana  B, ana\nb", "ana b") == [(0, 6), (8, 13)]
    assert word_places("5-HT(2A)", "HT(2A)") == [(2, 8)]
    assert loose_places("x", "  ") == []
