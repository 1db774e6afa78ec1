"""A tiny trained pipeline for each component that saves files of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from spacy.language import Language
from spacy.training import Example
from spacy.vectors import Vectors

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.doc_questions import set_question
from spacy_bioner.documents.document import Document, Mention, Relation
from spacy_bioner.formats import Answer, Question
from spacy_bioner.tokenizers.nltk import NltkTokenizer

SENTENCES = [
    ("Aspirin treats asthma .", [(0, 7, "Drug"), (15, 21, "Disease")]),
    ("Severe cough follows aspirin .", [(7, 12, "Disease"), (21, 28, "Drug")]),
    ("Ibuprofen helps against hepatitis .", [(0, 9, "Drug"), (24, 33, "Disease")]),
]
COORDINATED = [
    Document(text, [Mention(first, end, "Disease", ((first, one), (last, end))), Mention(other, end, "Disease")])
    for text, first, one, other, last, end in [
        ("Seen were renal and hepatic failure .", 10, 15, 20, 28, 35),
        ("They had severe and mild cough .", 9, 15, 20, 25, 30),
        ("Both acute and chronic asthma .", 5, 10, 15, 23, 29),
    ]
]
CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,"
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *CHARACTERS, *(f"##{character}" for character in CHARACTERS)]

TINY = {"@architectures": "spacy-bioner.CharCnnBiLSTM.v1", "hidden": 6, "char_dim": 4, "max_filters": 4}
TRANSFORMER = {"@architectures": "spacy-bioner.Transformer.v1", "max_pieces": 32, "overlap": 4}
CONV = {"@architectures": "spacy.HashEmbedCNN.v2", "pretrained_vectors": None, "width": 8, "depth": 1, "embed_size": 50}
CONV |= {"window_size": 1, "maxout_pieces": 2, "subword_features": True}
LISTENER = {
    "@architectures": "spacy-transformers.TransformerListener.v1",
    "grad_factor": 1.0,
    "pooling": {"@layers": "spacy-bioner.FirstPiece.v1"},
}

RERANKER = {"@misc": "spacy-bioner.VectorReranker.v1"}
NAMES = ["aspirin tablets", "aspirine", "asthma bronchiale", "hepatitis virus", "hepatitis in children"]
NAMES += ["severe coughs", "cough in children", "aspirin for children"]
WINDOWS = {"max_pieces": 32, "max_question": 8, "stride": 12}


def make_bert(folder: Path) -> str:
    """Save a BERT of one layer, 16 wide, with random weights."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(PIECES))
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=64, initializer_range=0.2, **sizes)
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def build(kind: str, folder: Path, seed: int) -> Language:
    """Train a tiny pipeline of a kind (see ``KINDS``), with word vectors and sentences."""
    spacy.util.fix_random_seed(seed)
    nlp = spacy.blank("en")
    words = ["aspirin", "asthma", "cough", "hepatitis"]
    nlp.vocab.vectors = Vectors(data=np.random.uniform(-1, 1, (4, 6)).astype("f"), keys=words)
    nlp.add_pipe("bioner_sentences")
    KINDS[kind](nlp, folder)
    examples = [example(nlp, kind, text, ents) for text, ents in SENTENCES]
    for one in examples:
        found = tuple(Answer(ent.text, ent.start_char) for ent in one.reference.ents)
        set_question(one.reference, Question("which", found, impossible=not found))
    if kind == "coordination":
        examples += [Example(nlp.make_doc(one.text), to_doc(one, nlp)) for one in COORDINATED]
    nlp.initialize(lambda: examples)
    if kind == "dictionary":
        nlp.get_pipe("bioner_dictionary").add_terms([("hepatitis", "Disease", (f"D{seed}",))])
    if "bioner_linker" in nlp.pipe_names:
        nlp.get_pipe("bioner_linker").add_names((name, "*", f"{name[:3]}{seed}") for name in NAMES)
    for _ in range(4):
        nlp.update(examples, sgd=nlp.resume_training() if kind == "crf" else None)
    return nlp


def example(nlp: Language, kind: str, text: str, ents: Sequence[tuple[int, int, str]]) -> Example:
    """Return an Example with entities or, for relations, with those on the predicted Doc too, the two related."""
    if kind not in ("pairs", "pair transformer"):
        return Example.from_dict(nlp.make_doc(text), {"entities": list(ents)})
    mentions = [Mention(*ent, id=ent[2]) for ent in ents]
    related = [Relation("treats" if "treats" in text else "other", (("a", "Drug"), ("b", "Disease")))]
    return Example(nlp(text), to_doc(Document(text, mentions, relations=related), nlp))


