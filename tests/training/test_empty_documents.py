"""Documents without text: questions to them are kept, others are counted."""

import logging

import spacy

from spacy_bioner.formats import Document, Question, write
from spacy_bioner.training.corpora import Corpus


def test_questions_to_an_empty_text_remain_and_other_empty_documents_are_counted(tmp_path, caplog):
    caplog.set_level(logging.INFO, "spacy")
    asked = Question("What?", impossible=True)
    made = [Document("", id="a", question=asked), Document("", id="b"), Document("A rash.", id="c", question=asked)]
    write(made, tmp_path / "a.jsonl")
    found = list(Corpus(tmp_path / "a.jsonl")(spacy.blank("en")))
    assert [example.reference.user_data["bioner_id"] for example in found] == ["a", "c"]
    assert "2 documents (1 more without text left out); " in caplog.records[0].getMessage()
