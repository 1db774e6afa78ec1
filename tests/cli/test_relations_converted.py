"""`spacy bioner convert` writes each relation or counts it."""

import re

import pytest
from commands import runner
from spacy.vocab import Vocab

from spacy_bioner.corpus.conversion import convert
from spacy_bioner.documents.document import Answer, Question, Relation
from spacy_bioner.formats import FORMATS, Document, Mention, ProblemLog, read, write
from spacy_bioner.tokenizers.bio import BioTokenizer

run = runner("convert")

RELATED = Document(
    "Lithium caused tremor.",
    [Mention(0, 7, "Drug", id="T1", concepts=("D1",)), Mention(15, 21, "ADR", id="T2", concepts=("D2",))],
    "a",
    relations=[
        Relation("causes", (("Arg1", "T1"), ("Arg2", "T2")), "R1"),
        Relation("CID", (("concept1", "D1"), ("concept2", "D2")), of_concepts=True),
        Relation("CID", (("concept1", "D1"), ("concept2", "D999999")), of_concepts=True),
    ],
    question=Question("What did lithium cause?", (Answer("tremor", 15),), group="q"),
)


@pytest.mark.parametrize("format", [name for name, one in FORMATS.items() if one.writable])
def test_each_relation_is_written_or_counted(tmp_path, format):
    write([RELATED], tmp_path / "source.jsonl")
    report = ProblemLog("error")
    name = {"brat": "x.zip"}.get(format, f"x{(*FORMATS[format].suffixes, '.json')[0]}")
    target, tokenizer = tmp_path / "target" / name, BioTokenizer(Vocab())
    result = convert(tmp_path / "source.jsonl", target, output_format=format, tokenizer=tokenizer, report=report)
    written = [relation for document in read(target, format) for relation in document.relations]
    assert (result.relations, result.relations_left_out) == (len(written), 0)
    noted = [re.search(r"(\d+) relations|(referred to)", one.message) for one in report.problems]
    lost = sum(int(match[1] or 1) for match in noted if match)
    assert len(written) + lost == 3


def test_relations_left_out_with_a_label_are_counted(tmp_path):
    write([RELATED], tmp_path / "source.jsonl")
    printed = run(tmp_path / "source.jsonl", tmp_path / "x.jsonl", "--labels", "ADR=")
    assert "that they name: 2 relations" in printed
    assert "1 mention; 1 relation" in printed
    (document,) = read(tmp_path / "x.jsonl")
    assert document.relations == RELATED.relations[2:]
