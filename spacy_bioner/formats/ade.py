"""The ADE corpus of drugs and their adverse effects (Gurulingappa et al. 2012, J. Biomed. Inform. 45(5)). Read only.

``DRUG-AE.rel`` has one row per relation, ``PMID|sentence|effect|start|end|drug|start|end``. A sentence is repeated for
each of its relations and becomes one document. Offsets count from the start of the abstract, and the file does not say
where in the abstract a sentence starts: ``_pairs`` works it out from the rows. Every mention is checked against the
sentence. ``ADE-NEG.txt`` has the sentences without a relation, ``PMID NEG sentence``.

Documents are named after their abstract, ``10030778-1``, ``10030778-2``, ...; those of ADE-NEG.txt ``10030778-n1``, ...
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..documents.document import Document, Mention, Relation
from ..errors import BionerError
from .problems import ProblemLog
from .text_io import read_lines

EFFECT = "AdverseEffect"
DRUG = "Drug"
CAUSES = "causes"

_NUMBER = re.compile(r"[0-9]{1,18}")
_NEGATIVE = re.compile(r"([0-9]+) NEG (\S.*)")

Row = tuple[int, list[tuple[str, int]]]
"""The line number, and the effect and the drug, each as (text, offset of its first character in the abstract)."""


def read(
    path: Path | str, report: ProblemLog, *, drugs: bool = False, relations: bool = False, encoding: str = "utf-8"
) -> Iterator[Document]:
    """Return one document per sentence, in the order of their first rows; a file of relations is held in memory.

    drugs: return the drugs of the relations as mentions too. The corpus marks no drug outside relations.
    relations: return the relations too, CAUSES from drug to effect, and the drugs with them; mentions are T1, T2, ...
        in the order of the text.
    encoding: of the file.

    Reports lines of neither form (B166), rows whose texts are not at their offsets (B167; the row is left out, and the
    sentence too if it has no other) and lines that do not decode (B103). Raises B169 for DRUG-DOSE.rel, B101 and B124.
    """
    path = Path(path)
    if "dose" in path.name.lower():
        raise BionerError("B169", path=path)
    return _documents(path, report, drugs or relations, relations, encoding)


def recognises(path: Path, head: str) -> bool:
    """Return whether text looks like ADE-NEG.txt."""
    lines = [line for line in head.split("\n") if line.strip()][:20]
    return bool(lines) and all(_NEGATIVE.match(line) for line in lines[: max(1, len(lines) - 1)])


def _documents(path: Path, report: ProblemLog, drugs: bool, relations: bool, encoding: str) -> Iterator[Document]:
    numbers: Counter[str] = Counter()
    sentences: dict[tuple[str, str], list[Row]] = {}
    for number, line in read_lines(path, report, encoding):
        if not line or line.isspace():
            continue
        negative = _NEGATIVE.fullmatch(line)
        if negative:
            pmid, text = negative.groups()
            numbers[pmid] += 1
            yield Document(text, id=f"{pmid}-n{numbers[pmid]}")
            continue
        cells = line.split("|")
        if (
            len(cells) != 8
            or not all(cells[:3])
            or not all(map(_NUMBER.fullmatch, (cells[i] for i in (0, 3, 4, 6, 7))))
        ):
            report.add("B166", path, number, shown=ascii(line if len(line) < 100 else f"{line[:100]}..."))
            continue
        spans = [(cells[2], int(cells[3])), (cells[5], int(cells[6]))]
        wrong = [
            text
            for (text, start), end in zip(spans, (cells[4], cells[7]), strict=True)
            if len(text) + start != int(end)
        ]
        if wrong:
            report.add(
                "B167", path, number, text=ascii(wrong[0]), fault="its offsets are those of a text of another length"
            )
            continue
        sentences.setdefault((cells[0], cells[1]), []).append((number, spans))
    for (pmid, text), rows in sentences.items():
        pairs = _pairs(text, rows, path, report)
        if pairs:
            numbers[pmid] += 1
            found = {mention for effect, drug in pairs for mention in ((effect, drug) if drugs else (effect,))}
            mentions = sorted(found, key=lambda m: (m.start, -m.end, m.label))
            document = Document(text, mentions, f"{pmid}-{numbers[pmid]}")
            yield _related(document, pairs) if relations else document


def _related(document: Document, pairs: list[tuple[Mention, Mention]]) -> Document:
    """Return the document with ids of its mentions and a relation for each pair."""
    ids = {mention: f"T{number}" for number, mention in enumerate(document.mentions, 1)}
    document.mentions = [replace(mention, id=name) for mention, name in ids.items()]
    document.relations = [
        Relation(CAUSES, (("Arg1", ids[drug]), ("Arg2", ids[effect])), f"R{number}")
        for number, (effect, drug) in enumerate(pairs, 1)
    ]
    return document


def _pairs(text: str, rows: list[Row], path: Path, report: ProblemLog) -> list[tuple[Mention, Mention]]:
    """Return the distinct pairs of effect and drug, at the offset in the abstract that fits most rows of a sentence."""
    # Each row votes for the starts of the sentence in the abstract under which both of its mentions read right:
    #
    #     sentence      "rash after digoxin, then rash"       row: rash at 70, digoxin at 81
    #     rash          at 0 or 25 in the sentence     ->     the sentence starts at 70 or 45
    #     digoxin       at 11                          ->     the sentence starts at 70           vote: 70
    offsets = [set.intersection(*(_offsets(text, *span) for span in spans)) for _, spans in rows]
    votes = Counter(offset for fitting in offsets for offset in fitting)
    # A sentence that repeats itself can fit at several starts. The largest puts the mentions furthest to the left.
    best = max(votes, key=lambda offset: (votes[offset], offset), default=0)
    found: dict[tuple[Mention, Mention], None] = {}
    for (number, spans), fitting in zip(rows, offsets, strict=True):
        if best not in fitting:
            where = (
                "occur nowhere in it together"
                if not fitting
                else "are not where the other rows of the sentence place them"
            )
            report.add("B167", path, number, text=ascii(spans[0][0]), fault=f"it and {spans[1][0]!a} {where}")
            continue
        effect, drug = (
            Mention(start - best, start - best + len(mention), label)
            for (mention, start), label in zip(spans, (EFFECT, DRUG), strict=True)
        )
        found[effect, drug] = None
    return list(found)


def _offsets(text: str, mention: str, start: int) -> set[int]:
    """Return where in the abstract the sentence would start, for each occurrence of the mention in the sentence."""
    places = []
    place = text.find(mention)
    while place >= 0:
        places.append(place)
        place = text.find(mention, place + 1)
    return {start - place for place in places}
