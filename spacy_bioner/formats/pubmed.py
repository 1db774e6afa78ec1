"""PubMed's XML: the yearly baseline and its updates, and the output of E-utilities. Read only.

A document is an article: its title, a line break, and its abstract, each labelled section on a line of its own,
``METHODS: ...``. Its id is the PMID; ``meta`` has the year, the journal, the MeSH headings as [id, name], and the
[start, end, label] of each labelled section. Articles that an update deletes (``DeleteCitation``) are skipped, and so
are books and their chapters (``PubmedBookArticle``, such as GeneReviews), which are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from ..documents.document import Document
from .problems import ProblemLog
from .xml_stream import read_elements

_YEAR = re.compile(r"\d{4}")


def read(path: Path | str, report: ProblemLog, *, empty: bool = False) -> Iterator[Document]:
    """Return the articles of a file (also .xml.gz), as a stream.

    empty: return articles without an abstract too.
    Reports malformed or unsafe XML (B264); notes what is skipped (B270): articles without an abstract, or with neither
    title nor abstract, and books and chapters. Raises B101.
    """
    path = Path(path)
    root: list[Element] = []
    for element in read_elements(path, "PubmedArticle", report, root=root):
        citation = element.find("MedlineCitation")
        article = citation.find("Article") if citation is not None else None
        if citation is None or article is None:
            report.note("B270", path, id="?", what="no article")
            continue
        document = _document(citation, article)
        if not document.text or (not empty and "\n" not in document.text):
            report.note("B270", path, id=document.id, what="no abstract")
            continue
        yield document
    for top in root:
        for book in top.iterfind("PubmedBookArticle"):
            name = book.findtext("BookDocument/PMID", "?").strip()
            report.note("B270", path, id=name, what="a book or a chapter (PubmedBookArticle)")


def recognises(path: Path, head: str) -> bool:
    """Return whether text is a set of PubMed articles."""
    return re.search(r"<Pubmed(?:ArticleSet|Article)\b", head) is not None


def _words(element: Element | None) -> str:
    """Return the text of an element and its descendants, runs of white space as one blank."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def _document(citation: Element, article: Element) -> Document:
    parts = [_words(article.find("ArticleTitle"))]
    length = len(parts[0])
    sections: list[list[Any]] = []
    for element in article.iterfind("Abstract/AbstractText"):
        words, label = _words(element), element.get("Label", "")
        if not words:
            continue
        line = f"{label}: {words}" if label and label != "UNLABELLED" else words
        parts.append(line)
        if label:
            sections.append([length + 1, length + 1 + len(line), label])
        length += 1 + len(line)
    date = article.find("Journal/JournalIssue/PubDate")
    year = _YEAR.search("".join(date.itertext())) if date is not None else None
    headings = [
        [name.get("UI", ""), _words(name)] for name in citation.iterfind("MeshHeadingList/MeshHeading/DescriptorName")
    ]
    meta: dict[str, Any] = {
        "year": int(year[0]) if year else None,
        "journal": _words(article.find("Journal/ISOAbbreviation")) or _words(article.find("Journal/Title")),
        "mesh": headings,
        "sections": sections,
    }
    name = citation.findtext("PMID", "").strip()
    return Document("\n".join(parts), id=name, meta={key: value for key, value in meta.items() if value})
