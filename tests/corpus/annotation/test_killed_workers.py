"""Documents on which a process is killed: they are set aside, and the job goes on without them."""

import json

import pytest
import spacy

from spacy_bioner import Document, read, write
from spacy_bioner.corpus.annotation.engines import several_processes
from spacy_bioner.corpus.annotation.job import Job, run_job
from spacy_bioner.corpus.annotation.worker import Task
from spacy_bioner.errors import BionerError

CODE = """
import multiprocessing, os, signal
from pathlib import Path
from spacy.language import Language

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

@Language.component("dies")
def dies(doc):
    if "deadly" in doc.text:
        kill()
    once = Path(__file__).with_name("once")
    if "once" in doc.text and not once.exists():
        once.touch()
        kill()
    return doc
"""
AT_LOADING = """
if multiprocessing.parent_process():
    kill()
"""


@pytest.fixture
def model(tmp_path):
    spacy.Language.component("dies", func=lambda doc: doc)
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR")])
    nlp.add_pipe("dies")
    nlp.to_disk(tmp_path / "model")
    return str(tmp_path / "model")


def job_of(model, texts, folder, code):
    (folder / "own.py").write_text(code)
    write([Document(f"A rash, {text}.", id=f"d{i}") for i, text in enumerate(texts)], folder / "in.jsonl")
    return Job(str(folder / "in.jsonl"), folder / "out.jsonl", Task(model, code=str(folder / "own.py")), shard_size=3)


def test_a_document_that_kills_its_process_is_set_aside(model, tmp_path):
    texts = ["once", "deadly", "mild", "mild"]
    result = run_job(job_of(model, texts, tmp_path, CODE), several_processes(1))
    assert (result.counts.documents, result.counts.set_aside) == (3, 1)
    documents = list(read(tmp_path / "out.jsonl"))
    assert [document.id for document in documents] == ["d0", "d2", "d3"]
    assert all(len(document.mentions) == 1 for document in documents)
    (record,) = map(json.loads, (tmp_path / "out.jsonl.errors.jsonl").read_text().splitlines())
    assert record["id"] == "d1"
    assert "[B251]" in record["error"]


def test_a_process_that_is_killed_as_it_loads_the_pipeline_ends_the_job(model, tmp_path):
    with pytest.raises(BionerError, match="B278"):
        run_job(job_of(model, ["mild"], tmp_path, CODE + AT_LOADING), several_processes(1))
