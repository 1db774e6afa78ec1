"""brat standoff: ``reader`` and ``writer`` of documents, ``files`` that hold them, ``lines`` of annotation files."""

from .reader import read, recognises
from .writer import write

__all__ = ["read", "recognises", "write"]
