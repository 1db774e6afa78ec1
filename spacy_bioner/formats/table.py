"""The table of formats: which suffixes each has, and what its module can do.

A format is a module in this folder, as ``protocols.FormatModule`` describes it, and an entry in FORMATS. Modules are
imported when they are used.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import cast

from .protocols import FormatModule


@dataclass(frozen=True, slots=True)
class Format:
    """An entry of FORMATS.

    suffixes: those that belong to the format, in lower case; the first is the usual one.
    maybe: suffixes of other formats under which this one occurs too: ``recognises`` looks at the content.
    folders: whether the module itself reads folders and archives, and places inside them.
    annotated: whether a document without mentions is annotated, with none, rather than not annotated.
    named: whether documents have ids in the file; if not, ids are generated from the file's name and a number.
    writable: whether the format can be written.
    docs: whether its files hold Docs, which ``read_docs`` returns unchanged.
    questions: whether it holds what a document is asked.
    meta: the fields of a document's metadata that it holds; None for any.
    store: the key of ``Document.extra`` under which it keeps what a Document has no field for; "" for its name.
    place: the module, if it is not the one of this name here; that of a format of your own is anywhere.
    """

    name: str
    suffixes: tuple[str, ...]
    maybe: tuple[str, ...] = ()
    folders: bool = False
    annotated: bool = True
    named: bool = True
    writable: bool = True
    docs: bool = False
    questions: bool = False
    meta: tuple[str, ...] | None = None
    store: str = ""
    place: str = ""

    @property
    def key(self) -> str:
        """The key of ``Document.extra`` that this format reads."""
        return self.store or self.name

    @property
    def module(self) -> FormatModule:
        """The module that reads and writes the format."""
        return cast(FormatModule, import_module(self.place or f"..{self.name}", __name__))


XML = (".xml", ".xml.gz", ".xml.xz")
JSON = (".json", ".json.gz", ".json.xz")
TEXT = (".txt", ".txt.gz", ".txt.xz")

FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        Format(
            "brat",
            (".ann", ".a1", ".a2", ".tar.gz", ".tgz", ".tar.xz", ".zip"),
            maybe=(".txt",),
            folders=True,
            meta=(),
        ),
        Format(
            "conll",
            (".tsv", ".conll", ".iob", ".iob2", ".bio", ".iobes", ".bilou"),
            maybe=(".txt", ""),
            named=False,
            meta=(),
        ),
        Format("jsonl", (".jsonl", ".ndjson", ".jsonl.gz"), questions=True),
        Format("docbin", (".spacy",), docs=True, questions=True),
        Format("ade", (".rel",), maybe=(".txt",), writable=False),
        Format(
            "pubtator",
            (".pubtator", ".pubtator.txt", ".pubtator.gz", ".pubtator.xz"),
            maybe=TEXT,
            meta=(),
        ),
        Format("bioc", (".bioc.xml", ".bioc.xml.gz", ".bioc.xml.xz"), maybe=XML, place="..bioc.xml"),
        Format(
            "bioc_json",
            (".bioc.json", ".bioc.json.gz", ".bioc.json.xz"),
            maybe=JSON,
            store="bioc",
            place="..bioc.json",
        ),
        Format("squad", (), maybe=JSON, questions=True, meta=("title", "plausible_answers"), place="..questions.squad"),
        Format("bioasq", (), maybe=JSON, questions=True, meta=("question_type",), place="..questions.bioasq"),
        Format("pubmed", (), maybe=XML, annotated=False, writable=False),
        Format("tac", (), maybe=XML, writable=False),
        Format("spl", (), maybe=XML, annotated=False, writable=False),
        Format("dygie", (), maybe=JSON),
        Format("label_studio", (), maybe=JSON),
        Format("parquet", (".parquet",)),
        Format("chemprot_sentences", (), maybe=TEXT, writable=False),
        Format("marked_pairs", (), named=False, writable=False),
        Format("text", TEXT, annotated=False, named=False, meta=()),
    )
}
"""All formats by name. If a file may be of several, they are tried in this order."""
