"""Small sound files of the formats in which the field exchanges documents, and changes to Parquet by its structure."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

TEXT = "Aspirin (ASA) gave him an acute rash\nand Ödem 𝐀 5-HT2A."
_PUBMED = """<?xml version="1.0"?><!DOCTYPE PubmedArticleSet PUBLIC "a" "b"><PubmedArticleSet><PubmedArticle>
<MedlineCitation><PMID Version="1">7</PMID><Article><Journal><JournalIssue><PubDate><Year>2001</Year></PubDate>
</JournalIssue><Title>J</Title></Journal><ArticleTitle>A <i>rash</i></ArticleTitle><Abstract>
<AbstractText Label="METHODS">Some.</AbstractText><AbstractText>Ödem &amp; 𝐀.</AbstractText></Abstract></Article>
<MeshHeadingList><MeshHeading><DescriptorName UI="D1">Rash</DescriptorName></MeshHeading></MeshHeadingList>
</MedlineCitation></PubmedArticle></PubmedArticleSet>"""
_TAC = """<?xml version="1.0" encoding="UTF-8"?><Label drug="asa" track="TAC2017"><Text>
<Section id="S1" name="adverse reactions">No acute severe rash.</Section><Section id="S2">x</Section></Text>
<Mentions><Mention id="M1" section="S1" type="AdverseReaction" start="3,16" len="5,4" str="acute rash"/>
<Mention id="M2" section="S1" type="Negation" start="0" len="2" str="No"/></Mentions>
<Relations><Relation id="RL1" type="Negated" arg1="M1" arg2="M2"/></Relations><Reactions>
<Reaction id="AR1" str="rash"><Normalization id="AR1.N1" meddra_pt="Rash" meddra_pt_id="1"/></Reaction>
</Reactions></Label>"""
_SPL = """<?xml version="1.0"?><document xmlns="urn:hl7-org:v3"><setId root="a-b"/><title>A <br/>b</title>
<versionNumber value="3"/><component><structuredBody><component><section><code displayName="WARNINGS"/>
<title>1 Warnings</title><text><paragraph>Rash &lt; 5%.</paragraph><list><item>one</item></list><table><tr><td>a</td>
<td>b</td></tr></table></text><component><section><text>Inner.</text></section></component></section></component>
</structuredBody></component></document>"""
_PUBTATOR = (
    "7|t|Aspirin reverses rash.\n7|a|In rats.\n7\t0\t7\tAspirin\tChemical\tD1|D2\n7\t17\t21\trash\tDisease\t-1\n"
    "7\tCID\tD1\tD3\tNovel\n\n8|t|x\n\n"
)


_ARTICLES = [
    {
        "title": "Drugs",
        "paragraphs": [
            {
                "context": "No rash \U0001f600 after aspirin, aspirin.",
                "qas": [
                    {"id": "q1", "question": "What?", "answers": [{"text": "rash", "answer_start": 3, "score": 0.5}]},
                    {"id": 2, "question": "Which?", "answers": [{"text": "No rash", "answer_start": 5}]},
                    {"id": "5c65b7657c78d6947100000c_001", "question": "When?", "answers": [], "is_impossible": True},
                ],
            },
            {"context": "x", "qas": [{"id": "q4", "question": "y"}]},
        ],
    }
]
_QUESTIONS = [
    {
        "id": "a",
        "type": "factoid",
        "body": "Which?",
        "exact_answer": [["rash", "Rash"]],
        "snippets": [{"text": "A rash."}],
    },
    {"id": "b", "type": "list", "body": "Which?", "exact_answer": [["x"], ["y"]], "snippets": [{"text": "x, y, X"}]},
    {"id": "c", "type": "yesno", "body": "Is it?", "exact_answer": "yes"},
]


_DYGIE = [
    {
        "doc_key": "d1",
        "dataset": "x",
        "sentences": [["Aspirin", "(", "ASA", ")"], ["Ödem", "𝐀", "rash", " ", "."], []],
        "ner": [[[0, 0, "Drug"], [2, 2, "Drug"], [0, 2, "Other"]], [[6, 7, "ADR"], [6, 6, "X"]], []],
        "relations": [[[0, 0, 6, 7, "causes"]], [[6, 6, 4, 4, "none"]], []],
        "clusters": [[[0, 0], [2, 2]]],
    },
    {"doc_key": 2, "sentences": [["a"]], "ner": [[[0, 0, "A"], [0, 0, "B"]]], "relations": [[[0, 0, 0, 0, "r"]]]},
    {"doc_key": "d3", "sentences": [["No", "rash"], ["x"]], "ner": [[[1, 1, "ADR"]], []]},
]
_CHEMPROT = (
    "CPR:4\tCHEMICAL\tGENE-Y\t0\t2\tchemical blocks gene-chemical gene .\tT1\tT4\t11\n"
    "NA\tCHEMICAL\tGENE-N\t2\t3\tchemical blocks gene-chemical gene .\tT2\tT5\t11\n"
    "CPR:3\tCHEMICAL\tGENE-Y\t1\t2\tÖ chemical receptor\tT1\tT2\t12\n"
)


def _documents() -> list[Any]:
    from spacy_bioner.formats import Document, Mention, Relation

    mentions = [
        Mention(0, 7, "Drug", id="T1", concepts=("D1", "D2"), score=0.5),
        Mention(26, 36, "ADR", ((26, 31), (32, 36)), "T2"),
    ]
    relations = [Relation("causes", (("a", "T1"), ("b", "T2")), "R1", 0.25, attributes=(("novel", "No"),))]
    plain = Document("No rash", [Mention(3, 7, "ADR")])
    return [Document(TEXT, mentions, "d1", meta={"year": "2020"}, relations=relations), plain]


def _written(write: Callable[..., None], name: str) -> bytes:
    with TemporaryDirectory() as folder:
        write(_documents(), Path(folder) / name)
        return (Path(folder) / name).read_bytes()


def exchange_seeds() -> dict[str, list[bytes]]:
    """Return small files by target; the one of Parquet is left out where there is no pyarrow."""
    from spacy_bioner.corpus.annotation import store
    from spacy_bioner.errors import BionerError
    from spacy_bioner.formats import label_studio, parquet
    from spacy_bioner.formats.bioc import json as bioc_json
    from spacy_bioner.formats.bioc import xml as bioc_xml

    collection = json.loads(_written(bioc_json.write, "a.json"))
    tasks = json.loads(_written(label_studio.write, "a.json"))
    tasks[0]["annotations"] = [{"was_cancelled": True}, *tasks[0].pop("predictions")]
    found = {
        "pubtator": [_PUBTATOR.encode(), _PUBTATOR.replace("\n", "\r\n").encode()],
        "bioc": [_written(bioc_xml.write, "a.xml")],
        "bioc_json": [
            json.dumps(collection).encode(),
            b"".join(json.dumps(item).encode() + b"\n" for item in collection["documents"]),
        ],
        "pubmed": [_PUBMED.encode()],
        "tac": [_TAC.encode()],
        "spl": [_SPL.encode()],
        "label_studio": [json.dumps(tasks).encode(), b"".join(json.dumps(task).encode() + b"\n" for task in tasks)],
        "store": [_written(store.save, "a.jsonl")],
        "dygie": [
            json.dumps(_DYGIE[2]).encode(),
            b"".join(json.dumps(record).encode() + b"\n" for record in _DYGIE),
            json.dumps(_DYGIE, ensure_ascii=False).encode(),
        ],
        "chemprot_sentences": [_CHEMPROT.encode(), _CHEMPROT.replace("\n", "\r\n").encode()],
        "squad": [
            json.dumps({"version": "v2.0", "data": _ARTICLES}).encode(),
            b'{"data": [{"paragraphs": [{"context": "x", "qas": [{"id": "q", "question": "y"}]}]}]}',
        ],
        "bioasq": [json.dumps({"questions": some}).encode() for some in (_QUESTIONS, _QUESTIONS[:1])],
    }
    with suppress(BionerError):
        found["parquet"] = [_written(parquet.write, "a.parquet")]
    return found


def change_parquet(random: Random, content: bytes, change: Callable[[Random, Any], Any]) -> bytes:
    """Return a file whose rows, or one column of them, were changed; the content itself where that cannot be."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(content))
        rows = table.to_pylist()
        if random.random() < 0.5:
            name = random.choice(table.column_names)
            value = change(random, rows[0][name])
            rows = [{**row, name: value} for row in rows]
        else:
            rows[random.randrange(len(rows))] = change(random, rows[0])
        file = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows), file)
    except (pa.ArrowException, OSError, ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError):
        return content
    return file.getvalue()
