"""Docs with given tokens: built from the tokens of a document, or by cutting tokens at more places."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from spacy.attrs import IDX, LENGTH
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..errors import BionerError
from .document import Document, Spans

_RUNS = re.compile(r"\s+|\S+")


def doc_of_tokens(document: Document, vocab: Vocab) -> Doc:
    """Build the Doc of a document's own tokens and of the text between them, by the rules of spaCy's tokenizer.

    One space after a token belongs to that token; other white space is a token, and so is any other text.

        text      "No  rash."    tokens of the document: "No", "rash"
        tokens    "No" + space, " ", "rash", "."
    """
    text, length = document.text, len(document.text)
    starts: list[int] = []
    ends: list[int] = []
    places: list[int] = []  # the token of the Doc for each token of the document
    position = 0
    for start, end in (*(document.tokens or ()), (length, length)):
        if not position <= start <= end <= length or start == end < length:
            raise BionerError("B140", id=document.id, what=f"token {len(places)} is ({start}, {end})")
        if start > position and not (start == position + 1 and position and text[position] == " "):
            for piece in _RUNS.finditer(text, position, start):
                # One space belongs to the token before, if there is one.
                first = piece.start() + (text[piece.start()] == " " and piece.start() > 0)
                if first < piece.end():
                    starts.append(first)
                    ends.append(piece.end())
        if end > start:
            places.append(len(starts))
            starts.append(start)
            ends.append(end)
        position = end
    sentence_starts = None
    if document.sentences is not None:
        if not all(0 <= i < len(places) for i in document.sentences):
            raise BionerError("B140", id=document.id, what=f"sentences start at {document.sentences}")
        sentence_starts = [False] * len(starts)
        for i in document.sentences:
            sentence_starts[places[i]] = True
    return _build(vocab, text, starts, ends, sentence_starts)


def _build(vocab: Vocab, text: str, starts: list[int], ends: list[int], sentence_starts: list[bool] | None) -> Doc:
    """Build a Doc of tokens that cover all of the text except single spaces."""
    words = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    spaces = [end < following for end, following in zip(ends, [*starts, len(text)][1:], strict=True)]
    return Doc(vocab, words=words, spaces=spaces, sent_starts=sentence_starts)  # type: ignore[arg-type]


def cut_tokens(doc: Doc, edges: set[int]) -> tuple[Doc, set[int]]:
    """Cut the tokens of a Doc at these characters; return the new Doc and the edges that were inside a token."""
    starts, ends = token_edges(doc)
    inside = {edge for edge in edges if (i := bisect_right(starts, edge) - 1) >= 0 and starts[i] < edge < ends[i]}
    if not inside:
        return doc, inside
    sentence_starts = None
    if doc.has_annotation("SENT_START"):
        sentence_starts = [False] * (len(doc) + len(inside))
        cuts = sorted(inside)
        for token in doc:
            if token.is_sent_start:
                sentence_starts[token.i + bisect_left(cuts, token.idx)] = True
    result = _build(doc.vocab, doc.text, sorted({*starts, *inside}), sorted({*ends, *inside}), sentence_starts)
    # The tokenizer's exceptions may have set norms ("can't": "can", "not"): uncut tokens keep theirs.
    norms = {(token.idx, len(token)): token.norm_ for token in doc if token.norm != token.lex.norm}
    for token in result if norms else ():
        token.norm_ = norms.get((token.idx, len(token)), token.norm_)
    result.user_data.update(doc.user_data)
    return result, inside


def token_edges(doc: Doc) -> tuple[list[int], list[int]]:
    """Return the first character of each token, and one past the last of each."""
    edges = doc.to_array([IDX, LENGTH]).astype(int)
    return edges[:, 0].tolist(), edges.sum(axis=1).tolist()


def count_inside_tokens(doc: Doc, mentions: Iterable[Spans]) -> int:
    """Return how many mentions, each given by its parts, have a part that starts or ends inside a token."""
    starts, ends = map(set, token_edges(doc))
    return sum(not all(start in starts and end in ends for start, end in parts) for parts in mentions)
