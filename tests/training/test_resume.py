"""A training that is killed and started again is the training that was never killed."""

import json
import runpy
import sys

import numpy as np
import pytest
import spacy
from places import CONFIGS, ROOT
from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from spacy.util import load_config
from thinc.util import to_numpy

from spacy_bioner.training.resume import loop
from spacy_bioner.training.resume.loop import ResumableTraining

SENTENCES = """\
BRCA1\tB-Gene
raises\tO
breast\tB-Disease
cancer\tI-Disease
risk\tO

TP53\tB-Gene
mutations\tO
in\tO
lung\tB-Disease
cancer\tI-Disease

Nothing\tO
is\tO
named\tO

"""
TOK2VEC = "components.ner.model.tok2vec"
SMALL = {f"{TOK2VEC}.hidden": 12, f"{TOK2VEC}.char_dim": 6, "run.batch_size": 30}


class Killed(Exception):
    pass


class KilledTraining(ResumableTraining):
    """A training that is killed after a number of steps."""

    after = 0

    def run(self, *args, **settings):
        for step, result in enumerate(super().run(*args, **settings), 1):
            yield result
            if step == self.after:
                raise Killed


def prepared(config, tmp_path, **overrides):
    (tmp_path / "train.tsv").write_text(SENTENCES * 8)
    (tmp_path / "dev.tsv").write_text(SENTENCES)
    paths = {f"paths.{name}": str(tmp_path / f"{name}.tsv") for name in ("train", "dev")}
    settings = load_config(config, overrides={**paths, "run.epochs": 3, **overrides}, interpolate=False)
    settings["training"]["logger"] = {
        "@loggers": "spacy-bioner.convergence_logger.v1",
        "path": str(tmp_path / "convergence.jsonl"),
        "logger": {"@loggers": "spacy.ConsoleLogger.v1"},
    }
    return lambda: init_nlp(settings)


def trained(make_nlp, training):
    nlp = make_nlp()
    with training.instead():
        train(nlp, training.output)
    return nlp


def weights(nlp):
    found = {}
    for name, pipe in nlp.pipeline:
        for i, node in enumerate(pipe.model.walk() if hasattr(pipe, "model") else ()):
            found |= {(name, i, param): to_numpy(node.get_param(param)) for param in node.param_names}
            for shim in node.shims:
                tensors = shim._model.state_dict()
                found |= {(name, i, key): value.numpy() for key, value in tensors.items()}
    return found


def evaluations(tmp_path):
    rows = map(json.loads, (tmp_path / "convergence.jsonl").read_text().splitlines())
    return [{key: row[key] for key in ("epoch", "step", "words", "score")} for row in rows]


def assert_resumes(make_nlp, tmp_path, after):
    whole = trained(make_nlp, ResumableTraining(tmp_path / "none", tmp_path / "whole", {}, 1e9))
    assert not (tmp_path / "none").exists()
    expected = evaluations(tmp_path)
    best = (tmp_path / "whole" / "model-best" / "meta.json").read_text()

    training = KilledTraining(tmp_path / "saved", tmp_path / "out", {"of": "this"}, 0.0)
    for training.after in after:
        with pytest.raises(Killed):
            trained(make_nlp, training)
    assert json.loads((tmp_path / "saved" / "state.json").read_text())["steps"] == after[-1] - 1
    resumed = trained(make_nlp, ResumableTraining(tmp_path / "saved", tmp_path / "out", {"of": "this"}, 1e9))
    found = evaluations(tmp_path)
    for row, other in zip(found, expected, strict=True):
        assert row == pytest.approx(other, abs=1e-4)
    assert weights(resumed).keys() == weights(whole).keys()
    for key, value in weights(resumed).items():
        np.testing.assert_allclose(value, weights(whole)[key], atol=1e-4, err_msg=str(key))
    meta = json.loads((tmp_path / "out" / "model-best" / "meta.json").read_text())
    assert meta["performance"]["ents_f"] == pytest.approx(json.loads(best)["performance"]["ents_f"], abs=1e-4)
    assert spacy.load(tmp_path / "out" / "model-best").pipe_names == whole.pipe_names


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"transfer.freeze": {"encode": 4}, "training.accumulate_gradient": 2},
        {
            "training.optimizer.learn_rate": {"@schedules": "spacy-bioner.plateau.v1", "initial_rate": 0.01},
            "training.before_update": {"@callbacks": "spacy-bioner.watch_dev_score.v1"},
            "training.optimizer.use_averages": True,
        },
    ],
    ids=["as it is", "frozen, gradients of two batches", "rate by the score, averages"],
)
def test_a_bilstm_crf(more, tmp_path):
    assert_resumes(prepared(CONFIGS / "transfer.cfg", tmp_path, **SMALL, **more), tmp_path, (3, 9, 11))


