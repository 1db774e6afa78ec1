"""Label Studio's JSON: reads its exports, and writes tasks with annotations or predictions that it imports.

    [{"id": 1, "data": {"text": "No rash."}, "annotations": [{"result": [
        {"id": "a", "type": "labels", "from_name": "label", "to_name": "text",
         "value": {"start": 3, "end": 7, "text": "rash", "labels": ["ADR"]}},
        {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right", "labels": ["causes"]}]}]}]

Offsets count characters, or another unit that is named. ``label_studio_tasks`` says which annotation of a task is
read. A task with an annotation counts as done there, one with predictions alone is shown to a curator: documents that a
program annotated are written as predictions, the others as annotations. ``Document.extra["label_studio"]`` keeps
``{"predicted": True}`` of a document whose task nobody annotated, where no score says so. A span with several labels
becomes one mention per label, of which the first has its id. A relation without a label gets the label ``UNLABELLED``.
The other data of a task becomes ``meta``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from ..documents.document import Document, Mention, Relation, fault_of
from ..errors import BionerError
from .counting import Counting, Hints, counting_of
from .json_stream import name_of, read_json
from .label_studio_tasks import TEXT, Choice, Chosen, text_field
from .problems import ProblemLog
from .stated_text import agrees
from .text_io import encoded, open_output

STORE = "label_studio"
UNLABELLED = "relation"
"""The label of a relation to which the annotator gave none."""
_HEAD, _TAIL = "head", "tail"
OF_CONCEPTS = "relations between concepts"
NOT_OF_TWO = "relations without two mentions"
"""What is not written."""


def read(
    path: Path | str,
    report: ProblemLog,
    *,
    field: str | None = None,
    annotator: str | int | None = None,
    offsets: str = "characters",
) -> Iterator[Document]:
    """Return the tasks of an export, as a stream.

    field: the member of a task's ``data`` that holds the text. By default it is ``text``, or else the only string.
    annotator: the id or e-mail (``completed_by``) of the annotator whose annotations are read; by default anyone's.
    offsets: their unit: ``characters``; ``utf16`` code units, as older versions count (an emoji is two); ``crlf1``,
        characters with a CRLF counted as one; or ``bytes`` of UTF-8.
    Reports invalid JSON (B269; the rest of the file is not read), tasks without text (B265), spans and relations that
    do not fit (B266, B267), which are left out, and an annotator of no task (B248).
    Notes, once per file, the numbers of tasks that nobody annotated, with predictions (B284) or without (B299), that
    were skipped (B297) or not annotated by ``annotator`` (B240), which are left out, and that have several annotations
    (B298); see ``label_studio_tasks``. Notes results of other types than ``labels`` and ``relation``, which are left
    out too (B182): choices, ratings, and spans of HTML or of dialogues, whose places are not offsets of the text.
    Raises B101, and B172 for another unit.
    """
    path = Path(path)
    counting_of("", offsets)
    choice = Choice("" if annotator is None else str(annotator))
    for number, task in enumerate(read_json(path, report), 1):
        name, fault = text_field(task, field)
        if fault:
            report.add("B265", path, id=str(number), fault=fault)
            continue
        chosen = choice.of(task)
        if chosen is not None:
            yield _document(task, chosen, name, number, path, report, offsets)
    choice.tell(path, report)


def recognises(path: Path, head: str) -> bool:
    """Return whether text is JSON with tasks, also as JSON-MIN, which ``read`` explains that it does not read."""
    return head.lstrip()[:1] == "[" and ('"data"' in head or ('"text"' in head and '"label"' in head))


def beside(document: Document) -> dict[str, int]:
    """Return what only this format holds: nothing that is not told when it is read (B284, B299)."""
    return {}


def _document(
    task: dict[str, Any], chosen: Chosen, field: str, number: int, path: Path, report: ProblemLog, offsets: str
) -> Document:
    data = dict(task["data"])
    text = data.pop(field)
    document = Document(text, id=_id(data, task, number), meta=data)
    # Relations may come before the spans that they refer to: they are resolved after all spans are read.
    named: dict[str, Mention] = {}
    links: list[dict[str, Any]] = []
    others: Counter[str] = Counter()
    counting, hints = counting_of(text, offsets), Hints(text)
    for item in chosen.items:
        if item.get("type") == "relation":
            links.append(item)
            continue
        value = item.get("value")
        labels = value.get("labels") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(labels, list):
            others[str(item.get("type"))[:40]] += 1
            continue
        for label in labels or [""]:  # a region that nobody labelled
            mention, fault = _mention(item, value, label, text, counting)
            if mention is None:
                fault += _hint(value, hints)
                report.add("B266", path, id=ascii(document.id), shown=ascii(value)[:80], fault=fault)
                continue
            if mention.id in named:  # Relations refer to one mention.
                mention = replace(mention, id="")
            document.mentions.append(mention)
            if mention.id:
                named[mention.id] = mention
    for kind, times in others.items():
        report.note("B182", path, id=ascii(document.id), count=times, type=ascii(kind))
    document.relations = list(_relations(links, named, document, path, report))
    if not chosen.annotated and not _scored(document):
        document.extra[STORE] = {"predicted": True}
    return document


def _relations(
    links: list[dict[str, Any]], named: dict[str, Mention], document: Document, path: Path, report: ProblemLog
) -> Iterator[Relation]:
    for item in links:
        ends = [name_of(item.get("from_id")), name_of(item.get("to_id"))]
        missing = next((name for name in ends if name not in named), None)
        if missing is not None:
            fault = f"it refers to {missing!a}, which does not exist"
            report.add("B267", path, id=ascii(document.id), shown=ascii(item)[:80], fault=fault)
            continue
        # An arrow to the left: the second span is the head.
        if item.get("direction") == "left":
            ends.reverse()
        labels = item.get("labels") or [UNLABELLED]
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            fault = "expected strings as labels"
            report.add("B267", path, id=ascii(document.id), shown=ascii(item)[:80], fault=fault)
            continue
        for label in labels:
            arguments = ((_HEAD, str(ends[0])), (_TAIL, str(ends[1])))
            yield Relation(label or UNLABELLED, arguments, score=_score(item))


def _id(data: dict[str, Any], task: dict[str, Any], number: int) -> str:
    """Return the id of a task: ``id`` of its data (removed from it), else the task's own, else its number."""
    name = name_of(data.get("id"))
    if name:
        del data["id"]
    return name or name_of(task.get("id")) or str(number)


