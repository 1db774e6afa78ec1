"""Annotation formats, one module each, behind ``read`` and ``write``: see ``registry``."""

from __future__ import annotations

from .document import Document, Mention, Relation
from .problems import ProblemLog
from .registry import FORMATS, Format, Source, detect, format_to_write, options_of, read, sources, split_paths, write

__all__ = [
    "FORMATS",
    "Document",
    "Format",
    "Mention",
    "ProblemLog",
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
