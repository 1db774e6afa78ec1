"""The configs of transformers train by ``spacy train`` alone, here with a tiny one."""

import numpy as np
import pytest
import spacy
from places import CONFIGS, ROOT
from spacy.cli.train import train
from spacy.util import load_config, registry
from tiny_bert import make_tiny_bert

from spacy_bioner.formats import Document, Mention, write
from spacy_bioner.pipeline.biobert import DEFAULT_MODEL
from spacy_bioner.pipeline.merging.assemble import join_pipelines

pytest.importorskip("spacy_transformers")

SENTENCE = "aspirin\tB-Drug\ntreats\tO\nbreast\tB-Disease\ncancer\tI-Disease\n.\tO\n\n"
EXACT = {"components.ner.model.tok2vec.mixed_precision": False}
WINDOWS = {"components.ner.model.tok2vec.max_pieces": 64, "components.ner.model.tok2vec.overlap": 8}


@pytest.mark.parametrize("name", ["transformer", "biobert"])
def test_it_trains(name, tmp_path):
    (tmp_path / "train.tsv").write_text(SENTENCE * 40)
    overrides = {
        "paths.train": str(tmp_path / "train.tsv"),
        "paths.dev": str(tmp_path / "train.tsv"),
        "paths.transformer": str(make_tiny_bert(tmp_path / "bert")),
        "run.epochs": 12,
        "training.accumulate_gradient": 2,
        "run.learn_rate": 0.005,
    }
    if name == "transformer":
        overrides |= WINDOWS
    train(CONFIGS / f"{name}.cfg", tmp_path / "out", overrides=overrides)
    nlp = spacy.load(tmp_path / "out" / "model-last")
    assert [(ent.text, ent.label_) for ent in nlp("aspirin treats breast cancer .").ents] == [
        ("aspirin", "Drug"),
        ("breast cancer", "Disease"),
    ]


def test_spacys_own_ner_trains_over_a_transformer(tmp_path):
    """A peer of the scoreboard."""
    (tmp_path / "train.tsv").write_text(SENTENCE * 40)
    overrides = {f"paths.{name}": str(tmp_path / "train.tsv") for name in ("train", "dev")}
    overrides |= {
        "paths.transformer": str(make_tiny_bert(tmp_path / "bert")),
        "run.learn_rate": 0.005,
        "run.epochs": 30,
    }
    train(ROOT / "projects/scoreboard/spacy_transformer_ner.cfg", tmp_path / "out", overrides=overrides)
    nlp = spacy.load(tmp_path / "out" / "model-last")
    assert [ent.text for ent in nlp("aspirin treats breast cancer .").ents] == ["aspirin", "breast cancer"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("transformer", "transformer"), ("biobert", "biobert"), ("transformer", "biobert"), ("biobert", "transformer")],
)
def test_it_goes_on_from_a_tagger_of_other_labels(old, new, tmp_path):
    (tmp_path / "source.tsv").write_text(SENTENCE * 4)
    (tmp_path / "target.tsv").write_text(SENTENCE.replace("Drug", "Chemical") * 4)
    start = {"paths.source": str(tmp_path / "source" / "model-last"), "transfer.labels": {"Chemical": "Drug"}}
    for name, config, bert, settings in (
        ("source", old, make_tiny_bert(tmp_path / "bert"), {"run.epochs": 2}),
        # Nothing is learnt: what is saved is what was transferred.
        (
            "target",
            new,
            make_tiny_bert(tmp_path / "other", seed=1),
            {"run.epochs": 1, "run.learn_rate": 0.0, **start},
        ),
    ):
        overrides = {
            "paths.train": str(tmp_path / f"{name}.tsv"),
            "paths.dev": str(tmp_path / f"{name}.tsv"),
            "paths.transformer": str(bert),
            **(WINDOWS | EXACT if config == "transformer" else {}),
            **settings,
        }
        train(CONFIGS / f"{config}.cfg", tmp_path / name, overrides=overrides)
    scores, tags = [], []
    for name in ("source", "target"):
        nlp = spacy.load(tmp_path / name / "model-last")
        doc = nlp.make_doc("aspirin treats breast cancer .")
        for _, pipe in nlp.pipeline[:-1]:
            doc = pipe(doc)
        model = nlp.get_pipe("ner").model
        scores.append(model.predict([doc])[0])
        tags.append(model.get_ref("decoder").attrs["tags"])
    order = [tags[0].index(tag.replace("Chemical", "Drug")) for tag in tags[1]]
    np.testing.assert_allclose(scores[1], scores[0][:, order], atol=1e-5)


@pytest.mark.parametrize("name", ["transformer", "biobert"])
def test_a_batch_is_of_sentences_also_where_the_corpus_has_documents(name, tmp_path):
    sentence = "Aspirin treats breast cancer."
    write([Document(" ".join([sentence] * 5), [Mention(0, 7, "Drug")], id="1")], tmp_path / "train.jsonl")
    overrides = {"paths.train": str(tmp_path / "train.jsonl"), "paths.dev": str(tmp_path / "train.jsonl")}
    config = load_config(CONFIGS / f"{name}.cfg", overrides=overrides).interpolate()
    corpora = registry.resolve(config["corpora"])
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_sentences")
    assert [example.reference.text.strip() for example in corpora["train"](nlp)] == [sentence] * 5
    assert len(list(corpora["dev"](nlp))) == 1


def test_the_config_has_the_network_of_its_component():
    model = load_config(CONFIGS / "transformer.cfg")["components"]["ner"]["model"]
    assert model["tok2vec"].pop("name") == "${paths.transformer}"
    assert load_config(CONFIGS / "transformer.cfg")["paths"]["transformer"] == DEFAULT_MODEL["tok2vec"]["name"]
    assert {key: value for key, value in model.items() if key != "tok2vec"} == {
        key: value for key, value in DEFAULT_MODEL.items() if key != "tok2vec"
    }
    # Trained by the config, products are in bfloat16 where that is fast; in Python, in 32 bits on every machine.
    assert (model["tok2vec"].pop("mixed_precision"), DEFAULT_MODEL["tok2vec"]["mixed_precision"]) == ("auto", False)
    assert model["tok2vec"].items() <= DEFAULT_MODEL["tok2vec"].items()


def test_a_tagger_over_a_shared_transformer_is_merged_with_it(tmp_path):
    """Its transformer comes along, whichever part is first, before and after saving."""
    (tmp_path / "train.tsv").write_text(SENTENCE * 8)
    overrides = {f"paths.{name}": str(tmp_path / "train.tsv") for name in ("train", "dev")}
    overrides |= {"paths.transformer": str(make_tiny_bert(tmp_path / "bert")), "run.epochs": 1}
    train(CONFIGS / "biobert.cfg", tmp_path / "out", overrides=overrides)
    other = spacy.load(tmp_path / "out/model-last")
    terms = spacy.blank("en", config={"nlp": {"tokenizer": other.config["nlp"]["tokenizer"]}})
    terms.add_pipe("bioner_dictionary").add_terms([("aspirin", "Drug")])
    text = "aspirin treats breast cancer ."
    alone = other(text)
    expected = [(ent.start, ent.end, ent.label_) for ent in alone.ents]
    assert expected
    joined = join_pipelines({"terms": terms, "net": spacy.load(tmp_path / "out/model-last")}, method="priority")
    assert joined.pipe_names == ["sentences", "transformer", "terms", "net", "merge"]
    joined.to_disk(tmp_path / "joined")
    for nlp in (joined, spacy.load(tmp_path / "joined")):
        doc = nlp(text)
        assert [(span.start, span.end, span.label_) for span in doc.spans["net"]] == expected
