"""The progress bar of ``annotate``."""

import pytest
import spacy

from spacy_bioner import Document, write
from spacy_bioner.cli.progress import Progress
from spacy_bioner.corpus.annotation.engines import one_process, several_processes
from spacy_bioner.corpus.annotation.job import Job, run_job
from spacy_bioner.corpus.annotation.worker import Task


@pytest.mark.parametrize("processes", [1, 2])
def test_a_resumed_job_begins_where_the_earlier_run_ended(processes, tmp_path):
    """Else the bar would never be full, and the time that is left would count the documents that are done."""
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR")])
    nlp.to_disk(tmp_path / "model")
    texts = ["x" * 1_000_001, *["A rash."] * 5, "x" * 1_000_001]  # the first and the last fail
    write([Document(text, id=f"d{i}") for i, text in enumerate(texts)], tmp_path / "in.jsonl")
    job = Job(str(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", Task(str(tmp_path / "model")), shard_size=2)

    def killed(task, shards, folder, tick):
        for done, item in enumerate(one_process(task, shards, folder, tick), 1):
            yield item
            if done == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(job, killed)
    engine = one_process if processes == 1 else several_processes(processes)
    with Progress(job, single=processes == 1) as progress:
        result = run_job(job, engine, watch=progress)
    assert (result.resumed, result.counts.set_aside) == (2, 2)
    assert (progress.bar.initial, progress.bar.n, progress.bar.total) == (4, 7, 7)
