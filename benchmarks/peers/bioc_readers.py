"""Reading BioC XML: this package's reader, and bconv. Both read the file and visit every mention."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worker import serve


class Reader:
    def __init__(self, bioc: str) -> None:
        self.path = bioc
        self.size = Path(bioc).stat().st_size

    def read(self) -> int:
        self.rows = self.mentions()
        return self.size

    def mentions(self) -> list[list[Any]]:
        raise NotImplementedError

    def result(self) -> list[list[Any]]:
        return self.rows


class Ours(Reader):
    def mentions(self) -> list[list[Any]]:
        from spacy_bioner.formats import read

        return [[d.id, m.start, m.end, d.text[m.start : m.end]] for d in read(self.path, "bioc") for m in d.mentions]


class Bconv(Reader):
    def mentions(self) -> list[list[Any]]:
        import bconv

        documents = bconv.load(self.path, fmt="bioc_xml")
        return [[d.id, e.start, e.end, e.text] for d in documents for e in d.iter_entities()]


if __name__ == "__main__":
    serve({"ours": Ours, "bconv": Bconv})
