"""JSON lines: scores and relations come back; what is no probability and no relation is said."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_documents import documents, with_relations

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog, Relation
from spacy_bioner.formats.jsonl import read, write

TEXT = "Aspirin gave him a rash"
SPANS = [{"start": 0, "end": 7, "label": "Drug"}, {"start": 19, "end": 23, "label": "ADR"}]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.jsonl"


def reading(path, line, report=None):
    path.write_text(line if isinstance(line, str) else json.dumps(line), encoding="utf-8")
    return list(read(path, report or ProblemLog()))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpus=st.lists(documents().flatmap(with_relations), max_size=3))
def test_round_trip(path, corpus):
    write(corpus, path)
    assert list(read(path, ProblemLog())) == corpus


def test_what_is_written(path):
    mentions = [Mention(0, 7, "Drug", id="T1", score=0.5), Mention(19, 23, "ADR", id="T2", score=1.0)]
    relation = Relation("causes", (("drug", "T1"), ("effect", "T2")), "R1", 0.25)
    write([Document(TEXT, mentions, relations=[relation])], path)
    record = json.loads(path.read_text())
    assert record["entities"][0] == {"start": 0, "end": 7, "label": "Drug", "id": "T1", "score": 0.5}
    assert record["relations"] == [
        {"label": "causes", "arguments": [["drug", "T1"], ["effect", "T2"]], "id": "R1", "score": 0.25}
    ]


def test_relations_of_other_tools(path):
    doccano = [{**span, "id": i} for i, span in enumerate(SPANS)]
    given = {"text": TEXT, "entities": doccano, "relations": [{"id": 5, "from_id": 0, "to_id": 1, "type": "causes"}]}
    (document,) = reading(path, given)
    assert document.relations == [Relation("causes", (("from", "0"), ("to", "1")), "5")]
    prodigy = {"head": 0, "child": 4, "head_span": SPANS[0], "child_span": SPANS[1], "label": "causes"}
    (document,) = reading(path, {"text": TEXT, "spans": SPANS, "relations": [prodigy, prodigy]})
    assert [mention.id for mention in document.mentions] == ["T1", "T2"]
    assert document.relations == [Relation("causes", (("head", "T1"), ("child", "T2")))] * 2


@pytest.mark.parametrize(
    "relation",
    [
        5,
        {},
        {"label": "x"},
        {"label": "", "arguments": [["a", "T1"]]},
        {"label": "x", "arguments": []},
        {"label": "x", "arguments": [["a", "T1", 1]]},
        {"label": "x", "arguments": [["a", "T9"]]},
        {"label": "x", "arguments": [["a", "D"]]},
        {"label": "x", "arguments": [["a", True]]},
        {"label": "x", "arguments": [["a", "T1"]], "score": 7},
        {"label": "x", "arguments": [["a", "T1"]], "id": 1.5},
        {"type": "x", "from_id": "T1"},
        {"label": "x", "head_span": SPANS[0], "child_span": {"start": [], "end": 4, "label": "ADR"}},
        {"label": "x", "head_span": SPANS[0], "child_span": {"start": 1, "end": 4, "label": "ADR"}},
    ],
)
def test_what_is_no_relation_is_located_and_left_out(path, relation):
    entities = [{**SPANS[0], "id": "T1"}, {**SPANS[1], "id": "D"}, {**SPANS[1], "id": "D"}]
    report = ProblemLog("skip")
    (document,) = reading(path, {"text": TEXT, "entities": entities, "relations": [relation]}, report)
    assert (len(document.mentions), document.relations, report.summary()) == (3, [], {"B191": 1})
    assert ascii(relation)[:60] in report.problems[0].message


@pytest.mark.parametrize("score", ["7.0", "-0.1", "true", '"0.5"', "[]", "NaN", "Infinity", "1e999", str(10**400)])
def test_a_score_is_a_probability(path, score):
    report = ProblemLog("skip")
    line = f'{{"text": "{TEXT}", "entities": [{{"start": 0, "end": 7, "label": "Drug", "score": {score}}}]}}'
    assert [m for document in reading(path, line, report) for m in document.mentions] == []
    assert sum(report.counts.values()) == 1
    with pytest.raises(BionerError, match=r"B15[35]"):
        reading(path, line)


def test_the_message_shows_the_entity(path):
    with pytest.raises(BionerError, match=r"B155.*'start': 0, 'end': 7, 'label': ''"):
        reading(path, {"text": TEXT, "entities": [{"start": 0, "end": 7, "label": ""}]})


@pytest.mark.parametrize("place", ["text", "id", "label", "concepts", "meta", "other"])
@pytest.mark.parametrize("half", ["\\ud800", "\\uDC00"])
def test_half_a_surrogate_pair_is_read_nowhere(path, place, half):
    values = dict.fromkeys(["text", "id", "label", "concepts", "meta", "other"], "x") | {place: half}
    line = (
        '{{"text": "{text}", "id": "{id}", "meta": {{"a": "{meta}"}}, "b": "{other}", "entities": '
        '[{{"start": 0, "end": 1, "label": "{label}", "concepts": ["{concepts}"]}}]}}'
    ).format(**values)
    with pytest.raises(BionerError, match=r"B154.*an unpaired surrogate"):
        reading(path, line)
    (document,) = reading(path, line.replace(half, "\\ud83d\\ude00"))
    write([document], path)


def test_what_is_no_json_is_not_written(path):
    with pytest.raises(BionerError, match="B157"):
        write([Document("x", meta={"a": float("nan")})], path)


def test_tokens_of_white_space_are_left_out(path):
    tokens = [(0, 1), (2, 3), (3, 5), (5, 6)]
    spelt = [{"start": start, "end": end, "id": i} for i, (start, end) in enumerate(tokens)]
    (document,) = reading(path, {"text": "a \n\n b", "tokens": spelt, "sentences": [0, 1, 2]})
    assert document.tokens == [(0, 1), (5, 6)]
    assert document.sentences == [0, 1]
    from spacy_bioner.formats import conll

    conll.write([document], path.with_suffix(".tsv"))
    assert path.with_suffix(".tsv").read_text().split() == ["-DOCSTART-", "O", "a", "O", "b", "O"]
