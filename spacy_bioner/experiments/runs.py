"""Runs on disk: one training and test of a system, in a folder with all that the figures are computed from.

    run.json             its description: see ``Run``
    metrics.json         what ``spacy bioner evaluate --output`` writes
    predictions.jsonl    what ``spacy bioner evaluate --predictions`` writes: entities with their scores
    gold.jsonl           the gold documents, in the same order, under the same ids
    train_mentions.tsv   label TAB mention TAB count, of the training data
    convergence.jsonl    optional: epoch, step, words, seconds and score, one line per evaluation
    dev/                 optional: gold.jsonl and predictions.jsonl of the development part
    model/               optional: the trained pipeline
    next.json            optional: the next sample of active learning, see ``trials.selected``

``run.json`` is written last: a folder without it is an unfinished run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

from ..documents.declared_types import of_declared_types
from ..errors import BionerError
from ..formats import Document, jsonl
from ..formats.problems import ProblemLog
from ..formats.text_io import encoded, open_output, read_lines, write_json
from ..scoring import without_entities
from .records import fault_of

FILE = "run.json"
METRICS = "metrics.json"
GOLD = "gold.jsonl"
PREDICTIONS = "predictions.jsonl"
MENTIONS = "train_mentions.tsv"
CONVERGENCE = "convergence.jsonl"
DEV = "dev"
MODEL = "model"
NEXT = "next.json"

Unit = Literal["sentences", "words"]
Task = Literal["entities", "relations", "answers"]
_PREFIXES: dict[Task, str] = {"entities": "ents_", "relations": "relations_", "answers": "answers_"}
_OF_RECORD = ("path", "task")
"""Fields that are not saved in ``run.json``."""


@dataclass(frozen=True)
class Run:
    """One training of one system on one corpus, with its folder.

    path: the folder. system, corpus: names. config: its config file. fold, folds: round of the cross-validation, from
    0 or as its files number it, and number of folds. seed: of the weights and of the sample. size: of the sample, for
    a point of a learning curve; unit: of ``size``, ``sentences`` or, where a strategy chose the sample, ``words``.
    source: the initial weights. train: ``documents``, ``sentences`` and ``mentions`` of its training data. seconds:
    wall time of the training. processor_seconds: processor time of all its threads. finished: date and time (ISO 8601).
    pipeline_bytes: size of the trained pipeline on disk. machine: its processor or GPU. versions: of the packages.
    overrides: of the config. digest: of config, overrides and data, to detect other runs in the folder. tested:
    digest of the test documents, the same for all systems and seeds of a fold. group: the rule by which documents
    belong together (``corpus.grouping.make_group``), "" for none; None if older code made the run, which did not save
    it. gold_entities: whether the pipeline got the gold entities for scoring. task: ``entities``, ``relations`` or
    ``answers``, whose figures are in ``scores``; not saved.
    """

    path: Path
    system: str
    corpus: str
    config: str = ""
    fold: int | None = None
    folds: int | None = None
    seed: int | None = None
    size: int | None = None
    unit: Unit = "sentences"
    source: str | None = None
    train: dict[str, int] = field(default_factory=dict)
    seconds: float | None = None
    processor_seconds: float | None = None
    finished: str = ""
    pipeline_bytes: int | None = None
    machine: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)
    digest: str = ""
    tested: str = ""
    group: str | None = ""
    gold_entities: bool = False
    task: Task = "entities"

    @classmethod
    def of_record(cls, path: Path, record: Mapping[str, Any], file: Path) -> Run:
        """Return the run of a folder from the values of ``record``; raises B831, with the file's name."""
        saved = {field.name for field in fields(cls)} - {*_OF_RECORD}
        values = {"group": None, **{key: value for key, value in record.items() if key in saved}}
        if fault := fault_of(values, cls, but=_OF_RECORD):
            raise BionerError("B831", path=file, fault=fault)
        return cls(path, **values)

    def record(self) -> dict[str, Any]:
        """Return all fields that are saved, as plain values."""
        return {key: value for key, value in asdict(self).items() if key not in _OF_RECORD}

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """The scores; raises B831 if the file is missing or has no scores."""
        metrics = _read_object(self.path / METRICS)
        if "ents_f" not in metrics:
            raise BionerError("B831", path=self.path / METRICS, fault="it holds no scores")
        return metrics

    @cached_property
    def scores(self) -> dict[str, Any]:
        """The figures of the task by short names, fractions; raises B831.

        p, r, f, counts and per_type; for answers em, f (the mean F1), questions and BioASQ's strict, lenient and mrr.
        """
        prefix = _PREFIXES[self.task]
        found = {name.removeprefix(prefix): value for name, value in self.metrics.items() if name.startswith(prefix)}
        if self.task == "answers":
            found["f"] = found.pop("f1", None)
            found |= {name: self.metrics.get(f"bioasq_{name}") for name in ("strict", "lenient", "mrr")}
        return found

    def gold(self) -> Iterator[Document]:
        """Return the gold documents as a stream; raises B831 and the errors of reading."""
        return _read_documents(self.path / GOLD)

    def predictions(self) -> Iterator[Document]:
        """Return the predicted documents as a stream; raises B831 and the errors of reading."""
        return _read_documents(self.path / PREDICTIONS)

    def pairs(self, part: str = "") -> Iterator[tuple[Document, Document]]:
        """Return pairs of gold and predicted documents; part: ``""`` or ``"dev"``.

        Predicted mentions of types that the gold document does not declare are left out.

        Raises B831 unless both files have the same documents in the same order, and the errors of reading.
        """
        folder = self.path / part
        for gold, found in zip_longest(_read_documents(folder / GOLD), _read_documents(folder / PREDICTIONS)):
            if gold is None or found is None or (gold.id, gold.text) != (found.id, found.text):
                raise BionerError(
                    "B831",
                    path=folder / PREDICTIONS,
                    fault=f"its documents are not those of {GOLD}, from '{getattr(gold or found, 'id', '')}' on",
                )
            yield gold, of_declared_types(found, gold)

    @property
    def has_dev(self) -> bool:
        """Whether the run has predictions on its development part."""
        return (self.path / DEV / PREDICTIONS).is_file()

    def train_mentions(self) -> Counter[tuple[str, str]]:
        """Return the counts of the training data's mentions by (label, text); raises B831 for a bad file."""
        path = self.path / MENTIONS
        if not path.is_file():
            raise BionerError("B831", path=path, fault="it is not there")
        counts: Counter[tuple[str, str]] = Counter()
        for number, line in read_lines(path, ProblemLog()):
            label, _, rest = (line or "").partition("\t")
            text, _, count = rest.rpartition("\t")
            if not count.isdecimal():
                raise BionerError("B831", path=f"{path}:{number}", fault="expected label, mention and number")
            counts[label, text] += int(count)
        return counts

    def convergence(self) -> list[dict[str, float]]:
        """Return the evaluations during training, an empty list if none were logged. Raises B831 for a bad file."""
        path = self.path / CONVERGENCE
        if not path.is_file():
            return []
        rows = []
        for number, line in read_lines(path, ProblemLog()):
            try:
                row = json.loads(line or "")
                rows.append({key: float(row[key]) for key in ("epoch", "step", "words", "seconds", "score")})
            except (ValueError, TypeError, KeyError) as err:
                raise BionerError("B831", path=f"{path}:{number}", fault=f"no evaluation ({err})") from None
        return rows


