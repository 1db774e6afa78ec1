"""Tagging with one trained network: bioner_biobert, and the token-classification pipeline of transformers.

Ours is trained first, briefly; its weights become a checkpoint of BertForTokenClassification for the other. Both are
given the sentences as text, words joined by blanks, in their order. The pipeline joins word pieces by "first", and has
the number of texts at once, of 1, 8 and 32, that was fastest on the first 60 sentences.
"""

from __future__ import annotations

import time
from copy import deepcopy
from typing import Any

from worker import offsets, read_columns, serve


class Sentences:
    def __init__(self, test: str, sentences: int, **settings: Any) -> None:
        import torch

        torch.set_num_threads(1)
        self.settings = settings
        self.words = [words for words, _ in read_columns(test)][:sentences]
        self.texts = [" ".join(words) for words in self.words]
        self.amount = sum(map(len, self.words))


class Ours(Sentences):
    def __init__(self, **settings: Any) -> None:
        from neural import Configured

        super().__init__(settings.pop("test"), settings.pop("sentences"))
        checkpoint = settings.pop("checkpoint")
        tagger = Configured(test=settings["train"], **settings)
        tagger.train(0)
        self.nlp = tagger.nlp
        self.export(checkpoint)

    def export(self, checkpoint: str) -> None:
        """Write our weights as those of BertForTokenClassification."""
        import torch
        import transformers

        model = self.nlp.get_pipe("ner").model
        tags = model.get_ref("decoder").attrs["tags"]
        shim = model.get_ref("tok2vec").shims[0]
        config = deepcopy(shim.network.config)
        config.id2label, config.label2id = dict(enumerate(tags)), {tag: i for i, tag in enumerate(tags)}
        theirs = transformers.BertForTokenClassification(config)
        theirs.bert.load_state_dict(shim.network.state_dict())
        theirs.classifier.weight.data = torch.tensor(model.get_ref("output").get_param("W"))
        theirs.classifier.bias.data = torch.tensor(model.get_ref("output").get_param("b"))
        theirs.save_pretrained(checkpoint)
        shim.words.tokenizer.save_pretrained(checkpoint)

    def before_tag(self) -> None:
        from spacy.tokens import Doc

        rows = [(words, [i == 0 for i in range(len(words))]) for words in self.words]
        self.docs = [Doc(self.nlp.vocab, words=words, sent_starts=starts) for words, starts in rows]

    def tag(self) -> int:
        self.docs = list(self.nlp.pipe(self.docs))
        return self.amount

    def result(self) -> list[list[Any]]:
        return [[i, ent.start_char, ent.end_char, ent.label_] for i, doc in enumerate(self.docs) for ent in doc.ents]


class Pipeline(Sentences):
    def __init__(self, **settings: Any) -> None:
        import transformers

        super().__init__(**settings)
        checkpoint = self.settings["checkpoint"]
        self.pipeline = transformers.pipeline(
            "token-classification", model=checkpoint, aggregation_strategy="first", device="cpu"
        )
        self.size = min((1, 8, 32), key=self.seconds)

    def seconds(self, size: int) -> float:
        start = time.process_time()
        list(self.pipeline(self.texts[:60], batch_size=size))
        return time.process_time() - start

    def tag(self) -> int:
        self.found = list(self.pipeline(self.texts, batch_size=self.size))
        return self.amount

    def result(self) -> list[list[Any]]:
        rows = []
        for i, (words, found) in enumerate(zip(self.words, self.found, strict=True)):
            starts, ends = offsets(words)
            for entity in found:  # a piece of a word stands for the word
                first = max(start for start in starts if start <= entity["start"])
                last = min(end for end in ends if end >= entity["end"])
                rows.append([i, first, last, entity["entity_group"]])
        return rows


if __name__ == "__main__":
    serve({"ours": Ours, "transformers": Pipeline})
