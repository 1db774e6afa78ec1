"""Damage saved pipelines of every component in every way, load each, and count what happens.

    python benchmarks/damaged_models.py --copies 3000

A copy of a tiny trained pipeline gets one fault: flipped bits, a cut, zeros, bytes put in, a file that is missing,
another model's or exchanged with a neighbour, a value of its JSON or msgpack changed. It is loaded into a pipeline
that exists already, which is fast; if that succeeds, it is loaded again by ``spacy.load`` and run. Outcomes:

    coded      a BionerError when it is loaded: what, where, how to mend
    told       it loads with a coded warning (config or tokenizer were changed)
    same       it finds what the undamaged pipeline finds, with the same scores
    theirs     spaCy or spacy-transformers cannot read a file of their own (config, vocabulary, tokenizer, and the
               component ``transformer``) and raise their own error, before any component of ours is read
    UNCODED    any other error: a fault of ours
    SILENT     it loads and finds something else, without a warning: a fault of ours

Exits with 1 if one of the last two occurs.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import spacy
import srsly
from spacy.language import Language
from spacy.training import Example
from spacy.vectors import Vectors

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.doc_questions import get_answers, set_question
from spacy_bioner.documents.doc_relations import get_relations
from spacy_bioner.documents.document import Document, Mention, Relation
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Answer, Question

TEXTS = ["Aspirin treats asthma .", "Severe cough follows aspirin , not asthma .", "Hepatitis in 3 of 12 cases ."]
SENTENCES = [
    ("Aspirin treats asthma .", [(0, 7, "Drug"), (15, 21, "Disease")]),
    ("Severe cough follows aspirin .", [(7, 12, "Disease"), (21, 28, "Drug")]),
    ("Ibuprofen helps against hepatitis .", [(0, 9, "Drug"), (24, 33, "Disease")]),
]
CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,"
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *CHARACTERS, *(f"##{character}" for character in CHARACTERS)]
THEIRS = ("config.cfg", "meta.json", "tokenizer", "vocab", "transformer")
"""Files and folders of a pipeline that are not ours to read."""

TINY = {"@architectures": "spacy-bioner.CharCnnBiLSTM.v1", "hidden": 6, "char_dim": 4, "max_filters": 4}
TRANSFORMER = {"@architectures": "spacy-bioner.Transformer.v1", "max_pieces": 32, "overlap": 4}
CONV = {"@architectures": "spacy.HashEmbedCNN.v2", "pretrained_vectors": None, "width": 8, "depth": 1, "embed_size": 50}
CONV |= {"window_size": 1, "maxout_pieces": 2, "subword_features": True}
LISTENER = {
    "@architectures": "spacy-transformers.TransformerListener.v1",
    "grad_factor": 1.0,
    "pooling": {"@layers": "spacy-bioner.FirstPiece.v1"},
}


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
    nlp.initialize(lambda: examples)
    if kind == "dictionary":
        nlp.get_pipe("bioner_dictionary").add_terms([("hepatitis", "Disease", (f"D{seed}",))])
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


KINDS: dict[str, Callable[[Language, Path], Any]] = {
    "dictionary": lambda nlp, _: nlp.add_pipe("bioner_dictionary", config={"prune": 0.0}),
    "crf": lambda nlp, _: nlp.add_pipe("bioner_crf", config={"max_iterations": 5}),
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
}


def run(nlp: Language) -> list[Any]:
    """Return all that a pipeline finds in the texts, with the scores to six places."""
    found: list[Any] = []
    for doc in nlp.pipe(TEXTS):
        spans = doc.spans.get("bioner", [])
        scores = [round(float(score), 6) for score in getattr(spans, "attrs", {}).get("scores", [])]
        found.append([(s.start_char, s.end_char, s.label_, s.kb_id_, s.id_) for s in spans])
        found.append([(ent.start_char, ent.end_char, ent.label_, ent.kb_id_) for ent in doc.ents])
        found.append([(one.start, one.end, round(one.score, 6)) for one in get_answers(doc)])
        losses = doc.user_data.get("bioner_bilm", {})
        found.append([(r.head.start, r.tail.start, r.label, round(float(r.score or 0), 6)) for r in get_relations(doc)])
        found.append([scores, {name: round(value, 4) for name, value in losses.items()}])
    return found


def change(value: Any, draw: random.Random) -> Any:
    """Return a JSON or msgpack value with one leaf of it changed."""
    if isinstance(value, dict) and value:
        key = draw.choice(list(value))
        if draw.random() < 0.1:
            return {name: inner for name, inner in value.items() if name != key}
        return {**value, key: change(value[key], draw)}
    if isinstance(value, list) and value:
        at = draw.randrange(len(value))
        return [*value[:at], change(value[at], draw), *value[at + 1 :]]
    if isinstance(value, np.ndarray) and value.size:
        other = value.copy()
        other.flat[draw.randrange(value.size)] = draw.choice([0, 1, -5, float("nan")]) if value.dtype.kind == "f" else 1
        return draw.choice([other, value[1:], value.astype("f2") if value.dtype.kind == "f" else value])
    if isinstance(value, bytes):
        return flip(value, draw)
    choices = [None, True, 0, -1, 1e308, 10**9, "", "O", [], {}, f"{value}x"]
    return draw.choice([choice for choice in choices if choice != value])


def flip(data: bytes, draw: random.Random) -> bytes:
    """Return bytes with one to eight bits flipped."""
    other = bytearray(data)
    for _ in range(draw.randint(1, 8) if other else 0):
        other[draw.randrange(len(other))] ^= 1 << draw.randrange(8)
    return bytes(other)


def edit(data: bytes, draw: random.Random) -> bytes:
    """Return JSON or msgpack with a value changed, anything else with bits flipped."""
    for loads, dumps in (
        (json.loads, lambda value: json.dumps(value).encode()),
        (srsly.msgpack_loads, srsly.msgpack_dumps),
    ):
        try:
            return dumps(change(loads(data), draw))
        except Exception:  # is of another kind, or cannot hold the value
            continue
    return flip(data, draw)


def damage(file: Path, twin: Path, draw: random.Random) -> str:
    """Damage a file of a copy; ``twin`` is the same file of a pipeline of another seed. Return how."""
    data = file.read_bytes()
    middle = draw.randrange(len(data)) if data else 0
    ways: dict[str, Callable[[], bytes | None]] = {
        "bits": lambda: flip(data, draw),
        "cut": lambda: data[:middle],
        "zeros": lambda: data[:middle] + bytes(min(64, len(data) - middle)) + data[middle + 64 :],
        "bytes put in": lambda: data[:middle] + draw.randbytes(draw.randint(1, 9)) + data[middle:],
        "missing": lambda: None,
        "another model's": lambda: twin.read_bytes() if twin.exists() else b"",
        "edited": lambda: edit(data, draw),
        "exchanged": lambda: data,
    }
    way = draw.choice(list(ways))
    content = ways[way]()
    if way == "exchanged":
        other = draw.choice([path for path in file.parent.iterdir() if path.is_file()])
        file.write_bytes(other.read_bytes())
        other.write_bytes(data)
    elif content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    return way


def outcome(path: Path, theirs: bool, expected: list[Any], standing: Language) -> tuple[str, str]:
    """Load and run a damaged copy; return what happened and the message.

    theirs: the file is in ``THEIRS``. standing: the whole pipeline, which a refused load leaves as it is.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if not theirs:
                standing.from_disk(path)
            found = run(spacy.load(path))
        except BionerError as error:
            return "coded", str(error)
        except Exception as error:
            return "theirs" if theirs else "UNCODED", f"{type(error).__name__}: {error}"
    told = [str(warning.message) for warning in caught if "[B58" in str(warning.message)]
    if found == expected:
        return "same", ""
    return ("told", told[0]) if told else ("SILENT", f"{expected} -> {found}")


