"""Contents and faults of a corpus: the counts of ``spacy bioner check``.

Two texts are the same if they differ in white space and case only, so that columns of tokens can be compared with
running text; they are identical if they differ in runs of white space only.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np
from spacy.attrs import IDX, LENGTH
from spacy.language import Language
from spacy.tokens import Doc

from ...documents.alignment import OUTCOMES, Tokenizer, to_doc
from ...documents.doc_tokens import count_inside_tokens
from ...documents.document import NOWHERE, Document
from ...pipeline.sentences import set_sentence_starts
from .beyond_flat import WAYS, count_beyond_flat
from .recut import RECUT, count_recut

QUESTIONS = ("questions", "answered", "located", "impossible", "learnable")
"""The counts of questions."""

EXAMPLES = 10
"""Number of examples of each finding."""

MAX_LENGTH = 1_000_000
"""The limit of a pipeline for a text that it tokenizes, in characters: the default of ``nlp.max_length``."""

MIN_WORDS = 3
"""Minimum number of words of a text to be compared: most shorter ones are headings ("METHODS.")."""


@dataclass(slots=True)
class Texts:
    """Texts of a corpus for comparison: their number, and digests of those that are long enough.

    same: digest of the normalised text -> number of occurrences. identical: the same digest -> digests of its
    spellings, with single spaces. shown: the same digest -> beginning of the first text with it.
    """

    total: int = 0
    same: Counter[bytes] = field(default_factory=Counter)
    identical: dict[bytes, set[bytes]] = field(default_factory=dict)
    shown: dict[bytes, str] = field(default_factory=dict)

    def add(self, text: str, words: int) -> None:
        """Add a text with its number of words."""
        self.total += 1
        if words >= MIN_WORDS:
            spaced = " ".join(text.split())
            key = _digest(normalised(text))
            self.same[key] += 1
            self.shown.setdefault(key, spaced[:100])
            self.identical.setdefault(key, set()).add(_digest(spaced))

    @property
    def repeats(self) -> int:
        """The number of texts that repeat an earlier one."""
        return self.same.total() - len(self.same)

    def known_from(self, other: Texts) -> dict[str, Any]:
        """Count the distinct texts that another corpus has too, and return the first of them.

        same: distinct texts, white space and case aside; identical: of them, those with a spelling that both have.
        """
        found = [key for key in self.same if key in other.same]
        return {
            "same": len(found),
            "identical": sum(not self.identical[key].isdisjoint(other.identical[key]) for key in found),
            "of": len(self.same),
            "examples": [self.shown[key] for key in found[:EXAMPLES]],
        }


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def normalised(text: str) -> str:
    """Return a text without its white space and in lower case."""
    return "".join(text.split()).lower()


@dataclass(slots=True)
class Audit:
    """The counts of a corpus; ``to_dict`` returns them.

    too_long: documents without tokens of more than MAX_LENGTH characters, at which training stops (B809).
    tokens: those that are not white space.
    alignment: alignment of the mentions to the tokens, under the policy ``contract``; see ``documents.alignment``.
    lengths: mentions by the number of tokens they touch.
    inside_tokens: mentions of which a part starts or ends inside a token, whatever their alignment.
    across_sentences: mentions that contain a sentence start.
    two_labels: continuous mentions whose span is also annotated with another label.
    inside: continuous mentions nested in a longer continuous one.
    inside_discontinuous: continuous mentions between the first and the last character of a discontinuous one.
    beyond_flat: mentions that flat tags cannot represent, and how many of these other settings can: see
    ``beyond_flat``.
    recut: agreement of gold tokens with the tokenizer: see ``recut.count_recut``.
    relations: relations by type. questions: see ``_add_question``. contexts: digests of the texts of questions; the
    sentences of a text are counted for its first question only.
    strings: normalised mention text -> number of mentions by label. shown: the same -> text as first seen.
    """

    documents: Texts = field(default_factory=Texts)
    sentences: Texts = field(default_factory=Texts)
    empty: int = 0
    too_long: int = 0
    tokens: int = 0
    alignment: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    inside_tokens: int = 0
    across_sentences: int = 0
    two_labels: int = 0
    inside: int = 0
    inside_discontinuous: int = 0
    beyond_flat: Counter[str] = field(default_factory=Counter)
    recut: Counter[str] = field(default_factory=Counter)
    relations: Counter[str] = field(default_factory=Counter)
    questions: Counter[str] = field(default_factory=Counter)
    contexts: set[bytes] = field(default_factory=set)
    strings: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    shown: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        strings = Counter(label for labels in self.strings.values() for label in labels)
        mixed = self.mixed_strings()
        return {
            "documents": self.documents.total,
            "empty_documents": self.empty,
            "too_long_documents": self.too_long,
            "repeated_documents": self.documents.repeats,
            "sentences": self.sentences.total,
            "repeated_sentences": self.sentences.repeats,
            "tokens": self.tokens,
            "mentions": self.alignment["mentions"],
            "labels": {
                label: {"mentions": count, "strings": strings[label]} for label, count in self.labels.most_common()
            },
            "relations": dict(self.relations.most_common()),
            "questions": {**{key: self.questions[key] for key in QUESTIONS}, "texts": len(self.contexts)},
            "lengths": dict(sorted(self.lengths.items())),
            "alignment": {key: self.alignment[key] for key in OUTCOMES},
            "inside_tokens": self.inside_tokens,
            "across_sentences": self.across_sentences,
            "two_labels": self.two_labels,
            "inside": self.inside,
            "inside_discontinuous": self.inside_discontinuous,
            "beyond_flat": {key: self.beyond_flat[key] for key in ("flat", *WAYS)},
            "recut": {key: self.recut[key] for key in RECUT} if self.recut["tokens"] else None,
            "mixed_strings": {
                "strings": len(mixed),
                "mentions": sum(labels.total() for _, labels in mixed),
                "examples": [
                    {"text": self.shown[key], "labels": dict(labels.most_common())} for key, labels in mixed[:EXAMPLES]
                ],
            },
        }

    def mixed_strings(self) -> list[tuple[str, Counter[str]]]:
        """Return the strings with several labels, sorted by the number of mentions outside the string's main label."""
        mixed = [(key, labels) for key, labels in self.strings.items() if len(labels) > 1]
        return sorted(mixed, key=lambda pair: max(pair[1].values()) - pair[1].total())

    def mentions_known_from(self, other: Audit) -> dict[str, int]:
        """Count the mentions whose text and label also occur in another corpus."""
        seen = sum(
            count
            for key, labels in self.strings.items()
            if key in other.strings
            for label, count in labels.items()
            if label in other.strings[key]
        )
        return {"seen": seen, "of": self.labels.total()}


