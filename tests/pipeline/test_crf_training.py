import logging
import tempfile
from contextlib import nullcontext

import pycrfsuite
import pytest

from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline import crf_training
from spacy_bioner.pipeline.crf_training import Progress, fit

SEQUENCES = [([["a"], ["b"]], ["X", "Y"]), ([["a"], ["a"]], ["X", "X"])] * 5


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("algorithm", ["lbfgs", "l2sgd", "ap", "pa", "arow"])
def test_every_algorithm_learns_and_leaves_no_file(algorithm, temporary):
    data = fit(SEQUENCES, algorithm, {"c1": 0.0, "c2": 0.01, "max_iterations": 20, "feature.minfreq": 0})
    assert not list(temporary.iterdir())
    tagger = pycrfsuite.Tagger()
    tagger.open_inmemory(data)
    assert tagger.tag([["a"], ["b"]]) == ["X", "Y"]


def test_no_file_is_left_where_fitting_is_interrupted(temporary, monkeypatch):
    def interrupt(self, message):
        if message.startswith("Loss"):
            assert list(temporary.iterdir())
            raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "read", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fit(SEQUENCES, "lbfgs", {})
    assert not list(temporary.iterdir())


def test_a_failure_says_what_crfsuite_said(tmp_path, monkeypatch):
    monkeypatch.setattr(crf_training, "TemporaryDirectory", lambda prefix: nullcontext(tmp_path / "nowhere"))
    with pytest.raises(BionerError, match=r"B411.*lbfgs.*Storing the model"):
        fit(SEQUENCES, "lbfgs", {})


def test_it_tells_how_far_it_is(caplog, monkeypatch):
    monkeypatch.setattr(crf_training, "_SECONDS", 0.0)
    with caplog.at_level(logging.INFO, logger="spacy"):
        fit(SEQUENCES, "lbfgs", {"max_iterations": 5})
    assert "iteration 1, loss" in caplog.text
    assert "fitted 4 features in 5 iterations" in caplog.text
