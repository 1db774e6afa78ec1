"""The loss curve of ``bioner_biobert`` beside that of BertForTokenClassification under torch's AdamW.

usage: python benchmarks/transformer_parity.py CORPUS CHECKPOINT [--steps N] [--batch N] [--learn-rate R] [--threads N]

CORPUS is an annotated file in any format, each document of it one input; CHECKPOINT a folder that both start from, with
the same weights of the output layer. Both are given the same batches, in order, with dropout off, a constant rate,
weight decay 0.01 and no clipping, and minimise the same sum over tokens. Prints the loss per token, in nats, at every
tenth of the steps, and the largest difference at any step. Fails if that is above 0.02 or 2% of the loss.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
import spacy

from spacy_bioner.ml.adam import make_adam
from spacy_bioner.training.corpora import Corpus

TARGET = 0.02


def make_ours(examples: list[Any], checkpoint: str, length: int) -> Any:
    nlp = spacy.blank("en")
    tok2vec = {"name": checkpoint, "max_pieces": length, "overlap": 0, "by_sentence": False}
    nlp.add_pipe("bioner_biobert", config={"model": {"tok2vec": tok2vec, "dropout": None}})
    nlp.initialize(lambda: examples)
    switch_off_dropout(nlp.get_pipe("bioner_biobert").model.get_ref("tok2vec").shims[0].network)
    return nlp


def switch_off_dropout(network: Any) -> None:
    import torch

    for part in network.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
        if hasattr(part, "dropout_prob"):  # of the attention that is computed in one piece
            part.dropout_prob = 0.0


def make_theirs(nlp: Any, checkpoint: str) -> Any:
    import torch
    import transformers

    model = nlp.get_pipe("bioner_biobert").model
    tags = model.get_ref("decoder").attrs["tags"]
    theirs = transformers.BertForTokenClassification.from_pretrained(checkpoint, num_labels=len(tags))
    theirs.bert.load_state_dict(model.get_ref("tok2vec").shims[0].network.state_dict())
    theirs.classifier.weight.data = torch.tensor(model.get_ref("output").get_param("W"))
    theirs.classifier.bias.data = torch.tensor(model.get_ref("output").get_param("b"))
    switch_off_dropout(theirs)
    return theirs.train()


def tag_rows(example: Any, tags: list[str]) -> list[int]:
    return [tags.index(f"{t.ent_iob_}-{t.ent_type_}" if t.ent_type_ else "O") for t in example.reference]


def their_loss(theirs: Any, tokenizer: Any, examples: list[Any], tags: list[str]) -> Any:
    import torch

    words = [[token.text for token in example.predicted] for example in examples]
    batch = tokenizer(words, is_split_into_words=True, padding=True, return_tensors="pt")
    labels = torch.full_like(batch["input_ids"], -100)
    for i, example in enumerate(examples):
        ids, rows = batch.word_ids(i), tag_rows(example, tags)
        for place, word in enumerate(ids):
            if word is not None and word != ids[place - 1]:
                labels[i, place] = rows[word]
    logits = theirs(**batch).logits
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="sum")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("checkpoint")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--learn-rate", type=float, default=5e-4)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    import torch
    import transformers

    torch.set_num_threads(args.threads)
    tokenizer = transformers.AutoTokenizer.from_pretrained(args.checkpoint)
    length = min(tokenizer.model_max_length, 512)
    examples = []
    for example in Corpus(args.corpus)(spacy.blank("en")):
        pieces = tokenizer([t.text for t in example.predicted], is_split_into_words=True, verbose=False)["input_ids"]
        if len(pieces) <= length:
            examples.append(example)
        if len(examples) == args.steps * args.batch:
            break
    nlp = make_ours(examples, args.checkpoint, length)
    theirs = make_theirs(nlp, args.checkpoint)
    tags = nlp.get_pipe("bioner_biobert").model.get_ref("decoder").attrs["tags"]
    ours = make_adam(args.learn_rate, L2=0.01, L2_is_weight_decay=True, grad_clip=0.0, use_averages=False)
    adam = torch.optim.AdamW(theirs.parameters(), lr=args.learn_rate, weight_decay=0.01)
    curves = []
    for step in range(args.steps):
        batch = [examples[(step * args.batch + i) % len(examples)] for i in range(args.batch)]
        tokens = sum(len(example.predicted) for example in batch)
        loss = nlp.update(batch, sgd=ours, losses={}, drop=0.0)["bioner_biobert"]
        total = their_loss(theirs, tokenizer, batch, tags)
        (total / len(batch)).backward()
        adam.step()
        adam.zero_grad()
        curves.append((loss / tokens, total.item() / tokens))
        if step % max(1, args.steps // 10) == 0 or step == args.steps - 1:
            print(f"step {step + 1:4}  ours {curves[-1][0]:.5f}  transformers {curves[-1][1]:.5f}", flush=True)
    a, b = np.array(curves).T
    worst = float((np.abs(a - b) / np.maximum(1.0, b)).max())
    print(f"largest difference {np.abs(a - b).max():.5f} nats a token at step {int(np.abs(a - b).argmax()) + 1}")
    sys.exit(worst > TARGET)


if __name__ == "__main__":
    main()
