"""Every coded message has a call, every call a message, and the values that the message shows."""

import ast
import pickle
import re
from string import Formatter

import pytest
from places import ROOT

from spacy_bioner.errors import MESSAGES, BionerError, commands, components, corpora, curation

CODE = re.compile(r"B\d{3}")


def _trees():
    for path in sorted((ROOT / "spacy_bioner").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf8"))
        if path.parent == ROOT / "spacy_bioner" / "errors":  # the table itself is no call
            tree.body = [node for node in tree.body if not isinstance(node, ast.AnnAssign)]
        yield path.relative_to(ROOT), tree


@pytest.fixture(scope="module")
def trees():
    return list(_trees())


def test_codes_and_calls_are_the_same(trees):
    named = {
        node.value
        for _, tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    }
    assert sorted(MESSAGES.keys() - named) == [], "messages without a call"
    assert sorted(named - MESSAGES.keys()) == [], "calls without a message"


def test_calls_give_what_the_message_shows(trees):
    calls, wrong = 0, []
    for path, tree in trees:
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "BionerError" and node.args):
                continue
            given = [keyword.arg for keyword in node.keywords]
            if not isinstance(node.args[0], ast.Constant) or None in given:  # a variable, or **values
                continue
            calls += 1
            shown = {
                re.split(r"[.\[]", name)[0] for _, name, *_ in Formatter().parse(MESSAGES[node.args[0].value]) if name
            }
            if shown != set(given):
                wrong.append(f"{path}:{node.lineno} {node.args[0].value} shows {sorted(shown)}, gets {sorted(given)}")
    assert calls > 100
    assert not wrong, "\n".join(wrong)


def test_a_code_is_in_the_table_of_its_area_alone():
    for name, table in (
        ("corpora", corpora),
        ("components", components),
        ("curation", curation),
        ("commands", commands),
    ):
        assert {code for code in table.MESSAGES if _area(code) != name} == set()
    assert len(MESSAGES) == sum(len(table.MESSAGES) for table in (corpora, components, curation, commands))


def _area(code):
    """As the docstring of ``spacy_bioner.errors`` has it."""
    if code[:3] in ("B72", "B73", "B78"):
        return "curation"
    return "corpora" if code[1] in "012" else "components" if code[1] in "34567" else "commands"


def test_messages_are_clean():
    for code, message in MESSAGES.items():
        assert not re.search(r"\b(ours|theirs)\b", message), code
        assert "  " not in message, code
        assert not message.endswith((".", " ", ":")), code


def test_an_error_comes_whole_from_another_process():
    error = BionerError("B101", path="x", reason="no room")
    other = pickle.loads(pickle.dumps(error))
    assert (str(other), other.code, type(other)) == (str(error), "B101", BionerError)
