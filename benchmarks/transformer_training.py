"""Memory and processor time of training a transformer: ``bioner_biobert`` beside a bare torch loop.

usage: python benchmarks/transformer_training.py CHECKPOINT DATA [--updates N] [--words N] [--float32]

CHECKPOINT is a folder in the format of Hugging Face, DATA an annotated file in any format, of whose sentences, in
random order, both make the same batches. Each runs in a process of its own, on one thread, with products in bfloat16
(or ``--float32``) and weights in 32 bits: ours is ``nlp.update`` with spaCy's Adam; the bare loop cuts word pieces,
pads, and runs the network, its linear layer and AdamW. Prints peak resident memory and processor time per update.

Fails if ours needs more than 1.2 times the memory of the bare loop.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

MOST = 1.2
ADAM = {"lr": 5e-5}


def batches(data: str, words: int) -> Iterator[list[Any]]:
    """Yield Examples of at least so many words together."""
    import spacy

    from spacy_bioner.training.corpora import Corpus
    from spacy_bioner.training.reader_transforms import make_sentences

    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "spacy-bioner.BioTokenizer.v1"}}})
    examples = list(make_sentences(Corpus(data))(nlp))
    random.Random(0).shuffle(examples)
    batch: list[Any] = []
    length = 0
    for example in examples:
        batch.append(example)
        length += len(example.predicted)
        if length >= words:
            yield batch
            batch, length = [], 0


def ours(checkpoint: str, first: list[Any], mixed: bool) -> Any:
    """Return a function that updates a tagger of ours on a batch."""
    import spacy

    nlp = spacy.blank("en", vocab=first[0].predicted.vocab)
    tok2vec = {"name": checkpoint, "mixed_precision": mixed}
    nlp.add_pipe("bioner_biobert", config={"model": {"tok2vec": tok2vec}})
    optimizer = nlp.initialize(lambda: first)
    optimizer.learn_rate = ADAM["lr"]
    return lambda batch: nlp.update(batch, sgd=optimizer, drop=0.1)


def bare(checkpoint: str, first: list[Any], mixed: bool) -> Any:
    """Return a function that updates a network of transformers on a batch; all tags are O, which costs the same."""
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)
    network = transformers.AutoModelForTokenClassification.from_pretrained(checkpoint).train()
    optimizer = torch.optim.AdamW(network.parameters(), **ADAM)

    def update(batch: list[Any]) -> None:
        words = [[token.text for token in example.predicted] for example in batch]
        inputs = tokenizer(words, is_split_into_words=True, return_tensors="pt", padding=True, truncation=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed):
            scores = network(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits
        tags = torch.zeros(scores.shape[:2], dtype=torch.long)
        torch.nn.functional.cross_entropy(scores.float().flatten(0, 1), tags.flatten()).backward()
        optimizer.step()
        optimizer.zero_grad()

    return update


def measure(which: str, options: argparse.Namespace) -> None:
    """Run the updates of one system in this process and print its figures as JSON."""
    import torch

    torch.set_num_threads(1)
    stream = batches(options.data, options.words)
    parts = [batch for _, batch in zip(range(options.updates + 1), stream, strict=False)]
    update = {"ours": ours, "bare": bare}[which](options.checkpoint, parts[0], not options.float32)
    update(parts[0])  # the first update allocates the optimizer's moments and compiles kernels
    start = time.process_time()
    for batch in parts[1:]:
        update(batch)
    seconds = (time.process_time() - start) / (len(parts) - 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps({"megabytes": round(peak), "seconds": round(seconds, 2), "updates": len(parts) - 1}))


def main() -> int:
    """Measure both, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("checkpoint")
    parser.add_argument("data")
    parser.add_argument("--updates", type=int, default=20)
    parser.add_argument("--words", type=int, default=700)
    parser.add_argument("--float32", action="store_true")
    parser.add_argument("--which", choices=("ours", "bare"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.which:
        measure(options.which, options)
        return 0
    found = {}
    for which in ("ours", "bare"):
        command = [sys.executable, __file__, *sys.argv[1:], "--which", which]
        found[which] = json.loads(subprocess.check_output(command, text=True).splitlines()[-1])
        print(which, found[which], flush=True)
    ratio = found["ours"]["megabytes"] / found["bare"]["megabytes"]
    print(f"memory: {ratio:.2f} of the bare loop's (target at most {MOST})")
    return int(ratio > MOST)


if __name__ == "__main__":
    sys.exit(main())
