"""Every command of spaCy over every config of ours: written by ``init``, checked, trained small, and used.

Each config is trained once for all tests of a process: run with ``--dist loadfile``.
"""

import json
import shutil

import pytest
import spacy
import srsly
from places import ASSETS, CONFIGS, ROOT
from spacy.cli.apply import apply
from spacy.cli.assemble import assemble_cli
from spacy.cli.benchmark_speed import benchmark_speed_cli
from spacy.cli.debug_config import debug_config
from spacy.cli.debug_data import debug_data
from spacy.cli.evaluate import evaluate
from spacy.cli.find_threshold import find_threshold
from spacy.cli.init_config import fill_config
from spacy.cli.package import package
from spacy.cli.train import train
from spacy.tokens import DocBin
from thinc.api import Config
from typer import Typer
from typer.testing import CliRunner

from spacy_bioner.experiments.project_files import config_names, write_config

NETWORK = {"hidden": 8, "char_dim": 4}
SIZES = {
    "bilm": {f"components.bilm.model.tok2vec.{name}": size for name, size in NETWORK.items()},
    "bilstm_crf_fast": {f"components.ner.model.tok2vec.{name}": size for name, size in NETWORK.items()},
}
SIZES["bilm_fast"] = SIZES["bilm"]
SIZES["cnn_bilstm_crf"] = SIZES["lstm_crf"] = SIZES["transfer"] = SIZES["bilstm_crf_fast"]
TAGGERS = [name for name in config_names() if not name.startswith(("answers", "bilm", "linker", "relations"))]


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """A few documents in spaCy's own format, which every command of spaCy reads."""
    folder = tmp_path_factory.mktemp("data with blanks")
    for part, number in (("train", 4), ("dev", 2)):
        (folder / part).mkdir()
        for text in sorted((ASSETS / "brat" / part).glob("*.txt"))[:number]:
            for file in (text, text.with_suffix(".ann")):
                shutil.copyfile(file, folder / part / file.name)
    return folder


@pytest.fixture(scope="session")
def trained(data, tmp_path_factory):
    """What gives the config that ``init`` writes, the overrides, and the pipeline trained with them."""
    made = {}

    def get(name):
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            write_config(name, folder / "my.cfg")
            overrides = {
                "paths.train": str(data / "train"),
                "paths.dev": str(data / "dev"),
                "run.epochs": 1,
                **SIZES.get(name, {}),
            }
            if name.startswith("relations"):
                overrides |= {f"paths.{part}": str(ASSETS / f"relations/{part}.jsonl") for part in ("train", "dev")}
            if name == "answers":
                from tiny_bert import make_tiny_bert

                overrides |= {f"paths.{part}": str(ASSETS / f"questions/{part}.json") for part in ("train", "dev")}
                overrides["paths.transformer"] = str(make_tiny_bert(folder / "bert", length=256))
            if name == "relations_transformer":
                from tiny_bert import make_tiny_bert

                overrides["paths.transformer"] = str(make_tiny_bert(folder / "bert"))
            if name in ("transformer", "biobert"):
                from tiny_bert import make_tiny_bert

                overrides["paths.transformer"] = str(make_tiny_bert(folder / "bert"))
                windows = "components.transformer.model" if name == "biobert" else "components.ner.model.tok2vec"
                overrides[f"{windows}.max_pieces"] = 64
                if name == "transformer":
                    overrides[f"{windows}.overlap"] = 8
            train(folder / "my.cfg", folder / "out", overrides=overrides)
            made[name] = folder / "my.cfg", overrides, folder / "out" / "model-last"
        return made[name]

    return get


@pytest.mark.parametrize("name", config_names())
def test_fill_config_and_debug_config(name, trained, tmp_path, capsys):
    config, overrides, model = trained(name)
    fill_config(tmp_path / "full.cfg", CONFIGS / f"{name}.cfg", silent=True)
    for file in (tmp_path / "full.cfg", config):
        debug_config(file, overrides=overrides)
    debug_config(model / "config.cfg")
    assert capsys.readouterr().out.count("Config is valid") == 3


