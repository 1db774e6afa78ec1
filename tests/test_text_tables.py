"""Numbers with their nouns, p values, sizes and durations, as generated texts have them."""

import ast
import re

import pytest
from places import ROOT

from spacy_bioner.text_tables import counted, duration_text, p_value, size_text, times

NOUNS = {
    *("times", "documents", "mentions", "texts", "words", "runs", "shards", "files", "entities", "relations", "errors"),
    *("disputes", "corpora", "types", "groups", "tokens"),
}


NEVER_ONE = {"f'{name} times'", "f'{len(names)} corpora'"}

BY_HAND = re.compile(r"(2 ?\*\* ?[123]0|<< ?[123]0|\b1024\b|1e[369]\b|\b1?[MG]IB\b).*\b[kMG]B\b.*[\"']")
"""A number of bytes that a line divides and prints by itself."""


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


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (44_742_508, "44.7 MB"), (1 << 30, "1.1 GB"), (2e12, "2000.0 GB")],
)
def test_sizes(size, text):
    assert size_text(size) == text


@pytest.mark.parametrize(("seconds", "text"), [(4.56, "4.6 s"), (120, "2 min"), (7200, "2.0 h")])
def test_durations(seconds, text):
    assert duration_text(seconds) == text


def test_no_other_code_prints_sizes():
    assert BY_HAND.search('f"{size / 2**20:.1f} MB"')
    assert BY_HAND.search('f"{size / 1e6:.1f} MB"')
    files = [*(ROOT / "spacy_bioner").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    lines = [(file.name, line) for file in files for line in file.read_text(encoding="utf8").splitlines()]
    assert [(name, line) for name, line in lines if BY_HAND.search(line)] == []