def _pairs(nlp: Language, model: dict[str, Any]) -> None:
    terms = {(text[start:end], label) for text, ents in SENTENCES for start, end, label in ents}
    nlp.add_pipe("bioner_dictionary", config={"prune": 0.0}).add_terms((*term, []) for term in sorted(terms))
    nlp.add_pipe("bioner_relations", config={"model": model, "threshold": 0.01})


def _pair_transformer(nlp: Language, folder: Path) -> None:
    model = {"@architectures": "spacy-bioner.PairTransformer.v1", "name": make_bert(folder / "bert"), "max_pieces": 48}
    _pairs(nlp, model)


def _shared(nlp: Language, folder: Path) -> None:
    model = {"@architectures": "spacy-bioner.TransformerModel.v1", "name": make_bert(folder / "bert"), "max_pieces": 32}
    nlp.add_pipe("transformer", config={"model": model})
    nlp.add_pipe("bioner_tagger", config={"model": {"tok2vec": LISTENER, "decoder": "softmax", "scheme": "BIO"}})


def _linker(nlp: Language, rerank: dict[str, Any] | None) -> None:
    nlp.add_pipe("bioner_dictionary", config={"prune": 0.0})
    nlp.add_pipe("bioner_abbreviations")
    nlp.add_pipe("bioner_linker", config={"rerank": rerank, "threshold": 0.1})


def _linker_by_vectors(nlp: Language, folder: Path) -> None:
    encoder = {"@architectures": "spacy-bioner.NameTransformer.v1", "name": make_bert(folder / "bert")}
    _linker(nlp, {**RERANKER, "encoder": encoder})


def _coordination(nlp: Language, _: Path) -> None:
    nlp.add_pipe("bioner_crf", config={"max_iterations": 20})
    nlp.add_pipe("bioner_agreement", config={"spread": 0.3})
    nlp.add_pipe("bioner_coordination")


def _merge(nlp: Language, _: Path) -> None:
    nlp.add_pipe("bioner_dictionary", config={"prune": 0.0, "spans_key": "dictionary"})
    nlp.add_pipe("bioner_crf", config={"max_iterations": 5, "spans_key": "ner"})
    nlp.config["training"]["annotating_components"] = list(nlp.pipe_names)
    nlp.add_pipe("bioner_merge")


def _crf_in_layers(nlp: Language, _: Path) -> None:
    nlp.tokenizer = NltkTokenizer(nlp.vocab)
    nlp.config["nlp"]["tokenizer"] = {"@tokenizers": "spacy-bioner.NltkTokenizer.v1"}
    nlp.add_pipe("bioner_crf", config={"max_iterations": 5, "layers": "labels", "levels": 2})


KINDS: dict[str, Callable[[Language, Path], Any]] = {
    "dictionary": lambda nlp, _: nlp.add_pipe("bioner_dictionary", config={"prune": 0.0}),
    "crf": lambda nlp, _: nlp.add_pipe("bioner_crf", config={"max_iterations": 5}),
    "crf in layers": _crf_in_layers,
    "tagger": lambda nlp, _: nlp.add_pipe("bioner_tagger", config={"model": {"tok2vec": CONV}}),
    "bilstm_crf": lambda nlp, _: nlp.add_pipe("bioner_bilstm_crf", config={"model": {"tok2vec": TINY}}),
    "bilm": lambda nlp, _: nlp.add_pipe("bioner_bilm", config={"model": {"tok2vec": TINY}}),
    "transformer": lambda nlp, folder: nlp.add_pipe(
        "bioner_biobert", config={"model": {"tok2vec": {**TRANSFORMER, "name": make_bert(folder / "bert")}}}
    ),
    "shared transformer": _shared,
    "answers": lambda nlp, folder: nlp.add_pipe(
        "bioner_answers",
        config={"question": "which", "n_best": 3, "model": {**WINDOWS, "name": make_bert(folder / "bert")}},
    ),
    "pairs": lambda nlp, _: _pairs(nlp, {"hidden": 8, "tok2vec": CONV}),
    "pair transformer": _pair_transformer,
    "linker": lambda nlp, _: _linker(nlp, None),
    "linker by vectors": _linker_by_vectors,
    "linker by word vectors": lambda nlp, _: _linker(nlp, RERANKER),
    "coordination": _coordination,
    "merge": _merge,
}
