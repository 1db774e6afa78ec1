import re
import tempfile
from contextlib import nullcontext

import pycrfsuite
import pytest

from spacy_bioner import progress
from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.crf import training as crf_training
from spacy_bioner.pipeline.crf.training import Listener, fit

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

    monkeypatch.setattr(Listener, "read", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fit(SEQUENCES, "lbfgs", {})
    assert not list(temporary.iterdir())


def test_a_failure_says_what_crfsuite_said(tmp_path, monkeypatch):
    monkeypatch.setattr(crf_training, "TemporaryDirectory", lambda prefix: nullcontext(tmp_path / "nowhere"))
    with pytest.raises(BionerError, match=r"B411.*lbfgs.*Storing the model"):
        fit(SEQUENCES, "lbfgs", {})


def test_it_tells_how_far_it_is(capsys, monkeypatch):
    monkeypatch.setattr(progress, "DELAY", 0.0)
    fit(SEQUENCES, "lbfgs", {"max_iterations": 5})
    assert re.search(r"bioner_crf: .* 5/5 .*loss=\d+\.\d+", capsys.readouterr().err)


def test_what_takes_no_time_says_nothing(capsys):
    fit(SEQUENCES, "lbfgs", {"max_iterations": 5})
    assert capsys.readouterr() == ("", "")


def test_a_long_fit_says_so_at_its_beginning(monkeypatch, recwarn):
    """With every fit taken for a long one; the tags are those of the data."""
    fit(SEQUENCES, "lbfgs", {"max_iterations": 5})
    assert not recwarn
    monkeypatch.setattr(crf_training, "LONG", 0)
    with pytest.warns(UserWarning, match=r"B810.*, 5 about 0 minutes.* tags, 2.*labels"):
        fit(SEQUENCES, "lbfgs", {"max_iterations": 5})
