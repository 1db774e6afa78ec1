"""Every work that is cited by name and year is in docs/references.bib, and the page of references is made from it."""

import html
import re
import runpy

import pytest
from places import ROOT

BIB = (ROOT / "docs" / "references.bib").read_text(encoding="utf8")
OURS = runpy.run_path(str(ROOT / "docs" / "site" / "references.py"))
ENTRIES = OURS["read_bib"](BIB)
PLACES = [
    *(path for path in (ROOT / "docs").rglob("*.md") if path.name != "references.md"),
    *(ROOT / "spacy_bioner").rglob("*.py"),
    *(ROOT / "configs").glob("*.cfg"),
    *(ROOT / "benchmarks").rglob("*.md"),
    *(ROOT / "benchmarks").rglob("*.py"),
    *(ROOT / "projects").glob("*/README.md"),
    *(ROOT / "projects").glob("*/project.yml"),
    ROOT / "README.md",
]
CITED = re.compile(r"(?<!\w)[A-Z][\w'’-]+(?: et al\.)?,? \(?((?:19|20)\d\d)(?![\d-])")
VENUES = ("CoNLL", "MLHC", "TAC", "ACL", "EMNLP", "ICML", "ECIR", "November", "Results")
"""Words with a capital before a year that are no authors: conferences, tasks, months."""


def text_of(path):
    """Return the text with comments' signs and line breaks out of the way of a citation that spans lines."""
    return html.unescape(re.sub(r"\s*\n\s*(?:# )?", " ", path.read_text(encoding="utf8")))


def citations(text):
    """Yield each citation's year and the text before the year, without the comma or bracket between."""
    for match in CITED.finditer(text):
        before = text[max(0, match.start() - 80) : match.start(1)].rstrip(" (,")
        if not before.endswith(VENUES):
            yield match[1], before


def keys_of(year, before):
    """Return the entries whose authors, as they are cited, end the text before the year.

    The longest form decides, then that with more authors: three of them have all names where "et al." names more.
    """
    found = [
        ((len(form), len(OURS["authors_of"](entry)) > 3), key)
        for key, entry in ENTRIES.items()
        if entry["year"] == year
        for form in OURS["cited_as"](entry)
        if re.search(rf"(?<![\w-]){re.escape(form)}$", before)
    ]
    return {key for rank, key in found if rank == max(found)[0]}


@pytest.mark.parametrize(
    "text", ["after Aho & Corasick 1975", "(Settles, Craven & Friedland\n    # 2008)", "Guo et al. (2014)"]
)
def test_a_citation_is_found(text, tmp_path):
    (tmp_path / "x").write_text(text)
    (found,) = citations(text_of(tmp_path / "x"))
    assert len(keys_of(*found)) == 1


def test_an_unknown_work_is_not_found():
    assert (
        keys_of("1975", "after Corasick")
        == keys_of("1976", "Aho & Corasick")
        == keys_of("2014", "Dinguo et al.")
        == set()
    )


def test_every_work_cited_has_an_entry_and_every_entry_is_cited():
    missing, used = [], set()
    for path in PLACES:
        for year, before in citations(text_of(path)):
            keys = keys_of(year, before)
            used |= keys
            if len(keys) != 1:
                missing.append(f"{path.relative_to(ROOT)}: {before[-40:]} {year} {sorted(keys)}")
    assert missing == []
    assert sorted(ENTRIES.keys() - used) == []


def test_entries_are_whole_and_sorted():
    assert len(ENTRIES) == len(re.findall("^@", BIB, re.MULTILINE))
    assert list(ENTRIES) == sorted(ENTRIES)
    assert BIB.count("{") == BIB.count("}")
    assert BIB.count(" = {") == sum(map(len, ENTRIES.values()))
    for key, entry in ENTRIES.items():
        assert {"author", "title", "year"} <= entry.keys(), key
        assert key == key.lower()
        assert entry["year"] in key, key


def test_the_page_is_that_of_the_file():
    assert (ROOT / "docs" / "references.md").read_text(encoding="utf8") == OURS["render"](BIB)
