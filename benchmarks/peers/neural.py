"""Neural taggers that learn from the same few sentences, in the same number of epochs, with one thread.

- bilstm_crf: this package's configs/bilstm_crf_fast.cfg; spacy_ner: spaCy's `ner` by projects/scoreboard/spacy_ner.cfg;
  flair: its SequenceTagger, a BiLSTM-CRF of the same width over the same word vectors and its own BiLSTM over
  characters (25 units a direction), batches, optimiser and schedule as in ours.
- transformer: this package's configs/transformer.cfg; eds: eds.ner_crf over eds.transformer, from the same checkpoint.

Training counts reading the file and building the network.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from worker import load, number, read_columns, serve, spans_of

HIDDEN, RATE, DROPOUT, BATCH_WORDS = 200, 0.002, 0.5, 250
"""Those of configs/bilstm_crf_fast.cfg."""


class Tagger:
    """A system that learns from a column file; subclasses know no label of bare tags but the one given."""

    def __init__(self, train: str, test: str, label: str, epochs: int, **settings: Any) -> None:
        self.path, self.label, self.epochs, self.settings = train, label, epochs, settings
        self.words = [words for words, _ in read_columns(test)]
        self.amount = sum(len(words) for words, _ in read_columns(train))

    def docs(self, vocab: Any, sentences: list[list[str]]) -> list[Any]:
        from spacy.tokens import Doc

        return [Doc(vocab, words=w, sent_starts=[i == 0 for i in range(len(w))]) for w in sentences]

    def tag(self) -> int:
        self.found = self.tagged()
        return sum(map(len, self.words))

    def tagged(self) -> list[Any]:
        return [[(ent.start, ent.end, ent.label_) for ent in doc.ents] for doc in self.nlp.pipe(self.fresh)]

    def before_tag(self) -> None:
        self.fresh = self.docs(self.nlp.vocab, self.words)

    def result(self) -> list[list[Any]]:
        self.before_tag()
        self.tag()
        return number(self.found)


class Configured(Tagger):
    """What `spacy train CONFIG` trains; the last weights count. It scores a few sentences at the end of each epoch."""

    def before_train(self) -> None:
        load("spacy", "spacy.training.loop", "torch", *self.settings["modules"])

    def train(self, seed: int) -> int:
        import spacy
        from spacy.training.initialize import init_nlp
        from spacy.training.loop import train

        overrides = {"paths.train": self.path, "paths.dev": self.settings["dev"], "paths.label": self.label}
        overrides |= {"run.epochs": self.epochs, "system.seed": seed} | self.settings.get("overrides", {})
        config = spacy.util.load_config(self.settings["config"], overrides=overrides, interpolate=False)
        place = Path(self.settings["place"])
        train(init_nlp(config), place)
        self.nlp = spacy.load(place / "model-last")
        return self.amount * self.epochs


class Flair(Tagger):
    def before_train(self) -> None:
        load("flair", "flair.models", "flair.trainers")

    def train(self, seed: int) -> int:
        import flair
        import torch
        from flair.data import Corpus, Dictionary
        from flair.datasets import FlairDatapointDataset
        from flair.embeddings import CharacterEmbeddings, StackedEmbeddings
        from flair.models import SequenceTagger
        from flair.trainers import ModelTrainer
        from flair.trainers.plugins import LinearSchedulerPlugin

        torch.set_num_threads(1)
        flair.device = torch.device("cpu")
        flair.set_seed(seed)
        sentences = [self.sentence(words, tags) for words, tags in read_columns(self.path, self.label)]
        corpus = Corpus(train=FlairDatapointDataset(sentences), sample_missing_splits=False)
        characters = Dictionary()  # flair's own is a download
        for word in sorted({word for words, _ in read_columns(self.path) for word in words}):
            for character in word:
                characters.add_item(character)
        embeddings = StackedEmbeddings([self.word_vectors(), CharacterEmbeddings(characters, 25, 25)])
        labels = corpus.make_label_dictionary("ner", add_unk=False)
        self.tagger = SequenceTagger(
            embeddings,
            labels,
            "ner",
            hidden_size=HIDDEN,
            dropout=DROPOUT,
            word_dropout=0.0,
            locked_dropout=0.0,
            reproject_embeddings=False,
        )
        size = max(1, round(BATCH_WORDS * len(sentences) / self.amount))
        ModelTrainer(self.tagger, corpus).train(
            self.settings["place"],
            learning_rate=RATE,
            mini_batch_size=size,
            max_epochs=self.epochs,
            optimizer=torch.optim.Adam,
            attach_default_scheduler=False,
            plugins=[LinearSchedulerPlugin(warmup_fraction=0.0)],
            save_final_model=False,
        )
        return self.amount * self.epochs

    def word_vectors(self) -> Any:
        import numpy as np
        import torch
        from flair.embeddings import WordEmbeddings

        lines = Path(self.settings["vectors"]).read_text(encoding="utf-8").splitlines()[1:]
        rows = [line.rstrip().rsplit(" ", 100) for line in lines]
        table = np.array([[float(value) for value in row[1:]] for row in rows], dtype="float32")
        vocab = {row[0]: i for i, row in enumerate(rows)}
        vectors = WordEmbeddings(None, vocab=vocab, embedding_length=table.shape[1], name="given")
        with torch.no_grad():  # the last row is that of unknown words
            vectors.embedding.weight[: len(table)] = torch.from_numpy(table)
        return vectors

    def sentence(self, words: list[str], tags: list[str]) -> Any:
        from flair.data import Sentence

        result = Sentence(words)
        for start, end, label in spans_of(tags):
            result[start:end].add_label("ner", label)
        return result

    def before_tag(self) -> None:
        self.fresh = [self.sentence(words, []) for words in self.words]

    def tagged(self) -> list[Any]:
        self.tagger.predict(self.fresh, mini_batch_size=64)
        spans = [sentence.get_spans("ner") for sentence in self.fresh]
        return [[(span[0].idx - 1, span[-1].idx, span.get_label("ner").value) for span in row] for row in spans]


class Eds(Tagger):
    def before_train(self) -> None:
        load("edsnlp", "edsnlp.training", "transformers")

    def train(self, seed: int) -> int:
        import edsnlp
        import edsnlp.pipes as eds
        import torch
        from edsnlp.training import ScheduledOptimizer, TrainingData, train
        from spacy.tokens import Span

        torch.set_num_threads(1)
        torch.manual_seed(seed)
        random.seed(seed)
        self.nlp = edsnlp.blank("eds")
        transformer = eds.transformer(model=self.settings["transformer"], window=128, stride=96)
        ner = eds.ner_crf(embedding=transformer, mode="joint", target_span_getter="ents", span_setter="ents", window=20)
        self.nlp.add_pipe(ner, name="ner")
        sentences = read_columns(self.path, self.label)
        docs = self.docs(self.nlp.vocab, [words for words, _ in sentences])
        for doc, (_, tags) in zip(docs, sentences, strict=True):
            doc.ents = [Span(doc, *span) for span in spans_of(tags)]
        steps = self.epochs * -(-len(docs) // 32)
        rate = {"@schedules": "linear", "start_value": 0.0, "max_value": self.settings["rate"], "warmup_rate": 0.1}
        train(
            nlp=self.nlp,
            train_data=TrainingData(
                edsnlp.data.from_iterable(docs), batch_size="32 docs", shuffle="dataset", pipe_names=["ner"]
            ),
            seed=seed,
            max_steps=steps,
            optimizer=ScheduledOptimizer.draft(optim="adamw", groups=[{"selector": "", "lr": rate}]),
            grad_max_norm=1.0,
            validation_interval=steps + 1,
            save_model=False,
            logger=False,
            output_dir=self.settings["place"],
            cpu=True,
        )
        return self.amount * self.epochs


if __name__ == "__main__":
    serve({"ours": Configured, "spacy_ner": Configured, "flair": Flair, "eds": Eds})
