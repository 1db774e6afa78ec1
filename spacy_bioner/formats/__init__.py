"""Annotation formats, one module each, behind ``read`` and ``write``: see ``registry``."""

from __future__ import annotations

from .document import Answer, Document, Mention, Question, Relation
from .problems import ProblemLog
from .registry import FORMATS, Format, Source, detect, format_to_write, options_of, read, sources, split_paths, write

__all__ = [
    "FORMATS",
    "Answer",
    "Document",
    "Format",
    "Mention",
    "ProblemLog",
    "Question",
    "Relation",
    "Source",
    "detect",
    "format_to_write",
    "options_of",
    "read",
    "sources",
    "split_paths",
    "write",
]
