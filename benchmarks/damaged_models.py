"""Damage saved pipelines of every component in every way, load each, and count what happens.

    python benchmarks/damaged_models.py --copies 3000

A copy of a tiny trained pipeline gets one fault: flipped bits, a cut, zeros, bytes put in, a file that is missing,
another model's or exchanged with a neighbour, a value of its JSON or msgpack changed. It is loaded into a pipeline
that exists already, which is fast; if that succeeds, it is loaded again by ``spacy.load`` and run. Outcomes:

    coded      a BionerError when it is loaded: what, where, how to mend
    told       it loads with a coded warning (config or tokenizer were changed)
    same       it finds what the undamaged pipeline finds, with the same scores
    theirs     spaCy or spacy-transformers cannot read a file of their own (config, vocabulary, tokenizer unless it is
               ours, and the component ``transformer``) and raise their own error, before a component of ours is read
    UNCODED    any other error: a fault of ours
    SILENT     it loads and finds something else, without a warning: a fault of ours

Exits with 1 if one of the last two occurs, or if Python's garbage collector stays off (COLLECTOR).
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import shutil
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import spacy
import srsly
from spacy.language import Language

from spacy_bioner.documents.doc_questions import get_answers
from spacy_bioner.documents.doc_relations import get_relations
from spacy_bioner.errors import BionerError
from spacy_bioner.tokenizers.nltk import NltkTokenizer

sys.path.insert(0, str(Path(__file__).resolve().parent))

from tiny_pipelines import KINDS, build

TEXTS = ["Aspirin treats asthma .", "Severe cough follows aspirin , not asthma .", "Hepatitis in 3 of 12 cases ."]
TEXTS += ["Acute and mild cough and aspirin ."]
THEIRS = ("config.cfg", "meta.json", "tokenizer", "vocab", "transformer")
"""Files and folders of a pipeline that are not ours to read."""


def run(nlp: Language) -> list[Any]:
    """Return all that a pipeline finds in the texts, with the scores to six places."""
    found: list[Any] = []
    for doc in nlp.pipe(TEXTS):
        spans = doc.spans.get("bioner", [])
        attrs = getattr(spans, "attrs", {})
        scores = [round(float(score), 6) for score in attrs.get("scores", [])]
        found.append([[(concept, round(score, 6)) for concept, score in one] for one in attrs.get("candidates", [])])
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
        if found == "theirs" and file.name == "tokenizer" and isinstance(standing.tokenizer, NltkTokenizer):
            found = "UNCODED"
        counts[found] += 1
        if not gc.isenabled():  # srsly switches it off, and on again only where the bytes are whole
            gc.enable()
            bad += [] if not_ours else [f"COLLECTOR: {kind}, copy {number}, {file}, {way}: it stays off"]
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
