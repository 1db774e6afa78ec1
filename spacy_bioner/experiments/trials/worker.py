"""One training of one config, scored on its test part: a run, made in a process of its own.

The folder of a trial holds ``work/`` while it runs: ``trial.json``, the documents, the pipeline and ``log.txt``.

    python -m spacy_bioner.experiments.trials.worker FOLDER
"""

from __future__ import annotations

import json
import platform
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

from ...formats import jsonl
from ...formats.alignment import from_doc
from ...formats.problems import ProblemLog
from ...training.corpora import make_corpus
from ..evaluation import evaluate, predictions
from ..runs import CONVERGENCE, FILE, Run, mention_counts, read_run, write_json, write_run
from .data_splits import Parts, digest, digest_documents, number_of_sentences

WORK = "work"
SETTINGS = "trial.json"
LOG = "log.txt"
SOURCE = "paths.source"
"""The setting of a config that names the pipeline to start from."""

PACKAGES = ("spacy-bioner", "spacy", "thinc", "numpy", "torch", "sklearn-crfsuite", "spacy-transformers")


@dataclass(slots=True)
class Trial:
    """A run that is to be made; the fields are those of ``Run``, and how it is to be made.

    weights: ``best`` on the development part, or ``last``. gpu: number of the GPU, -1 for the CPU. keep: whether the
    pipeline stays, as ``model/``.
    """

    path: Path
    system: str
    corpus: str
    config: str
    overrides: dict[str, Any]
    fold: int | None = None
    folds: int | None = None
    seed: int | None = None
    size: int | None = None
    source: str | None = None
    weights: str = "best"
    gpu: int = -1
    keep: bool = False
    train: dict[str, int] = field(default_factory=dict)
    dev_held_out: bool = False
    digest: str = ""

    @property
    def work(self) -> Path:
        """The folder of what is there only while it runs."""
        return self.path / WORK

    def finished(self) -> bool:
        """Whether the run is there already, of the same config, overrides and data."""
        return (self.path / FILE).is_file() and read_run(self.path).digest == self.digest

    def prepare(self, parts: Parts) -> None:
        """Write what the process needs into ``work/``, over what an interrupted one left there."""
        shutil.rmtree(self.work, ignore_errors=True)
        jsonl.write(parts.train, self.work / "train.jsonl")
        jsonl.write(parts.dev, self.work / "dev.jsonl")
        jsonl.write(parts.test, self.work / "test.jsonl")
        write_json(self.work / SETTINGS, {**asdict(self), "path": str(self.path)})


def describe_parts(trial: Trial, parts: Parts) -> Trial:
    """Fill in what a trial says of its data, and its digest."""
    trial.train = {
        "documents": len(parts.train),
        "sentences": sum(map(number_of_sentences, parts.train)),
        "mentions": sum(len(document.mentions) for document in parts.train),
    }
    trial.dev_held_out = parts.held_out
    trial.digest = digest(
        Path(trial.config).read_text(encoding="utf8"),
        sorted(trial.overrides.items()),
        trial.weights,
        *(digest_documents(part) for part in (parts.train, parts.dev, parts.test)),
    )
    return trial


def read_trial(folder: Path) -> Trial:
    """Read the trial that was prepared in a folder."""
    record = json.loads((folder / WORK / SETTINGS).read_text(encoding="utf8"))
    known = {f.name for f in fields(Trial)}
    return Trial(**{**{k: v for k, v in record.items() if k in known}, "path": folder})


def run_trial(trial: Trial) -> Run:
    """Train, score, write the run and remove ``work/``. Raises what these raise.

    At size 0 nothing is trained: what is scored is the pipeline that ``SOURCE`` names.
    """
    work = trial.work
    model, seconds = _train_in(work, trial) if trial.size != 0 else (trial.overrides[SOURCE], None)
    from spacy.util import load_model

    nlp = load_model(model)
    corpus = make_corpus(str(work / "test.jsonl"))
    result = evaluate(nlp, corpus(nlp))
    dev = None
    if trial.dev_held_out:
        examples = evaluate(nlp, make_corpus(str(work / "dev.jsonl"))(nlp)).examples
        dev = ([from_doc(example.reference) for example in examples], predictions(examples))
    values = {name: getattr(trial, name) for name in _SHARED}
    run = Run(**values, seconds=seconds, versions=versions())
    if trial.keep and seconds is not None:
        shutil.rmtree(trial.path / "model", ignore_errors=True)
        Path(model).rename(trial.path / "model")
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


_SHARED = [f.name for f in fields(Run) if f.name in {f.name for f in fields(Trial)}]


def _train_in(work: Path, trial: Trial) -> tuple[Path, float]:
    """Return where the trained pipeline is, and the seconds it took."""
    data = {"paths.train": str(work / "train.jsonl"), "paths.dev": str(work / "dev.jsonl")}
    overrides = {**trial.overrides, **data}
    seconds = train(trial.config, overrides, work / "model", trial.path / CONVERGENCE, trial.gpu)
    return work / "model" / f"model-{trial.weights}", seconds


def train(config: str, overrides: Mapping[str, Any], output: Path, convergence: Path, gpu: int) -> float:
    """Train as ``spacy train`` does, and keep the evaluations; return the wall time, initialisation included."""
    from spacy.cli._util import import_code, setup_gpu
    from spacy.training.initialize import init_nlp
    from spacy.training.loop import train as train_nlp
    from spacy.util import load_config

    import_code(None)
    setup_gpu(gpu, silent=False)
    output.mkdir(parents=True, exist_ok=True)
    start = perf_counter()
    settings = load_config(Path(config), overrides=dict(overrides), interpolate=False)
    training = settings.setdefault("training", {})
    logger = training.get("logger") or {"@loggers": "spacy.ConsoleLogger.v1"}
    training["logger"] = {
        "@loggers": "spacy-bioner.convergence_logger.v1",
        "path": str(convergence),
        "logger": logger,
    }
    nlp = init_nlp(settings, use_gpu=gpu)
    train_nlp(nlp, output, use_gpu=gpu, stdout=sys.stdout, stderr=sys.stderr)
    return perf_counter() - start


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


if __name__ == "__main__":
    run_trial(read_trial(Path(sys.argv[1])))
