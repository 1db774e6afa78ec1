"""Pretraining speed of the bidirectional language model beside a bare torch loop over the same network.

    python benchmarks/bilm.py TEXT [--sentences N] [--words N] [--rounds N] [--threads N] [--clock wall|cpu]

TEXT has one tokenized sentence per line (plain, .gz or .xz). The network is that of Sachan et al. (2018): word vectors
of 300 dimensions, 1,100 character filters, an LSTM of 256 units per direction, one softmax for both directions
(adaptive for more than 10,000 words); batches of 500 words, dropout 0.5, Adam, clipped gradients. Two systems take
turns:

- ours: `nlp.update` of `bioner_bilm`, everything included;
- bare: the same in torch alone, an ordinary convolution over the characters of every token, `nn.LSTM` over packed
  sequences and their reverses, `nn.Linear` or `nn.AdaptiveLogSoftmaxWithLoss` of the same clusters.

Fails if ours is below 0.9 times the speed of the bare loop.
"""

from __future__ import annotations

import argparse
import gzip
import lzma
import statistics
import sys
import time
from collections import Counter
from itertools import cycle, islice
from pathlib import Path
from typing import Any

WORD_WIDTH, HIDDEN, DROPOUT, BATCH_WORDS = 300, 256, 0.5, 500
CHAR_DIM, FILTERS = 50, [50, 100, 150, 200, 200, 200, 200]
FULL_UP_TO, CUTOFFS, SHRINK = 10_000, [2_000, 10_000], 4
TRAIN_BATCHES = 8
TARGET = 0.9
OPENERS: dict[str, Any] = {".xz": lzma.open, ".gz": gzip.open}


def read_sentences(path: Path, limit: int) -> list[list[str]]:
    with OPENERS.get(path.suffix, open)(path, "rt", encoding="utf-8") as lines:
        return list(islice((words for line in lines if (words := line.split())), limit))


def batches_of(sentences: list[list[str]]) -> list[list[list[str]]]:
    batches: list[list[list[str]]] = [[]]
    for sentence in sentences:
        if sum(map(len, batches[-1])) + len(sentence) > BATCH_WORDS and batches[-1]:
            batches.append([])
        batches[-1].append(sentence)
    return batches


class Ours:
    def __init__(self, sentences: list[list[str]], words: int) -> None:
        import spacy
        from spacy.tokens import Doc
        from spacy.training import Example
        from thinc.api import Adam

        self.nlp = spacy.blank("en")
        tok2vec = {
            "@architectures": "spacy-bioner.CharCnnBiLSTM.v1",
            "word_width": WORD_WIDTH,
            "hidden": HIDDEN,
            "directions": "independent",
        }
        model = {"@architectures": "spacy-bioner.BiLM.v1", "min_count": 1, "max_words": words, "tok2vec": tok2vec}
        self.nlp.add_pipe("bioner_bilm", config={"model": model})

        def example(sentence: list[str]) -> Example:
            doc = Doc(self.nlp.vocab, words=sentence)
            return Example(doc, doc.copy())

        self.batches = [[example(sentence) for sentence in batch] for batch in batches_of(sentences)]
        self.nlp.initialize(lambda: [one for batch in self.batches for one in batch])
        self.optimizer = Adam(0.001, L2=0.0, grad_clip=1.0, use_averages=False)
        self.coming = cycle(self.batches)

    def train(self) -> int:
        words = 0
        for batch in islice(self.coming, TRAIN_BATCHES):
            self.nlp.update(batch, sgd=self.optimizer, drop=DROPOUT)
            words += sum(len(one.predicted) for one in batch)
        return words