def study(kind: str, copies: int, folder: Path, seed: int = 0) -> tuple[Counter[str], list[str]]:
    """Damage ``copies`` copies of a pipeline; return how often each outcome came, and what the bad ones were.

    In one copy of five the file is one of ``THEIRS``.
    """
    draw = random.Random(f"{kind} {seed}")
    (folder / kind).mkdir(parents=True)
    originals = [folder / kind / name for name in ("first", "second")]
    for number, original in enumerate(originals):
        build(kind, folder / kind, seed + number).to_disk(original)
    standing = spacy.load(originals[0])
    expected = run(standing)
    files = sorted(path.relative_to(originals[0]) for path in originals[0].rglob("*") if path.is_file())
    parts = [[file for file in files if (file.parts[0] in THEIRS) == not_ours] for not_ours in (False, True)]
    counts: Counter[str] = Counter()
    bad = []
    for number in range(copies):
        copy = folder / kind / "copy"
        shutil.copytree(originals[0], copy)
        not_ours = draw.random() < 0.2
        file = draw.choice(parts[not_ours])
        way = damage(copy / file, originals[1] / file, draw)
        found, message = outcome(copy, not_ours, expected, standing)
        counts[found] += 1
        if found.isupper():
            bad.append(f"{found}: {kind}, copy {number}, {file}, {way}: {message[:400]}")
        shutil.rmtree(copy)
    if run(standing) != expected:
        bad.append(f"SILENT: {kind}: a load that was refused changed the pipeline that it should have gone into")
    return counts, bad


def main() -> int:
    """Run the study and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=3000, help="in all, shared out among the components")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), help="of components")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    outcomes = ("coded", "told", "same", "theirs", "UNCODED", "SILENT")
    print(f"{'':20}{'copies':>8}", *(f"{name:>9}" for name in outcomes))
    total: Counter[str] = Counter()
    faults = []
    with TemporaryDirectory() as folder:
        for kind in args.kinds:
            copies = -(-args.copies // len(args.kinds))
            counts, bad = study(kind, copies, Path(folder), args.seed)
            print(f"{kind:20}{copies:8}", *(f"{counts[name]:9}" for name in outcomes), flush=True)
            total, faults = total + counts, faults + bad
    print(f"{'all':20}{sum(total.values()):8}", *(f"{total[name]:9}" for name in outcomes))
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
