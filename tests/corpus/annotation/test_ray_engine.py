"""The same job on a Ray cluster of two nodes: the same bytes, also when a worker is killed in the middle."""

import threading
import time

import pytest
from places import ASSETS

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


def make_job(model, output):
    return Job(str(ASSETS / "brat/train"), output, Task(model), shard_size=3)


def test_a_cluster_gives_the_same_bytes_though_a_worker_is_killed(cluster, model, tmp_path):
    run_job(make_job(model, tmp_path / "local.jsonl"))
    job = make_job(model, tmp_path / "ray.jsonl")
    killed = threading.Event()

    def kill_one():
        from ray.util.state import list_actors

        for _ in range(600):
            if len(list(job.parts.glob("*.json"))) > 2:  # job.json and the counts of shards
                for actor in list_actors(filters=[("state", "=", "ALIVE")]):
                    if actor.pid:
                        import os
                        import signal

                        os.kill(actor.pid, signal.SIGKILL)
                        killed.set()
                        return
            time.sleep(0.05)

    thread = threading.Thread(target=kill_one, daemon=True)
    thread.start()
    result = run_job(job, on_ray(cluster.address, workers=2))
    assert result.counts.documents == 36
    assert job.output.read_bytes() == (tmp_path / "local.jsonl").read_bytes()
    assert killed.is_set() or not thread.is_alive()


def test_a_cluster_that_is_not_there_is_told(model, tmp_path):
    ray.shutdown()
    job = make_job(model, tmp_path / "x.jsonl")
    with pytest.raises(BionerError, match="B280"):
        run_job(job, on_ray("127.0.0.1:1"))
