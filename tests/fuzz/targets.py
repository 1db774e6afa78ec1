"""Every reader of files, each as a function of bytes: what may come of any input is documents or a coded error."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasty import PART

from spacy_bioner.corpus.annotation import store
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import (
    Document,
    ProblemLog,
    ade,
    brat,
    chemprot_sentences,
    conll,
    docbin,
    dygie,
    jsonl,
    label_studio,
    lexicon,
    obo,
    parquet,
    pubmed,
    pubtator,
    spl,
    tac,
    text,
)
from spacy_bioner.formats import read as read_any
from spacy_bioner.formats.bioc import json as bioc_json
from spacy_bioner.formats.bioc import xml as bioc_xml
from spacy_bioner.formats.questions import bioasq, squad

Options = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A reader, the name of the file it is given, options to take in turn, and what it writes to if it comes back."""

    read: Callable[..., Iterable[Any]]
    file: str
    options: tuple[Options, ...] = ({},)
    packed: str = ""
    returns: Callable[[list[Any], Path, Options], str] | None = None


def _read_docs(path: Path, report: ProblemLog) -> Iterable[Any]:
    from spacy.vocab import Vocab

    for doc in docbin.read_docs(path, Vocab(), report):
        yield doc.text, [(ent.start, ent.end, ent.label_) for ent in doc.ents]


def _vectors(path: Path, report: ProblemLog) -> Iterable[Any]:
    from spacy_bioner.training.vectors import read_word2vec

    words, data = read_word2vec(path)
    return [words, data.tobytes()]


def _csv(path: Path, report: ProblemLog) -> Iterable[Any]:
    return lexicon.read_csv(path, report, terms=["name", "synonyms"], label="X", concept="id", separator=";")


def _jsonl_returns(documents: list[Document], path: Path, options: Options) -> str:
    copy = path.with_name("copy.jsonl")
    jsonl.write(documents, copy)
    return "" if list(jsonl.read(copy, ProblemLog())) == documents else "what is written is read otherwise"


def _words(documents: Iterable[Document]) -> list[tuple[str, list[str]]]:
    """What a column file says, wherever documents start: words, each with the mentions that start there."""
    found: list[tuple[str, list[str]]] = []
    for document in documents:
        words = [(document.text[start:end], []) for start, end in document.tokens or ()]
        places = {start: i for i, (start, _) in enumerate(document.tokens or ())}
        for mention in document.mentions:
            words[places[mention.start]][1].append(f"{mention.label} {document.text_of(mention)}")
        found += words
    return found


def _conll_returns(documents: list[Document], path: Path, options: Options) -> str:
    copy = path.with_name("copy.tsv")
    conll.write(documents, copy, ProblemLog("skip"))
    stored = documents[0].extra["conll"] if documents else {}
    given = {"scheme": stored.get("scheme", "BIO"), "separator": stored.get("separator", "\t")}
    given |= {"token": stored.get("token", 0), "tag": stored.get("tag", -1), "header": "header" in stored}
    again = conll.read(copy, ProblemLog("skip"), **given | {"label": stored.get("label")})
    return "" if _words(again) == _words(documents) else "what is written is read otherwise"


def _brat_returns(documents: list[Document], path: Path, options: Options) -> str:
    copy = path.with_name("copy.tar.gz")
    brat.write(documents, copy)

    def held(some: Iterable[Document]) -> list[Any]:
        return [(d.text, sorted((*m.parts, m.label) for m in d.mentions), len(d.relations)) for d in some]

    return "" if held(brat.read(copy, ProblemLog("skip"))) == held(documents) else "what is written is read otherwise"


def _store_returns(documents: list[Document], path: Path, options: Options) -> str:
    copy = path.with_name("copy.jsonl")
    store.save(documents, copy)
    return "" if repr(list(store.load(copy))) == repr(documents) else "what is written is read otherwise"


def _squad_returns(documents: list[Document], path: Path, options: Options) -> str:
    copy, report = path.with_name("copy.json"), ProblemLog("skip")
    squad.write(documents, copy, report)
    if report.counts:
        return ""  # It says that it cannot hold all of it.
    return "" if list(squad.read(copy, ProblemLog())) == documents else "what is written is read otherwise"


def _held_by(write: Callable[..., None], read: Callable[..., Iterable[Document]], suffix: str) -> Any:
    """Return a check that a format gives back the texts and the mentions that it was given."""

    def returns(documents: list[Document], path: Path, options: Options) -> str:
        copy = path.with_name(f"copy{suffix}")
        report = ProblemLog("skip")
        write(documents, copy, report)
        if report.counts:
            return ""  # It says that it cannot hold all of it.

        def held(some: Iterable[Document]) -> list[Any]:
            return [(d.text, [(m.start, m.end, m.label, m.concepts) for m in d.mentions]) for d in some]

        again = held(read(copy, report))
        return "" if again == held(documents) else "what is written is read otherwise"

    return returns


