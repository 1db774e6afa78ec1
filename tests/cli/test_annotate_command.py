"""``spacy bioner annotate``: the pipeline is loaded once, and checked before anything is written."""

import pytest
import spacy
from commands import runner

from spacy_bioner.formats import Document, read, write

run = runner("annotate")


@pytest.fixture
def loads(tmp_path, monkeypatch):
    """Make a pipeline and texts; return the list of the pipelines that are loaded."""
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR")])
    nlp.to_disk(tmp_path / "model")
    write([Document(f"{i} rash", id=str(i)) for i in range(4)], tmp_path / "in.jsonl")
    load, loaded = spacy.util.load_model, []

    def counted(name, *arguments, **options):
        loaded.append(name)
        return load(name, *arguments, **options)

    monkeypatch.setattr("spacy.util.load_model", counted)
    monkeypatch.chdir(tmp_path)
    return loaded


def test_one_process_loads_the_pipeline_once(loads):
    run("model", "in.jsonl", "out.jsonl", "--shard-size", 2)
    assert loads == ["model"]
    assert [len(document.mentions) for document in read("out.jsonl")] == [1] * 4


def test_a_pipeline_that_does_not_fit_writes_nothing(loads, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    run("model", "in.jsonl", "out.jsonl", "--labels", "Drug", code=1)
    assert sorted(tmp_path.rglob("*")) == before
