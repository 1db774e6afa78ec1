"""A text and a small recipe."""

import pytest
from mlm_text import LINES

from spacy_bioner.training.masked_lm.pretraining import Recipe


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("\n".join(LINES) + "\n")
    return path


@pytest.fixture
def recipe(text):
    return Recipe(
        text=str(text),
        vocab_size=150,
        layers=1,
        width=32,
        steps=12,
        batch_size=8,
        length=32,
        learn_rate=5e-3,
        evaluate_every=4,
        evaluate_on=10,
    )
