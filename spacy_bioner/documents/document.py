"""The data model of all formats: a text with its mentions, relations, question and metadata."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from ..errors import BionerError

Spans = tuple[tuple[int, int], ...]

NOWHERE = -1
"""The first character of an answer that the text does not have."""


@dataclass(slots=True, unsafe_hash=True)
class Mention:
    """One annotated mention; offsets count characters (code points) of ``Document.text``. Never change one.

    It is not ``frozen``, because a frozen dataclass takes five times as long to make, and corpora have millions.

    start, end: the first character and one past the last.
    label: the entity type, as the file spells it.
    fragments: for a discontinuous mention, its two or more (start, end) pairs in text order; else empty.
    id: the name of the mention in the file ("T1" in brat), or "". Relations refer to it.
    concepts: ids in a terminology ("MESH:D003920"), best first.
    score: the probability of a predicted mention, None for gold.
    attributes: (name, value) pairs, such as (("Negated", ""), ("Certainty", "low")); the value of an attribute that is
        only there or not is "".
    """

    start: int
    end: int
    label: str
    fragments: Spans = ()
    id: str = ""
    concepts: tuple[str, ...] = ()
    score: float | None = None
    attributes: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_parts(cls, parts: Sequence[tuple[int, int]], label: str, **fields: Any) -> Mention:
        """Return the mention of one or more (start, end) pairs in text order, which do not overlap."""
        fragments = tuple(parts) if len(parts) > 1 else ()
        return cls(parts[0][0], parts[-1][1], label, fragments, **fields)

    @property
    def parts(self) -> Spans:
        """The fragments of the mention in text order, or its one span."""
        return self.fragments or ((self.start, self.end),)

    @property
    def certainty(self) -> float:
        """The score; 1 for a mention without one, which a person has annotated."""
        return 1.0 if self.score is None else self.score

    def record(self) -> dict[str, Any]:
        """Return the fields that tables and services share, as values of JSON."""
        return {
            "start": self.start,
            "end": self.end,
            "label": self.label,
            "concepts": list(self.concepts),
            "score": self.score,
        }


@dataclass(frozen=True, slots=True)
class Relation:
    """A typed relation between mentions of one document, or between concepts at the level of the document.

    label: the relation type, as the file spells it.
    arguments: (role, mention id) pairs in the order of the file, such as (("Arg1", "T1"), ("Arg2", "T2")) in brat.
    id: the name of the relation in the file ("R1" in brat), or "".
    score: the probability of a predicted relation, None for gold.
    of_concepts: the arguments name concepts (one of ``Mention.concepts``), not mentions: the document-level relations
        of PubTator and of BioC's infons.
    attributes: further (name, value) pairs, such as (("novel", "Novel"),) in BioRED.
    """

    label: str
    arguments: tuple[tuple[str, str], ...]
    id: str = ""
    score: float | None = None
    of_concepts: bool = False
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a question.

    text: as the file spells it. Where ``start`` is not NOWHERE, the document's text has it from that character on.
    start: the first character, or NOWHERE for an answer that the document does not state.
    score: the probability that a program gave the answer, None for gold.
    """

    text: str
    start: int = NOWHERE
    score: float | None = None

    @property
    def end(self) -> int:
        """One past the last character; NOWHERE where there is no first one."""
        return NOWHERE if self.start == NOWHERE else self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that a document may answer.

    answers: all that count as right, as often as they were given; none where nobody looked. Or those that a program
        found, the most probable first.
    group: the id of the question where several documents are asked it (BioASQ), else "".
    impossible: the document is known not to answer it (SQuAD 2).
    """

    text: str
    answers: tuple[Answer, ...] = ()
    group: str = ""
    impossible: bool = False


@dataclass(slots=True)
class Document:
    """A text with its gold or predicted mentions.

    relations: between mentions, by their ids.
    question: what the text is asked, with the answers; None for a text that is only a text.
    tokens: (start, end) of the gold tokens if the format has them (CoNLL), else None.
    sentences: indices into ``tokens`` at which sentences start, or None if the format has no sentences.
    meta: JSON-serialisable facts about the document, kept by every format that can hold them.
    extra: further content of the file, under the name of its format; only that format reads it.
    """

    text: str
    mentions: list[Mention] = field(default_factory=list)
    id: str = ""
    tokens: list[tuple[int, int]] | None = None
    sentences: list[int] | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    question: Question | None = None

    def text_of(self, mention: Mention) -> str:
        """Return the text of a mention: fragments joined by a space, each run of white space as one space."""
        return " ".join(word for start, end in mention.parts for word in self.text[start:end].split())

    def sentence_spans(self) -> list[tuple[int, int]]:
        """Return the (start, end) of each sentence, without white space around it.

        These are the sentences of the file, if it has them; otherwise ``tokenizers.sentences.sentence_spans`` finds
        them.
        """
        if self.tokens is None or self.sentences is None:
            from ..tokenizers.sentences import sentence_spans

            return sentence_spans(self.text)
        return list(self._given_sentences(self.tokens, self.sentences))

    @staticmethod
    def _given_sentences(tokens: list[tuple[int, int]], starts: list[int]) -> Iterator[tuple[int, int]]:
        for first, last in pairwise(sorted({0, *starts, len(tokens)})):
            yield tokens[first][0], tokens[last - 1][1]

    def with_mentions(self, mentions: Iterable[Mention]) -> Document:
        """Return a copy with these mentions, without the relations of mentions (or concepts) that are removed by this.

        A relation that names what the document did not have before, such as a concept without a mention, stays.
        """
        kept = list(mentions)
        names = {mention.id for mention in self.mentions} - {mention.id for mention in kept}
        concepts = {concept for mention in self.mentions for concept in mention.concepts}
        concepts -= {concept for mention in kept for concept in mention.concepts}
        relations = [
            one
            for one in self.relations
            if not any(target in (concepts if one.of_concepts else names) for _, target in one.arguments)
        ]
        return replace(self, mentions=kept, relations=relations)

    def fingerprint(self) -> str:
        """Return a digest of the text without white space: equal for texts that differ in white space only."""
        return blake2b("".join(self.text.split()).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def check_documents(items: Iterable[Any]) -> Iterator[Document]:
    """Yield Documents; raise B255 for what is none, such as a text or a Doc."""
    for item in items:
        if not isinstance(item, Document):
            raise BionerError("B255", shown=ascii(str(item)[:40]), kind=type(item).__name__)
        yield item


def fault_of(mention: Mention, length: int) -> str:
    """Return why a mention is invalid in a text of ``length`` characters; "" for a valid one."""
    if not mention.label:
        return "it has no label"
    if any(map(has_surrogates, (mention.label, mention.id, *mention.concepts))):
        return "its label, id or a concept holds an unpaired surrogate"
    if mention.attributes:
        if any(has_surrogates(word) for pair in mention.attributes for word in pair):
            return "an attribute holds an unpaired surrogate"
        if not all(name for name, _ in mention.attributes):
            return "an attribute has no name"
    if not mention.fragments and 0 <= mention.start < mention.end <= length:
        return ""
    edges = [edge for pair in mention.fragments for edge in pair] or [mention.start, mention.end]
    if edges[0] != mention.start or edges[-1] != mention.end:
        return "its start and end are not those of its fragments"
    # Edges are start, end, start, end, ...: an end lies after its start, a start may equal the end before it.
    if any(b < a + (i % 2 == 0) for i, (a, b) in enumerate(pairwise(edges))):
        return "it is empty or its fragments are not in order"
    if mention.start < 0 or mention.end > length:
        return f"the text has {length} characters"
    return ""


def fault_of_question(question: Question, text: str) -> str:
    """Return why a question cannot be asked of a text; "" for a valid one."""
    words = [question.text, question.group, *(answer.text for answer in question.answers)]
    if any(map(has_surrogates, words)):
        return "it holds an unpaired surrogate"
    if not question.text or question.text.isspace():
        return "it is empty"
    for answer in question.answers:
        if not answer.text:
            return "an answer is empty"
        if answer.start != NOWHERE and (answer.start < 0 or text[answer.start : answer.end] != answer.text):
            return f"the answer {answer.text!a} is not at {answer.start}"
    return "it is impossible and has answers" if question.impossible and question.answers else ""


def has_surrogates(text: str) -> bool:
    """Return whether a string contains an unpaired surrogate, which UTF-8 cannot encode."""
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)
