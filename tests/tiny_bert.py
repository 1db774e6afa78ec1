"""Tiny transformers with random weights, made by the tests themselves: nothing is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import spacy
from thinc.api import fix_random_seed

transformers = pytest.importorskip("transformers")

CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
WORDS = ["asthma", "aspirin", "treats", "is", "common", "the", "of", "##itis", "##oma", "cancer", "breast"]
PIECES = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
    *CHARACTERS,
    *(f"##{character}" for character in CHARACTERS),
    *".,;:()-/",
    *WORDS,
]


def make_tokenizer(folder: Path, pieces: list[str] = PIECES, length: int = 64) -> Any:
    """Save a BERT tokenizer with these word pieces."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    tokenizer = transformers.BertTokenizerFast(str(folder / "vocab.txt"), do_lower_case=False, model_max_length=length)
    tokenizer.save_pretrained(folder)
    return tokenizer


def make_tiny_bert(
    folder: Path, kind: str = "BertModel", length: int = 64, pieces: list[str] = PIECES, seed: int = 0, **settings: Any
) -> Path:
    """Save a BERT of 2 layers, 32 wide, that reads ``length`` pieces: ``kind`` is its class in transformers."""
    import torch

    tokenizer = make_tokenizer(folder, pieces, length)
    torch.manual_seed(seed)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=length,
        initializer_range=0.2,  # so that what it reads makes a difference
        **{**sizes, **settings},
    )
    getattr(transformers, kind)(config).save_pretrained(folder)
    return folder


def make_tiny_modern_bert(folder: Path, length: int = 64) -> Path:
    """Save a ModernBERT of the same sizes for masked language modelling."""
    import torch

    tokenizer = make_tokenizer(folder, length=length)
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = transformers.ModernBertConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=length,
        pad_token_id=tokenizer.pad_token_id,
        cls_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        reference_compile=False,
        **sizes,
    )
    transformers.ModernBertForMaskedLM(config).save_pretrained(folder)
    return folder


def listening_tagger(
    folder: Path,
    pooling: str = "spacy-bioner.FirstPiece.v1",
    ours: bool = True,
    decoder: str = "softmax",
    name: str = "bioner_tagger",
) -> Any:
    """Build a pipeline of a shared transformer, ours or that of spacy-transformers, and a tagger that listens to it."""
    fix_random_seed(0)
    nlp = spacy.blank("en")
    architecture = {"@architectures": "spacy-bioner.TransformerModel.v1"} if ours else {}
    nlp.add_pipe("transformer", config={"model": {**architecture, "name": str(folder)}})
    listener = {"@architectures": "spacy-transformers.TransformerListener.v1", "pooling": {"@layers": pooling}}
    tagger = {"@architectures": "spacy-bioner.TagModel.v1", "tok2vec": listener, "decoder": decoder, "scheme": "BIO"}
    nlp.add_pipe("bioner_tagger", name=name, config={"model": tagger})
    return nlp
