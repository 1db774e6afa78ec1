"""The documents of an experiment: read, filtered, and split into train, dev and test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random

from spacy.language import Language
from spacy.training import Example

from ...corpus import splits
from ...corpus.grouping import SENTENCE, Group
from ...documents.alignment import from_doc, to_doc
from ...documents.declared_types import read_types
from ...errors import BionerError
from ...formats import Document
from ...training.corpora import is_empty, unannotated
from ...training.reader_transforms import make_drop_duplicates, make_max_words, make_sentences

UNITS = ("document", "sentence")

SHOWN = 100
"""Number of training documents on which training is evaluated if there is no development data."""


@dataclass(frozen=True, slots=True)
class DataParts:
    """The training, development (choice of the best weights) and test data of a system.

    held_out: whether ``dev`` is disjoint from ``train``.
    """

    train: list[Document]
    dev: list[Document]
    test: list[Document]
    held_out: bool


@dataclass(slots=True)
class Filters:
    """Filters of documents before the split; ``counts`` has the numbers read and kept.

    unit: ``document``, or ``sentence`` to split documents into sentences. max_words: leave out longer units (Symeonidou
    et al. 2019: sentences of more than 130 words). drop_duplicates: keep the first of units with the same text.

    Raises B236 for another unit.
    """

    unit: str = "document"
    max_words: int | None = None
    drop_duplicates: bool = False
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise BionerError("B236", given=self.unit, what="unit", known=", ".join(UNITS))

    @property
    def separator(self) -> str | None:
        """The separator between a document's id and the number of a sentence."""
        return SENTENCE if self.unit == "sentence" else None

    def __call__(self, documents: Iterable[Document]) -> list[Document]:
        """Return the documents kept; words are those of the tokenizer ``bio`` for documents without tokens."""
        held = list(documents)
        self.counts["read"] += len(held)
        if self.unit == "sentence" or self.max_words is not None or self.drop_duplicates:
            held = self._filtered(held)
        self.counts["kept"] += len(held)
        return held

    def _filtered(self, documents: list[Document]) -> list[Document]:
        import spacy

        nlp = spacy.blank("xx")
        nlp.tokenizer = spacy.util.registry.tokenizers.get("spacy-bioner.BioTokenizer.v1")()(nlp)
        with_tokens = all(document.tokens is not None for document in documents)

        def examples(nlp: Language) -> Iterator[Example]:
            for document in documents:
                reference = to_doc(document, nlp)
                if not is_empty(reference):
                    yield Example(unannotated(reference), reference)

        reader: Callable[[Language], Iterable[Example]] = examples
        if self.unit == "sentence":
            reader = make_sentences(reader)
        if self.max_words is not None:
            reader = make_max_words(reader, self.max_words)
        if self.drop_duplicates:
            reader = make_drop_duplicates(reader)
        kept = [from_doc(example.reference) for example in reader(nlp)]
        if not with_tokens:  # each system has its own tokenizer
            for document in kept:
                document.tokens = document.sentences = None
        return kept


def read_documents(paths: str, filters: Filters, read: Callable[[str], Iterable[Document]]) -> list[Document]:
    """Read and filter documents; raises B834 if none is left, and the errors of reading.

    Documents without text are left out, unless they have a question.
    """
    documents = filters(one for one in read(paths) if one.text.strip() or one.question is not None)
    if not documents:
        raise BionerError("B834", path=paths)
    return documents


def fold_parts(
    documents: Sequence[Document], k: int, number: int, seed: int, group: Group, dev: float | Sequence[Document]
) -> DataParts:
    """Return round ``number`` of a cross-validation; raises B221, and B835 for fewer groups than folds."""
    chosen = splits.fold_parts(k, number)
    numbered = list(enumerate(documents))
    groups = len({group(item) for item in numbered})
    if groups < k:
        raise BionerError("B835", documents=groups, folds=k)
    test = list(splits.fold(numbered, k, chosen["test"], seed, group))
    # The development data is a share of the other folds (or given), not a fold of its own, so that each of the k models
    # trains on (k - 1) / k of the data, less this share.
    rest = list(splits.fold(numbered, k, chosen["train+dev"], seed, group))
    return _with_dev(rest, _plain(test), dev, seed, group)


