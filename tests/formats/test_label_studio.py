"""Label Studio's JSON: what is read of a task, and what is told of the rest."""

import json
from dataclasses import replace

import pytest

from spacy_bioner.errors import BionerError
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


@pytest.mark.parametrize(
    "address", ["/data/upload/3/case.txt", "/data/local-files/?d=case.txt", "s3://bucket/case.txt", "https://host/a"]
)
def test_a_task_whose_text_is_elsewhere_is_told(address, tmp_path):
    """A file that was imported as a whole: the export has its address as the text."""
    tasks = [{"id": 1, "data": {"text": address}}, {"id": 2, "data": {"text": f"see {address}"}}]
    (tmp_path / "a.json").write_text(json.dumps(tasks))
    log = ProblemLog("skip")
    assert [document.id for document in read(tmp_path / "a.json", "label_studio", log)] == ["2"]
    assert log.summary() == {"B265": 1, "B299": 1}
    assert "address of a file" in log.first


@pytest.mark.parametrize("labels", [[], [""], None, "A", [None]])
def test_a_region_that_nobody_labelled_is_told(labels, tmp_path):
    region = {"id": "z", "type": "labels", "value": {"start": 0, "end": 3, "labels": labels}}
    tasks = [{"id": 1, "data": {"text": "a b"}, "annotations": [{"result": [*SPANS, region]}]}]
    (tmp_path / "a.json").write_text(json.dumps(tasks))
    log = ProblemLog("skip")
    (document,) = read(tmp_path / "a.json", "label_studio", log)
    assert len(document.mentions) == 3
    assert log.summary() == ({"B266": 1} if isinstance(labels, list) else {"B182": 1})


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


def task(number=1, data=None, **members):
    return {"id": number, "data": data or {"text": "a b"}, **members}


def annotation(*labels, **members):
    """An annotation with one mention of each label."""
    spans = [{"id": label, "type": "labels", "value": {"start": 0, "end": 1, "labels": [label]}} for label in labels]
    return {"result": spans, **members}


def loaded(folder, *tasks, **options):
    """The labels of each document by its id, and the numbers of tasks by the code of their note."""
    (folder / "tasks.json").write_text(json.dumps(tasks))
    log = ProblemLog()
    found = {d.id: "".join(m.label for m in d.mentions) for d in read(folder / "tasks.json", report=log, **options)}
    noted = {one.code: int(str(one).split("tasks.json: ")[1].split()[0]) for one in log.problems}
    return found, noted


