"""Detection of the format of a path, by its suffix, and by its content where several formats have the suffix.

    name                  suffix         owned by     may also be            decided by
    corpus.tsv            .tsv           conll                               the suffix
    corpus.txt            .txt           text         brat, conll, ade, ...  their ``recognises``, then text
    corpus.xml            .xml           (none)       bioc, pubmed, tac, spl their ``recognises``, else B132

``table`` has the suffixes.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import BionerError
from .folders import walk
from .table import FORMATS, Format
from .text_io import read_head


def absent(path: Path) -> BionerError:
    """Return the error of a path that does not exist (B130)."""
    hint = "check the path"
    if any(char in str(path) for char in "*?"):
        hint = "patterns are not expanded here; give a folder, or paths separated by commas"
    return BionerError("B130", path=path, hint=hint)


def detect(path: str | Path) -> str:
    """Return the name of the format of a file or folder, by its suffix and, if that is ambiguous, its content.

    Raises B130 (no such path), B132 (undecidable), B133 (a folder that holds several formats) and B183 (one without
    files).
    """
    path = Path(path)
    if not path.exists():
        return _place_in_archive(path)
    if not path.is_dir():
        return _detect_file(path)
    # A suffix that one format alone may have decides for the whole folder; else the content of its first file does.
    files = list(walk(path))
    if not files:
        raise BionerError("B183", path=path)
    suffixes = {suffix_of(file.name) for file in files} - {""}
    certain = {claims[0].name for claims in map(_claims, suffixes) if len(claims) == 1}
    if len(certain) > 1:
        raise BionerError("B133", path=path, found=", ".join(sorted(certain)))
    if certain:
        return certain.pop()
    open_question = [file for file in files if _claims(suffix_of(file.name))]
    if not open_question:
        raise BionerError("B132", path=path, known=", ".join(FORMATS))
    return _detect_file(next((file for file in open_question if file.is_file()), open_question[0]))  # no broken link


def _place_in_archive(path: Path) -> str:
    for parent in path.parents:
        owner = owner_of(parent.name)
        if owner is not None and owner.folders and parent.is_file():
            return owner.name
    raise absent(path)


def _detect_file(path: Path) -> str:
    # The owner of the suffix comes last, without a test; the head is read only if other formats are possible.
    owner = owner_of(path.name)
    head: str | None = None
    for format in _claims(suffix_of(path.name)):
        if format is owner:
            return format.name
        head = read_head(path) if head is None else head
        if format.module.recognises(path, head):
            return format.name
    raise BionerError("B132", path=path, known=", ".join(FORMATS))


def suffix_of(name: str) -> str:
    """Return the longest suffix of a file name that a format has, or ""."""
    lower = name.lower()
    known = {suffix for format in FORMATS.values() for suffix in (*format.suffixes, *format.maybe)}
    return max((suffix for suffix in known if lower.endswith(suffix)), key=len, default="")


def _claims(suffix: str) -> list[Format]:
    """Return the formats that may have a suffix: first those that check the content, then the one that owns it."""
    looking = [format for format in FORMATS.values() if suffix in format.maybe]
    return looking + [format for format in FORMATS.values() if suffix and suffix in format.suffixes]


def owner_of(name: str) -> Format | None:
    """Return the format that owns the suffix of a file name, or None."""
    suffix = suffix_of(name)
    return next((format for format in FORMATS.values() if suffix and suffix in format.suffixes), None)
