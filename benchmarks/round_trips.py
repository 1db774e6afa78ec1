"""Write documents in every format that has a writer, read them again, and count the annotations that are lost.

    python benchmarks/round_trips.py FILE_OR_FOLDER... [--limit 200] [--formats brat,bioc,...] [--own]

For each file and format: documents, mentions, relations and concepts read; those lost silently; and, in brackets, those
whose loss the writer or the reader reported (a note with its file and line, or a count of mentions that did not fit).
--own: only the format of the file itself, all of its documents. Exit code 1 if anything is lost silently.
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from spacy_bioner.formats import FORMATS, Document, ProblemLog, detect, options_of, read, write

LABELS = {"label": "Mention"}
HOLDS_TOKENS = ("conll", "docbin")


def facts(document: Document, format: str) -> Counter[Any]:
    """Return the annotations of a document that a format can represent."""
    found: Counter[Any] = Counter()
    by_id = {m.id: (m.start, m.end, m.label) for m in document.mentions}
    for m in document.mentions:
        found["mention", m.start, m.end, m.label, m.fragments] += 1
        for concept in m.concepts:
            found["concept", m.start, m.end, m.label, concept] += 1
    for r in document.relations:
        ends = tuple(name if r.of_concepts else by_id.get(name) for _, name in r.arguments)
        found["relation", r.label, ends] += 1
    return found


def moved(document: Document) -> Document:
    """Return the document in characters that are not white space: columns join tokens by blanks."""
    from spacy_bioner.experiments.file_scores.matching import without_spaces

    return without_spaces(document)


def trip(documents: list[Document], format: str, place: Path) -> tuple[int, int, int, list[Any]]:
    """Return the numbers of annotations, of those lost silently and of those reported, and examples of the lost."""
    told = ProblemLog("skip")
    counts: Counter[str] = Counter()
    options = {"counts": counts} if "counts" in options_of(format, "write") else {}
    write(documents, place, format, told, **options)
    known = options_of(format, "read")
    log = ProblemLog("skip")
    given = {name: value for name, value in LABELS.items() if name in known}
    again = list(read(place, format, log, **given))
    by_id = {document.id: document for document in again}
    same = len(by_id) == len(documents) and all(document.id in by_id for document in documents)
    pairs = [(one, by_id[one.id]) for one in documents] if same else list(zip(documents, again, strict=False))
    lost: list[Any] = [("document", one.id) for one in documents[len(again) :]]
    total = 0
    for one, other in pairs:
        change = moved if format in HOLDS_TOKENS else lambda document: document
        before, after = facts(change(one), format), facts(change(other), format)
        total += before.total()
        lost += [(one.id, fact) for fact in (before - after).elements()]
    fit = counts["mentions"] - counts["exact"] if counts else 0
    return (
        total,
        len(lost),
        sum(told.counts.values()) + sum(log.counts.values()) + fit,
        [told.describe(), log.describe(), lost[:3]],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--formats", default=",".join(name for name, one in FORMATS.items() if one.writable))
    parser.add_argument("--own", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    silent = 0
    for path in given.files:
        own = detect(path)
        log = ProblemLog("skip")
        options = {name: value for name, value in LABELS.items() if name in options_of(own, "read")}
        documents = list(islice(read(path, own, log, **options), None if given.own else given.limit))
        print(f"{path.name}: {own}, {len(documents)} documents, {log.describe()}", flush=True)
        for format in ([own] if FORMATS[own].writable else []) if given.own else given.formats.split(","):
            with TemporaryDirectory() as name:
                total, lost, told, examples = trip(documents, format, Path(name) / "x")
            silent += lost > 0 and not told
            print(
                f"  {format:13} {total:7,} facts, {lost:6,} not there [{told:,} told] {examples if lost else ''}",
                flush=True,
            )
    raise SystemExit(silent > 0)


if __name__ == "__main__":
    main()
