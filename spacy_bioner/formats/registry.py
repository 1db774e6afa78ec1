"""The registry of formats: reads paths into Documents, and writes Documents, each in its format.

``table`` lists the formats; ``detection`` finds that of a path. A module reads single files; only one marked
``folders`` gets whole folders and archives.
"""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..documents.document import Document, check_documents
from ..errors import BionerError
from .detection import absent, detect, owner_of, suffix_of
from .folders import walk
from .output_places import check_file
from .problems import ProblemLog
from .sound_relations import with_sound_relations
from .table import FORMATS, Format

Read = TypeVar("Read", Document, Doc)


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or a folder or archive that its format reads as a whole, with the options of the format.

    prefix: put before generated document ids, so that files of one name in different folders do not clash: the file's
        folder, relative to the folder that was named, or to the deepest one that contains all named paths.
    alone: whether its path is all that was named; another one that cannot be read is reported (B184), not raised.
    """

    format: Format
    path: Path
    options: dict[str, Any]
    prefix: str = ""
    alone: bool = False

    def read(self, report: ProblemLog, **defaults: Any) -> Iterator[Document]:
        """Return the documents of the source. defaults: values of options that were not given."""
        documents = self.format.module.read(self.path, report, **{**defaults, **self.options})
        documents = with_sound_relations(documents, self.path, report)
        return self._readable(documents if self.format.named or not self.prefix else self._placed(documents), report)

    def read_docs(self, vocab: Vocab, report: ProblemLog) -> Iterator[Doc] | None:
        """Return the Docs of the source unchanged; None if it does not hold Docs, or options say how to read it."""
        if not self.format.docs or self.options:
            return None
        return self._readable(self.format.module.read_docs(self.path, vocab, report), report)

    def _readable(self, documents: Iterable[Read], report: ProblemLog) -> Iterator[Read]:
        try:
            yield from documents
        except BionerError as err:
            cause = err.__cause__
            if self.alone or err.code != "B101" or not isinstance(cause, OSError):
                raise
            report.unreadable(self.path, cause)

    def _placed(self, documents: Iterable[Document]) -> Iterator[Document]:
        for document in documents:
            document.id = f"{self.prefix}/{document.id}"
            yield document


def read(
    paths: str | Path | Iterable[str | Path],
    format: str | None = None,
    report: ProblemLog | None = None,
    **options: Any,
) -> Iterator[Document]:
    """Return the documents of one or more files or folders, one after the other, as a stream.

    paths: a path, a string with several separated by commas, or an iterable of paths.
    format: a name in FORMATS; None detects it for each path.
    report: takes the problems found, among them relations that cannot be followed (B267: ``sound_relations``), in any
        format; without a report the first fault is raised, and the notes become a warning after the last document.
    options: the formats' own (``options_of``), each passed to the formats that have it; None means not given.

    Raises, before the first document: B130 no such path, B131 no such format, B132 undecidable, B133 mixed folder,
    B134 an option that none of the formats has, B135 and B183 nothing to read in a folder.
    """
    notes = report if report is not None else ProblemLog("error")
    documents = chain.from_iterable([source.read(notes) for source in sources(paths, format, options, notes)])
    return documents if report is not None else _warned(documents, notes)


def _warned(documents: Iterable[Document], notes: ProblemLog) -> Iterator[Document]:
    yield from documents
    if notes.counts:
        warnings.warn("\n".join(notes.describe()), stacklevel=2)


def sources(
    paths: str | Path | Iterable[str | Path],
    format: str | None = None,
    options: dict[str, Any] | None = None,
    report: ProblemLog | None = None,
) -> list[Source]:
    """Return the sources that ``read`` opens: each file (or folder or archive) with its format and options.

    Options that are None are left out; each source gets the options that its format has. report: takes notes of files
    skipped in folders: hidden files (B105), links to folders (B176), files that are not of the format (B117).
    Raises what ``read`` raises before the first document.
    """
    given = {name: value for name, value in (options or {}).items() if value is not None}
    named = split_paths(paths)
    found = [(_format(format) if format else FORMATS[detect(path)], path) for path in named]
    check_options([owner for owner, _ in found], "read", given)
    result: list[Source] = []
    for owner, path in found:
        own = known_options(owner.name, "read", given)
        root = path if len(named) == 1 and path.is_dir() else _common_folder(named)
        result += [
            Source(owner, file, own, _prefix(file, root), len(named) == 1 and file == path)
            for file in _files(path, owner, report)
        ]
    return result


def _common_folder(paths: list[Path]) -> Path:
    """Return the deepest folder that contains all paths."""
    return Path(os.path.commonpath([path.absolute().parent for path in paths]))


def _prefix(file: Path, root: Path) -> str:
    inner = os.path.relpath(file.absolute().parent, root.absolute())
    return "" if inner == os.curdir else Path(inner).as_posix()


def write(
    documents: Iterable[Document],
    path: str | Path,
    format: str | None = None,
    report: ProblemLog | None = None,
    overwrite: bool = False,
    **options: Any,
) -> None:
    """Write documents to a file (brat: also a folder or an archive), in the format of its suffix or in ``format``.

    report: takes notes of what the format cannot hold; without a report they become a warning.
    overwrite: whether a folder that holds files is replaced, as a whole; a file always is.
    options: the format's own; None means not given.
    Raises B131, B780 (no format named, and none has this suffix), B134 and B168 (a format that is read only) before
    anything is read or written; so are the errors of ``check_output``. Raises B255 for what is no Document.
    """
    path = Path(path)
    owner = FORMATS[check_output(path, format, overwrite)]
    given = {name: value for name, value in options.items() if value is not None}
    if overwrite and "overwrite" in options_of(owner.name, "write"):
        given["overwrite"] = True
    check_options([owner], "write", given)
    notes = report if report is not None else ProblemLog("skip")
    owner.module.write(_told(documents, owner, path, notes), path, report=notes, **given)
    if report is None and notes.counts:
        warnings.warn("\n".join(notes.describe()), stacklevel=2)


def _told(documents: Iterable[Document], owner: Format, path: Path, notes: ProblemLog) -> Iterator[Document]:
    """Yield the documents; note what their format does not hold: questions, metadata, ``extra`` of others (B263)."""
    for number, document in enumerate(check_documents(documents), 1):
        lost = {
            "question with its answers": int(document.question is not None and not owner.questions),
            "metadata fields": 0 if owner.meta is None else len(document.meta.keys() - {*owner.meta}),
        }
        for key in document.extra:
            if key != owner.key:
                lost |= _beside(document, key)
        notes.note_lost(path, document.id or str(number), lost)
        yield document


def _beside(document: Document, key: str) -> Mapping[str, int]:
    """Return how much of a document only the format can write that it was read from: what its ``extra`` keeps."""
    beside = getattr(FORMATS[key].module, "beside", None) if key in FORMATS else None
    return {f"further contents of a file of {key}": 1} if beside is None else beside(document)


def checked(documents: Iterable[Document], path: str | Path, format: str | None = None) -> Iterator[Document]:
    """Yield documents that will be written; raise, at each, the error with which ``write`` would refuse its id."""
    check = getattr(FORMATS[format_to_write(path, format)].module, "checked", None)
    return iter(documents) if check is None else check(documents, Path(path))


def format_to_write(path: str | Path, format: str | None = None) -> str:
    """Return the name of the format that ``write`` uses: the one named, or the one that owns the suffix.

    Raises B131 (no such format), B780 (none named, and none owns the suffix) and B168 (read only).
    """
    owner = _format(format) if format else owner_of(Path(path).name)
    written = ", ".join(format.name for format in FORMATS.values() if format.writable)
    if owner is None:
        raise BionerError("B780", path=path, known=written)
    if not owner.writable:
        raise BionerError("B168", path=path, format=owner.name, known=written)
    return owner.name


def check_output(path: str | Path, format: str | None = None, overwrite: bool = False) -> str:
    """Check, before the work whose result it will hold, that ``write`` can write to this path; return the format.

    Raises what ``format_to_write`` raises; B806 for a folder where a file is written, B811 for the reverse, B175 for a
    folder that holds files, without ``overwrite``, B178 for one with files that no earlier run wrote, and B101.
    """
    owner = FORMATS[format_to_write(path, format)]
    check = getattr(owner.module, "check_output", None)
    if check is None:
        check_file(Path(path))
    else:
        check(Path(path), overwrite)
    return owner.name


def options_of(format: str, function: str) -> tuple[str, ...]:
    """Return the names of the options of a format's ``read`` or ``write``; raises B131 for an unknown format."""
    signature = inspect.signature(getattr(_format(format).module, function))
    return tuple(p.name for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY and p.name != "report")


