"""brat standoff: ``reader`` and ``writer`` of documents, ``files`` that hold them, ``lines`` of annotation files."""

from .files import check_output
from .notes import beside
from .reader import read, recognises
from .writer import checked, write

__all__ = ["beside", "check_output", "checked", "read", "recognises", "write"]
