import numpy as np
import pytest
import srsly
from spacy.language import DEFAULT_CONFIG_PRETRAIN_PATH
from spacy.tokens import Doc
from spacy.training.initialize import init_nlp
from spacy.training.pretrain import pretrain
from spacy.util import load_config, load_config_from_str, load_model_from_config
from spacy.vocab import Vocab

from spacy_bioner.ml.language_model.pretraining import make_pretrain_bilm
from spacy_bioner.ml.tok2vec import make_char_cnn_bilstm

TEXTS = ["BRCA1 raises the risk of breast cancer .", "TP53 mutations are found in lung cancer .", "No gene is here ."]
CONFIG = """
[paths]
raw = null
words = null

[nlp]
lang = "en"
pipeline = ["ner"]

[components]

[components.ner]
factory = "bioner_tagger"

[components.ner.model]
@architectures = "spacy-bioner.TagModel.v1"

[components.ner.model.tok2vec]
@architectures = "spacy-bioner.CharCnnBiLSTM.v1"
hidden = 8
word_width = 8
char_dim = 4
max_filters = 4
unknown_rate = 0.0

[corpora]

[corpora.pretrain]
@readers = "spacy-bioner.TextCorpus.v1"
path = ${paths.raw}

[corpora.train]
@readers = "spacy-bioner.Corpus.v1"
path = ${paths.raw}

[corpora.dev]
@readers = "spacy-bioner.Corpus.v1"
path = ${paths.raw}

[training]
gpu_allocator = null
seed = 0

[pretraining]
max_epochs = 30
dropout = 0.0
n_save_epoch = 29
component = "ner"
layer = "tok2vec"
corpus = "corpora.pretrain"

[pretraining.batcher]
@batchers = "spacy.batch_by_words.v1"
size = 50
discard_oversize = false
tolerance = 0.2

[pretraining.optimizer]
@optimizers = "Adam.v1"
learn_rate = 0.02

[pretraining.objective]
@architectures = "spacy-bioner.PretrainBiLM.v1"
min_count = 1

[pretraining.objective.words]
@readers = "spacy.read_labels.v1"
path = ${paths.words}

[initialize]

[initialize.components]

[initialize.components.ner]
labels = ["Gene"]

[initialize.after_init]
@callbacks = "spacy-bioner.transfer_weights.v1"
path = "a pipeline that is not there, nor looked for where no component is"
"""


@pytest.fixture
def config(tmp_path):
    raw = tmp_path / "raw.txt"
    raw.write_text("\n".join(TEXTS), encoding="utf8")
    words = {word: 1 for text in TEXTS for word in text.split()}
    srsly.write_json(tmp_path / "words.json", words)
    overrides = {"paths.raw": str(raw), "paths.words": str(tmp_path / "words.json")}
    config = load_config_from_str(CONFIG, overrides=overrides, interpolate=False)
    filled = load_model_from_config(config, auto_fill=True, validate=False).config
    return load_config(DEFAULT_CONFIG_PRETRAIN_PATH).merge(filled)


def test_spacy_pretrain_learns_and_its_weights_start_a_tagger(config, tmp_path):
    pretrain(config, tmp_path)
    losses = [line["epoch_loss"] for line in srsly.read_jsonl(tmp_path / "log.jsonl") if line["epoch_loss"]]
    assert losses[-1] < losses[0] / 2

    config["initialize"]["init_tok2vec"] = str(tmp_path / "model-last.bin")
    del config["initialize"]["after_init"]
    tok2vec = init_nlp(config).get_pipe("ner").model.get_ref("tok2vec")
    pretrained = make_char_cnn_bilstm(hidden=8, char_dim=4, max_filters=4).from_bytes(
        (tmp_path / "model-last.bin").read_bytes()
    )
    assert {"cancer", "BRCA1", "No"} <= set(tok2vec.get_ref("word").attrs["rows"].names)
    for layer in ("char", "word", "encode"):
        node = tok2vec.get_ref(layer)
        for name in node.param_names:
            assert np.array_equal(node.get_param(name), pretrained.get_ref(layer).get_param(name))


def test_the_objective_leaves_empty_documents_alone():
    docs = [Doc(Vocab()), Doc(Vocab())]
    model = make_pretrain_bilm({"p53": 3})(docs[0].vocab, make_char_cnn_bilstm(hidden=4, word_width=4))
    states = [np.zeros((0, 8), dtype="f")] * 2
    loss, gradients = model.attrs["loss"](model.ops, docs, states)
    assert loss == 0.0
    assert [gradient.shape for gradient in gradients] == [(0, 8), (0, 8)]
