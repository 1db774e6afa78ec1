"""Vocabulary overlap of the mentions of several corpora, an estimate of what a model can transfer between them.

After Miftahutdinov et al. 2020, Table 4. Shares are asymmetric: a small vocabulary may be contained in a large one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..documents.alignment import Tokenizer
from ..documents.doc_tokens import token_edges
from ..formats import Document, Mention
from ..text_tables import aligned, percent
from .relabel import Labels, relabelled

ALL = "all"
"""The key for mentions of any label."""

Cut = Callable[[list[str]], list[str]]
"""Splits words into word pieces."""


@dataclass
class Vocabulary:
    """The units (words or word pieces) of some mentions: number of mentions, and frequency of each unit."""

    mentions: int = 0
    units: Counter[str] = field(default_factory=Counter)

    @property
    def tokens(self) -> int:
        """The number of units, with repetition."""
        return sum(self.units.values())


def vocabularies(
    documents: Iterable[Document], tokenizer: Tokenizer, labels: Labels | None = None, cut: Cut | None = None
) -> dict[str, Vocabulary]:
    """Count the units of the mentions of each label, and under ``ALL`` of all mentions.

    tokenizer: for texts without tokens. labels: new labels; see ``corpus.relabel``. cut: splits words into word pieces
    (``word_pieces``); by default the units are case-sensitive words.

    Every mention counts, also a nested one. A discontinuous mention has the words of its fragments; of a token that is
    only partly inside a mention, that part is the word.
    """
    found = {ALL: Vocabulary()}
    for document in documents:
        document = relabelled(document, labels or {})
        for mention, words in _mentions_words(document, tokenizer):
            units = cut(words) if cut else words
            for label in (ALL, mention.label):
                of_label = found.setdefault(label, Vocabulary())
                of_label.mentions += 1
                of_label.units.update(units)
    return found


def word_pieces(name: str, lower: bool = False) -> Cut:
    """Return a function that splits words into the pieces of a checkpoint or vocabulary file, without unknown pieces.

    name, lower: see ``open_pieces``. Raises B700 and B714.
    """
    from ..ml.transformer.checkpoints import open_pieces
    from ..ml.transformer.word_pieces import WordPieces

    pieces = WordPieces(open_pieces(name, lower))

    def cut(words: list[str]) -> list[str]:
        ids = pieces.cut(words).ids.tolist()
        return pieces.tokenizer.convert_ids_to_tokens([piece for piece in ids if piece != pieces.unknown])

    return cut


def _mentions_words(document: Document, tokenizer: Tokenizer) -> Iterator[tuple[Mention, list[str]]]:
    if not document.mentions:
        return
    if document.tokens is not None:
        starts, ends = [start for start, _ in document.tokens], [end for _, end in document.tokens]
    else:
        starts, ends = token_edges(tokenizer(document.text))
    for mention in document.mentions:
        words = []
        for first, last in mention.parts:
            # The tokens that touch [first, last): they end after its start and start before its end.
            for i in range(bisect_right(ends, first), bisect_left(starts, last)):
                words.append(document.text[max(starts[i], first) : min(ends[i], last)])
        yield mention, [word for word in words if not word.isspace()]


def overlap(corpora: Mapping[str, Mapping[str, Vocabulary]]) -> dict[str, Any]:
    """Return sizes and shares of the vocabularies of several corpora, as plain values, by label and for ``ALL``.

    ``sizes[label][corpus]``: ``mentions``; ``tokens``, units with repetition; ``distinct`` units.
    ``shares[label][one][other]``: the share of the units in the first corpus's mentions that also occurs in those of
    the other, as ``distinct`` units (a share of the vocabulary) and as ``tokens`` (weighted by frequency in the first
    corpus). None if one of the two has no such mention.
    """
    labels = [ALL, *sorted({label for of_label in corpora.values() for label in of_label} - {ALL})]
    found = {label: {name: of_label.get(label, Vocabulary()) for name, of_label in corpora.items()} for label in labels}
    return {
        "sizes": {
            label: {
                name: {"mentions": one.mentions, "tokens": one.tokens, "distinct": len(one.units)}
                for name, one in of_corpus.items()
            }
            for label, of_corpus in found.items()
        },
        "shares": {
            label: {
                row: {column: _shares(one, other) for column, other in of_corpus.items()}
                for row, one in of_corpus.items()
            }
            for label, of_corpus in found.items()
        },
    }


def _shares(one: Vocabulary, other: Vocabulary) -> dict[str, float | None]:
    if not one.units or not other.units:
        return {"distinct": None, "tokens": None}
    shared = one.units.keys() & other.units.keys()
    # Both are shares of the first corpus, so that overlap(A, B) differs from overlap(B, A). The first counts each unit
    # once; the second counts it as often as the first corpus has it, so that frequent words weigh more.
    return {
        "distinct": len(shared) / len(one.units),
        "tokens": sum(one.units[unit] for unit in shared) / one.tokens,
    }


def overlap_text(figures: Mapping[str, Any], unit: str) -> str:
    """Return the figures of ``overlap`` as three tables; ``unit``: name of the units in the plural, "words"."""
    sizes, shares = figures["sizes"], figures["shares"]
    names = list(sizes[ALL])
    rows = [
        [name, label, *(f"{of_corpus[name][key]:,}" for key in ("mentions", "tokens", "distinct"))]
        for label, of_corpus in sizes.items()
        for name in names
        if of_corpus[name]["mentions"]
    ]
    parts = [aligned(("corpus", "label", "mentions", unit, "distinct"), rows)]
    for key, title in (
        ("distinct", f"% of the distinct {unit} of the row's mentions that occur in the column's mentions"),
        ("tokens", f"% of the {unit} of the row's mentions, each as often as it occurs, that occur in the column's"),
    ):
        parts.append(f"{title}:\n{_table(shares, names, key)}")
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _table(shares: Mapping[str, Any], names: Sequence[str], key: str) -> str:
    rows = [
        [row, label, *(percent(of_row[row][column][key]) for column in names)]
        for label, of_row in shares.items()
        for row in names
        if of_row[row][row][key] is not None
    ]
    return aligned(("corpus", "label", *names), rows)
