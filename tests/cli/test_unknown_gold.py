"""Gold with missing tags (a .spacy file): told by every command that reads it, refused where figures would be wrong."""

import pytest
import spacy
from commands import runner
from places import CONFIGS
from spacy.tokens import DocBin, Span

from spacy_bioner.formats import Document, Mention, read, write

DICTIONARY = f"d={CONFIGS / 'dictionary.cfg'}"


def run(command, *arguments, code=0):
    return runner(command)(*arguments, code=code)


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """partly.spacy: nobody looked at half of each text; whole.jsonl: the same texts; model: finds all."""
    monkeypatch.chdir(tmp_path)
    nlp, docs, whole = spacy.blank("en"), DocBin(), []
    for i in range(6):
        doc = nlp.make_doc(f"rash {i} and fever")
        doc.set_ents([Span(doc, 0, 1, "ADR")], outside=[doc[1:2]], default="missing")
        docs.add(doc)
        whole.append(Document(doc.text, [Mention(0, 4, "ADR"), Mention(11, 16, "ADR")], str(i)))
    docs.to_disk("partly.spacy")
    write(whole, "whole.jsonl")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR"), ("fever", "ADR")])
    nlp.to_disk("model")


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("convert", ["partly.spacy", "out.jsonl"]),
        ("convert", ["partly.spacy", "out.spacy"]),
        ("split", ["partly.spacy", "-o", "parts", "--shares", "50,50"]),
        ("check", ["partly.spacy"]),
        ("overlap", ["partly.spacy", "whole.jsonl"]),
    ],
)
def test_it_is_told(command, arguments):
    told = run(command, *arguments)
    assert "[B194] partly.spacy: document '1': the gold of 2 of its 4 tokens is unknown" in told


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("crossval", [DICTIONARY, "partly.spacy", "-o", "runs", "--folds", 2]),
        ("crossval", [DICTIONARY, "whole.jsonl", "-o", "runs", "--test", "partly.spacy"]),
        ("curve", [DICTIONARY, "partly.spacy", "-o", "runs", "--test", "whole.jsonl"]),
        ("curve", [DICTIONARY, "whole.jsonl", "-o", "runs", "--test", "whole.jsonl", "--dev", "partly.spacy"]),
        ("score", ["partly.spacy", "whole.jsonl"]),
        ("score", ["whole.jsonl", "partly.spacy", "--agreement"]),
        ("evaluate", ["model", "partly.spacy", "--raw"]),
    ],
)
def test_figures_that_would_be_wrong_are_refused(command, arguments):
    told = run(command, *arguments, code=1)
    assert "[B877]" in told
    assert "in 6 documents tags of the gold are missing" in told
    assert "100.00" not in told


def test_scores_are_of_what_is_known():
    assert "ADR 100.00 100.00 100.00 6 0 0" in run("evaluate", "model", "partly.spacy")
    run("convert", "partly.spacy", "out.jsonl")
    assert [len(document.mentions) for document in read("out.jsonl")] == [1] * 6
