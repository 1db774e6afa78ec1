"""Speed of PairTransformer beside a bare torch pass, and its logits beside those of transformers.

usage: python benchmarks/pair_transformer.py CHECKPOINT DATA [--format F] [--limit N] [--rounds N] [--threads N]

CHECKPOINT is the folder of a BERT with a pooler; DATA holds relations or pairs of entities (``--format marked_pairs``
for GAD). In turns, N rounds after one that does not count:

- ours: all of ``nlp.pipe`` over Docs with entities, relations and probabilities set;
- bare: word pieces cut beforehand, batches of 32 pairs sorted by length, BertForSequenceClassification, nothing else.

Both have the same weights and the same two classes. CPU time is measured, so that other processes have little
influence. Fails if ours is below 0.9 times the speed of the bare pass, or if a logit differs by more than 1e-4.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import spacy
from spacy.tokens import Doc
from thinc.api import fix_random_seed

from spacy_bioner.ml.pairs.pair import Pair
from spacy_bioner.ml.pairs.pair_transformer import pieces_of
from spacy_bioner.pipeline.relations.candidates import candidates, entities_of
from spacy_bioner.training.corpora import make_corpus
from spacy_bioner.training.gold_entities import make_gold_entities

TARGET, TOLERANCE = 0.9, 1e-4


def pipeline(checkpoint: str, data: str, format: str | None, limit: int) -> tuple[Any, list[Doc], list[Pair]]:
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "spacy-bioner.BioTokenizer.v1"}}})
    model = {"@architectures": "spacy-bioner.PairTransformer.v1", "name": checkpoint}
    pipe = nlp.add_pipe("bioner_relations", config={"model": model, "pairs_at_once": 256})
    examples = list(make_gold_entities(make_corpus(data, format))(nlp))[:limit]
    nlp.initialize(lambda: examples)
    output = pipe.model.get_ref("output")
    weights = np.random.default_rng(0).normal(0, 0.05, output.get_param("W").shape)
    output.set_param("W", weights.astype("float32"))  # at first they are zeros
    docs = [example.predicted for example in examples]
    return nlp, docs, [pair for doc in docs for pair in candidates(doc, entities_of(doc), pipe.scope)]


def bare_model(checkpoint: str, pipe: Any) -> Any:
    import torch
    from transformers import BertForSequenceClassification

    network = BertForSequenceClassification.from_pretrained(checkpoint, num_labels=1 + len(pipe.labels)).eval()
    output = pipe.model.get_ref("output")
    with torch.no_grad():
        network.classifier.weight.copy_(torch.from_numpy(output.get_param("W")))
        network.classifier.bias.copy_(torch.from_numpy(output.get_param("b")))
    return network


def bare_pass(network: Any, pieces: list[list[int]]) -> Callable[[], np.ndarray]:
    import torch

    order = sorted(range(len(pieces)), key=lambda i: len(pieces[i]))
    batches = []
    for start in range(0, len(order), 32):
        rows = [torch.tensor(pieces[i]) for i in order[start : start + 32]]
        ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        mask = torch.nn.utils.rnn.pad_sequence([torch.ones_like(row) for row in rows], batch_first=True)
        batches.append((ids, mask))

    def run() -> np.ndarray:
        with torch.no_grad():
            found = [network(input_ids=ids, attention_mask=mask).logits for ids, mask in batches]
        result = np.empty((len(pieces), found[0].shape[1]), dtype="float32")
        result[order] = torch.cat(found).numpy()
        return result

    return run


def our_pass(nlp: Any, docs: list[Doc]) -> Callable[[], None]:
    def run() -> None:
        copies = [doc.copy() for doc in docs]
        for _ in nlp.pipe(copies, batch_size=256):
            pass

    return run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("data")
    parser.add_argument("--format")
    parser.add_argument("--limit", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    import torch

    torch.set_num_threads(given.threads)
    fix_random_seed(0)
    nlp, docs, pairs = pipeline(given.checkpoint, given.data, given.format, given.limit)
    pipe = nlp.get_pipe("bioner_relations")
    pieces = pieces_of(pipe.model.get_ref("encoder"), pairs)
    passes = {"ours": our_pass(nlp, docs), "bare": bare_pass(bare_model(given.checkpoint, pipe), pieces)}
    gap = float(np.abs(pipe.model.predict(pairs) - passes["bare"]()).max())
    times: dict[str, list[float]] = {name: [] for name in passes}
    for number in range(given.rounds + 1):
        for name, run in passes.items():
            start = time.process_time()
            run()
            if number:
                times[name].append(time.process_time() - start)
    speeds = {name: len(pairs) / median(found) for name, found in times.items()}
    ratio = median(bare / ours for ours, bare in zip(times["ours"], times["bare"], strict=True))
    print(f"{len(pairs)} pairs, {sum(map(len, pieces)) / len(pieces):.0f} word pieces each")
    for name, speed in speeds.items():
        print(
            f"{name}: {speed:.1f} pairs a second of processor time ({min(times[name]):.2f} to {max(times[name]):.2f} s)"
        )
    print(f"ours / bare: {ratio:.3f} (at least {TARGET}); largest difference of a logit {gap:.1e}")
    return int(ratio < TARGET or gap > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
