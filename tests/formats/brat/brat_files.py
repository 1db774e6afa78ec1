"""Small folders and archives of brat files, for the tests of the format."""

import io
import tarfile
from pathlib import Path

from spacy_bioner.documents.document import Document
from spacy_bioner.formats import brat
from spacy_bioner.formats.problems import ProblemLog


def put(folder: Path, **files: str | bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        stem, _, suffix = name.rpartition("_")
        data = content if isinstance(content, bytes) else content.encode()
        (folder / f"{stem}.{suffix}").write_bytes(data)
    return folder


def load(path: Path, policy="error", **options) -> tuple[list[Document], ProblemLog]:
    report = ProblemLog(policy)
    return list(brat.read(path, report, **options)), report


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def tar(path: Path, members: list[tuple[str, bytes]]) -> Path:
    with tarfile.open(path, "w:xz" if path.suffix == ".xz" else "w:gz") as archive:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path
