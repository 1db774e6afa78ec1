"""Column files: one token and its tag per line, an empty line after each sentence (CoNLL-2003, most public corpora).

Two or more columns, separated by tabs or blanks. Tags in IOB1, BIO, IOBES or BILOU. Such a file does not record
spacing: a document's text is its tokens joined by single spaces. A line whose first column is ``-DOCSTART-`` starts a
document; sentences before the first such line (in most corpora: all) are documents of their own. Lines before a
sentence that start with ``#`` and are not rows are comments (``# sent_id = 1``, as in CoNLL-U).

``Document.extra["conll"]`` keeps the rest of the file: ``docstart`` (that line), ``rows`` (all columns of each token,
if there are more than two or they are in another order), ``token`` and ``tag`` (their columns in the rows), ``header``,
``comments`` (of each sentence), ``separator`` (if it is not a tab), ``scheme`` (if it is not BIO), ``label`` (of tags
without one), ``grouped`` (sentences read as one document by option), ``tags`` (if some are illegal; they are not
written back). A file with one tab between token and tag, no
illegal tag and one empty line after each sentence is written back byte for byte.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from spacy.language import Language

from ..documents.alignment import AlignmentPolicy, Tokenizer, default_tokenizer, describe, tokenized
from ..documents.document import Document, Mention
from ..errors import BionerError
from ..tags import OUTSIDE, TokenSpan, check_scheme, encode
from .conll_rows import COMMENT, DOCSTART, SEPARATORS, TAG, Columns, Sentence, read_sentences, split_row
from .conll_tags import TagReader, detect_scheme
from .problems import ProblemLog
from .text_io import BOM, encoded, open_output

STORE = "conll"


def read(
    path: Path | str,
    report: ProblemLog,
    *,
    token: int | str = 0,
    tag: int | str = -1,
    header: bool = False,
    separator: str | None = None,
    scheme: str | None = None,
    label: str | None = None,
    group: int = 1,
    encoding: str = "utf-8",
) -> Iterator[Document]:
    """Return the documents of a column file, as a stream. Their ids are the file's name and their number.

    token, tag: the columns, by position (from 0; negative: from the last) or by name in the header.
    header: whether the first row names the columns; implied if a column is given by name.
    separator: tab or blank (any number of blanks); None takes tab if the first row has one.
    scheme: one of SCHEMES; None takes the one under which the fewest tags of the file are illegal.
    label: the entity type of tags without one (``B``, ``I``).
    group: the number of sentences per document in a file without DOCSTART lines; 0 means all of them.

    Reports rows with another number of columns (B142), invalid tokens (B143) and tags (B144) and undecodable lines
    (B103): the sentence is left out. Notes illegal sequences, read by conlleval's rule (B146), unknown tags, read as
    outside (B150), and comments (B185). Raises B145 (tags without a type, and no label), B147 (no such column), B186
    (one column for both), B165 (no such separator), B187 (a value of the wrong type), B001, B101 and B124.
    """
    if separator is not None and separator not in SEPARATORS:
        raise BionerError("B165", separator=ascii(separator))
    token, tag = _column("token", token), _column("tag", tag)
    named = isinstance(token, str) or isinstance(tag, str)
    columns = Columns(token, tag, header or named, SEPARATORS[separator] if separator else None)
    if scheme is not None:
        check_scheme(scheme, flat=True)
    if label is not None and not TAG.fullmatch(f"B-{label}"):
        raise BionerError("B187", option="label", value=label, expected="a name without white space at its ends")
    if type(group) is not int or group < 0:
        raise BionerError("B187", option="group", value=group, expected="a number of sentences, 0 for all")
    path = Path(path)
    return _documents(path, report, columns, encoding, scheme, label, group, path.name.split(".")[0])


def _column(option: str, column: int | str) -> int | str:
    """Return a column, a position given as text (on the command line) as a number."""
    if isinstance(column, str) and re.fullmatch(r"-?[0-9]{1,4}", column):
        return int(column)
    if type(column) not in (int, str) or column == "":
        raise BionerError("B187", option=option, value=column, expected="a number (0 is the first column) or a name")
    return column


def recognises(path: Path, head: str) -> bool:
    """Return whether text looks like columns of which the last holds tags."""
    lines = [line for line in head.split("\n")[:-1] if line.strip() and not line.startswith((DOCSTART, COMMENT))]
    rows = [split_row(line.rstrip("\r"), "\t" if "\t" in line else " ") for line in lines]
    tagged = [row for row in rows if len(row) > 1 and TAG.fullmatch(row[-1])]
    return len(rows) > 1 and len(tagged) >= 0.9 * len(rows) and any(row[-1] == OUTSIDE for row in tagged)


def _documents(
    path: Path,
    report: ProblemLog,
    columns: Columns,
    encoding: str,
    scheme: str | None,
    label: str | None,
    group: int,
    name: str,
) -> Iterator[Document]:
    if scheme is None:
        scheme = detect_scheme(read_sentences(path, ProblemLog("skip", keep=0), replace(columns), encoding))
    tags = TagReader(path, report, scheme, label)
    store: dict[str, Any] = {} if scheme == "BIO" else {"scheme": scheme}
    pending: list[Sentence] = []
    docstart = ""
    number = 0

    def document() -> Document:
        nonlocal number
        number += 1
        return _join(pending, f"{name}-{number}", _stored(store, columns, tags, pending, docstart))

    for sentence in read_sentences(path, report, columns, encoding):
        if sentence.docstart:
            if pending or docstart:
                yield document()
            docstart, pending = sentence.docstart, []
        elif _tokens_are_words(sentence, path, report) and tags.interpret(sentence):
            pending.append(sentence)
            if not docstart and len(pending) == group:
                yield document()
                pending = []
    if pending or docstart:
        yield document()


def _tokens_are_words(sentence: Sentence, path: Path, report: ProblemLog) -> bool:
    # One comparison per sentence: tokens that are empty or hold white space do not survive joining and splitting.
    if " ".join(sentence.tokens).split() == sentence.tokens:
        return True
    i = next(i for i, token in enumerate(sentence.tokens) if token.split() != [token])
    report.add("B143", path, sentence.line + i, token=ascii(sentence.tokens[i]))
    return False


def _stored(
    store: dict[str, Any], columns: Columns, tags: TagReader, sentences: list[Sentence], docstart: str
) -> dict[str, Any]:
    stored = dict(store)
    if tags.untyped:
        stored["label"] = tags.label
    if columns.separator == " ":
        stored["separator"] = " "
    if columns.header is not None:
        stored["header"] = columns.header
    if docstart:
        stored["docstart"] = docstart
    elif len(sentences) > 1:
        stored["grouped"] = True
    if any(sentence.rows for sentence in sentences):
        stored["rows"] = [row for sentence in sentences for row in sentence.rows]
        stored["token"], stored["tag"] = columns.token, columns.tag
    if any(sentence.illegal for sentence in sentences):
        stored["tags"] = [tags.typed[tag] for sentence in sentences for tag in sentence.tags]
    if any(sentence.comments for sentence in sentences):
        stored["comments"] = [sentence.comments for sentence in sentences]
    return stored


def _join(sentences: list[Sentence], name: str, stored: dict[str, Any]) -> Document:
    words = [word for sentence in sentences for word in sentence.tokens]
    ends = list(accumulate(len(word) + 1 for word in words))  # one past the space after each word
    tokens = [(end - 1 - len(word), end - 1) for word, end in zip(words, ends, strict=True)]
    mentions: list[Mention] = []
    starts: list[int] = []
    first = 0
    for sentence in sentences:
        starts.append(first)
        for start, end, label in sentence.spans:
            mentions.append(Mention(tokens[first + start][0], tokens[first + end - 1][1], label))
        first += len(sentence.tokens)
    return Document(" ".join(words), mentions, name, tokens, starts, extra={STORE: stored})


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

    scheme: of the tags; None takes the one the document was read in, or BIO.
    tokenizer: for documents without tokens; None takes the BioTokenizer.
    policy, counts: the treatment of mentions that do not fit the tokens, and its counts (see ``alignment``).
    report: takes a note for each sentence start inside a mention, which is dropped (B151), and one with the counts of
        mentions that did not fit (B152), and one with the numbers of relations, concept ids, scores and attributes
        (B238).

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
            if number == 1 and "header" in stored:
                file.write(encoded(stored.get("separator", "\t").join(stored["header"]) + "\n", path))
            starts = _sentence_starts(document, spans, path, notes)
            marking = marking or "docstart" in stored or (len(starts) != 1 and "grouped" not in stored)
            if marking:
                line = stored.get("docstart") or f"{DOCSTART}\t{OUTSIDE}"
                file.write(encoded(f"{line}\n\n", path))
            rows = _rendered(document, spans, starts, scheme or stored.get("scheme", "BIO"))
            # The reader drops one byte order mark at the start of a file: a token that begins with one needs a second.
            if number == 1 and rows.startswith(BOM) and not file.tell():
                rows = BOM + rows
            file.write(encoded(rows, path))
    if counts["exact"] < counts["mentions"]:
        notes.note("B152", path, counts=describe(counts))
    if dropped:
        notes.note("B238", path, what=", ".join(f"{number} {what}" for what, number in dropped.items()))


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


def _rendered(document: Document, spans: list[TokenSpan], starts: list[int], scheme: str) -> str:
    stored = document.extra.get(STORE, {})
    words = [document.text[start:end] for start, end in document.tokens or ()]
    if " ".join(words).split() != words:
        token = next(word for word in words if word.split() != [word])
        raise BionerError("B149", id=document.id, token=ascii(token))
    # The columns that were read serve as a template, into which tokens and tags are put. If the number of tokens has
    # changed since, rows and comments can no longer be matched to them, and two columns are written.
    comments: list[list[str]] = stored.get("comments", [])
    rows, token_column, tag_column = stored.get("rows"), stored.get("token", 0), stored.get("tag", 1)
    if rows is None or len(rows) != len(words):
        comments = comments if rows is None else []
        rows, token_column, tag_column = [["", ""]] * len(words), 0, 1
    separator = stored.get("separator", "\t")
    for label in {label for _, _, label in spans}:
        if " ".join(label.split()) != label or separator in label:
            raise BionerError("B148", id=document.id, label=ascii(label))
    untyped = stored.get("label")
    if len(comments) != len(starts):
        comments = [[]] * len(starts)
    firsts = [first for first, _, _ in spans]
    lines: list[str] = []
    for (start, end), notes in zip(pairwise([*starts, len(words)]), comments, strict=True):
        lines += notes
        own = spans[bisect_left(firsts, start) : bisect_left(firsts, end)]
        for i, tag in enumerate(
            encode([(a - start, b - start, label) for a, b, label in own], end - start, scheme), start
        ):
            row = list(rows[i])
            row[token_column] = words[i]
            row[tag_column] = tag[0] if untyped is not None and tag[2:] == untyped else tag
            lines.append(separator.join(row))
            if lines[-1].startswith(DOCSTART):
                raise BionerError("B190", id=document.id, token=ascii(words[i]))
        lines.append("")
    return "".join(f"{line}\n" for line in lines)
