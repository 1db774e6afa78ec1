"""Composite mentions of PubTator files, whole or as the mentions that they stand for."""

import pytest
from places import DATA

from spacy_bioner.documents.document import Mention
from spacy_bioner.formats import read
from spacy_bioner.formats.composite_mentions import composite_parts
from spacy_bioner.formats.problems import ProblemLog
from spacy_bioner.formats.pubtator import read as read_pubtator


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("renal or hepatic toxicity", ["renal toxicity", "hepatic toxicity"], ["renal|toxicity", "hepatic toxicity"]),
        ("loss of memory and speech", ["loss of memory", "loss of speech"], ["loss of memory", "loss of|speech"]),
        ("Hemorrhagic cystitis", ["hemorrhagic", "cystitis"], ["Hemorrhagic", "cystitis"]),
        ("pain a pain b pain", ["pain b"], ["pain b"]),
        ("renal or hepatic toxicity", ["renal toxicity", "liver toxicity"], []),
        ("renal or hepatic toxicity", ["renal toxicity", ""], []),
    ],
)
def test_parts(text, names, expected):
    found = composite_parts(Mention(4, 4 + len(text), "D", concepts=("1", "2")), f"The {text}.", names)
    assert ["|".join(f"The {text}."[a:b] for a, b in one.parts) for one in found] == expected
    if len(names) == 2 == len(found):
        assert [one.concepts for one in found] == [("1",), ("2",)]


def test_they_are_an_option_of_reading(tmp_path):
    path = tmp_path / "a.pubtator"
    rows = ["1|t|renal or hepatic toxicity.", "1|a|"]
    rows += ["1\t0\t25\trenal or hepatic toxicity\tD\tA|B\trenal toxicity|hepatic toxicity"]
    path.write_text("\n".join(rows) + "\n")
    assert [mention.parts for mention in next(iter(read(path))).mentions] == [((0, 25),)]
    assert [m.parts for m in next(iter(read(path, parts=True))).mentions] == [((0, 5), (17, 25)), ((9, 25),)]
    path.write_text("\n".join(rows).replace("renal toxicity|", "liver toxicity|") + "\n")
    report = ProblemLog("skip")
    assert [mention.parts for document in read_pubtator(path, report, parts=True) for mention in document.mentions] == [
        ((0, 25),)
    ]
    assert report.summary() == {"B246": 1}


@pytest.mark.real
def test_bc5cdr_has_them():
    if not DATA.exists():
        pytest.skip("no corpora")
    path = DATA / "pubtator" / "CDR_TestSet.PubTator.txt"
    found = [m for d in read_pubtator(path, ProblemLog("skip"), parts=True) for m in d.mentions if m.fragments]
    assert len(found) == 37
