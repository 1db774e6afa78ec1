"""What is read of a task of Label Studio: which member of its data is the text, and which annotation.

    annotations of the task               read                              noted
    one                                   it                                -
    several                               the last                          B298
    cancelled ones alone (skipped)        nothing, the task is left out     B297
    none, but predictions                 the last prediction               B284
    none, and no predictions              the text, without mentions        B299

An annotation that was cancelled is none of several. With the name of an annotator only the annotations by that person
count, no predictions are read, and tasks without such an annotation are left out (B240).
Format: https://labelstud.io/guide/task_format
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .problems import ProblemLog

TEXT = "text"
_ADDRESS = re.compile(r"(?:/data/(?:upload|local-files)/|(?:https?|s3|gs|azure-blob)://)\S+")
"""The text of a task whose text is in a file: an uploaded one, or one in a storage (``valueType="url"``)."""
_MINIMAL = ("label", "id", "annotation_id")
"""Members of the tasks of JSON-MIN, beside the text."""
_PREDICTED, _UNANNOTATED, _SKIPPED, _SEVERAL, _NOT_BY = "B284", "B299", "B297", "B298", "B240"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The results of a task that are read, and whether a person annotated them."""

    items: list[dict[str, Any]]
    annotated: bool


@dataclass(slots=True)
class Choice:
    """Chooses the annotation of each task of a file, and counts the tasks by the code of what is noted.

    annotator: the id or e-mail of the person whose annotations are read, "" for anyone's.
    found: the number of tasks with an annotation that is read. annotators: the names that occur.
    """

    annotator: str
    found: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    annotators: dict[str, None] = field(default_factory=dict)

    def of(self, task: dict[str, Any]) -> Chosen | None:
        """Return what is read of a task, None for one that is left out."""
        given = _objects(task, "annotations") or _objects(task, "completions")
        kept = [one for one in given if not one.get("was_cancelled")]
        if self.annotator:
            names = [_names(one) for one in kept]
            self.annotators.update((", ".join(some), None) for some in names if some)
            kept = [one for one, some in zip(kept, names, strict=True) if self.annotator in some]
            if not kept:
                self.counts[_NOT_BY] += 1
                return None
        if kept:
            self.found += 1
            self.counts[_SEVERAL] += len(kept) > 1
            return Chosen(_objects(kept[-1], "result"), True)
        if given:
            self.counts[_SKIPPED] += 1
            return None
        predictions = _objects(task, "predictions")
        self.counts[_PREDICTED if predictions else _UNANNOTATED] += 1
        return Chosen(_objects(predictions[-1], "result") if predictions else [], False)

    def tell(self, path: Path, report: ProblemLog) -> None:
        """Note the counts of a file; report an annotator who annotated none of its tasks (B248)."""
        if self.annotator and not self.found:
            known = "; ".join(self.annotators) or "none is named"
            report.add("B248", path, annotator=self.annotator, known=known)
            return
        for code, count in self.counts.items():
            values: dict[str, Any] = {"annotator": self.annotator} if code == _NOT_BY else {}
            if count:
                report.note(code, path, count=count, **values)


def text_field(task: Any, field: str | None) -> tuple[str, str]:
    """Return the name of the member of a task's data that holds the text, and "", or what is wrong.

    field: the name, if it was given. By default it is TEXT, or else the only string beside an id.
    """
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(data, dict):
        minimal = isinstance(task, dict) and isinstance(task.get(TEXT), str) and not task.keys().isdisjoint(_MINIMAL)
        hint = ": this looks like JSON-MIN, and JSON is read: export the project again, as JSON" if minimal else ""
        return "", f'it has no "data"{hint}'
    strings = [name for name, value in data.items() if isinstance(value, str) and name != "id"]
    name = field or (strings[0] if TEXT not in data and len(strings) == 1 else TEXT)
    if isinstance(data.get(name), str):
        if _ADDRESS.fullmatch(data[name].strip()):
            fault = f'its "{name}" is the address of a file ({data[name][:60]!a}), of which the export has no text'
            return "", f"{fault}: import the texts themselves as tasks, and their annotations"
        return name, ""
    known = ", ".join(ascii(one) for one in strings[:10])
    hint = f", but the strings {known}: name the one to read (convert --field, in Python and configs field = ...)"
    return "", f'its data has no "{name}"' + (hint if strings else "")


def _objects(holder: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = holder.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _names(annotation: dict[str, Any]) -> list[str]:
    """Return the names of who made an annotation: an id, or of an object its e-mail and id."""
    by = annotation.get("completed_by")
    some = [by.get("email"), by.get("id")] if isinstance(by, dict) else [by]
    return [str(one) for one in some if isinstance(one, str | int) and one != ""]
