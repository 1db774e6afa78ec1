"""Each test, and each fixture, starts from the same random numbers, whatever ran before it."""

import ast
import random

import numpy as np
import pytest
from places import ROOT

UNSEEDED = {"default_rng", "Random", "RandomState", "SeedSequence"}


def draw():
    torch = pytest.importorskip("torch")
    return random.random(), float(np.random.rand()), float(torch.rand(1))


@pytest.fixture(scope="module")
def of_module():
    return draw()


@pytest.fixture
def of_test():
    return draw()


@pytest.mark.parametrize("time", [1, 2])
def test_all_draws_are_the_same(of_module, of_test, time):
    assert draw() == of_module == of_test
    assert draw() != of_module


def test_no_generator_of_its_own_starts_without_a_seed():
    """Those that the hooks do not reach: ``np.random.default_rng()``."""
    found = []
    files = [file for part in ("tests", "spacy_bioner", "benchmarks") for file in (ROOT / part).rglob("*.py")]
    for path in sorted(files):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Call) and not node.args and not node.keywords:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                found += [f"{path.relative_to(ROOT)}:{node.lineno}"] if name in UNSEEDED else []
    assert not found
