"""Documents as a corpus reader gives them to the transforms of readers."""

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.document import Document, Mention
from spacy_bioner.documents.gold import ID
from spacy_bioner.pipeline.scorer import gold_spans

NLP = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "spacy-bioner.BioTokenizer.v1"}}})


def reader(documents: list[Document], policy="contract"):
    """A corpus reader as ours are: the predicted Doc has the tokens of the reference, unannotated."""

    def read(nlp: Language):
        for document in documents:
            reference = to_doc(document, nlp, policy)
            words = [token.text for token in reference]
            yield Example(Doc(nlp.vocab, words=words, spaces=[bool(t.whitespace_) for t in reference]), reference)

    return read


def doc(text: str, *mentions: tuple, name: str = "", **more) -> Document:
    """A document whose mentions are given as (text, label) or as (text, text, label), which is discontinuous."""
    found = []
    for *pieces, label in mentions:
        pairs = tuple((text.index(piece), text.index(piece) + len(piece)) for piece in pieces)
        found.append(Mention(pairs[0][0], pairs[-1][1], label, pairs if len(pairs) > 1 else ()))
    return Document(text, found, name, **more)


def texts(examples) -> list[str]:
    return [example.reference.text for example in examples]


def named(examples) -> list[str]:
    return [example.reference.user_data[ID] for example in examples]


def gold(example: Example) -> set[tuple[str, str]]:
    """Return the mentions as (text, label); the text of a discontinuous one with .. between its pieces."""
    text = example.reference.text
    return {
        ("..".join(text[a:b] for a, b in (span[3] if len(span) > 3 else [span[:2]])), span[2])
        for span in gold_spans(example.reference) or ()
    }
