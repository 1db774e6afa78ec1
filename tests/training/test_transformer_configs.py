"""The configs of transformers train by ``spacy train`` alone, here with a tiny one."""

from pathlib import Path

import pytest
import spacy
from spacy.cli.train import train
from spacy.util import load_config
from tiny_bert import make_tiny_bert

from spacy_bioner.pipeline.biobert import DEFAULT_MODEL

pytest.importorskip("spacy_transformers")

CONFIGS = Path(__file__).parents[2] / "configs"
SENTENCE = "aspirin\tB-Drug\ntreats\tO\nbreast\tB-Disease\ncancer\tI-Disease\n.\tO\n\n"


@pytest.mark.parametrize("name", ["transformer", "biobert", "mbert"])
def test_it_trains(name, tmp_path):
    (tmp_path / "train.tsv").write_text(SENTENCE * 40)
    overrides = {
        "paths.train": str(tmp_path / "train.tsv"),
        "paths.dev": str(tmp_path / "train.tsv"),
        "paths.transformer": str(make_tiny_bert(tmp_path / "bert")),
        "initialize.after_init.epochs": 12,
        "training.accumulate_gradient": 2,
        "training.optimizer.learn_rate.initial_rate": 0.005,
    }
    if name == "transformer":
        overrides |= {"components.ner.model.tok2vec.max_pieces": 64, "components.ner.model.tok2vec.overlap": 8}
    train(CONFIGS / f"{name}.cfg", tmp_path / "out", overrides=overrides)
    nlp = spacy.load(tmp_path / "out" / "model-last")
    assert [(ent.text, ent.label_) for ent in nlp("aspirin treats breast cancer .").ents] == [
        ("aspirin", "Drug"),
        ("breast cancer", "Disease"),
    ]


def test_the_config_has_the_network_of_its_component():
    model = load_config(CONFIGS / "transformer.cfg")["components"]["ner"]["model"]
    assert model["tok2vec"].pop("name") == "${paths.transformer}"
    assert load_config(CONFIGS / "transformer.cfg")["paths"]["transformer"] == DEFAULT_MODEL["tok2vec"]["name"]
    assert {key: value for key, value in model.items() if key != "tok2vec"} == {
        key: value for key, value in DEFAULT_MODEL.items() if key != "tok2vec"
    }
    assert model["tok2vec"].items() <= DEFAULT_MODEL["tok2vec"].items()
