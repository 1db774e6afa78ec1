"""A trial whose training was killed goes on when the experiment is started again."""

import pytest
from places import CONFIGS

from spacy_bioner.experiments.runs import Run
from spacy_bioner.experiments.trials import worker
from spacy_bioner.experiments.trials.data_splits import DataParts
from spacy_bioner.formats import Document, Mention

DOCUMENTS = [
    Document(f"Aspirin eases pain, not asthma {number}.", id=str(number), mentions=[Mention(0, 7, "Drug")])
    for number in range(12)
]
SMALL = {
    "components.ner.model.tok2vec.hidden": 12,
    "components.ner.model.tok2vec.char_dim": 6,
    "run.batch_size": 30,
    "run.epochs": 3,
}


class Killed(Exception):
    pass


class Training(worker.ResumableTraining):
    """A training that saves after each step; ``after`` that many of its own it is killed."""

    after = 0
    began = -1

    def run(self, *args, **settings):
        for step, result in enumerate(super().run(*args, **settings), 1):
            yield result
            if step == self.after:
                raise Killed

    def _read(self, nlp):
        saved = super()._read(nlp)
        type(self).began = saved["steps"] if saved else 0
        return saved


@pytest.fixture
def trial(tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "ResumableTraining", Training)
    monkeypatch.setattr(worker, "SAVE_EVERY", 0.0)
    parts = DataParts(DOCUMENTS[:8], DOCUMENTS[8:10], DOCUMENTS[10:], True)
    trial = worker.Trial(Run(tmp_path / "run", "transfer", "toy", str(CONFIGS / "transfer.cfg"), overrides=SMALL))

    def start(after):
        monkeypatch.setattr(Training, "after", after)
        worker.describe_parts(trial, parts).prepare(parts)
        return worker.run_trial(worker.read_trial(trial.path))

    with pytest.raises(Killed):
        start(5)
    return trial, start


def test_it_goes_on(trial):
    trial, start = trial
    run = start(0)
    assert Training.began == 4
    assert trial.finished()
    assert not trial.work.exists()
    assert run.processor_seconds > 0


def test_with_other_data_it_starts_anew(trial):
    trial, start = trial
    trial.run.overrides["run.epochs"] = 2
    start(0)
    assert Training.began == 0
