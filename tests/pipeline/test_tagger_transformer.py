"""The tagger over a transformer, a tiny one with random weights made here: nothing is downloaded."""

import pytest
import spacy
from spacy.training import Example
from thinc.api import fix_random_seed

transformers = pytest.importorskip("transformers")
pytest.importorskip("spacy_transformers")

TEXTS = [("aspirin treats asthma", [(0, 7, "Drug"), (15, 21, "Disease")]), ("asthma is common", [(0, 6, "Disease")])]


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bert")
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    (folder / "vocab.txt").write_text("\n".join(pieces))
    tokenizer = transformers.BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64)
    tokenizer.save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    fix_random_seed(0)
    transformers.BertModel(config).save_pretrained(folder)
    return folder


def test_it_listens_to_a_transformer(tiny_bert):
    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("transformer", config={"model": {"name": str(tiny_bert)}})
    listener = {"@architectures": "spacy-transformers.TransformerListener.v1", "pooling": {"@layers": "reduce_mean.v1"}}
    tagger = {"@architectures": "spacy-bioner.TagModel.v1", "tok2vec": listener, "decoder": "softmax", "scheme": "BIO"}
    nlp.add_pipe("bioner_tagger", config={"model": tagger})
    examples = [Example.from_dict(nlp.make_doc(text), {"entities": entities}) for text, entities in TEXTS]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.005
    losses = [nlp.update(examples, sgd=optimizer, losses={})["bioner_tagger"] for _ in range(40)]
    assert losses[-1] < losses[0] / 5
    assert nlp.evaluate(examples)["ents_f"] == 1.0
    before = [[(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents] for doc in nlp.pipe(t for t, _ in TEXTS)]
    assert before == [entities for _, entities in TEXTS]
