"""spaCy's own binary files (``.spacy``): Docs, with the gold in their ``user_data`` (see ``gold``)."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from spacy.attrs import DEP, ENT_ID, ENT_KB_ID, ENT_TYPE, LEMMA, NORM, ORTH, TAG
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from .. import limits
from ..collecting import keep_collecting
from ..documents.alignment import AlignmentPolicy, Tokenizer, default_tokenizer, describe, from_doc, to_doc
from ..documents.document import Document
from ..documents.gold import unknown_tokens
from ..errors import BionerError
from .problems import ProblemLog
from .text_io import open_output

UNKNOWN = "B194"
"""The code of the note that tags were missing, so that no figure can be made of the documents."""

_STRINGS = [ORTH, NORM, TAG, LEMMA, DEP, ENT_TYPE, ENT_KB_ID, ENT_ID]


def read(
    path: Path | str, report: ProblemLog, *, spans_key: str | None = None, gold: bool = True
) -> Iterator[Document]:
    """Return the documents of a DocBin, with the tokens of its Docs; see ``alignment.from_doc`` for the options.

    Reports a file that is not a DocBin (B158) or too large (B177), and Docs whose ``user_data`` is invalid or
    inconsistent (B179); notes Docs with missing tags (B194), which a Document cannot hold; raises B101.
    """
    for number, (doc, document) in enumerate(_read(path, Vocab(), report, spans_key, gold), 1):
        if gold and spans_key is None and (unknown := unknown_tokens(doc)):
            name = document.id or str(number)
            report.note(UNKNOWN, path, id=name, count=unknown, tokens=len(document.tokens or ()))
        yield document


def read_docs(path: Path | str, vocab: Vocab, report: ProblemLog) -> Iterator[Doc]:
    """Return the Docs of a DocBin as they are. Reports B158, B177 and B179, as ``read``; raises B101."""
    for doc, _ in _read(path, vocab, report, None, True):
        yield doc


def _read(
    path: Path | str, vocab: Vocab, report: ProblemLog, spans_key: str | None, gold: bool
) -> Iterator[tuple[Doc, Document]]:
    """Yield the Docs whose annotation can be read, each with its Document."""
    docs = _docs(path, vocab, report)
    for number, doc in enumerate(docs, 1):
        reason = ""
        try:
            document = from_doc(doc, spans_key, gold=gold)
        except Exception as err:  # spaCy loads inconsistent Docs without an error; their use raises errors of any type
            reason = f"{type(err).__name__}: {err}" if not isinstance(err, BionerError) else str(err)
        if reason:
            report.add("B179", path, number=number, reason=reason)
        else:
            yield doc, document


def _docs(path: Path | str, vocab: Vocab, report: ProblemLog) -> Iterator[Doc]:
    """Yield the Docs that spaCy reads from the file. Reports B158 and B177; raises B101."""
    try:
        content = Path(path).read_bytes()
    except OSError as err:
        raise BionerError("B101", path=path, reason=err.strerror or str(err)) from err
    try:
        size = _unpacked_size(content)
        if size > limits.DOCBIN:
            most = f"{limits.DOCBIN:,}"
            report.add("B177", path, size=f"more than {most} bytes unpacked", most=most, limit="DOCBIN")
            return
        # Damaged bytes can raise an error of any type, here or when a Doc is built.
        with keep_collecting():
            docs = DocBin(store_user_data=True).from_bytes(content).get_docs(vocab)
        doc = _next(docs)
    except BionerError:
        raise
    except Exception as err:
        report.add("B158", path, reason=f"{type(err).__name__}: {err}")
        return
    while doc is not None:
        yield doc
        try:
            doc = _next(docs)
        except Exception as err:
            report.add("B158", path, reason=f"{type(err).__name__}: {err}")
            return


def _next(docs: Iterator[Doc]) -> Doc | None:
    """Return the next Doc; raise an error if it refers to strings (by hash) that the file does not contain."""
    with keep_collecting():
        doc = next(docs, None)
    if doc is not None:
        strings = doc.vocab.strings
        missing = [key for key in np.unique(doc.to_array(_STRINGS)).tolist() if key and key not in strings]
        if missing:
            raise ValueError(f"the string with the hash {missing[0]} is missing")
        for spans in (doc.ents, *doc.spans.values()):
            for span in spans:
                _ = span.label_, span.kb_id_, span.id_
    return doc


def _unpacked_size(content: bytes) -> int:
    """Return the unpacked size of a DocBin in bytes; stop above the limit. The unpacked bytes are not kept."""
    unpacker, size, rest = zlib.decompressobj(), 0, content
    # In steps of 16 MiB, of which only the lengths are kept: packed zeros unpack to a thousand times their size.
    while rest and size <= limits.DOCBIN and not unpacker.eof:
        size += len(unpacker.decompress(rest, 1 << 24))
        rest = unpacker.unconsumed_tail
    return size


def write(
    documents: Iterable[Document],
    path: Path | str,
    report: ProblemLog | None = None,
    *,
    tokenizer: Language | Tokenizer | None = None,
    policy: AlignmentPolicy = "contract",
    counts: Counter[str] | None = None,
) -> None:
    """Write documents as a DocBin that ``spacy train`` reads, user data included.

    tokenizer: for documents without tokens; None takes the BioTokenizer.
    policy, counts: the treatment of mentions that do not fit the tokens, and its counts (see ``alignment``).
    report: takes a note with the counts if mentions did not fit (B152).
    Raises B101, B180 (an id or meta that cannot be stored), and what ``alignment.to_doc`` raises.
    """
    tokenizer = tokenizer or default_tokenizer()
    counts = Counter() if counts is None else counts
    docs = DocBin(store_user_data=True)
    for document in documents:
        doc = to_doc(document, tokenizer, policy, counts)
        try:
            docs.add(doc)
        except Exception as err:  # from msgpack: halves of surrogate pairs, numbers over 64 bits, values of other types
            raise BionerError("B180", id=ascii(document.id), reason=f"{type(err).__name__}: {err}") from err
    with open_output(Path(path)) as file:
        file.write(docs.to_bytes())
    if report is not None and counts["exact"] < counts["mentions"]:
        report.note("B152", path, counts=describe(counts))