def test_parts(
    documents: Sequence[Document], test: Sequence[Document], seed: int, group: Group, dev: float | Sequence[Document]
) -> DataParts:
    """Return the parts of an experiment whose test part is given."""
    return _with_dev(list(enumerate(documents)), list(test), dev, seed, group)


def _with_dev(
    rest: list[tuple[int, Document]], test: list[Document], dev: float | Sequence[Document], seed: int, group: Group
) -> DataParts:
    if not isinstance(dev, float | int):
        return DataParts(_plain(rest), list(dev), test, True)
    if not 0 <= dev < 1:
        raise BionerError("B836", share=dev)
    if not dev:
        # Nothing is held out. spaCy needs documents to evaluate on, but their score selects nothing.
        shown = _plain(splits.sample(rest, SHOWN, seed))
        return DataParts(_plain(rest), shown, test, False)
    shares = (1 - dev, dev)
    train, chosen = (_plain(splits.split(rest, shares, [part], seed, group)) for part in (0, 1))
    if not train or not chosen:
        raise BionerError("B836", share=dev)
    return DataParts(train, chosen, test, True)


def sample_sentences(documents: Sequence[Document], sentences: int, seed: int) -> list[Document]:
    """Return as many documents, in random order, as are needed for this number of sentences, or all documents.

    With the same seed a smaller sample is a prefix of a larger one.
    """
    order = list(documents)
    Random(seed).shuffle(order)
    chosen = []
    for document in order:
        if sentences <= 0:
            break
        chosen.append(document)
        sentences -= number_of_sentences(document)
    return chosen


def number_of_sentences(document: Document) -> int:
    """Return the number of sentences, annotated or else found by rule."""
    return len(document.sentence_spans())


def digest(*parts: object) -> str:
    """Return a digest of plain values and documents: the same for the same content, on every machine."""
    state = blake2b(digest_size=16)
    for part in parts:
        state.update(repr(part).encode("utf-8", "surrogatepass"))
        state.update(b"\0")
    return state.hexdigest()


def digest_documents(documents: Iterable[Document]) -> str:
    """Return a digest of all in the documents that a training or a score may depend on, in their order.

    Of the metadata these are the declared types alone. Scores of mentions are of no influence. Raises B740.
    """

    def content(d: Document) -> tuple[object, ...]:
        mentions = [(m.start, m.end, m.label, m.fragments) for m in d.mentions]
        rest = _rest(d)
        return (d.id, d.text, d.tokens, mentions, d.relations, d.question, *([rest] if rest else ()))

    return digest(*map(content, documents))


def _rest(document: Document) -> dict[str, object]:
    """Return what most documents do not have.

    It is a part of the digest only where it is there, because a digest of a plain document must not change when another
    property of documents is added: all runs on disk would count as changed.
    """
    found: dict[str, object] = {}
    if any(mention.concepts for mention in document.mentions):
        found["concepts"] = [mention.concepts for mention in document.mentions]
    if any(mention.attributes for mention in document.mentions):
        found["attributes"] = [mention.attributes for mention in document.mentions]
    if document.relations:  # they name their mentions by the ids
        found["ids"] = [mention.id for mention in document.mentions]
    if (types := read_types(document.meta, document.id)) is not None:
        found["types"] = sorted(types)
    if document.sentences not in (None, [], [0]):  # several sentences, or one that does not start the text
        found["sentences"] = document.sentences
    return found


def _plain(numbered: Iterable[tuple[int, Document]]) -> list[Document]:
    return [document for _, document in numbered]
