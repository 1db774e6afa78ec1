"""brat standoff: ``reader`` and ``writer`` of documents, ``files`` that hold them, ``lines`` of annotation files."""

from .files import check_output
from .reader import read, recognises
from .writer import write

__all__ = ["check_output", "read", "recognises", "write"]