@pytest.mark.parametrize("name", TAGGERS)
def test_debug_data(name, trained, tmp_path, capsys):
    """Of the config, and of the one that was saved with the pipeline."""
    config, overrides, model = trained(name)
    rows = [{"text": f"Aspirin {i} helps.", "entities": [{"start": 0, "end": 7, "label": "Drug"}]} for i in range(100)]
    srsly.write_jsonl(tmp_path / "train.jsonl", rows)  # fewer are an error to it
    overrides = {**overrides, "paths.train": str(tmp_path / "train.jsonl")}
    for file in (config, model / "config.cfg"):
        debug_data(file, config_overrides=overrides, silent=False)
    assert "Corpus is loadable" in capsys.readouterr().out


@pytest.mark.parametrize("name", config_names())
def test_a_saved_pipeline_is_trained_further(name, trained):
    nlp = spacy.load(trained(name)[2])
    assert nlp.resume_training().learn_rate > 0


@pytest.mark.parametrize("name", config_names())
def test_assemble(name, trained, tmp_path):
    """A pipeline of trained components, without training."""
    _, _, model = trained(name)
    nlp = spacy.load(model)
    components = {pipe: {"source": str(model)} for pipe in nlp.pipe_names}
    tokenizer = {"@tokenizers": "spacy-bioner.BioTokenizer.v1"}
    config = Config(
        {"nlp": {"lang": "en", "pipeline": nlp.pipe_names, "tokenizer": tokenizer}, "components": components}
    )
    config.to_disk(tmp_path / "parts.cfg")
    app = Typer()
    app.command()(assemble_cli)
    result = CliRunner().invoke(app, [str(tmp_path / "parts.cfg"), str(tmp_path / "assembled")])
    assert result.exit_code == 0, (result.output, result.exception)
    assembled = spacy.load(tmp_path / "assembled")
    for text in ("Digoxin caused nausea and a rash in one patient.",):
        assert [ent.text for ent in assembled(text).ents] == [ent.text for ent in nlp(text).ents]


@pytest.fixture(scope="session")
def docs(data, tmp_path_factory):
    """The documents of dev as DocBin: what evaluate, find-threshold and benchmark of spaCy read."""
    from spacy_bioner.corpus.conversion import convert

    file = tmp_path_factory.mktemp("docs") / "dev.spacy"
    convert(str(data / "dev"), file)
    return file


@pytest.mark.parametrize("name", TAGGERS)
def test_evaluate_and_apply(name, trained, docs, tmp_path):
    _, _, model = trained(name)
    scores = evaluate(str(model), docs, tmp_path / "scores.json", silent=True)
    assert srsly.read_json(tmp_path / "scores.json")["ents_f"] == pytest.approx(scores["ents_f"])
    apply(docs, tmp_path / "found.spacy", str(model), json_field="text", batch_size=8, n_process=1)
    found = list(DocBin().from_disk(tmp_path / "found.spacy").get_docs(spacy.blank("en").vocab))
    assert len(found) == len(DocBin().from_disk(docs))


@pytest.mark.parametrize("name", ["crf"])
def test_find_threshold(name, trained, docs):
    best, score, scores = find_threshold(str(trained(name)[2]), docs, name, "threshold", "ents_r", n_trials=4)
    assert list(scores) == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert score == scores[best] == max(scores.values())
    assert scores[0.0] > scores[1.0]  # a threshold has an effect


@pytest.mark.parametrize("name", TAGGERS)
def test_benchmark_speed(name, trained, tmp_path):
    nlp = spacy.blank("en")
    DocBin(docs=[nlp.make_doc(f"Aspirin {i} helps.") for i in range(4)]).to_disk(tmp_path / "docs.spacy")
    app = Typer()
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(benchmark_speed_cli)
    options = ["--batches", "30", "--warmup", "1", "--batch-size", "2"]
    result = CliRunner().invoke(app, [str(trained(name)[2]), str(tmp_path / "docs.spacy"), *options])
    assert result.exit_code == 0, (result.output, result.exception)
    assert "Mean" in result.output


@pytest.mark.parametrize("name", config_names())
def test_package(name, trained, tmp_path):
    """Sources of a package that needs ours, with the extras that the pipeline wants."""
    _, _, model = trained(name)
    package(model, tmp_path, name=name, version="1.0", create_sdist=False, create_wheel=False, silent=True)
    (setup,) = tmp_path.glob(f"*_{name}-1.0/setup.py")
    meta = json.loads((setup.parent / "meta.json").read_text(encoding="utf8"))
    assert any(given.startswith("spacy-bioner") for given in meta["requirements"])


def test_all_configs_are_here():
    assert config_names() == sorted(path.stem for path in (ROOT / "configs").glob("*.cfg"))
