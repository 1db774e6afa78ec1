"""JSON lines: one document per line, as an object.

    {"id": "d1", "text": "No rash.", "entities": [{"start": 3, "end": 7, "label": "ADR"}], "meta": {"year": 2020}}

Offsets count characters. An entity may have an ``id``, ``concepts`` (a list of ids in a terminology), a ``score`` (the
probability of a prediction) and, if it is discontinuous, ``fragments`` (a list of [start, end]). A document may have
``tokens`` (a list of [start, end]), ``sentences`` (the numbers of the tokens that start one) and ``relations`` between
its entities, by their ids; ``id`` and ``score`` of a relation are optional. ``question`` is what the document is asked,
with its answers: see ``questions.values``.

    {"label": "CID", "arguments": [["Chemical", "T1"], ["Disease", "T2"]], "id": "R1", "score": 0.98}

``of_concepts`` (true) means that the arguments of a relation are concepts; ``attributes`` are further [name, value]
pairs of an entity or relation, ["Negated", ""] for one that is only there or not. The writer writes these names.

The reader also accepts entities as [start, end, label], and the names of other tools: ``spans`` (Prodigy), ``label``
and ``labels`` with triples, ``data`` for the text, ``start_offset`` and ``end_offset``, relations with ``from_id``,
``to_id`` and ``type`` (doccano), relations with ``head_span`` and ``child_span`` (Prodigy), ``type`` and
``entity_type``. Tokens of white space (Prodigy) are left out. Other members of the object go to ``Document.meta``.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from math import isfinite
from pathlib import Path
from typing import Any

from ..documents.document import Document, Mention, Relation, fault_of
from ..documents.question_values import from_values
from ..errors import BionerError
from .json_line import json_line
from .problems import ProblemLog
from .stated_text import agrees
from .text_io import open_output, read_lines

_TEXT = ("text", "data")
_ENTITIES = ("entities", "spans", "labels", "label")
_START = ("start", "start_offset")
_END = ("end", "end_offset")
_LABEL = ("label", "type", "entity_type")


def read(path: Path | str, report: ProblemLog, *, encoding: str = "utf-8") -> Iterator[Document]:
    """Return the documents of a file of JSON lines (also .gz), as a stream; empty lines are skipped.

    encoding: of the file.

    Reports lines that do not decode (B103), are not a JSON object (B153) or not a document (B154), entities that do not
    fit the text or whose own ``text`` differs from the text at their offsets (B155), and relations that are not between
    entities of the document (B191). Notes documents that Prodigy's ``answer`` does not accept (B156). Raises B101 and
    B124.
    """
    path = Path(path)
    for number, line in read_lines(path, report, encoding):
        if not line or not line.strip(" \t\r"):
            continue
        try:
            record = _DECODER.decode(line)
            if not isinstance(record, dict):
                raise ValueError(f"a {type(record).__name__}")
            # An escape of a surrogate: encoding fails if it has no other half. One character is found faster than two.
            if "\\" in line and ("\\ud" in line or "\\uD" in line):
                json.dumps(record, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            report.add("B154", path, number, fault="a string holds an unpaired surrogate")
            continue
        except (ValueError, RecursionError) as err:
            report.add("B153", path, number, reason=str(err))
            continue
        if record.get("answer", "accept") != "accept":
            report.note("B156", path, number, answer=record["answer"])
            continue
        try:
            yield _document(record, path, number, report)
        except _Fault as fault:
            report.add("B154", path, number, fault=str(fault))


def write(documents: Iterable[Document], path: Path | str, report: ProblemLog | None = None) -> None:
    """Write documents as JSON lines (packed if the name ends in .gz). ``report`` is not used: nothing is lost.

    Raises B157 (meta that JSON cannot hold), B127 (text that UTF-8 cannot hold) and B101.
    """
    path = Path(path)
    with open_output(path) as file:
        for document in documents:
            try:
                line = json_line(document, path)
            except (TypeError, ValueError, RecursionError) as err:
                raise BionerError("B157", id=document.id, reason=str(err)) from err
            file.write(line + b"\n")


class _Fault(Exception):
    """What is wrong with a document, in words."""


def _refuse_constant(name: str) -> float:
    # Python's parser accepts NaN and Infinity, which are not JSON and which other parsers refuse.
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError(f"{digits} is too large a number")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _shown(value: Any) -> str:
    """Return a value for a message, shortened if it is long."""
    text = ascii(value)
    return text if len(text) <= 100 else f"{text[:100]}..."


def _first(record: dict[str, Any], names: tuple[str, ...]) -> Any:
    """Remove the first of these members from a record and return it; None if the record has none of them."""
    for name in names:
        if name in record:
            return record.pop(name)
    return None


def _document(record: dict[str, Any], path: Path, line: int, report: ProblemLog) -> Document:
    text = _first(record, _TEXT)
    if not isinstance(text, str):
        raise _Fault('"text" is missing or not a string')
    name = _name(record)
    meta = record.pop("meta", None) or {}
    if not isinstance(meta, dict):
        raise _Fault('"meta" is not an object')
    tokens = _tokens(record.pop("tokens", None), len(text))
    sentences = record.pop("sentences", None)
    if sentences is not None and not _are_sentences(sentences, len(tokens or ())):
        raise _Fault('"sentences" is not a list of token numbers in order')
    if tokens and any(text[start:end].isspace() for start, end in tokens):
        tokens, sentences = _words(text, tokens, sentences)
    entities = _first(record, _ENTITIES)
    if entities is not None and not isinstance(entities, list):
        raise _Fault("the entities are not a list")
    mentions = []
    for entity in entities or ():
        try:
            mentions.append(_mention(entity, text))
        except _Fault as fault:
            report.add("B155", path, line, entity=_shown(entity), fault=str(fault))
    given = record.pop("relations", None)
    if given is not None and not isinstance(given, list):
        raise _Fault("the relations are not a list")
    relations = list(_relations(given, mentions, path, line, report)) if given else []
    question = None
    if isinstance(record.get("question"), dict):  # a string is a fact about the document, of another program
        try:
            question = from_values(record.pop("question"), text)
        except ValueError as err:
            raise _Fault(str(err)) from err
    return Document(text, mentions, name, tokens, sentences, {**record, **meta}, relations=relations, question=question)


def _name(record: dict[str, Any]) -> str:
    """Remove the id from a document, entity or relation and return it; "" if it has none."""
    name = record.pop("id", "")
    if type(name) not in (str, int):
        raise _Fault('"id" is not a string')
    return str(name)


def _score(record: dict[str, Any]) -> float | None:
    if (score := record.pop("score", None)) is None:
        return None
    if type(score) not in (int, float) or not 0 <= score <= 1:
        raise _Fault(f"the score {_shown(score)} is not a probability, a number from 0 to 1")
    return float(score)


def _words(
    text: str, tokens: list[tuple[int, int]], sentences: list[int] | None
) -> tuple[list[tuple[int, int]], list[int] | None]:
    """Return the tokens that are not white space, which only spaCy makes tokens, and the adjusted sentence starts."""
    kept = [i for i, (start, end) in enumerate(tokens) if not text[start:end].isspace()]
    if sentences is not None:
        sentences = sorted({bisect_left(kept, start) for start in sentences} - {len(kept)})
    return [tokens[i] for i in kept], sentences


def _tokens(tokens: Any, length: int) -> list[tuple[int, int]] | None:
    if tokens is None:
        return None
    pairs: list[tuple[int, int]] = []
    for token in tokens if isinstance(tokens, list) else [tokens]:
        pair = [token.get("start"), token.get("end")] if isinstance(token, dict) else token
        if not (isinstance(pair, list) and len(pair) == 2 and all(type(offset) is int for offset in pair)):
            raise _Fault('"tokens" is not a list of [start, end]')
        if not (pairs[-1][1] if pairs else 0) <= pair[0] < pair[1] <= length:
            raise _Fault(f"token {len(pairs)} is {pair}: tokens must be in order, disjoint, and inside the text")
        pairs.append((pair[0], pair[1]))
    return pairs


def _are_sentences(sentences: Any, count: int) -> bool:
    if not isinstance(sentences, list) or not all(type(start) is int for start in sentences):
        return False
    return sentences == sorted(set(sentences)) and all(0 <= start < count for start in sentences)


def _mention(entity: Any, text: str) -> Mention:
    if isinstance(entity, list) and len(entity) == 3:
        entity = dict(zip(("start", "end", "label"), entity, strict=True))
    if not isinstance(entity, dict):
        raise _Fault("expected an object, or [start, end, label]")
    entity = dict(entity)
    start, end, label = (_first(entity, names) for names in (_START, _END, _LABEL))
    if type(start) is not int or type(end) is not int or not isinstance(label, str):
        raise _Fault("expected numbers as start and end, and a string as label")
    fragments = entity.get("fragments") or []
    concepts = entity.get("concepts") or []
    if not isinstance(fragments, list) or not all(_is_pair(pair) for pair in fragments):
        raise _Fault('"fragments" is not a list of [start, end]')
    if not isinstance(concepts, list) or not all(isinstance(concept, str) for concept in concepts):
        raise _Fault('"concepts" is not a list of strings')
    pairs = tuple((a, b) for a, b in fragments)
    mention = Mention(start, end, label, pairs, _name(entity), tuple(concepts), _score(entity), _facts(entity))
    if fault := fault_of(mention, len(text)):
        raise _Fault(fault)
    if not fragments and isinstance(entity.get("text"), str) and not agrees(entity["text"], text[start:end]):
        raise _Fault(f"the text there is {text[start:end]!a}")
    return mention


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(offset) is int for offset in value)


def _relations(
    relations: list[Any], mentions: list[Mention], path: Path, line: int, report: ProblemLog
) -> Iterator[Relation]:
    """Yield the relations; a mention that a relation names by its span (Prodigy) gets an id, in place."""
    # Reversed, so that of mentions with the same span and label the first is found.
    places = {(mention.start, mention.end, mention.label): i for i, mention in reversed(list(enumerate(mentions)))}
    times = Counter(mention.id for mention in mentions if mention.id)
    for number, relation in enumerate(relations, 1):
        try:
            yield _relation(relation, mentions, places, times)
        except _Fault as fault:
            report.add("B191", path, line, number=number, relation=_shown(relation), fault=str(fault))


def _relation(
    relation: Any, mentions: list[Mention], places: dict[tuple[int, int, str], int], times: Counter[str]
) -> Relation:
    if not isinstance(relation, dict):
        raise _Fault("expected an object")
    label = _first(relation := dict(relation), ("label", "type"))
    if not isinstance(label, str) or not label:
        raise _Fault("it has no label")
    if "arguments" in relation:
        arguments = relation["arguments"]
    elif "from_id" in relation:
        arguments = [["from", relation["from_id"]], ["to", relation.get("to_id")]]
    else:
        spans = ((role, relation.get(f"{role}_span")) for role in ("head", "child"))
        arguments = [[role, _id_of(span, mentions, places, times)] for role, span in spans]
    if not isinstance(arguments, list) or not arguments or not all(map(_is_argument, arguments)):
        raise _Fault('"arguments" is not a list of [role, id of an entity]')
    of_concepts = relation.get("of_concepts", False)
    if type(of_concepts) is not bool:
        raise _Fault('"of_concepts" is not true or false')
    pairs = tuple((role, str(name)) for role, name in arguments)
    for _, name in () if of_concepts else pairs:
        if times[name] != 1:
            raise _Fault(f"{times[name] or 'no'} entities have the id {_shown(name)}")
    return Relation(label, pairs, _name(relation), _score(relation), of_concepts, _facts(relation))


def _facts(record: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the attributes of an entity or relation."""
    attributes = record.get("attributes") or ()
    if attributes and not (isinstance(attributes, list) and all(map(_is_argument, attributes))):
        raise _Fault('"attributes" is not a list of [name, value]')
    return tuple((name, str(value)) for name, value in attributes)


def _is_argument(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and type(value[1]) in (str, int)


def _id_of(span: Any, mentions: list[Mention], places: dict[tuple[int, int, str], int], times: Counter[str]) -> str:
    """Return the id of the mention at a span; a mention without an id gets one."""
    place = None
    if isinstance(span, dict) and all(type(span.get(name)) in (int, str) for name in ("start", "end", "label")):
        place = places.get((span["start"], span["end"], span["label"]))
    if place is None:
        raise _Fault('expected "arguments", or "head_span" and "child_span" that are entities')
    if not mentions[place].id:
        name = next(name for name in (f"T{number}" for number in count(place + 1)) if not times[name])
        mentions[place] = replace(mentions[place], id=name)
        times[name] += 1
    return mentions[place].id
