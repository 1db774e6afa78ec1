"""What counts as an entity, what offsets count, and what is said of offsets that do not fit."""

import unicodedata

import pytest
from brat_files import load, put

from spacy_bioner.documents.document import Mention
from spacy_bioner.errors import BionerError
from spacy_bioner.formats.brat import write

TEXT = "Aspirin causes rash.\n"
A1 = "T1\tDrug 0 7\tAspirin\nT3\tADR 15 19\trash\n"
A2 = "T2\tCause 8 14\tcauses\nE1\tCause:T2 Theme:T1\nM1\tSpeculation E1\nA1\tSure T3\n"


@pytest.fixture
def events(tmp_path):
    return put(tmp_path / "in", a_txt=TEXT, a_a1=A1, a_a2=A2)


def test_triggers_count_as_entities_with_a_note_or_not_at_all(events, tmp_path):
    [document], report = load(events)
    assert [mention.label for mention in document.mentions] == ["Drug", "ADR", "Cause"]
    assert report.describe() == [
        f"[B173] {events}/a: 1 triggers of events count as entities; triggers = false leaves them out "
        "(convert --no-triggers)"
    ]
    [document], report = load(events, triggers=False)
    assert [mention.label for mention in document.mentions] == ["Drug", "ADR"]
    assert document.relations == []
    assert report.summary() == {"B174": 1}
    write([document], tmp_path / "out")
    assert (tmp_path / "out/a.a1").read_text() == A1
    assert (tmp_path / "out/a.a2").read_text() == "A1\tSure T3\n"


@pytest.mark.parametrize("labels", [["Drug", "Cause"], "Drug, Cause"])
def test_labels_that_are_entities(events, labels):
    [document], report = load(events, labels=labels)
    assert [mention.label for mention in document.mentions] == ["Drug", "Cause"]
    assert len(document.relations) == 1
    assert report.summary() == {"B173": 1, "B174": 1}


NASTY = "\U0001d6fc\u00e9 \r\nrash\r\n\U0001f922 itch"
"""An astral letter, e acute, two CRLFs."""


@pytest.mark.parametrize(
    ("unit", "rash", "itch"), [("utf16", (6, 10), (15, 19)), ("bytes", (9, 13), (20, 24)), ("crlf1", (4, 8), (11, 15))]
)
def test_offsets_that_count_something_else(tmp_path, unit, rash, itch):
    ann = f"T1\tADR {rash[0]} {rash[1]}\trash\nT2\tADR {itch[0]} {itch[1]}\titch\n"
    folder = put(tmp_path / "in", a_txt=NASTY, a_ann=ann)
    with pytest.raises(BionerError, match=f'B1[01][09].*offsets = "{unit}"'):
        load(folder)
    [document], report = load(folder, offsets=unit)
    assert [document.text_of(mention) for mention in document.mentions] == ["rash", "itch"]
    assert report.summary() == {"B120": 1}
    write([document], tmp_path / "out")
    assert load(tmp_path / "out")[0][0].mentions == document.mentions


@pytest.mark.parametrize("unit", ["utf16", "bytes", "crlf1"])
def test_offsets_outside_the_text_or_inside_a_character(tmp_path, unit):
    folder = put(tmp_path, a_txt="\U0001d6fc\r\n", a_ann="T1\tX 0 99\tx\nT2\tX 1 2\tx\n")
    documents, report = load(folder, "skip", offsets=unit)
    assert documents[0].mentions == []
    assert sum(report.counts[code] for code in ("B109", "B110")) == 2


def test_an_unknown_unit(tmp_path):
    with pytest.raises(BionerError, match="B172"):
        load(put(tmp_path, a_txt="a", a_ann=""), "skip", offsets="words")


def test_two_forms_of_unicode_are_told_apart(tmp_path):
    text = "Caf\u00e9 na\u00efve rash"
    ann = "T1\tX 0 4\tCaf\u00e9\nT2\tX 11 15\trash\n"
    for name, (first, second) in {"text": ("NFD", "NFC"), "ann": ("NFC", "NFD")}.items():
        form = unicodedata.normalize
        folder = put(tmp_path / name, a_txt=form(first, text), a_ann=form(second, ann))
        _, report = load(folder, "skip")
        assert report.counts["B110"] >= 1
        assert all("Unicode form" in str(problem) for problem in report.problems)


@pytest.mark.parametrize("stated", ["a b", "ab", "a  b", "a\u00a0b", " a b "])
def test_white_space_never_makes_a_text_another(tmp_path, stated):
    folder = put(tmp_path, a_txt="a b c", a_ann=f"T1\tX 0 1;2 3\t{stated}\n")
    assert load(folder)[0][0].mentions == [Mention(0, 3, "X", ((0, 1), (2, 3)), "T1")]
