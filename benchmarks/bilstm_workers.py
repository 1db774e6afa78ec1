"""The three systems that `bilstm.py` compares, each run as a process of its own that trains and predicts on demand.

All have trainable, randomly initialised word vectors of 300 dimensions for the same words; a BiLSTM of 256 units per
direction; dropout 0.5 on its input and output; Adam, gradients clipped to a norm of 1; batches of 1,000 words,
sentences in the same random order.

- ours: `nlp.update` and `nlp.pipe` of `bioner_tagger` with the CharCnnBiLSTM encoder and a CRF, everything included.
- bare: the same network in torch alone, with an ordinary convolution over the characters of every token, cut to the
  longest word of the batch, packed sequences, and a softmax in place of the CRF, which is less work. It predicts over
  sentences sorted by length from character features computed beforehand, and takes the best tag of each token.
- flair: its SequenceTagger with a CRF. Its only character features are a BiLSTM of 25 units per direction over vectors
  of 25 dimensions, which is less work than the 1,100 filters. Trained by its `forward_loss` in a bare loop.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

WORD_WIDTH, HIDDEN, DROPOUT, BATCH_WORDS = 300, 256, 0.5, 1000
CHAR_DIM, FILTERS = 50, [50, 100, 150, 200, 200, 200, 200]
TRAIN_BATCHES = 8
Sentence = list[tuple[str, str]]


def read_sentences(path: Path, limit: int) -> list[Sentence]:
    sentences: list[Sentence] = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        rows = [line.split("\t") for line in block.splitlines() if line.strip()]
        if rows:
            sentences.append([(row[0], row[-1]) for row in rows])
    random.Random(0).shuffle(sentences)
    return sentences[:limit]


def batches_of(sentences: list[Sentence], words: int) -> list[list[Sentence]]:
    batches: list[list[Sentence]] = [[]]
    for sentence in sentences:
        if sum(map(len, batches[-1])) + len(sentence) > words and batches[-1]:
            batches.append([])
        batches[-1].append(sentence)
    return batches


def count(sentences: list[Sentence]) -> int:
    return sum(map(len, sentences))


class Ours:
    def __init__(self, sentences: list[Sentence], threads: int) -> None:
        import spacy
        import torch
        from spacy.tokens import Doc
        from spacy.training import Example
        from thinc.api import Adam

        torch.set_num_threads(threads)
        self.Doc, self.sentences = Doc, sentences
        self.nlp = spacy.blank("en")
        model = {
            "@architectures": "spacy-bioner.TagModel.v1",
            "tok2vec": {"@architectures": "spacy-bioner.CharCnnBiLSTM.v1", "word_width": WORD_WIDTH, "hidden": HIDDEN},
            "decoder": "crf",
            "scheme": "IOBES",
        }
        self.nlp.add_pipe("bioner_tagger", config={"model": model})
        self.batches = [
            [Example(self._doc(s), Doc(self.nlp.vocab, words=[w for w, _ in s], ents=[t for _, t in s])) for s in batch]
            for batch in batches_of(sentences, BATCH_WORDS)
        ]
        self.nlp.initialize(lambda: [example for batch in self.batches for example in batch])
        self.optimizer = Adam(0.001, L2=0.0, grad_clip=1.0, use_averages=False)
        self.coming = cycle(self.batches)

    def _doc(self, sentence: Sentence) -> Any:
        return self.Doc(self.nlp.vocab, words=[word for word, _ in sentence])

    def train(self) -> int:
        words = 0
        for batch in islice(self.coming, TRAIN_BATCHES):
            self.nlp.update(batch, sgd=self.optimizer, drop=DROPOUT)
            words += sum(len(example.predicted) for example in batch)
        return words

    def prepare(self) -> None:
        self.docs = [self._doc(sentence) for sentence in self.sentences]

    def predict(self) -> int:
        return sum(len(doc) for doc in self.nlp.pipe(self.docs))

    def profile(self) -> list[str]:
        """Milliseconds of processor time of each part of the tagger for a batch of training."""
        pipe = self.nlp.get_pipe("bioner_tagger")
        tok2vec = pipe.model.get_ref("tok2vec")
        parts = {
            "characters": tok2vec.get_ref("char"),
            "words": tok2vec.get_ref("word"),
            "BiLSTM": tok2vec.get_ref("encode"),
        }
        parts["linear"] = pipe.model.get_ref("output")
        spent: dict[str, float] = {}

        def timed(name: str, function: Callable) -> Callable:
            def run(*args: Any, **kwargs: Any) -> Any:
                start = time.process_time()
                result = function(*args, **kwargs)
                spent[name] = spent.get(name, 0.0) + time.process_time() - start
                return result

            return run

        def timed_layer(name: str, forward: Callable) -> Callable:
            def run(*args: Any, **kwargs: Any) -> Any:
                Y, backprop = timed(f"{name}, forward", forward)(*args, **kwargs)
                return Y, timed(f"{name}, backward", backprop)

            return run

        for name, layer in parts.items():
            layer._func = timed_layer(name, layer._func)
        pipe.get_loss = timed("CRF and gold tags", pipe.get_loss)
        pipe.finish_update = timed("optimizer", pipe.finish_update)
        start = time.process_time()
        self.train()
        total = time.process_time() - start
        spent["the rest"] = total - sum(spent.values())
        scale = 1000 / TRAIN_BATCHES
        lines = [f"a training batch of ours takes {total * scale:.0f} ms of processor time:"]
        return lines + [f"  {seconds * scale:6.1f} ms  {name}" for name, seconds in spent.items()]


class Bare:
    def __init__(self, sentences: list[Sentence], threads: int) -> None:
        import torch
        from torch import nn

        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.torch = torch
        self.words = {w: i for i, w in enumerate(sorted({w for s in sentences for w, _ in s}), start=1)}
        self.chars = {c: i for i, c in enumerate(sorted({c for w in self.words for c in w}), start=1)}
        self.tags = {t: i for i, t in enumerate(sorted({t for s in sentences for _, t in s}))}

        class Net(nn.Module):
            def __init__(net, words: int, chars: int, tags: int) -> None:
                super().__init__()
                net.word = nn.Embedding(words, WORD_WIDTH)
                net.char = nn.Embedding(chars, CHAR_DIM, padding_idx=0)
                net.convs = nn.ModuleList(
                    nn.Conv1d(CHAR_DIM, filters, width, padding=width // 2) for width, filters in enumerate(FILTERS, 1)
                )
                net.dropout = nn.Dropout(DROPOUT)
                net.lstm = nn.LSTM(WORD_WIDTH + sum(FILTERS), HIDDEN, bidirectional=True, batch_first=True)
                net.output = nn.Linear(2 * HIDDEN, tags)

            def characters(net, chars: Any) -> Any:
                x = net.char(chars).transpose(1, 2)
                return torch.tanh(torch.cat([conv(x).amax(dim=2) for conv in net.convs], 1))

            def forward(net, words: list[Any], features: Any) -> Any:
                x = net.dropout(torch.cat([net.word(torch.cat(words)), features], 1))
                packed = nn.utils.rnn.pack_sequence(x.split([len(w) for w in words]), enforce_sorted=False)
                y, lengths = nn.utils.rnn.pad_packed_sequence(net.lstm(packed)[0], batch_first=True)
                flat = torch.cat([row[:length] for row, length in zip(y, lengths.tolist(), strict=True)])
                return net.output(net.dropout(flat))

        self.net = Net(len(self.words) + 1, len(self.chars) + 1, len(self.tags))
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=0.001)
        self.sentences = sentences
        self.coming = cycle(
            [
                (self._words(batch), self._chars(batch), self._tags(batch))
                for batch in batches_of(sentences, BATCH_WORDS)
            ]
        )

    def _words(self, batch: list[Sentence]) -> list[Any]:
        return [self.torch.tensor([self.words[word] for word, _ in sentence]) for sentence in batch]

    def _chars(self, batch: list[Sentence]) -> Any:
        spelt = [self.torch.tensor([self.chars[c] for c in word]) for sentence in batch for word, _ in sentence]
        return self.torch.nn.utils.rnn.pad_sequence(spelt, batch_first=True)

    def _tags(self, batch: list[Sentence]) -> Any:
        return self.torch.tensor([self.tags[tag] for sentence in batch for _, tag in sentence])

    def train(self) -> int:
        words = 0
        self.net.train()
        for sentences, chars, tags in islice(self.coming, TRAIN_BATCHES):
            self.optimizer.zero_grad()
            scores = self.net(sentences, self.net.characters(chars))
            self.torch.nn.functional.cross_entropy(scores, tags).backward()
            self.torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
            self.optimizer.step()
            words += len(tags)
        return words

    def prepare(self) -> None:
        self.net.eval()
        with self.torch.inference_mode():
            vocabulary = [[(word, "O")] for word in self.words]
            chunks = [self.net.characters(self._chars(chunk)) for chunk in batches_of(vocabulary, BATCH_WORDS)]
            self.features = self.torch.cat([self.torch.zeros(1, sum(FILTERS)), *chunks])
        self.portions = [self._words(b) for b in batches_of(sorted(self.sentences, key=len), 2 * BATCH_WORDS)]

    def predict(self) -> int:
        words = 0
        with self.torch.inference_mode():
            for portion in self.portions:
                features = self.features[self.torch.cat(portion)]
                words += len(self.net(portion, features).argmax(1).tolist())
        return words


class Flair:
    def __init__(self, sentences: list[Sentence], threads: int) -> None:
        import logging

        import flair
        import torch
        from flair.data import Dictionary
        from flair.data import Sentence as FlairSentence
        from flair.embeddings import CharacterEmbeddings, OneHotEmbeddings, StackedEmbeddings
        from flair.models import SequenceTagger

        torch.set_num_threads(threads)
        flair.device = torch.device("cpu")
        flair.set_seed(0)
        logging.disable()
        self.torch, self.FlairSentence, self.sentences = torch, FlairSentence, sentences
        words, chars = Dictionary(), Dictionary()
        for word in sorted({word for sentence in sentences for word, _ in sentence}):
            words.add_item(word)
            for char in word:
                chars.add_item(char)
        labels = Dictionary(add_unk=False)
        labels.span_labels = True
        for label in sorted({tag[2:] for sentence in sentences for _, tag in sentence if tag != "O"}):
            labels.add_item(label)
        embeddings = StackedEmbeddings(
            [OneHotEmbeddings(words, "text", WORD_WIDTH), CharacterEmbeddings(chars, 25, 25)]
        )
        self.tagger = SequenceTagger(
            embeddings,
            labels,
            "ner",
            tag_format="BIOES",
            hidden_size=HIDDEN,
            rnn_layers=1,
            use_crf=True,
            reproject_embeddings=False,
            dropout=DROPOUT,
            word_dropout=0.0,
            locked_dropout=0.0,
        )
        self.optimizer = torch.optim.Adam(self.tagger.parameters(), lr=0.001)
        self.coming = cycle([[self._sentence(s) for s in batch] for batch in batches_of(sentences, BATCH_WORDS)])

    def _sentence(self, sentence: Sentence) -> Any:
        result = self.FlairSentence([word for word, _ in sentence])
        start = None
        for i, (_, tag) in enumerate([*sentence, ("", "O")]):
            if start is not None and not tag.startswith("I"):
                result[start:i].add_label("ner", sentence[start][1][2:])
                start = None
            if tag.startswith("B"):
                start = i
        return result

    def train(self) -> int:
        words = 0
        self.tagger.train()
        for batch in islice(self.coming, TRAIN_BATCHES):
            self.optimizer.zero_grad()
            loss, _ = self.tagger.forward_loss(batch)
            loss.backward()
            self.torch.nn.utils.clip_grad_norm_(self.tagger.parameters(), 1.0)
            self.optimizer.step()
            for sentence in batch:
                sentence.clear_embeddings()
            words += sum(map(len, batch))
        return words

    def prepare(self) -> None:
        self.unseen = [self.FlairSentence([word for word, _ in sentence]) for sentence in self.sentences]

    def predict(self) -> int:
        self.tagger.predict(self.unseen, mini_batch_size=64)
        return sum(map(len, self.unseen))


def serve(system: Any) -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        task = line.strip()
        if task == "profile":
            yield {"lines": system.profile()}
        elif task in ("train", "predict"):
            if task == "predict":
                system.prepare()
            wall, cpu = time.perf_counter(), time.process_time()
            words = getattr(system, task)()
            yield {"words": words, "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        else:
            yield {}


if __name__ == "__main__":
    name, text, threads, limit = sys.argv[1:]
    system = {"ours": Ours, "bare": Bare, "flair": Flair}[name](read_sentences(Path(text), int(limit)), int(threads))
    for answer in serve(system):
        print(json.dumps(answer), flush=True)
