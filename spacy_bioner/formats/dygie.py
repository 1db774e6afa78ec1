"""DyGIE's JSON of tokens, entities and relations: SciERC, DyGIE++ (Wadden et al. 2019), PURE (Zhong & Chen 2021).

    {"doc_key": "d1", "sentences": [["Naloxone", "blocks", "OPRM1", "."], ["It", "itches", "."]],
     "ner": [[[0, 0, "CHEMICAL"], [2, 2, "GENE"]], []], "relations": [[[0, 0, 2, 2, "CPR:4"]], []]}

One document per line, or a list of documents. Entities and relations stand by sentence; tokens are numbered through the
document, and the last one is included. The text of a document is its tokens with a blank between any two. Other members
(``clusters``, ``events``, ``predicted_ner``) become ``meta``, and are written as members again.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from spacy.language import Language

from ..documents.alignment import Tokenizer, default_tokenizer, from_doc, to_doc
from ..documents.document import Document, Mention, Relation, fault_of, has_surrogates
from ..errors import BionerError
from .json_stream import name_of, read_json
from .problems import ProblemLog
from .text_io import encoded, open_output

_KEY, _SENTENCES, _NER, _RELATIONS = _OWN = ("doc_key", "sentences", "ner", "relations")
_TOKENS = re.compile(r'"sentences"\s*:\s*\[\s*\[')

NO_TOKEN = "mentions without a token"
NOT_OF_TWO = "relations that are not between two mentions"
ACROSS = "relations across sentences"
"""What is not written."""

Place = tuple[int, int]
"""The first and the last token of a mention."""


def read(path: Path | str, report: ProblemLog) -> Iterator[Document]:
    """Return the documents of a file (also .gz, .xz), as a stream, with tokens and sentences.

    Mentions are named T1, T2, ... in the order of the file. A relation names the tokens of its mentions, not their
    types. Where several mentions have these tokens, it is read as one between types that most other relations of the
    document have, or between different types, with a note (B245).

    Notes tokens of white space, which are left out (B244). Reports invalid JSON (B269; the rest of the file is not
    read), malformed documents (B265), entities and relations that do not fit (B243, B267), and damaged packed files
    (B116). Raises B101.
    """
    path = Path(path)
    for number, record in enumerate(read_json(path, report), 1):
        name = name_of(record.get(_KEY)) if isinstance(record, dict) else None
        if name is None:
            fault = f'it has no "{_KEY}"' if isinstance(record, dict) else "it is not an object"
            report.add("B265", path, id=str(number), fault=fault)
            continue
        name = name or str(number)
        try:
            document, places = _tokens(record, name, path, report)
            entities, relations = (_entries(record, member) for member in (_NER, _RELATIONS))
        except _Fault as fault:
            report.add("B265", path, id=ascii(name), fault=str(fault))
            continue
        at: dict[Place, list[Mention]] = {}
        for entry in entities:
            try:
                mention = _mention(entry, places, len(document.text), len(document.mentions) + 1)
            except _Fault as fault:
                report.add("B243", path, id=ascii(name), shown=_shown(entry), fault=str(fault))
                continue
            document.mentions.append(mention)
            at.setdefault((entry[0], entry[1]), []).append(mention)
        document.relations = list(_read_relations(relations, at, name, path, report))
        yield document


def recognises(path: Path, head: str) -> bool:
    """Return whether text is JSON with sentences that are lists of tokens."""
    return head.lstrip()[:1] in ("{", "[") and _TOKENS.search(head) is not None


class _Fault(Exception):
    """What is wrong with a document, an entity or a relation, in words."""


def _shown(value: Any) -> str:
    words = ascii(value)
    return words if len(words) <= 80 else f"{words[:77]}..."


def _tokens(record: dict[str, Any], name: str, path: Path, report: ProblemLog) -> tuple[Document, list[Place]]:
    """Return the document without mentions, and the (start, end) of each token of the file."""
    sentences = record.get(_SENTENCES)
    if not isinstance(sentences, list) or not all(isinstance(sentence, list) for sentence in sentences):
        raise _Fault(f'"{_SENTENCES}" is not a list of lists')
    given = [token for sentence in sentences for token in sentence]
    if not all(isinstance(token, str) for token in given):
        raise _Fault("a token is not a string")
    words = [token.strip() for token in given]
    # spaCy makes white space a token. A mention may start or end with one: its span then ends with the word before, and
    # starts with the word after.
    #
    #     tokens   "No"     " "      "rash"
    #     spans    (0, 2)   (3, 2)   (3, 7)
    spans: list[Place] = []
    position = 0
    for word in words:
        spans.append((position, position + len(word)) if word else (position, max(position - 1, 0)))
        position += len(word) + bool(word)
    if blank := words.count(""):
        report.note("B244", path, id=ascii(name), count=blank)
    text = " ".join(filter(None, words))
    if has_surrogates(text):
        raise _Fault("a token holds an unpaired surrogate")
    filled = [0, *accumulate(int(bool(word)) for word in words)]
    edges = [0, *accumulate(map(len, sentences))]
    starts = [filled[first] for first, end in pairwise(edges) if filled[first] < filled[end]]
    tokens = [span for span, word in zip(spans, words, strict=True) if word]
    meta = {key: value for key, value in record.items() if key not in _OWN}
    return Document(text, [], name, tokens, starts, meta), spans


def _entries(record: dict[str, Any], member: str) -> list[Any]:
    """Return the entities or relations of all sentences."""
    lists = record.get(member) or []
    if not isinstance(lists, list) or not all(isinstance(entries, list) for entries in lists):
        raise _Fault(f'"{member}" is not a list of lists')
    return [entry for entries in lists for entry in entries]


def _check(entry: Any, numbers: int) -> None:
    """Raise _Fault if an entry is not so many token numbers and a label."""
    if not isinstance(entry, list) or len(entry) != numbers + 1 or any(type(n) is not int for n in entry[:-1]):
        raise _Fault(f"expected {numbers} numbers of tokens and a label")
    if not isinstance(entry[-1], str) or not entry[-1] or has_surrogates(entry[-1]):
        raise _Fault("its label is not a string, is empty or holds an unpaired surrogate")


def _mention(entry: Any, spans: list[Place], length: int, number: int) -> Mention:
    _check(entry, 2)
    first, last, label = entry
    if not 0 <= first <= last < len(spans):
        raise _Fault(f"the document has {len(spans)} tokens")
    mention = Mention(spans[first][0], spans[last][1], label, id=f"T{number}")
    if fault := fault_of(mention, length):
        raise _Fault(fault)
    return mention


def _read_relations(
    entries: list[Any], at: dict[Place, list[Mention]], name: str, path: Path, report: ProblemLog
) -> Iterator[Relation]:
    found: list[tuple[list[Any], list[tuple[Mention, Mention]]]] = []
    for entry in entries:
        try:
            _check(entry, 4)
            ends = [at.get((entry[i], entry[i + 1]), []) for i in (0, 2)]
            if not all(ends):
                raise _Fault("no entity has these tokens")
        except _Fault as fault:
            report.add("B267", path, id=ascii(name), shown=_shown(entry), fault=str(fault))
            continue
        found.append((entry, [(head, tail) for head in ends[0] for tail in ends[1]]))
    seen = Counter(_types(pairs[0]) for _, pairs in found if len(pairs) == 1)
    for number, (entry, pairs) in enumerate(found, 1):
        head, tail = pair = max(pairs, key=lambda pair: (seen[_types(pair)], pair[0].label != pair[1].label))
        if len(pairs) > 1:
            report.note("B245", path, id=ascii(name), shown=_shown(entry), types=ascii(" -> ".join(_types(pair))))
        yield Relation(entry[4], (("Arg1", head.id), ("Arg2", tail.id)), f"R{number}")


def _types(pair: tuple[Mention, Mention]) -> tuple[str, str]:
    return pair[0].label, pair[1].label


def write(
    documents: Iterable[Document],
    path: Path | str,
    report: ProblemLog | None = None,
    *,
    tokenizer: Language | Tokenizer | None = None,
) -> None:
    """Write one document per line (packed if the name ends in .gz or .xz).

    tokenizer: for documents without tokens; None takes the BioTokenizer.
    report: takes notes of what the format cannot hold (B263). A mention that is discontinuous, or starts or ends inside
        a token, is written as all tokens from its first to its last; a sentence does not start inside a mention.

    White space between tokens is not stored. Raises B101, B127, B140, B157 and B171.
    """
    path = Path(path)
    with open_output(path) as file:
        for number, document in enumerate(documents, 1):
            if document.tokens is None:
                tokenizer = tokenizer or default_tokenizer()
                tokens = from_doc(to_doc(Document(document.text, id=document.id), tokenizer)).tokens
                document = replace(document, tokens=tokens, sentences=None)
            lost: Counter[str] = Counter()
            record = _record(document, document.id or str(number), lost)
            if report is not None:
                report.note_lost(path, document.id or str(number), lost)
                report.left_out["mentions"] += lost[NO_TOKEN]
                report.left_out["relations"] += lost[NOT_OF_TWO] + lost[ACROSS]
            try:
                line = json.dumps(record, ensure_ascii=False)
            except (TypeError, ValueError, RecursionError) as err:
                raise BionerError("B157", id=document.id, reason=str(err)) from err
            file.write(encoded(line + "\n", path))


def _record(document: Document, name: str, lost: Counter[str]) -> dict[str, Any]:
    tokens = document.tokens or []
    words = [document.text[start:end] for start, end in tokens]
    first_chars, ends = [start for start, _ in tokens], [end for _, end in tokens]
    places: list[tuple[Mention, Place]] = []
    for mention in document.mentions:
        first, last = bisect_right(ends, mention.start), bisect_left(first_chars, mention.end) - 1
        if first > last:
            lost[NO_TOKEN] += 1
            continue
        places.append((mention, (first, last)))
        lost["discontinuous mentions"] += bool(mention.fragments)
        lost["mentions that start or end inside a token"] += (tokens[first][0], tokens[last][1]) != (
            mention.start,
            mention.end,
        )
        lost["concept ids"] += len(mention.concepts)
        lost["scores"] += mention.score is not None
        lost["attributes"] += len(mention.attributes)
    starts = sorted({0, *(bisect_left(first_chars, start) for start, _ in document.sentence_spans())} - {len(tokens)})
    inside = {
        n for _, (first, last) in places for n in starts[bisect_right(starts, first) : bisect_right(starts, last)]
    }
    lost["starts of sentences inside a mention"] += len(inside)
    starts = [start for start in starts if start not in inside]
    ner: list[list[Any]] = [[] for _ in starts]
    relations: list[list[Any]] = [[] for _ in starts]
    for mention, place in places:
        ner[bisect_right(starts, place[0]) - 1].append([*place, mention.label])
    for sentence, entry in _written_relations(document, places, starts, lost):
        relations[sentence].append(entry)
    lost["metadata fields of the names of other members"] += len(document.meta.keys() & {*_OWN})
    sentences = [words[first:end] for first, end in pairwise([*starts, len(words)])]
    own = dict(zip(_OWN, (name, sentences, ner, relations), strict=True))
    return own | {key: value for key, value in document.meta.items() if key not in own}


def _written_relations(
    document: Document, places: list[tuple[Mention, Place]], starts: list[int], lost: Counter[str]
) -> Iterator[tuple[int, list[Any]]]:
    """Yield the relations that the format holds, each with the number of its sentence."""
    named = {mention.id: place for mention, place in places if mention.id}
    times = Counter(place for _, place in places)
    for relation in document.relations:
        ends = [named.get(target) for _, target in relation.arguments]
        if relation.of_concepts or len(ends) != 2 or ends[0] is None or ends[1] is None:
            lost[NOT_OF_TWO] += 1
            continue
        one, other = (bisect_right(starts, place[0]) - 1 for place in (ends[0], ends[1]))
        if one != other:
            lost[ACROSS] += 1
            continue
        lost["relations of mentions that share their tokens"] += times[ends[0]] > 1 or times[ends[1]] > 1
        lost["scores"] += relation.score is not None
        lost["attributes"] += len(relation.attributes)
        yield one, [*ends[0], *ends[1], relation.label]
