"""A question and its answers on a Doc survive every way that a Doc travels."""

import copy
import pickle

import pytest
import spacy
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from spacy_bioner.documents.alignment import from_doc, to_doc
from spacy_bioner.documents.doc_questions import (
    ANSWERS_KEY,
    QUESTION,
    get_answers,
    get_question,
    register_extensions,
    set_answers,
    set_question,
)
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Answer, Document, Question, read, write
from spacy_bioner.training.corpora import unannotated

TEXT = "A 10-day course was given."
ASKED = Question("How long?", (Answer("10", 2), Answer("ten days")), "q1")
FOUND = [Answer("10", 2, 0.75), Answer("10-day course", 2, 0.25)]


@pytest.fixture
def doc():
    doc = to_doc(Document(TEXT, id="d1", question=ASKED), spacy.blank("en"))
    set_answers(doc, FOUND, 0.125)
    return doc


def state(doc):
    answers = [(one.text, one.start, one.end, one.score, one.span.text) for one in get_answers(doc)]
    return get_question(doc), answers, doc.spans[ANSWERS_KEY].attrs["no_answer"]


TRAVELS = {
    "bytes": lambda doc: Doc(Vocab()).from_bytes(doc.to_bytes()),
    "docbin": lambda doc: next(
        DocBin().from_bytes(DocBin(store_user_data=True, docs=[doc]).to_bytes()).get_docs(Vocab())
    ),
    "pickle": lambda doc: pickle.loads(pickle.dumps(doc)),
    "copy": lambda doc: doc.copy(),
    "deepcopy": copy.deepcopy,
    "n_process": lambda doc: next(spacy.blank("en").pipe([doc], n_process=2)),
}


@pytest.mark.parametrize("way", TRAVELS)
def test_it_travels(doc, way):
    expected = (
        ASKED,
        [("10", 2, 4, 0.75, "10"), ("10-day course", 2, 15, 0.25, "10-day course")],
        0.125,
    )
    assert state(doc) == state(TRAVELS[way](doc)) == expected


def test_an_answer_may_be_part_of_a_token():
    doc = Doc(Vocab(), words=["10day", "course"])
    set_answers(doc, [Answer("10", 0, 1.0)])
    (answer,) = get_answers(doc)
    assert (answer.text, answer.span.text) == ("10", "10day")


def test_to_a_document_and_back(doc, tmp_path):
    assert from_doc(doc).question == ASKED
    assert from_doc(doc, gold=False).question == Question("How long?", tuple(FOUND), "q1")
    for name in ("a.jsonl", "a.spacy"):
        write([from_doc(doc)], tmp_path / name)
        assert [document.question for document in read(tmp_path / name)] == [ASKED]


def test_a_predicted_doc_has_the_question_and_not_the_answers(doc):
    assert get_question(unannotated(doc)) == Question("How long?", group="q1")
    assert get_answers(unannotated(doc)) == []


def test_refused_is_not_the_same_as_not_asked(doc):
    set_answers(doc, [])
    assert from_doc(doc, gold=False).question == Question("How long?", (), "q1", impossible=True)
    del doc.spans[ANSWERS_KEY]
    assert from_doc(doc, gold=False).question == Question("How long?", (), "q1")


def test_extensions_are_views(doc):
    register_extensions()
    doc._.question = "Why?"
    assert doc._.question == Question("Why?")
    assert [one.text for one in doc._.answers] == ["10", "10-day course"]


@pytest.mark.parametrize(
    "question",
    ["", " ", "\ud800", Question("Why?", (Answer("10", 3),)), Question("Why?", (Answer("10", 2),), impossible=True)],
)
def test_what_cannot_be_asked(doc, question):
    with pytest.raises(BionerError, match="B286"):
        set_question(doc, question)


@pytest.mark.parametrize(
    "values",
    [
        "Why?",
        {},
        {"text": 3},
        {"text": "Why?", "group": 3},
        {"text": "Why?", "answers": 3},
        {"text": "Why?", "answers": ["10"]},
        {"text": "Why?", "answers": [{"text": "10", "start": 3}]},
        {"text": "Why?", "answers": [{"text": "10", "start": "2"}]},
        {"text": "Why?", "answers": [{"text": "10", "score": 2}]},
        {"text": "Why?", "impossible": 1},
    ],
)
def test_invalid_values_are_told(doc, values, tmp_path):
    doc.user_data[QUESTION] = values
    with pytest.raises(BionerError, match="B170"):
        get_question(doc)


def test_a_group_of_spans_that_others_made(doc):
    doc.spans[ANSWERS_KEY] = [doc[0:1]]
    with pytest.raises(BionerError, match="B287"):
        get_answers(doc)


def test_a_line_whose_question_is_none_is_told(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "x", "question": {"text": ""}}\n')
    with pytest.raises(BionerError, match="B154"):
        list(read(path))
    path.write_text('{"text": "x", "question": "a fact of another program"}\n')
    (document,) = read(path)
    assert (document.question, document.meta) == (None, {"question": "a fact of another program"})
