"""brat standoff: a text file and one or more annotation files per document.

The text is the decoded file, unchanged: a CRLF is two characters, a byte order mark at the start is a character
(U+FEFF), and so is an astral character. This is how brat counts offsets. Encodings other than UTF-8 must be named;
everything is written as UTF-8.

A Document's mentions are its T lines, in which fragments with nothing but a line end between them are one; the concept
ids of its N lines are the mentions' ``concepts``, without the ``ID:`` of those that have no ontology; its relations are
the R and E lines all of whose arguments are mentions (an event's trigger has the role "Trigger"); the A and M lines of
mentions and relations are their ``attributes``, with the value "" for one that is only there or not; a note
"score=0.93" is a mention's or relation's ``score``. Events of events are not relations between mentions.
``Document.extra["brat"]`` keeps all lines verbatim, one string per suffix of file, so that nothing is lost: reading and
writing a document gives the bytes that were read, without the lines that were reported. If its mentions have changed,
the lines that still hold are kept and the others are replaced (see ``rendering.render``).
brat cannot hold tokens, sentences and meta.

    report = ProblemLog("skip")
    documents = list(read(Path("corpus.tar.gz/corpus/train"), report))
    write(documents, Path("copy"))
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...documents.document import Document
from ...errors import BionerError
from ..counting import counting_of
from ..problems import ProblemLog
from .files import JOINED, PARTIAL, TEXT, Source, open_sources
from .lines import split_lines
from .rendering import STORE
from .standoff import Rules, parse_rows


def read(
    path: Path | str,
    report: ProblemLog,
    *,
    labels: Sequence[str] | None = None,
    triggers: bool = True,
    offsets: str = "characters",
    encoding: str = "utf-8",
) -> Iterator[Document]:
    """Return the documents of a folder, an archive, a folder inside an archive, or one ``.txt``/``.ann`` pair.

    path: a folder (read with those below it, sorted); a ``.tar.gz``, ``.tgz`` or ``.tar.xz`` (streamed, in its own
    order, never unpacked); a place in one, ``corpus.tar.gz/corpus/train``; or a ``.txt``, ``.ann``, ``.a1`` or ``.a2``
    file. A document's id is its path below that, without suffix.
    labels: of the text-bound annotations that are entities; None for all. A string names several by commas. The others
        are left out, with the lines that refer to them.
    triggers: whether the triggers of events are entities (if so, they are noted, B173).
    offsets: their unit: ``characters``; ``utf16`` code units; ``bytes`` of UTF-8; or ``crlf1``, characters with a CRLF
        counted as one. The writer always writes characters.
    encoding: of the text and annotation files.

    Raises B100, B101, B102 (no such path, unreadable, no brat files), B124 (unknown encoding) and B172 (unknown unit of
    offsets) under either policy; files of a folder that cannot be read are reported (B184).
    Reports bytes that do not decode (B103), incomplete pairs (B106, B107), faults of archives (B115, B116, B119) and of
    lines (B108 to B114): the document, or the line of an annotation file, is left out. Notes byte order marks (B104)
    and CRLF (B120) of texts, mentions that cross a line end (B121), blanks for punctuation (B129), triggers (B173),
    annotations that are not entities (B174) and skipped files (B105, B117, B118, B176) other than brat's own settings.
    """
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise BionerError("B124", encoding=encoding) from None
    counting_of("", offsets)
    named = [name.strip() for name in labels.split(",")] if isinstance(labels, str) else labels
    rules = Rules(None if named is None else frozenset(named), triggers, offsets)
    return _documents(open_sources(Path(path), report), report, encoding, rules)


def recognises(path: Path, head: str) -> bool:
    """Return whether a ``.txt`` file has an annotation file beside it."""
    return any(path.with_suffix(suffix).is_file() for suffix in (JOINED, *PARTIAL))


def _documents(sources: Iterator[Source], report: ProblemLog, encoding: str, rules: Rules) -> Iterator[Document]:
    for source in sources:
        text = _text(source, report, encoding)
        if text is None:
            continue
        files = {
            suffix: _lines(content, encoding, source.place + suffix, report)
            for suffix, content in source.files.items()
            if suffix != TEXT
        }
        mentions, relations, rows = parse_rows(text, files, source.place, report, rules)
        store = {suffix: "".join(row.raw for row in rows if row.suffix == suffix) for suffix in files}
        yield Document(text, mentions, source.id, extra={STORE: store}, relations=relations)


def _text(source: Source, report: ProblemLog, encoding: str) -> str | None:
    content = source.files[TEXT]
    path = source.place + TEXT
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as err:
        report.add("B103", path, content.count(b"\n", 0, err.start) + 1, encoding=encoding, reason=err.reason)
        return None
    _note_characters(text, path, report)
    return text


def _lines(content: bytes, encoding: str, path: str, report: ProblemLog) -> list[str]:
    """Decode an annotation file; a line that does not decode is reported and becomes empty."""
    try:
        lines = split_lines(content.decode(encoding))
    except UnicodeDecodeError:
        # Line by line, so that one bad byte costs one line; an empty line in its place keeps the numbers of the others.
        lines = []
        for number, raw in enumerate(io.BytesIO(content), 1):
            try:
                lines.append(raw.decode(encoding))
            except UnicodeDecodeError as err:
                report.add("B103", path, number, encoding=encoding, reason=err.reason)
                lines.append("")
    return lines


def _note_characters(text: str, path: str, report: ProblemLog) -> None:
    """Note what an editor of a text does not count, but offsets do. In annotation files it changes nothing."""
    if text.startswith("\ufeff"):
        report.note("B104", path, 1)
    if "\r\n" in text:
        report.note("B120", path, text.count("\n", 0, text.index("\r\n")) + 1)
