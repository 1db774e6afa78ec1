"""Biomedical text mining for spaCy: entities, their concepts, relations between them, answers to questions.

Importing this package registers nothing and imports nothing heavy: spaCy finds every component,
architecture, reader and command through the entry points in ``pyproject.toml``.

    from spacy_bioner import annotate, mentions, read, to_frame, write

    documents = read("corpus.tar.gz")                    # any format: a stream of Documents
    write(annotate(nlp, documents), "annotated.bioc.xml")  # order kept
    to_frame(read("annotated.bioc.xml"))                 # pandas: a row an entity
    mentions(nlp(text))                                  # of a Doc: whole, in several parts or overlapping
"""

from typing import Any

__version__ = "0.1.0"

_PLACES = {
    "annotate": "corpus.annotation.stream",
    "mentions": "documents.doc_mentions",
    "ask": "pipeline.answers.ask",
    "read": "formats",
    "to_frame": "corpus.frame",
    "write": "formats",
    "Answer": "formats",
    "Document": "formats",
    "Mention": "formats",
    "Question": "formats",
    "Relation": "formats",
}
__all__ = list(_PLACES)


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_PLACES[name]}", __name__), name)
