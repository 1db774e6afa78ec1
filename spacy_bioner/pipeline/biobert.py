"""``bioner_biobert``: the tagger with a pretrained transformer and a softmax over BIO tags as its default.

Lee et al. 2019 ("BioBERT: a pre-trained biomedical language representation model for biomedical text mining",
section 3.3): a linear layer over the vector of the first word piece of each token. Another checkpoint, or a folder:
``nlp.add_pipe("bioner_biobert", config={"model": {"tok2vec": {"name": "folder"}}})``.
"""

from __future__ import annotations

from spacy.language import Language

from .tagger import ASSIGNS, DEFAULTS, SCORE_WEIGHTS, make_tagger

DEFAULT_MODEL = {
    "@architectures": "spacy-bioner.TagModel.v1",
    "tok2vec": {
        "@architectures": "spacy-bioner.Transformer.v1",
        "name": "dmis-lab/biobert-base-cased-v1.1",
        "pooling": "first",
        "max_pieces": 192,
        "overlap": 32,
        "by_sentence": True,
        "mixed_precision": False,
        "precision": "float32",
        "max_batch_pieces": 4096,
        "frozen_layers": 0,
    },
    "decoder": "softmax",
    "scheme": "BIO",
    "dropout": 0.1,
}


make_biobert = Language.factory(
    "bioner_biobert",
    assigns=ASSIGNS,
    default_config={"model": DEFAULT_MODEL, **DEFAULTS},
    default_score_weights=SCORE_WEIGHTS,
    func=make_tagger,
)
