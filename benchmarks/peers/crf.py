"""A CRF over features of words: bioner_crf with its config, and sklearn-crfsuite with the features of its tutorial.

Neither has word vectors. Both learn from the same sentences; fitting counts reading the file and computing features.
Tagging is the first time that a freshly loaded pipeline sees the test sentences.
"""

from __future__ import annotations

from typing import Any

from worker import load, number, read_columns, serve, spans_of


class Ours:
    def __init__(self, train: str, test: str, label: str, config: str, place: str) -> None:
        self.config, self.overrides, self.place = config, {"paths.train": train, "paths.label": label}, place
        self.overrides["paths.dev"] = train
        self.train_words = [words for words, _ in read_columns(train)]
        self.words = [words for words, _ in read_columns(test)]

    def before_train(self) -> None:
        load("spacy", "spacy_bioner.pipeline.crf.component", "spacy.training.initialize")

    def train(self, seed: int) -> int:
        from spacy.training.initialize import init_nlp
        from spacy.util import load_config

        config = load_config(self.config, overrides={**self.overrides, "system.seed": seed}, interpolate=False)
        self.nlp, self.saved = init_nlp(config), False
        return sum(map(len, self.train_words))

    def docs(self, sentences: list[list[str]]) -> list[Any]:
        from spacy.tokens import Doc

        return [Doc(self.nlp.vocab, words=w, sent_starts=[i == 0 for i in range(len(w))]) for w in sentences]

    def before_tag(self) -> None:
        import spacy

        if not self.saved:
            self.nlp.to_disk(self.place)
        self.saved, self.nlp = True, spacy.load(self.place)
        for _ in self.nlp.pipe(self.docs(self.train_words[:100])):
            pass
        self.fresh = self.docs(self.words)

    def tag(self) -> int:
        self.tagged = list(self.nlp.pipe(self.fresh))
        return sum(map(len, self.words))

    def result(self) -> list[list[Any]]:
        docs = self.nlp.pipe(self.docs(self.words))
        return number([[(ent.start, ent.end, ent.label_) for ent in doc.ents] for doc in docs])


def features_of(words: list[str], i: int) -> dict[str, Any]:
    """The features of the tutorial of sklearn-crfsuite (CoNLL 2002), without its part-of-speech tags."""
    word = words[i]
    features: dict[str, Any] = {
        "bias": 1.0,
        "word.lower()": word.lower(),
        "word[-3:]": word[-3:],
        "word[-2:]": word[-2:],
        "word.isupper()": word.isupper(),
        "word.istitle()": word.istitle(),
        "word.isdigit()": word.isdigit(),
    }
    for shift, edge in ((-1, "BOS"), (1, "EOS")):
        if 0 <= i + shift < len(words):
            other = words[i + shift]
            features[f"{shift:+}:word.lower()"] = other.lower()
            features[f"{shift:+}:word.istitle()"] = other.istitle()
            features[f"{shift:+}:word.isupper()"] = other.isupper()
        else:
            features[edge] = True
    return features


class Sklearn:
    def __init__(self, train: str, test: str, label: str) -> None:
        self.path, self.label = train, label
        self.words = [words for words, _ in read_columns(test)]

    def before_train(self) -> None:
        load("sklearn_crfsuite")

    def train(self, seed: int) -> int:
        from sklearn_crfsuite import CRF

        sentences = read_columns(self.path, self.label)
        features = [[features_of(words, i) for i in range(len(words))] for words, _ in sentences]
        self.crf = CRF(algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=100, all_possible_transitions=True)
        self.crf.fit(features, [tags for _, tags in sentences])
        return sum(len(words) for words, _ in sentences)

    def tag(self) -> int:
        self.tags = self.crf.predict([[features_of(words, i) for i in range(len(words))] for words in self.words])
        return sum(map(len, self.words))

    def result(self) -> list[list[Any]]:
        self.tag()
        return number([spans_of(list(tags)) for tags in self.tags])


if __name__ == "__main__":
    serve({"ours": Ours, "sklearn_crfsuite": Sklearn})
