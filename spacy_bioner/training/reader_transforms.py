"""Readers that wrap a corpus reader: sentences, filters, new labels, samples, folds and splits.

Each takes a reader, ``corpus``, and returns one, so that they can be nested in the config; the innermost runs first:

.. code-block:: ini

    [corpora.train]
    @readers = "spacy-bioner.Fold.v1"
    k = 5
    fold = 0
    part = "train+dev"

    [corpora.train.corpus]
    @readers = "spacy-bioner.MaxWords.v1"
    limit = 130

    [corpora.train.corpus.corpus]
    @readers = "spacy-bioner.Corpus.v1"
    path = ${paths.train}

Examples that are left out are counted; the counts are logged after the first full pass. All of them stream the corpus
unless their docstring says otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from random import Random
from typing import Literal

from spacy.language import Language
from spacy.training import Example
from spacy.util import logger

from ..corpus import splits
from ..documents.alignment import AlignmentPolicy
from ..documents.doc_questions import question_text
from ..documents.gold import ID, get_gold
from ..errors import BionerError
from ..tokenizers.sentences import LineBreaks
from .example_transforms import SOURCE, Unmapped, relabelled, sentences

Reader = Callable[[Language], Iterable[Example]]
Level = Literal["document", "sentence"]
Transform = Callable[[Language, Iterable[Example], Counter[str]], Iterable[Example]]


def make_sentences(corpus: Reader, line_breaks: LineBreaks = "all") -> Reader:
    """Return a reader of sentences, one Example each: ``spacy-bioner.Sentences.v1``.

    Documents are cut at the sentence starts of the corpus, or else by rule; never inside a mention.
    line_breaks: for the rule: see ``tokenizers.sentences``.
    """

    def cut(nlp: Language, examples: Iterable[Example], counts: Counter[str]) -> Iterator[Example]:
        for i, example in enumerate(examples):
            counts["documents"] += 1
            for sentence in sentences(example, f"#{i}", line_breaks, counts):
                counts["sentences"] += 1
                yield sentence

    return _wrapped(
        corpus,
        cut,
        "Sentences: {sentences} from {documents} documents; {joined} starts inside a mention skipped; {unrelated} "
        "relations over sentences or between concepts left out",
    )


def make_max_words(corpus: Reader, limit: int = 130) -> Reader:
    """Return a reader that drops Examples of more than a number of words: ``spacy-bioner.MaxWords.v1``.

    limit: maximum number of words, the reference's tokens except white space. 130 is the limit of Symeonidou et al.
        2019 for a sentence; for a corpus of documents use ``Sentences`` as the inner reader.

    Raises B225 for a limit below 1.
    """
    if limit < 1:
        raise BionerError("B225", limit=limit)

    def keep(nlp: Language, examples: Iterable[Example], counts: Counter[str]) -> Iterator[Example]:
        for example in examples:
            counts["all"] += 1
            if sum(not token.is_space for token in example.reference) <= limit:
                yield example
            else:
                counts["dropped"] += 1

    return _wrapped(corpus, keep, f"MaxWords: {{dropped}} of {{all}} have more than {limit} words and are left out")


def make_drop_duplicates(corpus: Reader) -> Reader:
    """Return a reader that drops Examples whose text was read before: ``spacy-bioner.DropDuplicates.v1``.

    Texts are equal if they differ in white space only; the same text with another question is no repeat. All texts are
    held in memory.
    """

    def keep(nlp: Language, examples: Iterable[Example], counts: Counter[str]) -> Iterator[Example]:
        seen: set[tuple[str, str]] = set()
        for example in examples:
            counts["all"] += 1
            text = " ".join(example.reference.text.split()), question_text(example.reference)
            if text in seen:
                counts["dropped"] += 1
            else:
                seen.add(text)
                yield example

    return _wrapped(corpus, keep, "DropDuplicates: {dropped} of {all} repeat an earlier text and are left out")


def make_sample_unannotated(corpus: Reader, share: float = 0.0, seed: int = 0) -> Reader:
    """Return a reader that drops most Examples without a mention: ``spacy-bioner.SampleUnannotated.v1``.

    It is for silver standards, in which most sentences have no mention.
    share: share of these Examples to keep, chosen at random, from 0 to 1; other values raise B226.
    seed: seed of the random choice, which is the same in each pass.
    """
    if not 0 <= share <= 1:
        raise BionerError("B226", share=share)

    def keep(nlp: Language, examples: Iterable[Example], counts: Counter[str]) -> Iterator[Example]:
        random = Random(seed)
        for example in examples:
            counts["all"] += 1
            gold = get_gold(example.reference)
            if (gold is not None and gold.mentions) or random.random() < share:
                yield example
            else:
                counts["dropped"] += 1

    return _wrapped(corpus, keep, "SampleUnannotated: {dropped} of {all} have no mention and are left out")


def make_relabel(
    corpus: Reader,
    labels: dict[str, str | None],
    unmapped: Unmapped = "keep",
    alignment: AlignmentPolicy = "contract",
) -> Reader:
    """Return a reader that gives mentions new labels: ``spacy-bioner.Relabel.v1``.

    labels: new label by old label; null drops the mentions; several labels may become one. The old label ``*`` stands
        for all others, ``ADR:Negated`` for the mentions of a label that have an attribute. The new label ``?`` makes
        the tokens of the mentions unknown: neither learnt nor scored.
    unmapped: the treatment of other labels without ``*``: ``keep``, ``drop`` or ``error`` (B223).
    alignment: the alignment policy of the corpus: see ``example_transforms.relabelled``.
    """

    def change(nlp: Language, examples: Iterable[Example], counts: Counter[str]) -> Iterator[Example]:
        for example in examples:
            yield relabelled(example, nlp, labels, unmapped, alignment, counts)

    return _wrapped(
        corpus,
        change,
        "Relabel: {relabelled} mentions have another label, {dropped} are left out, with them {unrelated} relations",
    )


def make_sample(corpus: Reader, n: int | None = None, fraction: float | None = None, seed: int = 0) -> Reader:
    """Return a reader of a random sample, in random order: ``spacy-bioner.Sample.v1``.

    n: number of Examples. fraction: share of them, in place of n (all are then held in memory). With the same seed a
    smaller sample is the beginning of a larger one. Raises B220 unless exactly one of the two is given and valid.
    """
    if (n is None) == (fraction is None) or not (n is None or n >= 1) or not (fraction is None or 0 < fraction <= 1):
        raise BionerError("B220", n=n, fraction=fraction)

    def draw(nlp: Language, examples: Iterable[Example], counts: Counter[str]) -> list[Example]:
        examples = _counted(examples, counts, "all")
        if n is not None:
            return splits.sample(examples, n, seed)
        assert fraction is not None
        return splits.sample_share(examples, fraction, seed)

    return _wrapped(corpus, draw, "Sample: {yielded} of {all} examples")


def make_fold(
    corpus: Reader, k: int = 5, fold: int = 0, part: str = "train", seed: int = 0, level: Level = "document"
) -> Reader:
    """Return a reader of one part of a k-fold split: ``spacy-bioner.Fold.v1``.

    fold: the round, 0 to k - 1. part: ``test``, this round's fold; ``dev``, the next fold; ``train``, all others; or
    ``train+dev``. level: ``document`` keeps the sentences of a document in one fold; ``sentence`` splits documents into
    sentences first and assigns each to a fold. Raises B221 for an invalid k or fold, B224 for another part.
    """
    chosen = _part("Fold", part, splits.fold_parts(k, fold))

    def pick(nlp: Language, examples: Iterable[Example], counts: Counter[str]) -> Iterator[Example]:
        examples = _counted(examples, counts, "all")
        return (example for _, example in splits.fold(_keyed(examples, level), k, chosen, seed, _key))

    message = f"Fold: {{yielded}} of {{all}} examples in part {part} of fold {fold} of {k}"
    return _wrapped(make_sentences(corpus) if level == "sentence" else corpus, pick, message)


def make_split(
    corpus: Reader,
    part: str,
    proportions: Sequence[float] = (0.6, 0.1, 0.3),
    seed: int = 0,
    level: Level = "document",
) -> Reader:
    """Return a reader of one part of a random split: ``spacy-bioner.Split.v1``. It holds the corpus in memory.

    part: ``train``, ``dev``, ``test`` or ``train+dev``; with two proportions ``train`` or ``test``.
    proportions: as fractions or percentages, such as 60/10/30 (Giorgi & Bader 2018) or 70/30 (Miftahutdinov et al.
        2020).
    level: as for ``Fold``. Raises B222 for invalid proportions, B224 for another part.
    """
    chosen = _part("Split", part, splits.split_parts(proportions))

    def pick(nlp: Language, examples: Iterable[Example], counts: Counter[str]) -> list[Example]:
        examples = _counted(examples, counts, "all")
        return [example for _, example in splits.split(_keyed(examples, level), proportions, chosen, seed, _key)]

    message = f"Split: {{yielded}} of {{all}} examples in part {part}"
    return _wrapped(make_sentences(corpus) if level == "sentence" else corpus, pick, message)


def _wrapped(corpus: Reader, transform: Transform, message: str) -> Reader:
    """Return a reader that transforms the Examples of another and logs the counts after its first full pass."""
    logged = False

    def read(nlp: Language) -> Iterator[Example]:
        nonlocal logged
        # New counts in each pass: an earlier pass may have been abandoned before its end.
        counts: Counter[str] = Counter()
        yield from _counted(transform(nlp, corpus(nlp), counts), counts, "yielded")
        if not logged:
            logged = True
            logger.info(message.format_map(counts))

    return read


def _counted(examples: Iterable[Example], counts: Counter[str], key: str) -> Iterator[Example]:
    for example in examples:
        counts[key] += 1
        yield example


def _part(wrapper: str, part: str, parts: dict[str, list[int]]) -> list[int]:
    known = [name for name, numbers in parts.items() if numbers]
    if part not in known:
        raise BionerError("B224", wrapper=wrapper, part=part, parts=len(known), known=", ".join(known))
    return parts[part]


def _keyed(examples: Iterable[Example], level: Level) -> Iterator[tuple[Hashable, Example]]:
    """Yield each Example with its number or the name of its document; one without a name is its own document."""
    for i, example in enumerate(examples):
        data = example.reference.user_data
        yield (i if level == "sentence" else data.get(SOURCE, data.get(ID, i))), example


def _key(pair: tuple[Hashable, Example]) -> Hashable:
    return pair[0]
