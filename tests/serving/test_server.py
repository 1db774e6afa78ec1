"""Worker processes of the service and of ``annotate``: how they start, and that they end with their parent."""

import subprocess
import sys
import time

import pytest
import spacy

from spacy_bioner import Document, write
from spacy_bioner.corpus.annotation.worker import Task
from spacy_bioner.errors import BionerError
from spacy_bioner.formats.own_name import NO_LOCK, lock_file
from spacy_bioner.serving.app import Limits
from spacy_bioner.serving.server import run

CODE = """
import os, sys, time
from pathlib import Path
from spacy.language import Language
from spacy_bioner.formats.own_name import lock_file

lock_file(Path(__file__).parent / f"{os.getpid()}.alive")  # until the process ends

@Language.component("sleeps")
def sleeps(doc):
    time.sleep(600)
"""

PROGRAMS = {
    "annotate": """
from spacy_bioner.corpus.annotation.engines import several_processes
from spacy_bioner.corpus.annotation.job import Job, run_job
from spacy_bioner.corpus.annotation.worker import Task
from pathlib import Path

if __name__ == "__main__":
    run_job(Job("in.jsonl", Path("out.jsonl"), Task("model", code="own.py"), shard_size=1), several_processes(2))
""",
    "serve": """
from spacy_bioner.corpus.annotation.worker import Task
from spacy_bioner.serving.app import Limits
from spacy_bioner.serving.server import run

if __name__ == "__main__":
    run(Task("model", code="own.py"), Limits(), "127.0.0.1", 0, workers=2)
""",
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "own.py").write_text(CODE)
    spacy.Language.component("sleeps", func=lambda doc: doc)
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR")])
    nlp.add_pipe("sleeps")
    nlp.to_disk(tmp_path / "model")
    write([Document("A rash.", id=f"d{i}") for i in range(3)], tmp_path / "in.jsonl")
    return tmp_path


@pytest.mark.parametrize("name", PROGRAMS)
def test_workers_end_with_a_parent_that_is_killed(name, folder):
    if name == "serve":
        pytest.importorskip("uvicorn")
        pytest.importorskip("fastapi")
    if lock_file(folder / "try") == NO_LOCK:
        pytest.skip("no locks here, by which a process is seen to live")
    (folder / "program.py").write_text(PROGRAMS[name])
    parent = subprocess.Popen([sys.executable, "program.py"], cwd=folder, stdin=subprocess.DEVNULL)
    try:
        wait_for(lambda: len(workers(folder, parent.pid)) == 2)
    finally:
        parent.kill()
        parent.wait()
    started = workers(folder, parent.pid)
    wait_for(lambda: all(lock_file(file) is not None for file in started))


def test_what_cannot_be_served_is_told_before_workers_start(tmp_path, monkeypatch):
    """They would fail, and be replaced for ever."""
    uvicorn = pytest.importorskip("uvicorn")
    pytest.importorskip("fastapi")
    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: pytest.fail("workers were started"))
    spacy.blank("en").to_disk(tmp_path / "empty")
    for model, code in ((tmp_path / "absent", "B804"), (tmp_path / "empty", "B272")):
        with pytest.raises(BionerError, match=code):
            run(Task(str(model)), Limits(), "127.0.0.1", 0, workers=2)


def workers(folder, parent):
    return [file for file in folder.glob("*.alive") if file.stem != str(parent)]


def wait_for(condition):
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("it did not come true in two minutes")
