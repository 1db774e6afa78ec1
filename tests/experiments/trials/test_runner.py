"""Processes of trials end with the one that started them."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.lock import LOCK, hold
from spacy_bioner.experiments.runs import Run
from spacy_bioner.experiments.trials import runner as running
from spacy_bioner.experiments.trials.data_splits import DataParts
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
    trials = [Trial(Run(tmp_path / f"runs/{i}", "a", "toy", str(tmp_path / "a.cfg"))) for i in range(3)]
    planned = [(trial, lambda: DataParts([document], [document], [document], False)) for trial in trials]
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


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
def test_a_run_has_one_maker(tmp_path):
    """A second maker is told who the first is; what a killed one left behind is taken over."""
    with hold(tmp_path / "run" / LOCK):
        with pytest.raises(BionerError, match=f"B847.*process {os.getpid()} on "), hold(tmp_path / "run" / LOCK):
            pass
        (tmp_path / "run" / LOCK).write_text("half", encoding="utf8")
        with pytest.raises(BionerError, match=r"B847.*process \? on"), hold(tmp_path / "run" / LOCK):
            pass
    assert not (tmp_path / "run" / LOCK).exists()
    (tmp_path / "run" / LOCK).write_text('{"pid": 1, "host": "gone", "started": "long ago"}', encoding="utf8")
    with hold(tmp_path / "run" / LOCK):
        assert json.loads((tmp_path / "run" / LOCK).read_text(encoding="utf8"))["pid"] == os.getpid()


KILLED = """
import sys
from pathlib import Path
from spacy_bioner.experiments.runs import Run
from spacy_bioner.experiments.trials import runner
from spacy_bioner.experiments.trials.data_splits import DataParts
from spacy_bioner.experiments.trials.worker import Trial
from spacy_bioner.formats import Document

folder = Path(sys.argv[1])
runner.sys.executable = str(folder / "train.sh")
document = Document("Rash.", id="a")
trial = Trial(Run(folder / "run", "a", "toy", str(folder / "a.cfg")))
runner.run_all([(trial, lambda: DataParts([document], [document], [document], False))], print)
"""

CHILD = """#!{python}
import sys, time
sys.argv = sys.argv[-1:]
from pathlib import Path
from spacy_bioner.experiments.trials.worker import end_with_parent
end_with_parent()
Path({pid!r}).write_text(str(__import__("os").getpid()))
while True: time.sleep(0.01)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals and scripts of POSIX")
def test_a_killed_experiment_takes_its_training_with_it(tmp_path):
    """SIGKILL leaves no time to end the children: they see that their parent is gone, and the lock is free."""
    (tmp_path / "a.cfg").write_text("[nlp]\n")
    script = tmp_path / "train.sh"
    script.write_text(CHILD.format(python=sys.executable, pid=str(tmp_path / "pid")))
    script.chmod(0o755)
    parent = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)])
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    with pytest.raises(BionerError, match=f"B847.*process {parent.pid} "), hold(tmp_path / "run" / LOCK):
        pass
    parent.kill()
    parent.wait()
    child = int((tmp_path / "pid").read_text())
    until(lambda: not is_alive(child))
    assert (tmp_path / "run" / LOCK).exists()
    with hold(
        tmp_path / "run" / LOCK, wait=True
    ):  # a process can count as ended while its last thread closes the files
        pass


def until(there, seconds=60):
    for _ in range(seconds * 50):
        if there():
            return
        time.sleep(0.02)
    pytest.fail("waited in vain")


def is_alive(pid):
    """Whether a process runs; one that has ended and that nobody waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