def _score(item: dict[str, Any]) -> float | None:
    score = item.get("score")
    if isinstance(score, bool) or not isinstance(score, int | float):
        return None
    return float(score) if 0 <= score <= 1 else None


def _hint(value: dict[str, Any], hints: Hints) -> str:
    """Return why the offsets of a span may be wrong, as a clause that starts with "; ", or ""."""
    given = [place for place in (value.get("start"), value.get("end")) if type(place) is int]
    return hints.of(given, value["text"]) if len(given) == 2 and isinstance(value.get("text"), str) else ""


def _mention(
    item: dict[str, Any], value: dict[str, Any], label: Any, text: str, counting: Counting | None
) -> tuple[Mention | None, str]:
    start, end = value.get("start"), value.get("end")
    if type(start) is not int or type(end) is not int or not isinstance(label, str):
        return None, "expected numbers as start and end, and strings as labels"
    if counting is not None:
        places = counting.characters([start, end])
        if places is None:
            return None, f"the text has no such position, counted in {counting.name}"
        start, end = places
    meta = item["meta"] if isinstance(item.get("meta"), dict) else {}
    concepts, attributes = (meta[key] if isinstance(meta.get(key), list) else [] for key in ("concepts", "attributes"))
    name = name_of(item.get("id"))
    if name is None or not all(isinstance(concept, str) for concept in concepts):
        return None, "expected strings as id and concepts"
    if not all(isinstance(pair, list) and [str, str] == list(map(type, pair)) for pair in attributes):
        return None, "expected a list of [name, value] as attributes"
    facts = tuple((key, fact) for key, fact in attributes)
    mention = Mention(start, end, label, (), name, tuple(concepts), _score(item), facts)
    fault = fault_of(mention, len(text))
    if not fault and isinstance(value.get("text"), str) and not agrees(value["text"], text[start:end]):
        fault = f"the text there is {text[start:end]!a}"
    return (None, fault) if fault else (mention, "")