TARGETS: dict[str, Target] = {
    "brat": Target(brat.read, "a.ann", ({}, {}, {"encoding": "utf-16"}), returns=_brat_returns),
    "brat-tar": Target(brat.read, "a.tar.gz", packed="gzip"),
    "conll": Target(
        conll.read,
        "a.tsv",
        (
            *({}, {"label": "X"}, {"group": 0}, {"label": "X", "group": 2, "separator": "blank"}),
            *({"encoding": "utf-16"}, {"scheme": "IOBES", "label": "Y"}, {"token": 1, "tag": 0}, {"header": True}),
        ),
        returns=_conll_returns,
    ),
    "jsonl": Target(jsonl.read, "a.jsonl", returns=_jsonl_returns),
    "docbin": Target(docbin.read, "a.spacy", packed="zlib"),
    "docbin-docs": Target(_read_docs, "a.spacy", packed="zlib"),
    "ade": Target(ade.read, "a.rel", ({}, {"drugs": True})),
    "text": Target(
        text.read, "a.txt", ({}, {"unit": "line"}, {"unit": "paragraph"}, {"unit": "line", "encoding": "utf-16"})
    ),
    "tsv": Target(lexicon.read_tsv, "a.tsv", ({}, {"label": "X"})),
    "csv": Target(_csv, "a.csv"),
    "obo": Target(obo.read_obo, "a.obo", ({"label": "X"}, {"scopes": ["EXACT", "RELATED"], "obsolete": True})),
    "obo.gz": Target(obo.read_obo, "a.obo.gz", packed="gzip"),
    "jsonl.gz": Target(jsonl.read, "a.jsonl.gz", packed="gzip"),
    "word2vec": Target(_vectors, "a.txt"),
    "word2vec-binary": Target(_vectors, "a.bin"),
    "pubtator": Target(
        pubtator.read,
        "a.pubtator",
        ({}, {"encoding": "utf-16"}),
        returns=_held_by(pubtator.write, pubtator.read, ".pubtator"),
    ),
    "bioc": Target(bioc_xml.read, "a.xml", returns=_held_by(bioc_xml.write, bioc_xml.read, ".xml")),
    "bioc_json": Target(bioc_json.read, "a.json", returns=_held_by(bioc_json.write, bioc_json.read, ".json")),
    "pubmed": Target(pubmed.read, "a.xml", ({}, {"empty": True})),
    "tac": Target(tac.read, "a.xml"),
    "spl": Target(spl.read, "a.xml"),
    "label_studio": Target(
        label_studio.read, "a.json", returns=_held_by(label_studio.write, label_studio.read, "copy.json")
    ),
    "dygie": Target(dygie.read, "a.json", returns=_held_by(dygie.write, dygie.read, "copy.json")),
    "chemprot_sentences": Target(chemprot_sentences.read, "a.txt", ({}, {"encoding": "utf-16"})),
    "squad": Target(squad.read, "a.json", returns=_squad_returns),
    "bioasq": Target(bioasq.read, "a.json", ({}, {"questions": "factoid,list"})),
    "parquet": Target(
        parquet.read, "a.parquet", packed="parquet", returns=_held_by(parquet.write, parquet.read, ".parquet")
    ),
    "store": Target(lambda path, report: store.load(path), "a.jsonl", returns=_store_returns),
    "any": Target(lambda path, report: read_any(path, None, report), "a.txt"),
}
SEEDS_OF = {"docbin-docs": "docbin", "obo.gz": "obo", "jsonl.gz": "jsonl", "any": "conll"}
"""Whose seeds a target takes that has none of its own."""


def put(target: Target, content: bytes, folder: Path) -> Path:
    """Write an input where the target reads it; a brat pair becomes two files."""
    path = folder / target.file
    if path.suffix == ".ann":
        words, _, lines = content.partition(PART)
        path.with_suffix(".txt").write_bytes(words)
        path.write_bytes(lines)
    else:
        path.write_bytes(content)
    return path


def unpacked(target: Target, content: bytes) -> bytes:
    """Return an input as it was before it was packed, to be changed and packed again."""
    try:
        return gzip.decompress(content) if target.packed == "gzip" else content
    except (OSError, EOFError, zlib.error):
        return content


def outcome(target: Target, path: Path, options: Options, returns: bool) -> tuple[str, str]:
    """Read a file under both policies; return (what came of it, what is wrong with that, or "").

    Raises whatever is no BionerError: that is what a run looks for.
    """
    report = ProblemLog("skip")
    try:
        found = list(target.read(path, report, **options))
    except BionerError as err:
        return err.code, "" if _code_under_error(
            target, path, options
        ) else f"{err.code} under skip, nothing under error"
    code = _code_under_error(target, path, options)
    if code and code not in report.counts:
        return "read", f"{code} is raised under error, and not counted under skip"
    if returns and target.returns is not None:
        try:
            fault = target.returns(found, path, options)
        except BionerError as err:
            return f"read, {err.code} written", ""
        if fault:
            return "read", fault
    return "+".join(["read", *sorted(report.counts)]), ""


def _code_under_error(target: Target, path: Path, options: Options) -> str:
    try:
        for _ in target.read(path, ProblemLog("error"), **options):
            pass
    except BionerError as err:
        return err.code
    return ""
