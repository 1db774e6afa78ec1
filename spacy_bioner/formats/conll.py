"""Column files: one token and its tag per line, an empty line after each sentence (CoNLL-2003, most public corpora).

Two or more columns, separated by tabs or blanks. Tags in IOB1, BIO, IOBES or BILOU. Such a file does not record
spacing: a document's text is its tokens joined by single spaces. A line whose first column is ``-DOCSTART-`` starts a
document; sentences before the first such line (in most corpora: all) are documents of their own. Lines outside a
sentence that start with ``#`` and are not rows are comments (``# sent_id = 1``, as in CoNLL-U).

``Document.extra["conll"]`` keeps the rest of the file: ``docstart`` (that line, after the comments before it), ``rows``
(all columns of each token, if there are more than two or they are in another order), ``token`` and ``tag`` (their
columns in the rows), ``header``, ``comments`` (before each sentence), ``after`` (the comments after the last sentence
of the file), ``separator`` (if it is not a tab), ``scheme`` (if it is not BIO), ``label`` (of tags without one),
``grouped`` (sentences read as one document by option), ``tags`` (if some are illegal; they are not written back). A
file with one tab between token and tag, no illegal tag and one empty line after each sentence is written back byte for
byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

from ..documents.document import Document, Mention
from ..errors import BionerError
from ..tags import OUTSIDE, check_scheme
from .conll_rows import COMMENT, DOCSTART, SEPARATORS, STORE, TAG, Columns, Sentence, read_sentences, split_row
from .conll_tags import TagReader, detect_scheme
from .conll_writing import write
from .problems import ProblemLog
from .text_io import file_stem

__all__ = ["beside", "read", "recognises", "write"]


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
    after: list[str] = []
    return _with_last_comments(
        _documents(path, report, columns, encoding, scheme, label, group, file_stem(path), after), after
    )


def beside(document: Document) -> dict[str, int]:
    """Return what only this format holds of a document that was read from it: further columns, and comments."""
    stored = document.extra.get(STORE, {})
    rows = stored.get("rows") or [[]]
    lines = [*chain.from_iterable(stored.get("comments", ())), *stored.get("after", ())]
    lines += stored.get("docstart", "").split("\n")[:-1]
    return {"further columns": max(len(rows[0]) - 2, 0), "comments": sum(map(bool, lines))}


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
    after: list[str],
) -> Iterator[Document]:
    """Yield the documents; add the comments after the last sentence to ``after``."""
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
            docstart, pending = "\n".join([*sentence.comments, sentence.docstart]), []
        elif not sentence.tokens:
            after += sentence.comments
        elif _tokens_are_words(sentence, path, report) and tags.interpret(sentence):
            pending.append(sentence)
            if not docstart and len(pending) == group:
                yield document()
                pending = []
    if pending or docstart:
        yield document()


def _with_last_comments(documents: Iterator[Document], after: list[str]) -> Iterator[Document]:
    """Yield the documents, the last of them with the comments after all sentences, which are known at the end."""
    last: Document | None = None
    for document in documents:
        if last is not None:
            yield last
        last = document
    if last is not None:
        if after:
            last.extra[STORE]["after"] = after
        yield last


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
