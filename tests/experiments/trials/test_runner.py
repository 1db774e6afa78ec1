"""Processes of trials end with the one that started them."""

import os
import signal
import sys
import threading
import time

import pytest

from spacy_bioner.experiments.trials import runner as running
from spacy_bioner.experiments.trials.data_splits import Parts
from spacy_bioner.experiments.trials.runner import run_all
from spacy_bioner.experiments.trials.worker import Trial
from spacy_bioner.formats import Document


@pytest.fixture
def interruptible():
    """A process that was started in the background ignores Ctrl-C: not so here."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(sys.platform == "win32", reason="signals and scripts of POSIX")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_end_from_outside_ends_all(tmp_path, monkeypatch, interruptible, how):
    (tmp_path / "a.cfg").write_text("[nlp]\n")
    script = tmp_path / "train.sh"
    script.write_text("#!/bin/sh\necho $$ >> $0.pids\nexec sleep 60\n")
    script.chmod(0o755)
    monkeypatch.setattr(running.sys, "executable", str(script))
    document = Document("Rash.", id="a")
    trials = [Trial(tmp_path / f"runs/{i}", "a", "toy", str(tmp_path / "a.cfg"), {}) for i in range(3)]
    planned = [(trial, lambda: Parts([document], [document], [document], False)) for trial in trials]
    pids = tmp_path / "train.sh.pids"

    def started():
        return [int(pid) for pid in pids.read_text().split()] if pids.exists() else []

    def end():
        while len(started()) < 2:
            time.sleep(0.02)
        os.kill(os.getpid(), how)

    threading.Thread(target=end, daemon=True).start()
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises((SystemExit, KeyboardInterrupt)):
        run_all(planned, lambda *_: None, jobs=2)
    assert signal.getsignal(signal.SIGTERM) == before
    assert len(started()) == 2
    for pid in started():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert not list(tmp_path.glob("runs/*/run.json"))
