"""Corpora of several formats, read with one set of options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..formats import Document, ProblemLog, options_of, sources


def read_each(
    paths: str, report: ProblemLog, options: Mapping[str, Any], format: str | None = None, made_up_ids: bool = True
) -> Iterator[Document]:
    """Yield the documents, each format read with those options that it has; without made-up ids if so told."""
    for found, file, _ in sources(paths, format):
        known = options_of(found.name, "read")
        given = {name: value for name, value in options.items() if value is not None and name in known}
        for document in found.module.read(file, report, **given):
            yield document if made_up_ids or found.named else replace(document, id="")
