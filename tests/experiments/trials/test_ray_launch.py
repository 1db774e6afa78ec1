"""Trials as tasks of Ray: the same run as on this machine."""

import pytest
from places import ASSETS, CONFIGS

from spacy_bioner.cli import app
from spacy_bioner.experiments.runs import read_runs

ray = pytest.importorskip("ray")


def test_a_trial_on_ray_is_the_run_that_it_is_here(tmp_path):
    from typer.testing import CliRunner

    def scores(folder, *engine):
        config = str(CONFIGS / "dictionary.cfg")
        data = [str(ASSETS / "conll/train.tsv"), "--output", str(folder), "--folds", "2", "--dev", "0"]
        done = CliRunner().invoke(app, ["crossval", config, *data, *engine])
        assert done.exit_code == 0, done.output
        return [run.metrics["ents_f"] for run in sorted(read_runs([folder]), key=lambda run: run.path.name)]

    try:
        assert scores(tmp_path / "ray", "--engine", "ray", "--jobs", "2") == scores(tmp_path / "here")
    finally:
        ray.shutdown()
