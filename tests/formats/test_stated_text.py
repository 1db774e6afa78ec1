"""The text that a file states for a mention: by one rule in all formats that have one."""

import json

import pytest

from spacy_bioner.formats import ProblemLog, read
from spacy_bioner.formats.stated_text import agrees, is_respelt

TEXT = "TNF-α and\nacute SARS‐CoV‐2 rash"


def brat(start, end, stated):
    return {"case.txt": TEXT, "case.ann": f"T1\tX {start} {end}\t{stated}\n"}


def bioc(start, end, stated):
    place = {"offset": start, "length": end - start}
    annotation = {"id": "T1", "infons": {"type": "X"}, "text": stated, "locations": [place]}
    return {"case.bioc.json": json.dumps({"id": "1", "passages": [{"text": TEXT, "annotations": [annotation]}]})}


def pubtator(start, end, stated):
    title, _, abstract = TEXT.partition("\n")
    return {"case.pubtator": f"1|t|{title}\n1|a|{abstract}\n1\t{start}\t{end}\t{stated}\tX\t-\n"}


def label_studio(start, end, stated):
    result = [{"id": "a", "type": "labels", "value": {"start": start, "end": end, "text": stated, "labels": ["X"]}}]
    return {"case.json": json.dumps([{"id": 1, "data": {"text": TEXT}, "annotations": [{"result": result}]}])}


def jsonl(start, end, stated):
    entity = {"start": start, "end": end, "label": "X", "text": stated}
    return {"case.jsonl": json.dumps({"text": TEXT, "entities": [entity]}) + "\n"}


def tac(start, end, stated):
    mention = f'<Mention id="M1" section="S1" type="X" start="{start}" len="{end - start}" str="{stated}"/>'
    section = f'<Section name="n" id="S1">{TEXT}</Section>'
    return {"case.xml": f'<Label drug="d"><Text>{section}</Text><Mentions>{mention}</Mentions></Label>'}


FORMATS = (brat, bioc, pubtator, label_studio, jsonl, tac)


def read_case(files, folder):
    for name, content in files.items():
        (folder / name).write_bytes(content.encode())
    log = ProblemLog("skip")
    documents = list(read(folder if "case.ann" in files else folder / next(iter(files)), report=log))
    return [document.text_of(mention) for document in documents for mention in document.mentions], log


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("stated", ["and acute", "andacute", " and  acute "])
def test_white_space_does_not_count(form, stated, tmp_path):
    """Label Studio, for one, has left out line breaks when a task was saved again."""
    found, log = read_case(form(6, 15, stated), tmp_path)
    assert (["".join(words.split()) for words in found], log.faults) == (["andacute"], 0)


@pytest.mark.parametrize("form", [brat, bioc, pubtator])
@pytest.mark.parametrize(("start", "stated"), [(0, "TNF-a"), (16, "SARS CoV 2"), (16, "SARS-CoV-2")])
def test_ascii_that_stands_for_other_characters_is_noted(form, start, stated, tmp_path):
    """As PubTator's services write it."""
    found, log = read_case(form(start, start + len(stated), stated), tmp_path)
    assert (found, log.faults, log.counts["B129"]) == ([TEXT[start : start + len(stated)]], 0, 1)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("stated", ["TNF-", "TNF-ab", "IL2-a", "INF-α", "NF-α "])
def test_another_text_is_a_fault(form, stated, tmp_path):
    found, log = read_case(form(0, 5, stated), tmp_path)
    assert (found, log.faults) == ([], 1)


def test_most_characters_must_agree():
    assert not agrees("IL-1b", "IL-1ß")
    assert is_respelt("IL-1b", "IL-1ß")
    assert not is_respelt("rash", "боль")
    assert not is_respelt("ab", "aβ")
    assert not is_respelt("rasа", "rasβ")  # its last letter is Cyrillic
