"""Sentences with two masked mentions and a label of their relation: GAD, EU-ADR and ChemProt. Read only.

GAD and EU-ADR in BioBERT's ten folds (Lee et al. 2019): ``sentence TAB label`` in training files, ``index TAB sentence
TAB label`` under a header in test files. A sentence has one @GENE$ and one @DISEASE$; label 1: they are associated.

ChemProt as all candidate pairs (SNLI form): ``label TAB parse TAB tokens, by commas TAB PMID TAB mention TAB mention``.
``bc6entc`` is the chemical of the pair, ``bc6entg`` the gene; label 0: not related, 1 to 5: CPR:3, 4, 5, 6, 9.

Each row becomes a document with two mentions, T1 and T2, and a relation if the label states one. These files have no
suffix of their own: name the format, ``marked_pairs``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..documents.document import Document, Mention, Relation
from .problems import ProblemLog
from .text_io import file_stem, read_lines

ASSOCIATED = "association"
CHEMPROT = ("", "CPR:3", "CPR:4", "CPR:5", "CPR:6", "CPR:9")
_MARK = re.compile(r"@([A-Za-z]+)\$")
_PAIR = re.compile(r"\bbc6ent([cg])\b")
_TYPES = {"c": "CHEMICAL", "g": "GENE"}
_HEADER = ("index", "sentence", "label")


def read(
    path: Path | str, report: ProblemLog, *, label: str = ASSOCIATED, encoding: str = "utf-8"
) -> Iterator[Document]:
    """Return one document per row, named after the file and the row's number.

    label: of the relations that the file marks with 1. Relations go from gene to disease or from chemical to gene.

    Reports rows of neither form (B441), rows without exactly two masked mentions (B442) and lines that do not decode
    (B103). Raises B101 and B124.
    """
    path = Path(path)
    name = file_stem(path)
    for number, line in read_lines(path, report, encoding):
        if not line or line.isspace():
            continue
        cells = line.split("\t")
        if tuple(cells) == _HEADER:
            continue
        chemprot = len(cells) == 6
        classes = CHEMPROT if chemprot else ("", label)
        text, given = (cells[2], cells[0]) if chemprot else (cells[-2] if len(cells) in (2, 3) else "", cells[-1])
        if not text or not given.isdecimal() or int(given) >= len(classes):
            report.add("B441", path, number, shown=ascii(line if len(line) < 100 else f"{line[:100]}..."))
            continue
        document = _chemprot(text) if chemprot else _masked(text)
        if len(document.mentions) != 2:
            report.add("B442", path, number, found=len(document.mentions))
            continue
        document.id = f"{name}-{number}"
        if chemprot:
            document.meta = {"pmid": cells[3], "mentions": cells[4:]}
        if int(given):
            # The head is the gene of GENE and DISEASE, and the chemical of CHEMICAL and GENE. Sorted by label that is
            # the first mention in the second case only.
            head, tail = sorted(document.mentions, key=lambda mention: mention.label)
            if head.label == "DISEASE":
                head, tail = tail, head
            document.relations = [Relation(classes[int(given)], (("Arg1", head.id), ("Arg2", tail.id)), "R1")]
        yield document


def _masked(text: str) -> Document:
    found = [(match.start(), match.end(), match[1].upper()) for match in _MARK.finditer(text)]
    return _document(text, found)


def _chemprot(tokens: str) -> Document:
    text = " ".join(tokens.split(", "))  # a comma that is a token stands as ", ,, "
    return _document(text, [(m.start(), m.end(), _TYPES[m[1]]) for m in _PAIR.finditer(text)])


def _document(text: str, found: list[tuple[int, int, str]]) -> Document:
    mentions = [Mention(start, end, label, id=f"T{number}") for number, (start, end, label) in enumerate(found, 1)]
    return Document(text, mentions)
