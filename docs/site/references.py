"""Write docs/references.md from docs/references.bib: python docs/site/references.py

The .bib is a subset of BibTeX: an entry starts with ``@kind{key,`` and ends with a line ``}``; each field is on a line
of its own, ``name = {value},``. Braces inside a value only keep the case of letters.
"""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
HEAD = """# References

Every work that these pages, the docstrings, the configs and the projects cite by name and year. `docs/references.bib`
has them as BibTeX. The package follows the five under [Papers](papers.md).
"""
ENTRY = re.compile(r"^@(\w+)\{(\w+),\n(.*?)^\}$", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^  (\w+) = \{(.*)\},?$", re.MULTILINE)


def read_bib(text: str) -> dict[str, dict[str, str]]:
    """Return the fields of each entry by its key, in the order of the file."""
    return {key: dict(FIELD.findall(body)) for _, key, body in ENTRY.findall(text)}


def authors_of(entry: dict[str, str]) -> list[str]:
    """Return the authors' family names; the last is "others" where the list is cut."""
    return [name.partition(",")[0].strip() for name in entry["author"].split(" and ")]


def cited_as(entry: dict[str, str]) -> list[str]:
    """Return the forms in which the authors are cited: ``A``, ``A & B``, ``A, B & C``, ``A et al.``"""
    names = authors_of(entry)
    if len(names) == 1:
        return names
    forms = [f"{', '.join(names[:-1])} {sign} {names[-1]}" for sign in ("&", "and")] if len(names) < 4 else []
    return forms if len(names) == 2 and names[-1] != "others" else [*forms, f"{names[0]} et al."]


def line_of(entry: dict[str, str]) -> str:
    """Return an entry as an item of a list."""
    people = []
    for name in entry["author"].split(" and "):
        family, _, given = name.partition(", ")
        people.append(f"{given} {family}".strip() if name != "others" else "others")
    if len(people) > 1:
        people[-2:] = [f"{people[-2]} and {people[-1]}"]
    place = next((f"*{entry[field]}*" for field in ("journal", "booktitle", "publisher", "note") if field in entry), "")
    if "series" in entry:
        place += f", {entry['series']}"
    if "volume" in entry:
        place += f" {entry['volume']}" + (f"({entry['number']})" if "number" in entry else "")
    parts = [f"{', '.join(people)} ({entry['year']})", entry["title"], place]
    text = ". ".join(part.rstrip(".") for part in parts if part)
    return "- " + re.sub(r"[{}\\]", "", text).replace("?.", "?") + "."


def render(text: str) -> str:
    """Return the page of a .bib file, in the order of first authors and years."""
    entries = sorted(read_bib(text).values(), key=lambda one: (one["author"].casefold(), one["year"], one["title"]))
    return "\n".join([HEAD, *map(line_of, entries), ""])


if __name__ == "__main__":
    page = render((FOLDER / "references.bib").read_text(encoding="utf8"))
    (FOLDER / "references.md").write_text(page, encoding="utf8")
