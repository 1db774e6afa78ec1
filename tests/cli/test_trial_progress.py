"""Trials show how far they are: those that are done, the steps of the running ones, and the remaining time."""

import io
import json
import re
import sys
from pathlib import Path

import pytest
from places import ASSETS, CONFIGS

from spacy_bioner.cli import trial_progress
from spacy_bioner.cli.trial_progress import TrialProgress
from spacy_bioner.experiments.runs import Run
from spacy_bioner.experiments.trials import worker
from spacy_bioner.experiments.trials.worker import Trial
from spacy_bioner.training import convergence_logger


class Running:
    """A trial that is at some step."""

    def __init__(self, name, done=0, of=1):
        self.path, self.state = Path("runs") / name, (done, of)

    def steps(self):
        return self.state


class Clock:
    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(trial_progress, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.mark.usefixtures("clock")
def test_short_trials_show_no_progress(capsys):
    with TrialProgress(0, 2) as progress:
        progress.watch([Running("crf/seed-0")])
        progress.finish("  1/2  80.00", existing=False)
        progress.watch([Running("crf/seed-1")])
        progress.finish("  2/2  81.00", existing=False)
    assert capsys.readouterr() == ("  1/2  80.00\n  2/2  81.00\n", "")


def test_a_file_gets_a_line_a_minute(clock, capsys):
    with TrialProgress(0, 4) as progress:
        progress.finish("", existing=False)
        for seconds in range(131):
            clock.now = float(seconds)
            progress.watch([Running("net/seed-0", 1000 + seconds, 2000), Running("crf/seed-0")])
    lines = capsys.readouterr().err.splitlines()
    assert [re.search(r"[\d,]+ of 2,000", line)[0] for line in lines] == [
        "1,010 of 2,000",
        "1,070 of 2,000",
        "1,130 of 2,000",
    ]
    assert re.search(r"\| 1\.5\d?/4 trials \[", lines[0])
    assert lines[0].endswith("net/seed-0: 1,010 of 2,000 steps; crf/seed-0]")


def test_a_terminal_has_one_line_which_goes_away_before_a_result(clock, monkeypatch):
    screen = io.StringIO()
    screen.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(sys, "stdout", screen)
    with TrialProgress(0, 4) as progress:
        clock.now = 11.0
        progress.watch([Running("net/seed-0", 500, 2000)])
        progress.finish("RESULT", existing=False)
        clock.now = 13.0
        progress.watch([Running("net/seed-1", 500, 2000)])
    before, after = screen.getvalue().split("RESULT\n")
    assert "0.25/4 trials" in before
    assert "net/seed-0: 500 of 2,000 steps" in before
    assert re.search(r"\r *\r$", before)
    assert "1.25/4 trials" in after
    assert re.search(r"\r *\r$", after)
    assert "\n" not in before + after


def test_runs_that_existed_tell_nothing_about_the_speed(clock):
    with TrialProgress(0, 10) as progress:
        for _ in range(8):
            progress.finish("", existing=True)
        progress.bar.start_t -= 100  # half of a trial in 100 seconds: 300 for the one and a half that are left
        clock.now = 11.0
        progress.watch([Running("net/seed-8", 1, 2)])
        assert "8.5/10 trials [01:40<05:" in str(progress.bar)


def test_a_training_writes_its_steps(tmp_path, monkeypatch):
    monkeypatch.setattr(convergence_logger, "INTERVAL", 0.0)
    trial = Trial(Run(tmp_path, "net", "corpus", str(CONFIGS / "bilstm_crf_fast.cfg")))
    trial.work.mkdir()
    assert trial.steps() == (0, 1)
    overrides = {
        "paths.train": str(ASSETS / "brat" / "dev"),
        "paths.dev": str(ASSETS / "brat" / "dev"),
        "run.epochs": 2,
        "components.ner.model.tok2vec.hidden": 4,
        "components.ner.model.tok2vec.word_width": 4,
    }
    training = worker.ResumableTraining(tmp_path / "saved", tmp_path / "out", {}, worker.SAVE_EVERY)
    worker.train(trial.run.config, overrides, training, tmp_path / "rows.jsonl", trial.work / worker.STEPS, -1)
    done, of = trial.steps()
    assert done == of > 2
    assert json.loads((trial.work / worker.STEPS).read_text(encoding="utf8"))["seconds"] > 0
