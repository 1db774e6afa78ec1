"""``bioner_bilstm_crf``: the tagger with a character CNN, word embedding, BiLSTM and CRF as its default.

Lample et al. 2016 with the character encoder of Ma & Hovy 2016, with sizes for a CPU and a corpus of some thousand
sentences; ``configs/bilstm_crf_fast.cfg`` trains the same network.
"""

from __future__ import annotations

from spacy.language import Language

from .tagger import ASSIGNS, DEFAULTS, SCORE_WEIGHTS, make_tagger

DEFAULT_MODEL = {
    "@architectures": "spacy-bioner.TagModel.v1",
    "tok2vec": {
        "@architectures": "spacy-bioner.CharCnnBiLSTM.v1",
        "hidden": 200,
        "numbers": "digits",
        "freeze_vectors": True,
        "char_dim": 25,
        "max_char_width": 5,
        "filters_per_width": 25,
        "max_filters": 50,
    },
    "decoder": "crf",
    "scheme": "IOBES",
    "dropout": None,
}


make_bilstm_crf = Language.factory(
    "bioner_bilstm_crf",
    assigns=ASSIGNS,
    default_config={"model": DEFAULT_MODEL, **DEFAULTS},
    default_score_weights=SCORE_WEIGHTS,
    func=make_tagger,
)