class Bare:
    def __init__(self, sentences: list[list[str]], words: int) -> None:
        import torch
        from torch import nn

        torch.manual_seed(0)
        self.torch = torch
        counts = Counter(word for sentence in sentences for word in sentence)
        rows = {word: i for i, (word, _) in enumerate(counts.most_common(words or None), start=2)}
        chars = {char: i for i, char in enumerate(sorted({c for word in counts for c in word}), start=1)}
        size = len(rows) + 2

        class Net(nn.Module):
            def __init__(net) -> None:
                super().__init__()
                net.word = nn.Embedding(size, WORD_WIDTH)
                net.char = nn.Embedding(len(chars) + 1, CHAR_DIM, padding_idx=0)
                net.convs = nn.ModuleList(
                    nn.Conv1d(CHAR_DIM, filters, width, padding=width // 2) for width, filters in enumerate(FILTERS, 1)
                )
                net.dropout = nn.Dropout(DROPOUT)
                net.lstms = nn.ModuleList(nn.LSTM(WORD_WIDTH + sum(FILTERS), HIDDEN) for _ in range(2))
                adaptive = size > FULL_UP_TO
                cutoffs = [cut for cut in CUTOFFS if cut < size]
                net.head = (
                    nn.AdaptiveLogSoftmaxWithLoss(HIDDEN, size, cutoffs, SHRINK)
                    if adaptive
                    else nn.Linear(HIDDEN, size)
                )

            def loss(net, states: Any, targets: Any) -> Any:
                if size > FULL_UP_TO:
                    return net.head(states, targets).loss
                return nn.functional.cross_entropy(net.head(states), targets)

            def forward(net, ids: list[Any], spelt: Any) -> Any:
                x = net.char(spelt).transpose(1, 2)
                features = torch.tanh(torch.cat([conv(x).amax(dim=2) for conv in net.convs], 1))
                x = net.dropout(torch.cat([net.word(torch.cat(ids)), features], 1)).split([len(row) for row in ids])
                total = 0.0
                for lstm, step in zip(net.lstms, (1, -1), strict=True):
                    inputs = list(x) if step == 1 else [row.flip(0) for row in x]
                    heard = ids if step == 1 else [row.flip(0) for row in ids]
                    packed = nn.utils.rnn.pack_sequence(inputs, enforce_sorted=False)
                    y, lengths = nn.utils.rnn.pad_packed_sequence(lstm(packed)[0], batch_first=True)
                    flat = torch.cat([row[:length] for row, length in zip(y, lengths.tolist(), strict=True)])
                    ends = torch.ones(1, dtype=torch.long)
                    targets = torch.cat([part for row in heard for part in (row[1:], ends)])
                    total = total + 0.5 * net.loss(net.dropout(flat), targets)
                return total

        self.net = Net()
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=0.001)
        self.coming = cycle(
            [
                (
                    [torch.tensor([rows.get(word, 0) for word in sentence]) for sentence in batch],
                    torch.nn.utils.rnn.pad_sequence(
                        [torch.tensor([chars[c] for c in word]) for sentence in batch for word in sentence],
                        batch_first=True,
                    ),
                )
                for batch in batches_of(sentences)
            ]
        )

    def train(self) -> int:
        words = 0
        self.net.train()
        for ids, spelt in islice(self.coming, TRAIN_BATCHES):
            self.optimizer.zero_grad()
            self.net(ids, spelt).backward()
            self.torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
            self.optimizer.step()
            words += len(spelt)
        return words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path)
    parser.add_argument("--sentences", type=int, default=5000, help="read so many")
    parser.add_argument("--words", type=int, default=0, help="most words that are predicted, 0 for all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    args = parser.parse_args()
    import torch

    torch.set_num_threads(args.threads)
    clock = time.perf_counter if args.clock == "wall" else time.process_time
    sentences = read_sentences(args.text, args.sentences)
    systems = {"ours": Ours(sentences, args.words), "bare": Bare(sentences, args.words)}
    speeds: dict[str, list[float]] = {name: [] for name in systems}
    for turn in range(args.rounds + 1):
        for name, system in systems.items():
            start = clock()
            words = system.train()
            if turn:
                speeds[name].append(words / (clock() - start))
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    size = len(systems["ours"].nlp.get_pipe("bioner_bilm").model.get_ref("output").attrs["rows"])
    print(f"{size:,} words to predict")
    for name, values in speeds.items():
        extremes = f"{min(values):,.0f} to {max(values):,.0f}"
        print(f"{name:5} {medians[name]:8,.0f} words/s by the {args.clock} clock ({extremes})")
    ratio = medians["ours"] / medians["bare"]
    print(f"ours / bare: {ratio:.2f}, target {TARGET}")
    sys.exit(ratio < TARGET)


if __name__ == "__main__":
    main()
