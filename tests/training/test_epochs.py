from pathlib import Path

import pytest
import spacy
import srsly
from small_ner import SMALL_NER
from spacy.tokens import DocBin
from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from thinc.api import Config

from spacy_bioner.errors import BionerError
from spacy_bioner.training.epochs import make_train_by_epochs

CONFIG = """
[paths]
train = null
log = null

[nlp]
lang = "en"
pipeline = ["ner"]

"""
CONFIG += SMALL_NER
CONFIG += """
[corpora]

[corpora.train]
@readers = "spacy.Corpus.v1"
path = ${paths.train}

[corpora.dev]
@readers = "spacy.Corpus.v1"
path = ${paths.train}

[training]
seed = 0
gpu_allocator = null
max_epochs = 0
max_steps = 0

[training.batcher]
@batchers = "spacy.batch_by_sequence.v1"
size = 3

[training.optimizer]
@optimizers = "Adam.v1"

[training.optimizer.learn_rate]
@schedules = "spacy-bioner.anneal.v1"
initial_rate = 0.01

[training.logger]
@loggers = "spacy.ConsoleLogger.v3"
output_file = ${paths.log}

[initialize]

[initialize.after_init]
@callbacks = "spacy-bioner.chain.v1"

[initialize.after_init.*.epochs]
@callbacks = "spacy-bioner.train_by_epochs.v1"
epochs = 4
patience = 2
"""


@pytest.fixture
def corpus(tmp_path):
    nlp = spacy.blank("en")
    docs = []
    for i in range(10):  # 4 batches of at most 3
        doc = nlp.make_doc(f"Gene{i} causes cancer")
        doc.set_ents([doc.char_span(0, 5, "Gene")])
        docs.append(doc)
    path = tmp_path / "train.spacy"
    DocBin(docs=docs).to_disk(path)
    return path


def config_for(corpus: Path) -> Config:
    paths = {"paths.train": str(corpus), "paths.log": str(corpus.parent / "log.jsonl")}
    return Config().from_str(CONFIG, overrides=paths, interpolate=False)


def test_evaluation_falls_on_epoch_ends_and_the_last_epoch_is_scored(corpus):
    config = config_for(corpus)
    nlp = init_nlp(config)
    training = nlp.config["training"]
    assert (training["eval_frequency"], training["patience"], training["max_steps"]) == (4, 8, 16)
    nlp.config["training"]["patience"] = 0
    output = corpus.parent / "out"
    output.mkdir()
    train(nlp, output)
    rows = list(srsly.read_jsonl(corpus.parent / "log.jsonl"))
    assert [row["step"] for row in rows] == [0, 4, 8, 12, 16]
    assert [row["epoch"] for row in rows] == [0, 1, 2, 3, 4]
    saved = Config().from_disk(output / "model-best" / "config.cfg")
    assert saved["training"]["max_steps"] == 16


def test_the_learning_rate_is_told_its_length(corpus):
    nlp = init_nlp(config_for(corpus))
    schedule = nlp.create_optimizer().schedules["learn_rate"]
    rates = [next(schedule) for _ in range(16)]
    assert rates[7] == pytest.approx(0.005)
    assert rates[-1] == 0


def test_patience_counts_epochs(corpus):
    config = config_for(corpus)
    config["training"]["optimizer"]["learn_rate"] = 0.0  # the score never rises after the first
    nlp = init_nlp(config)
    train(nlp, None)
    rows = list(srsly.read_jsonl(corpus.parent / "log.jsonl"))
    assert [row["step"] for row in rows] == [0, 4, 8]


def test_a_streamed_corpus_is_counted_and_stays_streamed(corpus):
    config = config_for(corpus)
    config["training"]["max_epochs"] = -1
    training = init_nlp(config).config["training"]
    assert (training["max_epochs"], training["max_steps"], training["eval_frequency"]) == (-1, 16, 4)


def test_variables_count_as_their_values(corpus):
    config = config_for(corpus)
    config["vars"] = {"epochs": -1, "steps": 0}
    config["training"]["max_epochs"] = "${vars.epochs}"
    config["training"]["optimizer"]["learn_rate"]["total_steps"] = "${vars.steps}"
    nlp = init_nlp(config)
    assert (nlp.config["training"]["max_epochs"], nlp.config["training"]["max_steps"]) == (-1, 16)
    schedule = nlp.create_optimizer().schedules["learn_rate"]
    assert [next(schedule) for _ in range(16)][-1] == 0


def test_a_part_of_an_epoch_between_two_evaluations(corpus):
    nlp = init_nlp(config_for(corpus))
    for part, steps in ((0.5, 2), (0.01, 1), (3, 12)):
        make_train_by_epochs(4, evaluate_every=part)(nlp)
        assert nlp.config["training"]["eval_frequency"] == steps


@pytest.mark.parametrize("counts", [(0, 0, 1), (1, -1, 1), (1, 0, 0)])
def test_counts_that_make_no_sense_are_refused(counts):
    with pytest.raises(BionerError, match=r"B551|B623"):
        make_train_by_epochs(*counts)


def test_it_does_nothing_where_no_pipe_is_enabled():
    nlp = spacy.blank("en")
    before = nlp.config["training"].copy()
    make_train_by_epochs(3)(nlp)
    assert nlp.config["training"] == before
