"""Relations of the ADE corpus with negative pairs: between known mentions, and end to end.

usage: python benchmarks/ade_relations.py DRUG-AE.rel ADE-NEG.txt OUT [--epochs N] [--seeds N]

DRUG-AE.rel alone has next to no negative pairs (183 of 6,884), so that calling all pairs related gives F1 97 to 99. The
sentences of ADE-NEG.txt state no adverse effect, but name drugs and disorders. Here the names of the training part are
looked up in them with a dictionary; each pair of a drug and an effect found there is a negative pair, in training and
in test.

Abstracts are split 80 to 10 to 10. A CRF learns the entities of the training part, found names among them; PairTok2Vec
(``configs/relations.cfg``) the relations, on given mentions. Scored once on test, beside calling all pairs related:

- known mentions: gold mentions, and found names in the negative sentences;
- known mentions without the negative sentences, as the corpus is published;
- end to end: the CRF's entities in all test sentences, negative ones with and without names.

Systems that already have a folder in OUT are not trained again. Fails if PairTok2Vec does not exceed the baseline that
calls all pairs related, with known mentions and end to end, or needs more than five minutes of CPU time.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import spacy
from spacy.language import Language

from spacy_bioner.corpus import splits
from spacy_bioner.documents.alignment import from_doc
from spacy_bioner.documents.doc_relations import RelationSpans, set_relations
from spacy_bioner.formats import read, write
from spacy_bioner.pipeline.relations.candidates import candidates, entities_of
from spacy_bioner.pipeline.relations.scorer import relation_scores
from spacy_bioner.training.corpora import make_corpus
from spacy_bioner.training.gold_entities import make_gold_entities

CONFIGS = Path(__file__).parent.parent / "configs"
LIMIT = 300
PARTS = ("train", "dev", "test")


def prepare(related: str, negative: str, out: Path) -> None:
    """Write train, dev and test, of known mentions and (``-all``) with every negative sentence."""
    out.mkdir(parents=True, exist_ok=True)
    known = list(read(related, relations=True))
    other = list(read(negative))
    names = sorted({document.id.split("-")[0] for document in [*known, *other]})
    part_of = {
        name: part
        for i, part in enumerate(PARTS)
        for _, name in splits.split(list(enumerate(names)), (0.8, 0.1, 0.1), [i], 0, lambda item: item[0])
    }
    parts = {part: ([], []) for part in PARTS}
    for i, documents in enumerate((known, other)):
        for document in documents:
            parts[part_of[document.id.split("-")[0]]][i].append(document)
    nlp = spacy.blank("en")
    terms = {(d.text_of(m), m.label) for d in parts["train"][0] for m in d.mentions}
    nlp.add_pipe("bioner_dictionary").add_terms((text, label, []) for text, label in sorted(terms))
    for part, (with_relations, without) in parts.items():
        marked = [from_doc(nlp(document.text), gold=False) for document in without]
        for document, source in zip(marked, without, strict=True):
            document.id, document.tokens, document.sentences = source.id, None, None
        both = [one for one in marked if len({mention.label for mention in one.mentions}) == 2]
        write([*with_relations, *both], out / f"{part}.jsonl")
        write(with_relations, out / f"{part}-related.jsonl")
        write([*with_relations, *without], out / f"{part}-all.jsonl")
        print(
            f"{part}: {len(with_relations)} sentences with relations, {len(without)} without ({len(both)} with names)"
        )


def train(config: str, output: Path, out: Path, *settings: str) -> float:
    """Train as ``spacy train`` does; return the processor time in seconds, kept beside the pipeline."""
    kept = output / "seconds.json"
    if not kept.is_file():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "spacy", "train", str(CONFIGS / config), "--output", str(output)]
        command += ["--paths.train", str(out / "train.jsonl"), "--paths.dev", str(out / "dev.jsonl"), *settings]
        with (out / f"{output.name}.log").open("w") as log:
            subprocess.run(command, check=True, stdout=log, stderr=subprocess.STDOUT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        kept.write_text(json.dumps(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    return float(json.loads(kept.read_text()))


def relate_all(nlp: Language, docs: Sequence[Any]) -> None:
    """Call every candidate pair related."""
    pipe = nlp.get_pipe("relations")
    for doc in docs:
        pairs = candidates(doc, entities_of(doc), pipe.scope)
        spans = [(doc[pair.head.start : pair.head.end], doc[pair.tail.start : pair.tail.end]) for pair in pairs]
        set_relations(doc, [RelationSpans(head, tail, pipe.labels[0], 1.0) for head, tail in spans])


def scores(nlp: Language, file: Path, crf: Language | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the scores of calling all pairs related, and those of the pipeline; crf: gives the entities."""
    corpus = make_corpus(str(file))
    results = []
    for everything in (True, False):
        examples = list((corpus if crf else make_gold_entities(corpus))(nlp))
        docs = [nlp.get_pipe("sentences")(example.predicted) for example in examples]
        docs = list(crf.get_pipe("crf").pipe(docs)) if crf else docs
        if everything:
            relate_all(nlp, docs)
        else:
            docs = list(nlp.get_pipe("relations").pipe(docs))
        for example, doc in zip(examples, docs, strict=True):
            example.predicted = doc
        results.append(relation_scores(examples))
    return results[0], results[1]


def shown(found: dict[str, Any]) -> str:
    return " / ".join(f"{100 * found[f'relations_{k}']:.2f}" for k in "prf") + f"  {found['relations_counts']}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("related")
    parser.add_argument("negative")
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seeds", type=int, default=1)
    given = parser.parse_args()
    if not (given.out / "test-all.jsonl").is_file():
        prepare(given.related, given.negative, given.out)
    print(f"CRF: {train('crf.cfg', given.out / 'crf', given.out):.0f} s of processor time", flush=True)
    crf = spacy.load(given.out / "crf" / "model-last")
    settings = [("known mentions", "test.jsonl", None), ("as the corpus comes", "test-related.jsonl", None)]
    settings += [("end to end", "test-all.jsonl", crf)]
    figures: dict[str, list[tuple[float, float]]] = {}
    longest = 0.0
    for seed in range(given.seeds):
        output = given.out / f"relations-{seed}"
        options = [
            "--system.seed",
            str(seed),
            "--run.epochs",
            str(given.epochs),
            "--training.logger.progress_bar",
            "null",
        ]
        longest = max(longest, train("relations.cfg", output, given.out, *options))
        nlp = spacy.load(output / "model-best")
        print(f"seed {seed}, {longest:.0f} s of processor time", flush=True)
        for name, file, entities in settings:
            every, ours = scores(nlp, given.out / file, entities)
            figures.setdefault(name, []).append((every["relations_f"], ours["relations_f"]))
            print(f"  {name}\n    all pairs   {shown(every)}\n    PairTok2Vec {shown(ours)}", flush=True)
    for name, pairs in figures.items():
        every, ours = (100 * mean(values) for values in zip(*pairs, strict=True))
        print(f"{name}: all pairs {every:.2f}, PairTok2Vec {ours:.2f}, mean of {len(pairs)} seeds")
    ahead = all(mean(b - a for a, b in figures[name]) > 0 for name in ("known mentions", "end to end"))
    return int(not ahead or longest > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
