"""JSON lines: lossless, forgiving of other tools' names, and exact about what is wrong where."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_documents import documents, token_documents

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog
from spacy_bioner.formats.json_line import json_line
from spacy_bioner.formats.jsonl import read, write


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.jsonl"


def reading(path, *lines, report=None):
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return list(read(path, report or ProblemLog()))


@pytest.mark.parametrize("suffix", ["", ".gz"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpus=st.lists(documents() | token_documents(), max_size=4))
def test_round_trip(path, suffix, corpus):
    path = path.with_name(path.name + suffix)
    write(corpus, path)
    assert list(read(path, ProblemLog())) == corpus
    content = path.read_bytes()
    assert (gzip.decompress(content) if suffix else content).count(b"\n") == len(corpus)


@given(text=st.text() | st.text(st.sampled_from('\x00\t\n\x1f\x7f\x85"\\/aé\u2028😀')))
def test_a_text_is_quoted_as_json_quotes_it(text):
    expected = json.dumps({"text": text, "entities": []}, ensure_ascii=False)
    assert json_line(Document(text), Path("any")) == expected.encode()


def test_what_is_written(path):
    document = Document(
        "Нет сыпи",
        [Mention(4, 8, "ADR", id="T1", concepts=("C1",)), Mention(0, 8, "X", ((0, 3), (4, 8)))],
        id="d",
        tokens=[(0, 3), (4, 8)],
        sentences=[0],
        meta={"year": 2020},
    )
    write([document, Document("")], path)
    first, second = path.read_text().splitlines()
    assert json.loads(first) == {
        "id": "d",
        "text": "Нет сыпи",
        "entities": [
            {"start": 4, "end": 8, "label": "ADR", "id": "T1", "concepts": ["C1"]},
            {"start": 0, "end": 8, "label": "X", "fragments": [[0, 3], [4, 8]]},
        ],
        "tokens": [[0, 3], [4, 8]],
        "sentences": [0],
        "meta": {"year": 2020},
    }
    assert "сыпи" in first
    assert json.loads(second) == {"text": "", "entities": []}


@pytest.mark.parametrize(
    "record",
    [
        {"text": "No rash", "entities": [[3, 7, "ADR"]]},
        {"text": "No rash", "spans": [{"start": 3, "end": 7, "label": "ADR", "token_start": 1}]},
        {"text": "No rash", "label": [[3, 7, "ADR"]]},
        {"data": "No rash", "labels": [[3, 7, "ADR"]]},
        {"text": "No rash", "entities": [{"start_offset": 3, "end_offset": 7, "label": "ADR"}]},
        {"text": "No rash", "entities": [{"start": 3, "end": 7, "entity_type": "ADR", "text": "rash"}]},
    ],
)
def test_names_of_other_tools(path, record):
    (document,) = reading(path, record)
    assert document == Document("No rash", [Mention(3, 7, "ADR")])


def test_prodigy(path):
    tokens = [{"text": "No", "start": 0, "end": 2, "id": 0}, {"text": "rash", "start": 3, "end": 7, "id": 1}]
    report = ProblemLog()
    accepted, plain = reading(
        path,
        {"text": "No rash", "tokens": tokens, "spans": [], "answer": "accept", "_input_hash": 5},
        {"text": "x", "answer": "reject"},
        "",
        {"text": "y", "id": 7, "meta": {"a": [1]}},
        report=report,
    )
    assert accepted.tokens == [(0, 2), (3, 7)]
    assert accepted.meta == {"answer": "accept", "_input_hash": 5}
    assert plain == Document("y", id="7", meta={"a": [1]})
    assert report.summary() == {"B156": 1}


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("B153", "no json"),
        ("B153", "{"),
        ("B153", "[1]"),
        ("B153", "null"),
        ("B153", '"text"'),
        ("B153", "[" * 100_000),
        ("B153", '{"text": ' + "9" * 5000 + "}"),
        ("B154", {}),
        ("B154", {"text": 1}),
        ("B154", {"text": "\ud800"}),
        ("B154", {"text": "a", "id": []}),
        ("B154", {"text": "a", "meta": [1]}),
        ("B154", {"text": "a", "entities": {"start": 1}}),
        ("B154", {"text": "a", "tokens": 5}),
        ("B154", {"text": "a", "tokens": [[0, 2]]}),
        ("B154", {"text": "a", "tokens": [[0, 1], [0, 1]]}),
        ("B154", {"text": "a", "tokens": [{"start": 0}]}),
        ("B154", {"text": "a", "sentences": [0]}),
        ("B154", {"text": "a", "tokens": [[0, 1]], "sentences": [True]}),
        ("B154", {"text": "a", "tokens": [[0, 1]], "sentences": 0}),
    ],
)
def test_bad_lines_are_located_and_left_out(path, code, line):
    with pytest.raises(BionerError, match=rf"{code}.*a.jsonl:2"):
        reading(path, {"text": "x"}, line)
    report = ProblemLog("skip")
    assert [d.text for d in reading(path, {"text": "x"}, line, {"text": "y"}, report=report)] == ["x", "y"]
    assert report.summary() == {code: 1}


@pytest.mark.parametrize(
    "entity",
    [
        5,
        [0, 1],
        {},
        {"start": 0, "end": 1},
        {"start": 0, "end": 1, "label": ""},
        {"start": 0, "end": 1, "label": 5},
        {"start": 0, "end": 1, "label": ["X"]},
        {"start": True, "end": 1, "label": "X"},
        {"start": 0.0, "end": 1, "label": "X"},
        {"start": "0", "end": 1, "label": "X"},
        {"start": 0, "end": 9, "label": "X"},
        {"start": -1, "end": 1, "label": "X"},
        {"start": 1, "end": 1, "label": "X"},
        {"start": 0, "end": 1, "label": "X", "text": "rash"},
        {"start": 0, "end": 2, "label": "X", "fragments": [[0, 1]]},
        {"start": 0, "end": 2, "label": "X", "fragments": [0, 2]},
        {"start": 0, "end": 2, "label": "X", "concepts": "C1"},
        {"start": 0, "end": 2, "label": "X", "concepts": [1]},
        {"start": 0, "end": 2, "label": "X", "id": {}},
    ],
)
def test_bad_entities_are_located_and_left_out(path, entity):
    record = {"text": "abc", "entities": [entity, [0, 3, "ADR"]]}
    with pytest.raises(BionerError, match=r"B155.*a.jsonl:1"):
        reading(path, record)
    report = ProblemLog("skip")
    (document,) = reading(path, record, report=report)
    assert document.mentions == [Mention(0, 3, "ADR")]
    assert report.summary() == {"B155": 1}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.floats() | st.text("ab\ud800", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "entities", "start", "end", "label", "tokens", "meta", "id"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=40) | JSON.map(json.dumps).map(str.encode))
def test_anything_is_read_or_reported(path, content):
    path.write_bytes(content)
    report = ProblemLog("skip")
    documents = list(read(path, report))
    lines = [line for line in content.splitlines() if line.decode("utf-8", "replace").strip()]
    assert not lines or documents or report.counts
    write(documents, path)
    assert len(list(read(path, ProblemLog()))) == len(documents)


def test_what_cannot_be_written(path):
    for code, document in (
        ("B157", Document("a", meta={"x": {1}})),
        (r"B127.*character 1 \('.udc00'\)", Document("a\udc00\n")),
        ("B127", Document("a", meta={"x": "\ud800"})),
        ("B127", Document("a", [Mention(0, 1, "\ud800")])),
    ):
        with pytest.raises(BionerError, match=code):
            write([document], path)
        assert not path.exists()
