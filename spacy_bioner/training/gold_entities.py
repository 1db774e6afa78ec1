"""A reader that sets gold entities on the predicted Docs, to train and score later components without a recogniser."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from spacy.language import Language
from spacy.tokens import Span
from spacy.training import Example

Reader = Callable[[Language], Iterable[Example]]


def make_gold_entities(corpus: Reader) -> Reader:
    """Return a reader whose predicted Docs have the entities of their references: ``spacy-bioner.GoldEntities.v1``.

    An entity whose boundaries are not token boundaries of the predicted Doc is left out.
    """

    def read(nlp: Language) -> Iterator[Example]:
        for example in corpus(nlp):
            doc = example.predicted
            spans = [(doc.char_span(e.start_char, e.end_char), e.label) for e in example.reference.ents]
            doc.set_ents([Span(doc, span.start, span.end, label) for span, label in spans if span is not None])
            yield example

    return read
