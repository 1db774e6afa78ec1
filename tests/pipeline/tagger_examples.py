"""A few sentences, and small taggers to learn them."""

import spacy
from spacy.training import Example
from thinc.api import fix_random_seed

SENTENCES = [
    ("BRCA1 raises the risk of breast cancer .", [(0, 5, "Gene"), (25, 38, "Disease")]),
    ("TP53 mutations are found in lung cancer .", [(0, 4, "Gene"), (28, 39, "Disease")]),
    ("No gene is named here .", []),
    ("Asthma is not linked with APOE .", [(0, 6, "Disease"), (26, 30, "Gene")]),
]
SMALL = {
    "@architectures": "spacy-bioner.CharCnnBiLSTM.v1",
    "hidden": 16,
    "word_width": 16,
    "char_dim": 8,
    "max_char_width": 3,
    "filters_per_width": 4,
}
CNN = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 32,
    "depth": 1,
    "embed_size": 200,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": True,
}


def examples(nlp, sentences=SENTENCES):
    return [Example.from_dict(nlp.make_doc(text), {"entities": entities}) for text, entities in sentences]


def build(decoder="crf", scheme="IOBES", tok2vec=CNN, **settings):
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy-bioner.TagModel.v1", "tok2vec": tok2vec, "decoder": decoder, "scheme": scheme}
    nlp.add_pipe("bioner_tagger", config={"model": model, **settings})
    return nlp


def train(nlp, steps=30, sentences=SENTENCES, seed=0):
    fix_random_seed(seed)
    data = examples(nlp, sentences)
    optimizer = nlp.initialize(lambda: data)
    optimizer.learn_rate = 0.02
    for _ in range(steps):
        nlp.update(data, sgd=optimizer, losses={})
    return nlp


def found(doc):
    return [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]
