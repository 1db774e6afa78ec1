"""Column files, written: in the layout of the first document."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from spacy.language import Language

from ..documents.alignment import AlignmentPolicy, Tokenizer, default_tokenizer, describe, tokenized
from ..documents.document import Document
from ..errors import BionerError
from ..tags import OUTSIDE, TokenSpan, check_scheme, encode
from .conll_rows import DOCSTART, STORE
from .problems import ProblemLog
from .text_io import BOM, encoded, open_output

UNKNOWN = "_"
"""What is written in a column of which a document has no values, as in CoNLL-U."""
HELD = ("exact", "contracted", "expanded", "split")
"""Outcomes of ``documents.alignment`` under which a mention is written."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a file, one for all of its rows, as its readers expect.

    width: number of columns. token, tag: their positions. scheme: of the tags.
    """

    separator: str = "\t"
    width: int = 2
    token: int = 0
    tag: int = 1
    header: tuple[str, ...] = ()
    scheme: str = "BIO"

    @classmethod
    def of(cls, document: Document) -> Layout:
        """Return the layout that a document was read in; the default for one of another format."""
        stored = document.extra.get(STORE, {})
        rows, header = stored.get("rows"), tuple(stored.get("header", ()))
        width, token, tag = (len(rows[0]), stored["token"], stored["tag"]) if rows else (2, 0, 1)
        scheme = stored.get("scheme", "BIO")
        return cls(stored.get("separator", "\t"), width, token % width, tag % width, header, scheme)

    @property
    def columns(self) -> tuple[int, int, int, tuple[str, ...]]:
        """What two files must have in common to have the same columns."""
        return self.width, self.token, self.tag, self.header


def write(
    documents: Iterable[Document],
    path: Path | str,
    report: ProblemLog | None = None,
    *,
    scheme: str | None = None,
    tokenizer: Language | Tokenizer | None = None,
    policy: AlignmentPolicy = "contract",
    counts: Counter[str] | None = None,
) -> None:
    """Write a column file: token, tab, tag, or the columns that were read.

    A document of more than one sentence, or of none, starts with a DOCSTART line, and so does every document after it.
    The layout of a file is that of its first document: see ``Layout``. Of documents that were read in another layout,
    the columns besides token and tag are not written; ``_`` is in their place.

    scheme: of the tags; None takes the one the first document was read in, or BIO.
    tokenizer: for documents without tokens; None takes the BioTokenizer.
    policy, counts: the treatment of mentions that do not fit the tokens, and its counts (see ``alignment``).
    report: takes a note for each sentence start inside a mention, which is dropped (B151), and one with the counts of
        mentions that did not fit (B152), and one with the numbers of relations, concept ids, scores and attributes
        (B238), and one with the number of documents of another layout (B239).

    Raises B149 and B148 (a token or a label that holds white space), B190 (a token that would be read as DOCSTART),
    B127 (text that UTF-8 cannot hold), B101 and B001.
    """
    path = Path(path)
    if scheme is not None:
        check_scheme(scheme, flat=True)
    marking = False
    counts = Counter() if counts is None else counts
    notes = report if report is not None else ProblemLog("skip")
    dropped: Counter[str] = Counter()
    layout: Layout | None = None
    foreign = 0
    with open_output(path) as file:
        for number, document in enumerate(documents, 1):
            _count_dropped(document, dropped)
            spans = _token_spans(document)
            if spans is None:
                tokenizer = tokenizer or default_tokenizer()
                document = tokenized(document, tokenizer, policy, counts)
                spans = _token_spans(document) or []
            else:
                counts.update({"mentions": len(spans), "exact": len(spans)})
            stored = document.extra.get(STORE, {})
            own = Layout.of(document)
            if layout is None:
                layout = own if scheme is None else replace(own, scheme=scheme)
                if layout.header:
                    file.write(encoded(layout.separator.join(layout.header) + "\n", path))
            fits = own.columns == layout.columns
            foreign += not fits and "rows" in stored
            starts = _sentence_starts(document, spans, path, notes)
            marking = marking or "docstart" in stored or (len(starts) != 1 and "grouped" not in stored)
            if marking:
                line = stored.get("docstart") or f"{DOCSTART}\t{OUTSIDE}"
                file.write(encoded(f"{line}\n\n", path))
            rows = _rendered(document, spans, starts, layout, fits)
            rows += "".join(f"{line}\n" for line in stored.get("after", ()))
            # The reader drops one byte order mark at the start of a file: a token that begins with one needs a second.
            if number == 1 and rows.startswith(BOM) and not file.tell():
                rows = BOM + rows
            file.write(encoded(rows, path))
    if counts["exact"] < counts["mentions"]:
        notes.note("B152", path, counts=describe(counts))
    notes.left_out["mentions"] += counts["mentions"] - sum(counts[outcome] for outcome in HELD)
    notes.left_out["relations"] += dropped["relations"]
    if dropped:
        notes.note("B238", path, what=", ".join(f"{number} {what}" for what, number in dropped.items()))
    if foreign:
        notes.note("B239", path, count=foreign)


def _count_dropped(document: Document, dropped: Counter[str]) -> None:
    concepts = sum(len(mention.concepts) for mention in document.mentions)
    scores = sum(mention.score is not None for mention in document.mentions)
    attributes = sum(len(mention.attributes) for mention in document.mentions)
    found = {"relations": len(document.relations), "concept ids": concepts, "scores": scores, "attributes": attributes}
    dropped.update({what: number for what, number in found.items() if number})


def _token_spans(document: Document) -> list[TokenSpan] | None:
    """Return the mentions as spans of tokens; None if they must be aligned: no tokens, no fit, or overlaps."""
    if document.tokens is None:
        return None
    first = {start: i for i, (start, _) in enumerate(document.tokens)}
    last = {end: i + 1 for i, (_, end) in enumerate(document.tokens)}
    spans: list[TokenSpan] = []
    for mention in document.mentions:
        if mention.fragments or mention.start not in first or mention.end not in last:
            return None
        spans.append((first[mention.start], last[mention.end], mention.label))
    spans.sort()
    return None if any(after[0] < before[1] for before, after in pairwise(spans)) else spans


def _sentence_starts(document: Document, spans: list[TokenSpan], path: Path, report: ProblemLog) -> list[int]:
    """Return the tokens that start sentences, except inside mentions: tags cannot hold a mention of two sentences."""
    starts = {0, *(document.sentences or ())} if document.tokens else set()
    firsts = [first for first, _, _ in spans]
    inside = {start for start in starts if (i := bisect_left(firsts, start)) and start < spans[i - 1][1]}
    for start in sorted(inside):
        report.note("B151", path, id=document.id, token=start)
    return sorted(starts - inside)


def _rendered(document: Document, spans: list[TokenSpan], starts: list[int], layout: Layout, fits: bool) -> str:
    """Return the rows of a document. fits: whether it was read in the columns of the file."""
    words = [document.text[start:end] for start, end in document.tokens or ()]
    if " ".join(words).split() != words:
        token = next(word for word in words if word.split() != [word])
        raise BionerError("B149", id=document.id, token=ascii(token))
    for label in {label for _, _, label in spans}:
        if " ".join(label.split()) != label or layout.separator in label:
            raise BionerError("B148", id=document.id, label=ascii(label))
    rows, comments = _template(document, len(words), layout.width, fits)
    if len(comments) != len(starts):
        comments = [[]] * len(starts)
    untyped = document.extra.get(STORE, {}).get("label")
    firsts = [first for first, _, _ in spans]
    lines: list[str] = []
    for (start, end), notes in zip(pairwise([*starts, len(words)]), comments, strict=True):
        lines += notes
        inside = spans[bisect_left(firsts, start) : bisect_left(firsts, end)]
        own = [(a - start, b - start, label) for a, b, label in inside]
        for i, tag in enumerate(encode(own, end - start, layout.scheme), start):
            row = list(rows[i])
            row[layout.token] = words[i]
            row[layout.tag] = tag[0] if untyped is not None and tag[2:] == untyped else tag
            lines.append(layout.separator.join(row))
            if lines[-1].startswith(DOCSTART):
                raise BionerError("B190", id=document.id, token=ascii(words[i]))
        lines.append("")
    return "".join(f"{line}\n" for line in lines)


def _template(document: Document, tokens: int, width: int, fits: bool) -> tuple[list[list[str]], list[list[str]]]:
    """Return the columns of each token, into which token and tag are put, and the comments of each sentence."""
    stored = document.extra.get(STORE, {})
    rows, comments = stored.get("rows"), stored.get("comments", [])
    if rows is not None and len(rows) != tokens:
        # The number of tokens has changed since they were read: rows and comments can no longer be matched to them.
        rows, comments = None, []
    if rows is None or not fits:
        rows = [[UNKNOWN] * width] * tokens
    return rows, comments