def audit(documents: Iterable[Document], tokenizer: Language | Tokenizer) -> Audit:
    """Count every document; documents without tokens are tokenized, those without sentences split by rule."""
    result = Audit()
    for document in documents:
        doc = to_doc(document, tokenizer, "contract", result.alignment)
        counted = ~np.array([token.is_space for token in doc], dtype=bool)
        tokens = int(counted.sum())
        result.tokens += tokens
        result.empty += not tokens
        result.too_long += document.tokens is None and len(document.text) > MAX_LENGTH
        repeated = _add_question(result, document)
        # The same text with another question is no repeat.
        asked = f" {document.question.text}" if document.question else ""
        result.documents.add(document.text + asked, tokens)
        result.relations.update(relation.label for relation in document.relations)
        if tokens:
            if not doc.has_annotation("SENT_START"):
                set_sentence_starts(doc)
            for sentence in () if repeated else doc.sents:
                tokens = int(counted[sentence.start : sentence.end].sum())
                if tokens:
                    result.sentences.add(sentence.text, tokens)
            _add_mentions(result, document, doc)
            result.inside_tokens += count_inside_tokens(doc, (mention.parts for mention in document.mentions))
            _add_nesting(result, document)
            result.beyond_flat.update(count_beyond_flat(doc))
            if document.tokens:
                _add_recut(result, document, tokenizer)
    return result


