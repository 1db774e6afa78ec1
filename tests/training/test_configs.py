"""The configs in ``configs/`` train by ``spacy train`` alone: small sizes, an invented corpus."""

import numpy as np
import pytest
import spacy
import srsly
from places import CONFIGS
from spacy.cli.train import train
from spacy.util import load_config

from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.bilstm_crf import DEFAULT_MODEL

SENTENCES = [
    ("BRCA1 raises the risk of breast cancer .", "B-Gene O O O O B-Disease I-Disease O"),
    ("TP53 mutations are found in lung cancer .", "B-Gene O O O O B-Disease I-Disease O"),
    ("No gene is named here .", "O O O O O O"),
    ("Asthma is not linked with APOE .", "B-Disease O O O O B-Gene O"),
    ("In 1994 colon cancer was linked with MLH1 .", "O O B-Disease I-Disease O O O B-Gene O"),
]
SIZES = {"hidden": 12, "char_dim": 6}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    for name, repeats in (("train", 4), ("devel", 1)):
        rows = [zip(text.split(), tags.split(), strict=True) for text, tags in SENTENCES * repeats]
        text = "\n\n".join("\n".join("\t".join(row) for row in sentence) for sentence in rows)
        (folder / f"{name}.tsv").write_text(text + "\n\n")
    rng = np.random.default_rng(0)
    words = sorted({word for text, _ in SENTENCES for word in text.split()})
    lines = [f"{word} {' '.join(f'{x:.3f}' for x in rng.normal(size=10))}" for word in words]
    (folder / "vectors.txt").write_text(f"{len(words)} 10\n" + "\n".join(lines) + "\n")
    return folder


def settings(files, name, **more):
    tok2vec = "components.ner.model.tok2vec"
    sizes = SIZES if name != "lstm_crf" else {**SIZES, "char_hidden": 6}
    return {
        "paths.train": str(files / "train.tsv"),
        "paths.dev": str(files / "devel.tsv"),
        "paths.vectors": str(files / "vectors.txt"),
        "run.epochs": 3,
        **{f"{tok2vec}.{key}": value for key, value in sizes.items()},
        **more,
    }


@pytest.mark.parametrize("name", ["bilstm_crf_fast", "cnn_bilstm_crf", "lstm_crf", "transfer"])
def test_it_trains_evaluates_each_epoch_and_keeps_the_best(name, files, tmp_path):
    log = tmp_path / "log.jsonl"
    overrides = settings(files, name, **{"training.logger.output_file": str(log)})
    overrides["training.logger.@loggers"] = "spacy.ConsoleLogger.v3"
    train(CONFIGS / f"{name}.cfg", tmp_path / "out", overrides=overrides)
    rows = list(srsly.read_jsonl(log))
    assert [row["epoch"] for row in rows] == [0, 1, 2, 3]
    assert rows[-1]["losses"]["ner"] < rows[1]["losses"]["ner"]
    nlp = spacy.load(tmp_path / "out" / "model-best")
    assert nlp.pipe_labels["ner"] == ["Disease", "Gene"]
    assert nlp.vocab.vectors.shape[1] == 10
    assert nlp.meta["performance"]["ents_f"] == pytest.approx(max(row["score"] for row in rows))
    assert [token.text for token in nlp("BRCA1-linked lung cancer")][:2] == ["BRCA1", "-"]


def test_the_fast_config_learns_the_corpus_from_train_and_devel(files, tmp_path):
    overrides = settings(files, "bilstm_crf_fast", **{"run.epochs": 40})
    overrides["paths.train"] += "," + overrides["paths.dev"]
    overrides["run.batch_size"] = 60
    overrides["run.learn_rate"] = 0.02
    train(CONFIGS / "bilstm_crf_fast.cfg", tmp_path, overrides=overrides)
    nlp = spacy.load(tmp_path / "model-last")
    doc = nlp("TP53 mutations are found in lung cancer . Asthma is not linked with APOE .")
    assert [(ent.text, ent.label_) for ent in doc.ents] == [
        ("TP53", "Gene"),
        ("lung cancer", "Disease"),
        ("Asthma", "Disease"),
        ("APOE", "Gene"),
    ]


def test_the_fast_config_trains_the_default_of_its_component():
    model = load_config(CONFIGS / "bilstm_crf_fast.cfg")["components"]["ner"]["model"]
    assert {"dropout": None, **model} == DEFAULT_MODEL


