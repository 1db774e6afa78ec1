"""Label Studio's JSON: what is read of a task, and what is told of the rest."""

import json

import pytest

from spacy_bioner.formats import Document, Mention, ProblemLog, Relation, read, write

SPANS = [
    {"id": name, "type": "labels", "value": {"start": start, "end": start + 1, "labels": labels}}
    for name, start, labels in (("x", 0, ["A"]), ("y", 2, ["A", "B"]))
]


def load(path, *results):
    path.write_text(json.dumps([{"id": 1, "data": {"text": "a b"}, "annotations": [{"result": list(results)}]}]))
    log = ProblemLog()
    (document,) = read(path, "label_studio", log)
    return document, log


@pytest.mark.parametrize("labels", [{}, {"labels": []}, {"labels": None}, {"labels": [""]}])
def test_a_relation_without_a_label_gets_a_name(labels, tmp_path):
    link = {"type": "relation", "from_id": "x", "to_id": "y", "direction": "right", **labels}
    document, log = load(tmp_path / "a.json", *SPANS, link)
    assert document.relations == [Relation("relation", (("head", "x"), ("tail", "y")))]
    assert log.summary() == {}
    write([document], tmp_path / "b.jsonl")  # which refuses a relation without a label, or of an id of two mentions
    (again,) = read(tmp_path / "b.jsonl")
    assert again == document


def test_results_that_are_not_read_are_counted_by_type(tmp_path):
    offsets = {"start": 0, "end": 1}
    xpath = {"start": "/text()[1]", "end": "/text()[1]", "startOffset": 0, "endOffset": 1}
    document, log = load(
        tmp_path / "a.json",
        {"id": "h", "type": "hypertextlabels", "value": {**xpath, "hypertextlabels": ["A"]}},
        {"id": "p", "type": "paragraphlabels", "value": {**offsets, "paragraphlabels": ["A"]}},
        {"id": "x", "type": "choices", "value": {**offsets, "choices": ["negated"]}},
        {"id": "z", "type": "choices", "value": {"choices": ["relevant"]}},
        {"id": "r", "value": {"rating": 3}},
        *SPANS,
    )
    assert len(document.mentions) == 3
    assert log.summary() == {"B182": 4}
    assert [str(problem).partition("document '1': ")[2].partition(",")[0] for problem in log.problems] == [
        "1 results of the type 'hypertextlabels'",
        "1 results of the type 'paragraphlabels'",
        "2 results of the type 'choices'",
        "1 results of the type 'None'",
    ]


def test_relations_without_two_mentions_are_counted(tmp_path):
    mentions = [Mention(0, 1, "A", id="T1"), Mention(2, 3, "A", id="T2"), Mention(4, 5, "A", id="T3")]
    roles = (("x", "T1"), ("y", "T2"), ("z", "T3"))
    relations = [Relation("R", roles[:n]) for n in (1, 2, 3)] + [Relation("R", roles, of_concepts=True)]
    log = ProblemLog()
    write([Document("a b c", mentions, "d", relations=relations)], tmp_path / "a.json", "label_studio", log)
    lost = [str(problem).partition("'d': ")[2].partition(",")[0] for problem in log.problems]
    assert lost == ["1 relations between concepts", "2 relations without two mentions"]
    (again,) = read(tmp_path / "a.json", "label_studio")
    assert [one.arguments for one in again.relations] == [(("head", "T1"), ("tail", "T2"))]


def test_a_made_id_is_that_of_no_other_mention(tmp_path):
    mentions = [Mention(0, 1, "A"), Mention(2, 3, "A", id="m1"), Mention(4, 5, "A", id="T3")]
    relation = Relation("R", (("head", "m1"), ("tail", "T3")))
    write([Document("a b c", mentions, "d", relations=[relation])], tmp_path / "a.json", "label_studio")
    (again,) = read(tmp_path / "a.json", "label_studio")
    assert [mention.id for mention in again.mentions] == ["m2", "m1", "T3"]
    assert again.relations == [relation]