def test_spacys_own_components(tmp_path):
    config = ROOT / "projects/scoreboard/spacy_ner.cfg"
    (tmp_path / "vectors.txt").write_text("2 3\ncancer 1 0 0\nrisk 0 1 0\n")
    make_nlp = prepared(config, tmp_path, **{"paths.vectors": str(tmp_path / "vectors.txt"), "run.batch_size": 30})
    assert_resumes(make_nlp, tmp_path, (5,))


@pytest.mark.parametrize("name", ["transformer", "biobert"])
def test_a_transformer(name, tmp_path):
    pytest.importorskip("spacy_transformers")
    from tiny_bert import make_tiny_bert

    more = {f"{TOK2VEC}.mixed_precision": False, f"{TOK2VEC}.max_pieces": 64, f"{TOK2VEC}.overlap": 8}
    more |= {"training.optimizer.use_averages": True}
    bert = {"paths.transformer": str(make_tiny_bert(tmp_path / "bert")), "run.batch_size": 6}
    make_nlp = prepared(CONFIGS / f"{name}.cfg", tmp_path, **bert, **(more if name == "transformer" else {}))
    assert_resumes(make_nlp, tmp_path, (2, 7))


def test_a_state_of_another_training_is_not_used(tmp_path):
    make_nlp = prepared(CONFIGS / "transfer.cfg", tmp_path, **SMALL)
    training = KilledTraining(tmp_path / "saved", tmp_path / "out", {"digest": 1}, 0.0)
    training.after = 5
    with pytest.raises(Killed):
        trained(make_nlp, training)
    nlp = make_nlp()
    assert training._read(nlp)["steps"] == 4
    assert ResumableTraining(tmp_path / "saved", tmp_path / "out", {"digest": 2}, 0.0)._read(nlp) is None
    wider = prepared(CONFIGS / "transfer.cfg", tmp_path, **{**SMALL, f"{TOK2VEC}.hidden": 13, f"{TOK2VEC}.depth": 2})
    assert training._read(wider()) is None


def test_as_a_command(tmp_path, monkeypatch):
    """``spacy bioner once`` starts trainings so."""
    prepared(CONFIGS / "transfer.cfg", tmp_path)
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    options = {"--output": tmp_path / "out", "--run.epochs": 2, **{f"--{key}": value for key, value in SMALL.items()}}
    options |= {f"--paths.{name}": tmp_path / f"{name}.tsv" for name in ("train", "dev")}
    command = ["train", CONFIGS / "transfer.cfg", *(part for pair in options.items() for part in pair)]
    monkeypatch.setattr(sys, "argv", ["resume", *map(str, [tmp_path / "saved", tmp_path / "out", "key", *command])])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("spacy_bioner.training.resume", run_name="__main__")
    assert not end.value.code
    saved = json.loads((tmp_path / "saved" / "state.json").read_text())
    assert saved["key"] == {"record": "key"}
    assert (tmp_path / "saved" / "model-best" / "meta.json").is_file()
    assert spacy.load(tmp_path / "out" / "model-last").pipe_names == ["sentences", "ner"]
    assert saved["steps"] > 4
