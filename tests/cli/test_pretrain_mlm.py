"""``spacy bioner pretrain-mlm``: from a text to a checkpoint that a pipeline opens, and no traceback."""

import pytest
import spacy
from typer.testing import CliRunner

from spacy_bioner.cli import app

pytest.importorskip("accelerate")

SIZES = ["--vocab-size=90", "--layers=1", "--width=16", "--steps=2", "--batch-size=4", "--length=24"]


def run(*arguments):
    result = CliRunner().invoke(app, ["pretrain-mlm", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_it_makes_a_checkpoint_that_a_pipeline_opens(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("\n".join(f"aspirin number {i} treats asthma" for i in range(250)))
    result = run(text, tmp_path / "out", *SIZES, "--whole-words")
    assert result.exit_code == 0, result.output
    assert "held-out perplexity" in result.output
    nlp = spacy.blank("en")
    tok2vec = {"name": str(tmp_path / "out"), "max_pieces": 24, "overlap": 4}
    tagger = nlp.add_pipe("bioner_biobert", config={"model": {"tok2vec": tok2vec}})
    tagger.add_label("Drug")
    nlp.initialize()
    assert tagger.model.get_ref("tok2vec").get_dim("nO") == 16
    assert len(nlp("aspirin treats asthma")) == 3


def test_a_fault_is_told_in_a_line(tmp_path):
    result = run(tmp_path / "nowhere.txt", tmp_path / "out", *SIZES)
    assert result.exit_code == 1
    assert "[B1" in result.output