def mention_counts(documents: Iterable[Document]) -> Counter[tuple[str, str]]:
    """Count the mentions of documents by (label, text), runs of white space as one blank."""
    return Counter((m.label, document.text_of(m)) for document in documents for m in document.mentions)


def remove_results(path: Path) -> None:
    """Remove the run in a folder, all that is computed from it and what a training that was interrupted left there."""
    # run.json first: if the process is killed in between, the folder is an unfinished run, which is repeated.
    for name in (FILE, NEXT, CONVERGENCE):
        (path / name).unlink(missing_ok=True)
    for name in (DEV, MODEL):
        if (path / name).exists():
            shutil.rmtree(path / name)


def write_run(
    run: Run,
    metrics: Mapping[str, Any],
    gold: Iterable[Document],
    predictions: Iterable[Document],
    train_mentions: Mapping[tuple[str, str], int],
    dev: tuple[Iterable[Document], Iterable[Document]] | None = None,
) -> None:
    """Write a run into its folder, ``run.json`` last. dev: gold and predictions of the development part.

    An older run in the folder becomes invalid until all files are written. ``convergence.jsonl`` and ``model/`` are
    written before: call ``remove_results`` before the training. Raises B101 for what cannot be written.
    """
    # run.json is removed first and written last: a folder with it always has all files of the same run, and no others.
    (run.path / FILE).unlink(missing_ok=True)
    (run.path / NEXT).unlink(missing_ok=True)
    if (run.path / DEV).exists():
        shutil.rmtree(run.path / DEV)
    write_json(run.path / METRICS, metrics)
    jsonl.write(gold, run.path / GOLD)
    jsonl.write(predictions, run.path / PREDICTIONS)
    if dev is not None:
        jsonl.write(dev[0], run.path / DEV / GOLD)
        jsonl.write(dev[1], run.path / DEV / PREDICTIONS)
    path = run.path / MENTIONS
    with open_output(path) as file:
        for (label, text), count in sorted(train_mentions.items()):
            file.write(encoded(f"{label}\t{text}\t{count}\n", path))
    write_json(run.path / FILE, run.record())


