"""Looking up a list of terms, case ignored: this package's dictionary, PhraseMatcher, EntityRuler, eds.matcher.

All are built from the same list, read the same Docs of spaCy's English tokenizer and set ``doc.ents``, of overlapping
matches the longest. Before each round a system reads the first half of the text, so that it knows the frequent words;
the second half is timed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worker import serve

LINES = 10
"""Lines of the text in a document."""


class Lookup:
    """A system that looks up terms in Docs."""

    language = "en"

    def __init__(self, terms: str, text: str) -> None:
        import spacy

        self.path, self.spacy = terms, spacy
        self.terms = Path(terms).read_text(encoding="utf-8").splitlines()
        lines = Path(text).read_text(encoding="utf-8").splitlines()
        self.texts = ["\n".join(lines[i : i + LINES]) for i in range(0, len(lines), LINES)]
        self.half = len(self.texts) // 2
        self.blank()("Warm up.")

    def blank(self) -> Any:
        return self.spacy.blank(self.language)

    def build(self) -> int:
        self.nlp = self.blank()
        self.add(self.nlp)
        return len(self.terms)

    def add(self, nlp: Any) -> None:
        raise NotImplementedError

    def set_entities(self, docs: list[Any]) -> None:
        component = self.nlp.get_pipe(self.nlp.pipe_names[0])
        for _ in component.pipe(docs, batch_size=1000) if hasattr(component, "pipe") else map(component, docs):
            pass

    def forget(self) -> None:
        pass

    def before_tag(self) -> None:
        self.forget()
        self.set_entities([self.nlp.make_doc(text) for text in self.texts[: self.half]])
        self.docs = [self.nlp.make_doc(text) for text in self.texts[self.half :]]

    def tag(self) -> int:
        self.set_entities(self.docs)
        return sum(map(len, self.texts[self.half :]))

    def before_tag_text(self) -> None:
        self.before_tag()

    def tag_text(self) -> int:
        for _ in self.nlp.pipe(self.texts[self.half :]):
            pass
        return sum(map(len, self.texts[self.half :]))

    def result(self) -> list[list[Any]]:
        docs = enumerate(self.nlp.pipe(self.texts))
        return [[i, ent.start_char, ent.end_char, ent.text] for i, doc in docs for ent in doc.ents]


class Ours(Lookup):
    def add(self, nlp: Any) -> None:
        nlp.add_pipe("bioner_dictionary", config={"prune": 0}).add_terms([(term, "X") for term in self.terms])

    def forget(self) -> None:
        self.nlp.get_pipe("bioner_dictionary").finder.forget()


class Phrases(Lookup):
    """A PhraseMatcher, which is no component: what users write around it.

    Its patterns come from a second tokenizer. With the pipeline's own they fill that one's cache of 10,000 words, and
    text is then tokenised at half the speed.
    """

    def add(self, nlp: Any) -> None:
        from spacy.language import Language
        from spacy.matcher import PhraseMatcher
        from spacy.util import filter_spans

        matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
        matcher.add("X", list(self.spacy.blank(self.language, vocab=nlp.vocab).tokenizer.pipe(self.terms)))

        def phrases(doc: Any) -> Any:
            doc.ents = filter_spans(matcher(doc, as_spans=True))
            return doc

        Language.component("phrases", func=phrases)
        nlp.add_pipe("phrases")


class Ruler(Lookup):
    def add(self, nlp: Any) -> None:
        ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
        ruler.add_patterns([{"label": "X", "pattern": term} for term in self.terms])


class Eds(Lookup):
    def add(self, nlp: Any) -> None:
        nlp.add_pipe("eds.matcher", config={"terms": {"X": self.terms}, "attr": "LOWER"})


if __name__ == "__main__":
    serve({"ours": Ours, "phrase_matcher": Phrases, "entity_ruler": Ruler, "eds_matcher": Eds})
