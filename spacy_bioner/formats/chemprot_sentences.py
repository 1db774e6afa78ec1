"""ChemProt sentence by sentence, its mentions masked: the pairs of the repository ohnlp/att-chemprot. Read only.

A row per pair: label (NA: not related), two types, the tokens of the two mentions, sentence, two ids, PMID.

    CPR:4 TAB CHEMICAL TAB GENE-Y TAB 0 TAB 2 TAB chemical inhibits gene . TAB T1 TAB T4 TAB 11

The consecutive rows of a sentence become one document, in whose text all mentions are masked (``chemical``, ``gene``).
The token that a row states is that of the mark, or, by a fault of the program that wrote the files, one before it: the
first token that is part of the mention's last word. ``_places`` finds the mark.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, groupby
from pathlib import Path

from ..documents.document import Document, Mention, Relation
from .problems import ProblemLog
from .text_io import read_lines

UNRELATED = "NA"
_ROW = re.compile(r"[^\t]+\tCHEMICAL\tGENE[^\t]*\t[0-9]{1,9}\t[0-9]{1,9}\t[^\t]+\t[^\t]+\t[^\t]+\t[^\t]+")
_MARK = re.compile(r"(?<![A-Za-z])(chemical|gene)(?![A-Za-z])")
_NAME = re.compile(r"[A-Za-z]{4}|[A-Z]|[a-z]{0,3}[0-9]")
"""A word that may be part of a name; "in" and "(" are stated for names that contain them."""

Span = tuple[int, int]
Row = tuple[int, list[str]]
"""The number of a line, and its cells."""
Mark = tuple[int, Span]
"""The number of the token that has a mark, and the characters of the mark."""


def read(path: Path | str, report: ProblemLog, *, encoding: str = "utf-8") -> Iterator[Document]:
    """Return one document per sentence, named after the abstract: ``11-1``, ``11-2``, ...

    Mentions have the ids and types of the file (GENE-Y: in a database, GENE-N: not); relations go from chemical
    to gene.

    Notes rows with a mention whose place in the sentence cannot be found (B241); they are left out. Reports rows of
    another form (B242) and lines that do not decode (B103). Raises B101 and B124.
    """
    path = Path(path)
    numbers: Counter[str] = Counter()
    for (pmid, text), rows in groupby(_rows(path, report, encoding), key=lambda row: (row[1][8], row[1][5])):
        numbers[pmid] += 1
        yield _document(text, list(rows), f"{pmid}-{numbers[pmid]}", path, report)


def recognises(path: Path, head: str) -> bool:
    """Return whether text looks like such rows."""
    lines = [line.rstrip("\r") for line in head.split("\n") if line.strip()]
    return bool(lines) and all(map(_ROW.fullmatch, lines[: max(1, len(lines) - 1)]))


def _rows(path: Path, report: ProblemLog, encoding: str) -> Iterator[Row]:
    for number, line in read_lines(path, report, encoding):
        if not line or line.isspace():
            continue
        cells = line.split("\t") if _ROW.fullmatch(line) else []
        if not cells or max(int(cells[3]), int(cells[4])) > cells[5].count(" "):
            report.add("B242", path, number, shown=ascii(line if len(line) < 100 else f"{line[:100]}..."))
            continue
        yield number, cells


def _document(text: str, rows: list[Row], name: str, path: Path, report: ProblemLog) -> Document:
    chemicals = {cells[6]: int(cells[3]) for _, cells in reversed(rows)}
    genes = {cells[7]: int(cells[4]) for _, cells in reversed(rows)}
    types = {cells[7]: cells[2] for _, cells in rows} | dict.fromkeys(chemicals, "CHEMICAL")
    tokens = text.split(" ")
    marks: dict[str, list[Mark]] = {"chemical": [], "gene": []}
    for number, (token, end) in enumerate(zip(tokens, accumulate(len(token) + 1 for token in tokens), strict=True)):
        start = end - len(token) - 1
        for match in _MARK.finditer(token):
            marks[match[1]].append((number, (start + match.start(), start + match.end())))
    found: dict[str, Span] = {}
    for own, other, stated in (("chemical", "gene", chemicals), ("gene", "chemical", genes)):
        # The rows are sorted by the places of their mentions: first by that of the chemical, then by that of the gene.
        order = list(dict.fromkeys(cells[6 if own == "chemical" else 7] for _, cells in rows))
        places = _places([stated[one] for one in order], marks[own])
        found |= {one: place for one, place in zip(order, places, strict=True) if place is not None}
        found = _after_marks(stated, tokens, marks[other]) | found
    mentions = [Mention(*span, types[one], id=one) for one, span in found.items()]
    document = Document(text, sorted(mentions, key=lambda m: (m.start, -m.end)), name)
    for number, cells in rows:
        missing = next((one for one in cells[6:8] if one not in found), None)
        if missing is not None:
            report.note("B241", path, number, mention=ascii(missing))
        elif cells[0] != UNRELATED:
            arguments = (("Arg1", cells[6]), ("Arg2", cells[7]))
            document.relations.append(Relation(cells[0], arguments, f"R{len(document.relations) + 1}"))
    return document


def _places(stated: list[int], marks: list[Mark]) -> list[Span | None]:
    """Return the place of each mention of one type, in the order of the text; None where it is not certain.

    stated: the token that the file states for each; its mark is in it or after it.
    """
    # Each mention has an earliest mark, after that of the mention before, and a latest one, before that of the mention
    # after. It is certain where these are the same, or the earliest is in the stated token:
    #
    #     a gene of gene and gene     stated 0, 5     (0: "a" is part of the name that the mark replaces)
    #     earliest                    1, 5            latest     3, 5     the first of the two may be at 1 or 3
    result: list[Span | None] = [None] * len(stated)
    marked = {token for token, _ in marks}
    # With fewer marks than mentions, some have none: that of "chemical receptor" was lost with the text of the gene.
    kept = [i for i, token in enumerate(stated) if len(stated) <= len(marks) or token in marked]
    earliest: dict[int, int] = {}
    place = -1
    for i in kept:
        place += 1
        while place < len(marks) and marks[place][0] < stated[i]:
            place += 1
        earliest[i] = place
    latest = len(marks)
    for i in reversed(kept):
        latest -= 1
        if earliest[i] <= latest and marks[earliest[i]][0] == stated[i]:
            latest = earliest[i]
        if earliest[i] == latest:
            result[i] = marks[latest][1]
    return result


def _after_marks(stated: dict[str, int], tokens: list[str], marks: list[Mark]) -> dict[str, Span]:
    """Return the mentions that begin with a masked mention of the other type: "chemical receptor", stated at 1."""
    ends = dict(marks)
    times = Counter(stated.values())
    found: dict[str, Span] = {}
    for name, token in stated.items():
        if times[token] > 1:  # at most one of them is there
            continue
        before, word = ends.get(token - 1), tokens[token]
        if before and tokens[token - 1].endswith(("chemical", "gene")) and _NAME.match(word) and not _MARK.search(word):
            found[name] = (before[0], before[1] + 1 + len(word))
    return found