def known_options(format: str, function: str, offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of some options that a format's ``read`` or ``write`` has; raises B131 for an unknown format."""
    known = options_of(format, function)
    return {name: value for name, value in offered.items() if name in known}


def split_paths(paths: str | Path | Iterable[str | Path]) -> list[Path]:
    """Return the named paths: a string may name several, separated by commas, unless a file of that name exists."""
    if isinstance(paths, Path):
        return [paths]
    if isinstance(paths, str):
        parts = [paths] if "," not in paths or Path(paths).exists() else paths.split(",")
        return [Path(part.strip()) for part in parts if part.strip()]
    return [path for part in paths for path in split_paths(part)]


def _files(path: Path, format: Format, report: ProblemLog | None) -> list[Path]:
    """Return the paths for the format's ``read``: the path itself, or the files of a folder with its suffixes."""
    if format.folders:
        return [path]
    if not path.exists():
        raise absent(path)
    if not path.is_dir():
        return [path]
    files = [(file, suffix_of(file.name)) for file in walk(path, report)]
    for suffixes in (format.suffixes, format.maybe):
        found = [file for file, suffix in files if suffix and suffix in suffixes]
        if found:
            if report is not None:
                for file in sorted({file for file, _ in files} - set(found)):
                    report.note("B117", file)
            return found
    raise BionerError("B135", path=path, format=format.name, suffixes=", ".join(format.suffixes))


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise BionerError("B131", format=name, known=", ".join(FORMATS))
    return FORMATS[name]


def check_options(formats: Iterable[Format], function: str, options: Iterable[str]) -> None:
    """Raise B134 for an option that ``function``, ``read`` or ``write``, does not have in any of these formats."""
    known = {name: options_of(name, function) for name in dict.fromkeys(format.name for format in formats)}
    every = list(dict.fromkeys(chain.from_iterable(known.values())))
    for option in options:
        if option not in every:
            raise BionerError(
                "B134", format=", ".join(known), option=option, function=function, known=", ".join(every) or "none"
            )
