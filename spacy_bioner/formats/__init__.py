"""Annotation formats, one module each (``table``), behind ``read`` and ``write`` (``registry``)."""

from __future__ import annotations

from ..documents.document import Answer, Document, Mention, Question, Relation
from .detection import detect
from .problems import ProblemLog
from .registry import (
    Source,
    check_output,
    checked,
    format_to_write,
    known_options,
    options_of,
    read,
    sources,
    split_paths,
    write,
)
from .table import FORMATS, Format

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
    "check_output",
    "checked",
    "detect",
    "format_to_write",
    "known_options",
    "options_of",
    "read",
    "sources",
    "split_paths",
    "write",
]
