"""brat standoff: ``reader`` and ``writer`` of documents, ``files`` they lie in, ``standoff`` lines."""

from .reader import read, recognises
from .writer import write

__all__ = ["read", "recognises", "write"]
