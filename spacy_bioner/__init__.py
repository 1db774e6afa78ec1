"""Biomedical named entity recognition for spaCy.

Importing this package registers nothing and imports nothing heavy: spaCy finds every component,
architecture, reader and command through the entry points in ``pyproject.toml``.
"""

__version__ = "0.1.0"