def read_run(path: Path) -> Run:
    """Read the run in a folder; raises B831 if ``run.json`` is missing or damaged."""
    file = path / FILE
    return Run.of_record(path, _read_object(file), file)


def find_runs(paths: Iterable[Path]) -> list[Path]:
    """Return the folders of runs at and below these paths, sorted and without repeats; raises B801 for no such path."""
    found: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            raise BionerError("B801", path=path)
        for place, folders, files in os.walk(path):
            folders.sort(key=_natural)
            if FILE in files:
                found[Path(place)] = None
    return list(found)


def read_runs(paths: Iterable[Path]) -> list[Run]:
    """Read all runs at and below these folders, in the order of their names ("fold-2" before "fold-10").

    Raises B801 (no such path), B830 (no run there) and B831 (a damaged run).
    """
    paths = list(paths)
    runs = [read_run(path) for path in find_runs(paths)]
    if not runs:
        raise BionerError("B830", paths=", ".join(map(str, paths)))
    return runs


def of_tasks(run: Run) -> list[Run]:
    """Return the run for each task that it has scores of, with ``task`` set; none of entities that it was given."""
    others: list[Run] = [replace(run, task=task) for task in ("relations", "answers")]
    entities = [] if run.gold_entities or without_entities(run.metrics) else [run]
    return [*entities, *(other for other in others if other.scores.get("f") is not None)]


def by_task(runs: Sequence[Run]) -> dict[Task, list[Run]]:
    """Return the runs of each task, with ``task`` set: see ``of_tasks``. Raises B859 if none has a score."""
    found: dict[Task, list[Run]] = {"entities": [], "relations": [], "answers": []}
    for run in runs:
        for one in of_tasks(run):
            found[one.task].append(one)
    if runs and not any(found.values()):
        raise BionerError("B859", path=runs[0].path, others="relations or answers")
    return {task: some for task, some in found.items() if some}


def _natural(name: str) -> list[tuple[bool, int, str]]:
    # "fold-10" -> [(False, 0, "fold-"), (True, 10, "10"), (False, 0, "")]: numbers are compared as numbers.
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", name)]


def _read_object(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf8"))
    except OSError as err:
        raise BionerError("B831", path=path, fault=err.strerror or str(err)) from None
    except (ValueError, RecursionError) as err:
        raise BionerError("B831", path=path, fault=f"no JSON ({err})") from None
    if not isinstance(record, dict):
        raise BionerError("B831", path=path, fault="no JSON object")
    return record


def _read_documents(path: Path) -> Iterator[Document]:
    if not path.is_file():
        raise BionerError("B831", path=path, fault="it is not there")
    return jsonl.read(path, ProblemLog())