CANCELLED = annotation("C", was_cancelled=True)
GUESS = {"predictions": [annotation("O"), annotation("P")]}
CASES = {
    "predictions alone": ({**GUESS}, "P", "B284"),
    "an empty list of annotations": ({"annotations": [], **GUESS}, "P", "B284"),
    "predictions by number, as in exports": ({"annotations": [], "predictions": [7]}, "", "B299"),
    "neither": ({}, "", "B299"),
    "an empty prediction": ({"predictions": [annotation()]}, "", "B284"),
    "skipped": ({"annotations": [CANCELLED]}, None, "B297"),
    "skipped, in an old export": ({"completions": [CANCELLED]}, None, "B297"),
    "skipped, with predictions": ({"annotations": [CANCELLED, CANCELLED], **GUESS}, None, "B297"),
    "skipped by one of two": ({"annotations": [annotation("A"), CANCELLED], **GUESS}, "A", None),
    "annotated with nothing": ({"annotations": [annotation()], **GUESS}, "", None),
    "two annotations": ({"annotations": [annotation("A"), annotation("B")], **GUESS}, "B", "B298"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_read_of_a_task_and_what_is_counted(case, tmp_path):
    members, labels, code = CASES[case]
    done = task(1, annotations=[annotation("D")])
    found, noted = loaded(tmp_path, done, task(2, **members), task(3, **members))
    assert found == {"1": "D"} | ({} if labels is None else {"2": labels, "3": labels})
    assert noted == ({code: 2} if code else {})


def test_two_annotators_of_one_export_are_read_apart(tmp_path):
    ann, bob = {"id": 1, "email": "ann@x.org"}, {"id": 12, "email": "bob@x.org"}
    tasks = [
        task(1, annotations=[annotation("A", completed_by=ann), annotation("B", completed_by=bob)], **GUESS),
        task(2, annotations=[annotation("B", completed_by=12), annotation("A", completed_by=1)]),
        task(3, annotations=[annotation("B", completed_by=bob)], **GUESS),
        task(4, annotations=[annotation("A", completed_by=ann, was_cancelled=True)], **GUESS),
        task(5, **GUESS),
    ]
    assert loaded(tmp_path, *tasks, annotator=1) == ({"1": "A", "2": "A"}, {"B240": 3})
    assert loaded(tmp_path, *tasks, annotator="12") == ({"1": "B", "2": "B", "3": "B"}, {"B240": 2})
    assert loaded(tmp_path, *tasks, annotator="bob@x.org") == ({"1": "B", "3": "B"}, {"B240": 3})
    with pytest.raises(BionerError, match=r"B248.* by eve: .*ann@x.org, 1; bob@x.org, 12"):
        loaded(tmp_path, *tasks, annotator="eve")


@pytest.mark.parametrize(
    ("data", "options", "said"),
    [
        ({"review": "a b"}, {}, ""),
        ({"review": "a b", "id": "7", "year": 2020}, {}, ""),
        ({"review": "a b", "text": "c d"}, {"field": "review"}, ""),
        ({"text": "a b", "review": "c d"}, {}, ""),
        ({"review": "a b", "title": "t"}, {"field": "review"}, ""),
        ({"review": "a b", "title": "t"}, {}, r"no \"text\", but the strings 'review', 'title': .*--field"),
        ({"review": "a b"}, {"field": "body"}, r"no \"body\", but the strings 'review': "),
        ({"text": 7, "review": "a b"}, {}, r"no \"text\", but the strings 'review': "),
        ({"id": "7"}, {}, r"no \"text\";"),
    ],
)
def test_the_member_with_the_text(data, options, said, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps([task(data=data, annotations=[annotation("A")])]))
    if said:
        with pytest.raises(BionerError, match=f"B265.*{said}"):
            list(read(tmp_path / "a.json", **options))
    else:
        (document,) = read(tmp_path / "a.json", **options)
        assert (document.text, len(document.mentions)) == ("a b", 1)


@pytest.mark.parametrize("others", [{"id": 7, "label": []}, {"label": []}, {"id": 7}, {"annotation_id": 3}])
def test_json_min_is_named(others, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps([{"text": "a b", **others}]))
    with pytest.raises(BionerError, match=r"B265.*JSON-MIN.*as JSON"):
        list(read(tmp_path / "a.json", None if "label" in others else "label_studio"))


ARGUMENTS = (("head", "m1"), ("tail", "m3"))
GOLD, FOUND = Mention(0, 1, "A", id="m1"), Mention(2, 3, "A", id="m2", score=0.5)
STREAM = [Document("a b", [], "1"), Document("a b", [FOUND], "2"), Document("a b", [], "3")]


def kinds(path):
    return [
        next(name for name in ("annotations", "predictions") if name in one) for one in json.loads(path.read_text())
    ]


def test_an_annotated_stream_with_empty_documents_stays_open(tmp_path):
    """A task with an annotation counts as done: what a pipeline found nothing in would be shown to nobody."""
    rules = [replace(one, mentions=[replace(m, score=None) for m in one.mentions]) for one in STREAM]  # no scores
    for documents in (STREAM, rules, STREAM[:1]):
        write(documents, tmp_path / "a.json", "label_studio", predicted=True)
        assert kinds(tmp_path / "a.json") == ["predictions"] * len(documents)
        log = ProblemLog()
        again = list(read(tmp_path / "a.json", report=log))
        assert [replace(one, extra={}) for one in again] == documents
        assert log.summary() == {"B284": 1}
        write(again, tmp_path / "b.json", "label_studio", log)  # what was read says it
        assert (tmp_path / "b.json").read_text() == (tmp_path / "a.json").read_text()
        write(again, tmp_path / "b.json", "label_studio", log, predicted=False)
        assert kinds(tmp_path / "b.json") == ["annotations"] * len(documents)
        assert log.summary() == {"B284": 1}


def test_what_nobody_states_to_be_predicted(tmp_path):
    by_relation = [Document("a b", [GOLD, replace(GOLD, id="m3")], relations=[Relation("R", ARGUMENTS, score=0.1)])]
    for documents, expected, noted in (
        ([Document("a b"), Document("a b", [GOLD])], ["annotations"] * 2, {}),
        (STREAM, ["annotations", "predictions", "annotations"], {"B249": 1}),
        (by_relation, ["predictions"], {}),
    ):
        log = ProblemLog()
        write(documents, tmp_path / "a.json", "label_studio", log)
        assert kinds(tmp_path / "a.json") == expected
        assert log.summary() == noted


def test_a_task_that_nobody_annotated_is_not_done_when_it_is_written_again(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps([task(), task(2, annotations=[annotation()])]))
    write(read(tmp_path / "a.json"), tmp_path / "b.json", "label_studio")
    assert kinds(tmp_path / "b.json") == ["predictions", "annotations"]


@pytest.mark.parametrize(
    ("text", "start", "unit"), [("😀 rash", 3, "utf16"), ("a\r\nrash", 2, "crlf1"), ("é rash", 3, "bytes")]
)
def test_offsets_of_other_units(text, start, unit, tmp_path):
    """Older versions count UTF-16 units, in which an emoji is two."""
    value = {"start": start, "end": start + 4, "text": "rash", "labels": ["ADR"]}
    annotations = [{"result": [{"id": "a", "type": "labels", "value": value}]}]
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"id": 1, "data": {"text": text}, "annotations": annotations}]))
    log = ProblemLog("skip")
    (document,) = read(path, "label_studio", log, offsets=unit)
    assert [document.text_of(mention) for mention in document.mentions] == ["rash"]
    assert log.summary() == {}

    (document,) = read(path, "label_studio", log)
    assert document.mentions == []
    assert f"B266] {path}: document '1'" in log.first
    assert f"convert --offsets {unit}" in log.first

    inside = {**value, "start": start - 1, "end": 100}
    annotations[0]["result"][0]["value"] = inside
    path.write_text(json.dumps([{"id": 1, "data": {"text": text}, "annotations": annotations}]))
    log = ProblemLog("skip")
    assert [document.mentions for document in read(path, "label_studio", log, offsets=unit)] == [[]]
    assert f"no such position, counted in {unit}" in log.first
    with pytest.raises(BionerError, match="B172"):
        list(read(path, "label_studio", offsets="words"))