def write(
    documents: Iterable[Document],
    path: Path | str,
    report: ProblemLog | None = None,
    *,
    field: str = TEXT,
    from_name: str = "label",
    predicted: bool | None = None,
) -> None:
    """Write documents as tasks that Label Studio imports (packed if the name ends in .gz).

    field: the name of the text in ``data``, as in ``value="$text"`` of the project's labeling configuration.
    from_name: the name of its ``Labels`` tag.
    predicted: whether a program annotated the documents: all become predictions, also those without mentions, so that
        a curator is shown them. False: all become annotations. By default a document becomes predictions if a mention
        or relation has a score, or if it was read from a task that nobody annotated; else it is gold.
    report: takes a note B263 for fragments (the span that covers them is written), for relations of concepts, or with
        other than two mentions (not written), and for attributes of relations; B249 for the number of documents
        without mentions that became annotations, by default, beside others with scores.
    Raises B101, B127 and B157.
    """
    path = Path(path)
    empty = scored = number = 0
    with open_output(path) as file:
        for number, document in enumerate(documents, 1):
            if report is not None:
                lost = _lost(document)
                report.note_lost(path, document.id or str(number), lost)
                report.left_out["relations"] += lost[OF_CONCEPTS] + lost[NOT_OF_TWO]
            proposed = _is_predicted(document) if predicted is None else predicted
            scored += _scored(document)
            empty += not proposed and not document.mentions
            try:
                line = json.dumps(_task(document, field, from_name, proposed), ensure_ascii=False)
            except (TypeError, ValueError, RecursionError) as err:
                raise BionerError("B157", id=document.id, reason=str(err)) from err
            file.write(encoded(("[\n" if number == 1 else ",\n") + line, path))
        file.write(encoded("\n]\n" if number else "[]\n", path))
    if report is not None and predicted is None and empty and scored:
        report.note("B249", path, count=empty)


def _lost(document: Document) -> dict[str, int]:
    between = [relation for relation in document.relations if not relation.of_concepts]
    return {
        "discontinuous mentions": sum(bool(mention.fragments) for mention in document.mentions),
        OF_CONCEPTS: len(document.relations) - len(between),
        NOT_OF_TWO: sum(len(relation.arguments) != 2 for relation in between),
        "attributes of relations": sum(len(relation.attributes) for relation in document.relations),
    }


def _scored(document: Document) -> bool:
    scores = [one.score for one in document.mentions] + [one.score for one in document.relations]
    return any(score is not None for score in scores)


def _is_predicted(document: Document) -> bool:
    return _scored(document) or bool(document.extra.get(STORE, {}).get("predicted"))


def _task(document: Document, field: str, from_name: str, predicted: bool) -> dict[str, Any]:
    result: list[dict[str, Any]] = []
    taken = {mention.id for mention in document.mentions}
    fresh = (name for name in (f"m{number}" for number in count(1)) if name not in taken)
    for mention in document.mentions:
        span = {"start": mention.start, "end": mention.end, "text": document.text[mention.start : mention.end]}
        item: dict[str, Any] = {
            "id": mention.id or next(fresh),
            "type": "labels",
            "from_name": from_name,
            "to_name": field,
            "value": {**span, "labels": [mention.label]},
        }
        if mention.score is not None:
            item["score"] = mention.score
        meta = {"concepts": mention.concepts, "attributes": mention.attributes}
        if held := {key: list(values) for key, values in meta.items() if values}:
            item["meta"] = held
        result.append(item)
    for relation in document.relations:
        if not relation.of_concepts and len(relation.arguments) == 2:
            (_, head), (_, tail) = relation.arguments
            link = {
                "type": "relation",
                "from_id": head,
                "to_id": tail,
                "direction": "right",
                "labels": [relation.label],
            }
            result.append(link if relation.score is None else {**link, "score": relation.score})
    data = {**document.meta, field: document.text, **({"id": document.id} if document.id else {})}
    # Label Studio shows predictions as proposals, which a person accepts or corrects. A task with an annotation, even
    # an empty one, is done.
    return {"data": data, "predictions" if predicted else "annotations": [{"result": result}]}
