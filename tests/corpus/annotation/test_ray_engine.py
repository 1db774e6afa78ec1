"""The same job on a Ray cluster of two nodes: the same bytes, also when a worker is killed in the middle."""

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from spacy_bioner import Document, write
from spacy_bioner.corpus.annotation.job import Job, run_job
from spacy_bioner.corpus.annotation.ray_engine import on_ray
from spacy_bioner.corpus.annotation.worker import Task
from spacy_bioner.errors import BionerError

ray = pytest.importorskip("ray")
cluster_utils = pytest.importorskip("ray.cluster_utils")


@pytest.fixture(scope="module")
def cluster():
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    cluster.add_node(num_cpus=1)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    import spacy

    path = tmp_path_factory.mktemp("model") / "m"
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR", []), ("nausea", "ADR", [])])
    nlp.to_disk(path)
    return str(path)


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    path = tmp_path_factory.mktemp("texts") / "many.jsonl"
    write((Document(f"Rash {i} and nausea. " * 20, id=f"d{i}") for i in range(160)), path)
    return path


def make_job(model, texts, output):
    return Job(str(texts), output, Task(model), shard_size=2)


def kill_worker():
    """Kill a process that annotates; return whether there was one."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cmdline").read_bytes().startswith(b"ray::MapWorker"):
                os.kill(int(process.name), signal.SIGKILL)
                return True
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="finds the worker in /proc")
def test_a_cluster_gives_the_same_bytes_though_a_worker_is_killed(cluster, model, texts, tmp_path):
    run_job(make_job(model, texts, tmp_path / "local.jsonl"))
    job = make_job(model, texts, tmp_path / "ray.jsonl")
    done_when_killed = []

    def kill_one():
        while not done_when_killed:
            done = len(list(job.parts.glob("*.json")))  # job.json and the counts of shards
            if done > 2 and kill_worker():
                done_when_killed.append(done)
            time.sleep(0.01)

    thread = threading.Thread(target=kill_one, daemon=True)
    thread.start()
    result = run_job(job, on_ray(cluster.address, workers=2))
    assert result.counts.documents == 160
    assert job.output.read_bytes() == (tmp_path / "local.jsonl").read_bytes()
    assert done_when_killed
    assert done_when_killed[0] < 80


def test_a_cluster_that_is_not_there_is_told(model, texts, tmp_path):
    ray.shutdown()
    job = make_job(model, texts, tmp_path / "x.jsonl")
    with pytest.raises(BionerError, match="B280"):
        run_job(job, on_ray("127.0.0.1:1"))
