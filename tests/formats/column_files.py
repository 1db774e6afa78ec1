"""Reading a column file with given content."""

from spacy_bioner.formats import ProblemLog
from spacy_bioner.formats.conll import read


def reading(path, content, report=None, **options):
    """Write the content, text or bytes, to a file, and return its documents."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read(path, report or ProblemLog(), **options))