def _add_question(result: Audit, document: Document) -> bool:
    """Count the question of a document; return whether another question had the same text.

    answered: with an answer. located: with one whose place in the text is known. impossible: known to have no answer.
    learnable: located or impossible.
    """
    question = document.question
    if question is None:
        return False
    located = any(answer.start != NOWHERE for answer in question.answers)
    result.questions["questions"] += 1
    result.questions["answered"] += bool(question.answers)
    result.questions["located"] += located
    result.questions["impossible"] += question.impossible
    result.questions["learnable"] += located or question.impossible
    text = _digest(document.text)
    repeated = text in result.contexts
    result.contexts.add(text)
    return repeated


def _add_mentions(result: Audit, document: Document, doc: Doc) -> None:
    starts = doc.to_array(IDX).astype(np.int64)
    ends = starts + doc.to_array(LENGTH).astype(np.int64)
    sentence_starts = np.array([sentence.start_char for sentence in doc.sents])
    labels_of: dict[tuple[int, int], set[str]] = defaultdict(set)
    for mention in document.mentions:
        result.labels[mention.label] += 1
        pairs = mention.parts
        text = document.text_of(mention)
        key = normalised(text)
        result.strings[key][mention.label] += 1
        result.shown.setdefault(key, text)
        # Token i touches a part [a, b) if ends[i] > a and starts[i] < b: indices from first to last - 1.
        first, last = (
            np.searchsorted(ends, [a for a, _ in pairs], "right"),
            np.searchsorted(starts, [b for _, b in pairs]),
        )
        result.lengths[int((last - first).sum())] += 1
        first_sentence, last_sentence = np.searchsorted(sentence_starts, (mention.start, mention.end - 1), "right")
        result.across_sentences += int(first_sentence < last_sentence)
        if not mention.fragments:
            labels_of[mention.start, mention.end].add(mention.label)
    result.two_labels += sum(len(labels) for labels in labels_of.values() if len(labels) > 1)


def _add_nesting(result: Audit, document: Document) -> None:
    spans = Counter((m.start, m.end) for m in document.mentions if not m.fragments)
    result.inside += sum(spans[span] for span in _covered(spans, spans))
    discontinuous = {(m.start, m.end) for m in document.mentions if m.fragments}
    result.inside_discontinuous += sum(
        spans[span] for span in _covered(spans, discontinuous) | (discontinuous & set(spans))
    )


def _covered(spans: Iterable[tuple[int, int]], longer: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the spans that lie within one of the others that is longer."""
    # Sorted by start, longer spans first, so that a covering span comes before the covered one and ends at or after its
    # end. At the same offsets the span (False) comes before its equal (True): a span does not cover itself.
    order = sorted({(start, -end, False) for start, end in spans} | {(start, -end, True) for start, end in longer})
    covered, reach = set(), -1
    for start, minus_end, covers in order:
        if covers:
            reach = max(reach, -minus_end)
        elif reach >= -minus_end:
            covered.add((start, -minus_end))
    return covered


def _add_recut(result: Audit, document: Document, tokenizer: Language | Tokenizer) -> None:
    tokenized = (tokenizer.make_doc if isinstance(tokenizer, Language) else tokenizer)(document.text)
    counts, _ = count_recut(document.tokens or [], document.mentions, tokenized)
    result.recut.update(counts)


def known_from(train: Audit, data: Audit) -> dict[str, Any]:
    """Return the overlap of test data ``data`` with ``train``: documents, sentences, mentions, types.

    ``types``: the entity types that only one of the two has, with their numbers of mentions.
    """
    return {
        "documents": data.documents.known_from(train.documents),
        "sentences": data.sentences.known_from(train.sentences),
        "mentions": data.mentions_known_from(train),
        "types": {
            "only_data": {label: count for label, count in data.labels.most_common() if label not in train.labels},
            "only_train": {label: count for label, count in train.labels.most_common() if label not in data.labels},
        },
    }