def test_the_fast_language_model_starts_the_same_network(files, tmp_path):
    model = load_config(CONFIGS / "bilm_fast.cfg")["components"]["bilm"]["model"]["tok2vec"]
    assert model.pop("directions") == "independent"
    assert model == DEFAULT_MODEL["tok2vec"]
    lm, steps = tmp_path / "lm" / "model-last", {"run.epochs": 2, "run.evaluate_every": 0.5}
    paths = {name: value for name, value in settings(files, "transfer").items() if name.startswith("paths.")}
    train(CONFIGS / "bilm_fast.cfg", tmp_path / "lm", overrides={**paths, **steps})
    source = {"paths.source": str(lm), "transfer.layers": "char,word,encode"}
    still = {"run.epochs": 1, "transfer.freeze": {"encode": -1}}
    train(CONFIGS / "transfer.cfg", tmp_path / "ner", overrides={**paths, **source, **still})
    ours, theirs = (
        spacy.load(path).get_pipe(name).model.get_ref("tok2vec").get_ref("encode").get_param("U0")
        for path, name in ((tmp_path / "ner" / "model-last", "ner"), (lm, "bilm"))
    )
    assert np.array_equal(ours, theirs)


def test_a_seed_repeats_a_run_to_the_last_bit(files, tmp_path):
    models = []
    for run in ("first", "second"):
        train(CONFIGS / "bilstm_crf_fast.cfg", tmp_path / run, overrides=settings(files, "bilstm_crf_fast"))
        models.append((tmp_path / run / "model-last" / "ner" / "model").read_bytes())
    other = settings(files, "bilstm_crf_fast", **{"system.seed": 1})
    train(CONFIGS / "bilstm_crf_fast.cfg", tmp_path / "other", overrides=other)
    assert models[0] == models[1]
    assert (tmp_path / "other" / "model-last" / "ner" / "model").read_bytes() != models[0]


def test_one_config_trains_source_baseline_and_target(files, tmp_path):
    """With another label in the source; of the target's 20 sentences 10 are drawn, the same in both trainings."""
    relabelled = (files / "train.tsv").read_text().replace("-Gene", "-Protein")
    (tmp_path / "source.tsv").write_text(relabelled)
    fast = {"run.batch_size": 60, "run.learn_rate": 0.02}
    source = settings(
        files, "transfer", **{"paths.train": str(tmp_path / "source.tsv"), "sample.keep_unannotated": 0.0}, **fast
    )
    train(CONFIGS / "transfer.cfg", tmp_path / "source", overrides={**source, "run.epochs": 40})
    scores = {}
    for name, path in (("baseline", None), ("target", str(tmp_path / "source" / "model-last"))):
        more = {"sample.share": 0.5, "paths.source": path, "transfer.labels": {"Gene": "Protein"} if path else {}}
        train(CONFIGS / "transfer.cfg", tmp_path / name, overrides=settings(files, "transfer", **more, **fast))
        nlp = spacy.load(tmp_path / name / "model-last")
        assert nlp.pipe_labels["ner"] == ["Disease", "Gene"]
        scores[name] = nlp.meta["performance"]["ents_f"]
    assert scores["target"] > 0.9 > scores["baseline"]


def test_a_loss_that_is_not_a_number_leaves_the_last_good_model(files, tmp_path):
    overrides = settings(files, "cnn_bilstm_crf", **{"run.batch_size": 40})
    # The rate is sound for the first epoch, after which the model is saved, and then far too high.
    overrides["training.optimizer.learn_rate"] = {
        "@schedules": "constant_then.v1",
        "rate": 0.001,
        "steps": 6,
        "schedule": {"@schedules": "constant.v1", "rate": 1e38},
    }
    with pytest.raises(BionerError, match="B550"):
        train(CONFIGS / "cnn_bilstm_crf.cfg", tmp_path, overrides=overrides)
    nlp = spacy.load(tmp_path / "model-best")
    model = nlp.get_pipe("ner").model
    values = [node.get_param(name) for node in model.walk() for name in node.param_names]
    assert all(np.isfinite(value).all() for value in values)
    assert len(nlp("BRCA1 raises the risk of breast cancer .")) == 8


@pytest.mark.parametrize("name", ["bilstm_crf_fast", "cnn_bilstm_crf", "lstm_crf", "transfer"])
def test_a_layer_of_rate_zero_keeps_its_weights(name, files, tmp_path):
    still = {"transfer.rates": {"output": 0.0}}
    if name in ("bilstm_crf_fast", "transfer"):  # their averages over few steps are far from the weights
        still["training.optimizer.use_averages"] = False
    weights = []
    for epochs in (1, 2):
        train(
            CONFIGS / f"{name}.cfg",
            tmp_path / str(epochs),
            overrides=settings(files, name, **still) | {"run.epochs": epochs},
        )
        nlp = spacy.load(tmp_path / str(epochs) / "model-last")
        weights.append(nlp.get_pipe("ner").model.get_ref("output").get_param("W"))
    assert np.array_equal(*weights)
