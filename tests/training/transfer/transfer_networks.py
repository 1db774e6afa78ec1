"""Small taggers and language models, and the parameters of their layers."""

import numpy as np
import spacy
from small_networks import ENCODER
from spacy.training import Example
from thinc.api import fix_random_seed

SOURCE = [
    ("BRCA1 raises the risk of breast cancer .", [(0, 5, "Gene"), (25, 38, "Disease")]),
    ("TP53 mutations are found in lung cancer in μm 12 .", [(0, 4, "Gene"), (28, 39, "Disease")]),
    ("μ tumor cancer grows .", [(2, 14, "Disease")]),
]
TARGET = [
    ("Aspirin raises the risk of bleeding .", [(0, 7, "Drug")]),
    ("APOE is found in the mouse .", [(0, 4, "Gene")]),
]


def tagger(data=TARGET, seed=1, steps=0, decoder="crf", scheme="BIO", name="ner", **encoder):
    fix_random_seed(seed)
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy-bioner.TagModel.v1", "tok2vec": {**ENCODER, **encoder}}
    nlp.add_pipe("bioner_tagger", name=name, config={"model": {**model, "decoder": decoder, "scheme": scheme}})
    return train(nlp, data, steps)


def bilm(data=SOURCE, seed=0, steps=3, name="bilm", backward_weight=0.5, **encoder):
    fix_random_seed(seed)
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy-bioner.BiLM.v1", "min_count": 1, "tok2vec": {**ENCODER, **encoder}}
    nlp.add_pipe("bioner_bilm", name=name, config={"model": model, "backward_weight": backward_weight})
    return train(nlp, data, steps)


def train(nlp, data, steps):
    pairs = [Example.from_dict(nlp.make_doc(text), {"entities": spans}) for text, spans in data]
    optimizer = nlp.initialize(lambda: pairs)
    optimizer.learn_rate = 0.01
    for _ in range(steps):
        nlp.update(pairs, sgd=optimizer)
    return nlp


def layer(model, name):
    return (model.get_ref("tok2vec") if name in ("char", "word", "encode") else model).get_ref(name)


def params(node):
    return {name: node.get_param(name).copy() for name in node.param_names if node.has_param(name)}


def same(left, right):
    return left.keys() == right.keys() and all(np.array_equal(left[name], right[name]) for name in left)


def row(node, name):
    return node.get_param("E")[node.attrs["rows"].index[name]]


def found(plan, of):
    return {step.parameter: step for step in plan if step.layer == of}
