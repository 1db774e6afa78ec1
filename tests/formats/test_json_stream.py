"""JSON read value by value: what it holds, to the last character, wherever the buffer ends; and where it is broken."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner.formats import ProblemLog, json_stream
from spacy_bioner.formats.json_stream import LIST, read_json

ITEMS = re.compile(r'\s*(?:\{\s*(?:"\w+"\s*:\s*"[^"]*"\s*,\s*)*?"(?:items|rows)"\s*:\s*)?\[')
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=3), max_size=5)


def load(path, content, opening=ITEMS, head=None):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    log = ProblemLog("skip")
    return list(read_json(path, log, opening, head)), log


@given(OBJECTS, st.sampled_from(["lines", "list", "object", "two lists"]), st.integers(1, 9), st.booleans())
def test_values_come_back_wherever_the_buffer_ends(tmp_path_factory, records, form, chunk, ascii):
    words = json.dumps(records, ensure_ascii=ascii)
    content = {
        "lines": "\n".join(json.dumps(record, ensure_ascii=ascii) for record in records),
        "list": words,
        "object": f'{{"source": "x", "items": {words}, "date": 20240101, "more": {{"rows": {words}}}}}\n',
        "two lists": f'{words}\n {{"rows": {words}}}',
    }[form]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "CHUNK", chunk)
        patch.setattr(json_stream, "LONGEST_OPENING", 40)
        found, log = load(tmp_path_factory.mktemp("json") / "x", content)
    assert found == (records * 2 if form == "two lists" else records)
    assert not log.counts


def test_the_head_is_what_stands_before_the_list(tmp_path):
    (tmp_path / "x").write_text('{"source": "a", "items": [1, 2], "key": "k"}\n[3]\n{"b": 4}')
    head = {}
    found = [(value, dict(head)) for value in read_json(tmp_path / "x", ProblemLog(), ITEMS, head)]
    assert found == [(1, {"source": "a"}), (2, {"source": "a"}), (3, {}), ({"b": 4}, {})]


BROKEN = {
    "no comma": ('[{"a": 1},\n{"b": 2},\n{"c": 3} x]', 3, "Expecting value, column 10"),
    "rubbish after a list": ("[1]\n\n}}", 3, "Expecting value, column 1"),
    "rubbish after an object": ('{"items": [1],\n"a": 2} }', 2, "Expecting value, column 9"),
    "rubbish in an object": ('{"items": [1],\n"a" 2}', 2, "Expecting ':', column 5"),
    "a name that is none": ('{"items": [1],\n2: 3}', 2, "Expecting '\"', column 1"),
    "two lists in an object": ('{"items": [1],\n"rows": [2]}', 2, 'two lists, the second is "rows"'),
    "a list that is cut": ("[1,\n2\n", 3, "cut short"),
    "an object that is cut": ('{"items": [1],\n"a": 2', 2, "cut short"),
    "a value that is cut": ('[1,\n{"a": [2', 2, "Expecting ',' delimiter, column 9"),
    "bytes that are not UTF-8": (b'[1,\n2,\n"\xc3\xa4 \xff"]', 3, "not UTF-8: invalid start byte"),
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("chunk", [2, 2**18])
def test_broken_json_is_told_with_its_place(case, chunk, tmp_path, monkeypatch):
    content, line, reason = BROKEN[case]
    monkeypatch.setattr(json_stream, "CHUNK", chunk)
    monkeypatch.setattr(json_stream, "LONGEST_OPENING", 20)
    _, log = load(tmp_path / "x", content)
    assert [(problem.code, problem.line) for problem in log.problems] == [("B269", line)]
    assert reason in log.problems[0].message


def test_what_stands_before_a_fault_is_read(tmp_path):
    found, log = load(tmp_path / "x", '[{"a": 1}, {"b": 2}] and so on', LIST)
    assert found == [{"a": 1}, {"b": 2}]
    assert log.summary() == {"B269": 1}
