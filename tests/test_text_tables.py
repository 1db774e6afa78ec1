"""Numbers with their nouns, and p values, as generated texts have them."""

import ast
import re

import pytest
from places import ROOT

from spacy_bioner.text_tables import counted, p_value, times

NOUNS = {
    *("times", "documents", "mentions", "texts", "words", "runs", "shards", "files", "entities", "relations", "errors"),
    *("disputes", "corpora", "types", "groups", "tokens"),
}


NEVER_ONE = {"f'{name} times'", "f'{len(names)} corpora'"}


def test_a_number_with_its_noun():
    shown = [counted(0, "run"), counted(1, "run"), counted(2, "run"), counted(1, "corpus", "corpora")]
    assert shown == ["0 runs", "1 run", "2 runs", "1 corpus"]
    assert counted(2000, "entity", "entities") == "2,000 entities"
    assert [times(number) for number in (0, 1, 3)] == ["0 times", "once", "3 times"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0123, "0.012"), (0.05, "0.050"), (0.0498, "0.0498"), (0.0502, "0.0502"), (0.04999, "0.04999"), (0.2, "0.200")],
)
def test_a_p_value_is_never_rounded_to_the_level(value, shown):
    assert p_value(value, 0.05) == shown


def plurals(path):
    """Yield each number in an f-string that a plural follows, but "3 of {all} texts" and "{speed} tokens/s"."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        parts = node.values if isinstance(node, ast.JoinedStr) else []
        texts = [str(part.value) if isinstance(part, ast.Constant) else "" for part in parts]
        for i, text in enumerate(texts[1:], 1):
            words = re.findall(r"\w+", text) if text.startswith(" ") else []
            words = [] if words[1:2] in (["s"], ["per"]) else words
            noun = next((word for word in words if word not in ("more", "rarer", "gold")), "")
            before = texts[i - 2] if i > 1 else ""
            if isinstance(parts[i - 1], ast.FormattedValue) and noun in NOUNS and not before.endswith(("of ", "than ")):
                yield ast.unparse(node)


@pytest.mark.parametrize("folder", ["cli", "corpus", "experiments"])
def test_no_text_says_1_documents(folder):
    """A number may be one: ``counted`` and ``times`` choose the form."""
    found = [one for path in sorted((ROOT / "spacy_bioner" / folder).rglob("*.py")) for one in plurals(path)]
    assert [one for one in found if one not in NEVER_ONE] == []
