"""The process of one trial: trains one config and scores it on the test part.

The folder of a trial holds ``work/`` while it runs: ``trial.json``, the documents, the pipeline, ``log.txt``,
``steps.json``, the number of training steps that are done, and ``saved/``, from which a training goes on that was
killed.

    python -m spacy_bioner.experiments.trials.worker FOLDER
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from ...documents.alignment import from_doc
from ...formats import jsonl
from ...formats.problems import ProblemLog
from ...pipeline.load import load_pipeline
from ...training.corpora import make_corpus
from ...training.gold_entities import make_gold_entities
from ...training.resume.loop import SAVE_EVERY, ResumableTraining
from ..contents import digest_named
from ..evaluation import evaluate, predictions
from ..runs import CONVERGENCE, FILE, MODEL, Run, mention_counts, read_run, remove_results, write_json, write_run
from .data_splits import DataParts, digest, digest_documents, number_of_sentences
from .systems import place_of

WORK = "work"
SETTINGS = "trial.json"
LOG = "log.txt"
STEPS = "steps.json"
SAVED = "saved"

_NAMES = ("system", "corpus", "fold", "folds", "seed", "size", "unit", "source", "tested", "group")
"""Fields of a run by which it is grouped and paired, and which its digest does not cover or has in another form."""

PACKAGES = ("spacy-bioner", "spacy", "thinc", "numpy", "torch", "python-crfsuite", "scikit-learn", "spacy-transformers")


@dataclass(slots=True)
class Trial:
    """A planned run and its settings.

    run: the run, without the results of training (its times, ``versions``). weights: ``best`` on the development
    data, or ``last``. gpu: index of the GPU, -1 for the CPU. keep: keep the pipeline as ``model/``; a run that has none
    is not finished. lend: keep it, too, but for the caller, who may remove it: a run without it is finished.
    dev_held_out: whether the development data is disjoint from the training data. pipeline: a trained pipeline that is
    tested without training; None to train the config.
    """

    run: Run
    weights: str = "best"
    gpu: int = -1
    keep: bool = False
    lend: bool = False
    dev_held_out: bool = False
    pipeline: str | None = None

    @property
    def path(self) -> Path:
        """The folder of the run."""
        return self.run.path

    @property
    def work(self) -> Path:
        """The temporary folder of the trial."""
        return self.path / WORK

    def finished(self) -> bool:
        """Whether the run exists already, with the same config, overrides and data, and with its pipeline if kept."""
        # Where nothing is trained there is no pipeline to keep.
        without = self.keep and self.pipeline is None and not (self.path / MODEL).is_dir()
        return (self.path / FILE).is_file() and not without and not self.changed()

    def changed(self) -> bool:
        """Whether there is a run with another config, other overrides or other data."""
        return (self.path / FILE).is_file() and read_run(self.path).digest != self.run.digest

    def existing(self) -> Run:
        """Return the finished run, named as this trial names it.

        The corpus may have a new name, and folds that were given as files may have become more.
        """
        run = read_run(self.path)
        named = replace(run, **{name: getattr(self.run, name) for name in _NAMES})
        if named != run:
            write_json(self.path / FILE, named.record())
        return named

    def steps(self) -> tuple[int, int]:
        """Return the number of training steps that are done, and of all: (0, 1) while neither is known."""
        try:
            record = json.loads((self.work / STEPS).read_text(encoding="utf8"))
        except FileNotFoundError:
            return 0, 1
        return record["steps"], record["max_steps"]

    def prepare(self, parts: DataParts) -> None:
        """Write the input of the process into ``work/``, replacing an older run.

        Of an interrupted one only ``saved/`` is kept; whether it is of the same training is tested when it is read.
        """
        remove_results(self.path)
        for left in self.work.iterdir() if self.work.is_dir() else ():
            if left.name != SAVED:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        jsonl.write(parts.train, self.work / "train.jsonl")
        jsonl.write(parts.dev, self.work / "dev.jsonl")
        jsonl.write(parts.test, self.work / "test.jsonl")
        how = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "run"}
        write_json(self.work / SETTINGS, {"run": self.run.record(), **how})


def describe_parts(trial: Trial, parts: DataParts) -> Trial:
    """Set the data fields of a trial, and its digest."""
    train = {
        "documents": len(parts.train),
        "sentences": sum(map(number_of_sentences, parts.train)),
        "mentions": sum(len(document.mentions) for document in parts.train),
    }
    # The digest covers everything that a score depends on: the config, the files that it and the overrides name, the
    # pipeline, and the documents. A finished run with the same digest is not repeated.
    config = Path(trial.run.config)
    given = [place_of(trial.pipeline)] if trial.pipeline is not None else []
    train_digest, dev_digest, tested = map(digest_documents, (parts.train, parts.dev, parts.test))
    content = digest(
        config.read_text(encoding="utf8") if config.is_file() else "",
        sorted(trial.run.overrides.items()),
        sorted(digest_named([trial.run.config, trial.run.overrides, given]).values()),
        trial.weights,
        trial.run.gold_entities,
        train_digest,
        dev_digest,
        tested,
    )
    trial.run = replace(trial.run, train=train, digest=content, tested=tested)
    trial.dev_held_out = parts.held_out and trial.pipeline is None
    return trial


def read_trial(folder: Path) -> Trial:
    """Read the trial that was prepared in a folder."""
    file = folder / WORK / SETTINGS
    record = json.loads(file.read_text(encoding="utf8"))
    return Trial(Run.of_record(folder, record.pop("run"), file), **record)


def run_trial(trial: Trial) -> Run:
    """Train and score a trial, or score its pipeline; write the run and remove ``work/``.

    Raises the errors of these steps.
    """
    from spacy.cli._util import import_code, setup_gpu

    import_code(None)
    setup_gpu(trial.gpu, silent=False)
    work = trial.work
    model, times = (trial.pipeline, {}) if trial.pipeline is not None else _train_in(work, trial)
    nlp = load_pipeline(model)
    corpus = make_corpus(str(work / "test.jsonl"))
    given = make_gold_entities if trial.run.gold_entities else lambda reader: reader
    result = evaluate(nlp, given(corpus)(nlp))
    dev = None
    if trial.dev_held_out:
        examples = evaluate(nlp, given(make_corpus(str(work / "dev.jsonl")))(nlp)).examples
        dev = ([from_doc(example.reference) for example in examples], predictions(examples))
    run = replace(
        trial.run,
        seconds=times.get("seconds"),
        processor_seconds=times.get("processor_seconds"),
        finished=datetime.now().isoformat(timespec="seconds"),
        pipeline_bytes=sum(file.stat().st_size for file in nlp.path.rglob("*") if file.is_file()),
        machine=machine(trial.gpu),
        versions=versions(),
    )
    if (trial.keep or trial.lend) and times:
        shutil.rmtree(trial.path / MODEL, ignore_errors=True)  # of a task that Ray has restarted
        Path(model).rename(trial.path / MODEL)
    write_run(
        run,
        {**result.metrics(), **corpus.counts()},
        (from_doc(example.reference) for example in result.examples),
        predictions(result.examples),
        mention_counts(jsonl.read(work / "train.jsonl", ProblemLog())),
        dev,
    )
    shutil.rmtree(work)
    return run


def _train_in(work: Path, trial: Trial) -> tuple[Path, dict[str, float]]:
    """Return the path of the trained pipeline, and the training times by the names of their fields in a run."""
    data = {"paths.train": str(work / "train.jsonl"), "paths.dev": str(work / "dev.jsonl")}
    overrides = {**trial.run.overrides, **data}
    key = {"digest": trial.run.digest, "versions": versions()}
    resumable = ResumableTraining(work / SAVED, work / "model", key, SAVE_EVERY)
    times = train(trial.run.config, overrides, resumable, trial.path / CONVERGENCE, work / STEPS, trial.gpu)
    return work / "model" / f"model-{trial.weights}", times


def train(
    config: str, overrides: Mapping[str, Any], resumable: ResumableTraining, convergence: Path, steps: Path, gpu: int
) -> dict[str, float]:
    """Train as ``spacy train`` does, from where it was saved, and log the evaluations and the steps.

    Returns the wall time and the processor time of all threads, in seconds, initialisation included; of a training that
    went on, with those of the earlier processes until they last saved it.
    """
    from spacy.training.initialize import init_nlp
    from spacy.training.loop import train as train_nlp
    from spacy.util import load_config

    start, begin = perf_counter(), process_time()
    settings = load_config(Path(config), overrides=dict(overrides), interpolate=False)
    training = settings.setdefault("training", {})
    logger = training.get("logger") or {"@loggers": "spacy.ConsoleLogger.v1"}
    training["logger"] = {
        "@loggers": "spacy-bioner.convergence_logger.v1",
        "path": str(convergence),
        "steps": str(steps),
        "logger": logger,
    }
    nlp = init_nlp(settings, use_gpu=gpu)
    with resumable.instead():
        train_nlp(nlp, resumable.output, use_gpu=gpu, stdout=sys.stdout, stderr=sys.stderr)
    return {
        "seconds": resumable.seconds + perf_counter() - start,
        "processor_seconds": resumable.processor_seconds + process_time() - begin,
    }


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a score may depend on."""
    from importlib.metadata import PackageNotFoundError

    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def machine(gpu: int) -> str:
    """Return the GPU's name or, with -1, the processor's, with the number of cores."""
    if gpu >= 0:
        import torch

        return torch.cuda.get_device_name(gpu)
    names = Path("/proc/cpuinfo")  # platform.processor() is empty on most Linux systems
    lines = names.read_text(encoding="utf8").splitlines() if names.is_file() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return f"{model or platform.processor() or platform.machine()}, {os.cpu_count()} cores"


def end_with_parent() -> None:
    """End this process when its parent ends, even if the parent is killed."""
    # Standard input is a pipe to which the parent never writes. The kernel closes the parent's end when the parent ends
    # in any way, and os.read then returns b"". os.read, unlike sys.stdin.read, takes no lock that the interpreter needs
    # at shutdown.

    def watch() -> None:
        if not os.read(0, 1):
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    end_with_parent()
    run_trial(read_trial(Path(sys.argv[1])))
