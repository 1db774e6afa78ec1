"""Evaluation of a pipeline on annotated documents, with all counts behind the figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from ..documents.alignment import AlignmentPolicy, from_doc, to_doc
from ..documents.doc_mentions import SPANS_KEY, predicted_mentions
from ..documents.doc_relations import RELATIONS_KEY
from ..documents.document import Document
from ..documents.gold import get_gold, get_id, unknown_tokens
from ..documents.named_relations import named_relations
from ..errors import BionerError
from ..pipeline.answers.scorer import answer_scores
from ..pipeline.linking.scorer import link_scores
from ..pipeline.relations.scorer import relation_scores
from ..pipeline.scorer import score_examples, scored_mentions
from ..scoring import Scores, to_dict
from ..training.corpora import unannotated


@dataclass(slots=True)
class Evaluation:
    """The scores of a pipeline on a corpus.

    unreachable: gold spans that no prediction of whole tokens can match; they count as misses.
    speed: tokens tagged per second, with gold tokenization.
    examples: the Examples, ``predicted`` as the pipeline left it.
    relations: the scores of relations (``relation_scores``); empty if the gold has none, or if nothing in the pipeline
        looks for relations. unscored_relations: the number of gold relations in this second case.
    answers: the scores of answers (``answer_scores``); empty if there are no questions.
    concepts: the scores of concepts (``link_scores``); empty if the gold or the entities found have none.
    unscored_concepts: why they have none, if a component of the pipeline looks for concepts; else "".
    gold_entities: whether the predicted Docs had entities before, which is where a reader gives the gold ones.
    """

    scores: Scores
    unreachable: int
    tokens: int
    speed: float
    examples: list[Example]
    relations: dict[str, Any] = field(default_factory=dict)
    unscored_relations: int = 0
    answers: dict[str, Any] = field(default_factory=dict)
    concepts: dict[str, Any] = field(default_factory=dict)
    unscored_concepts: str = ""
    gold_entities: bool = False

    def metrics(self) -> dict[str, Any]:
        """Return the scores under spaCy's names (see ``scoring.to_dict``) and the corpus sizes.

        ``gold_entities`` is there where it is true: the scores of entities are then those of the gold itself.
        """
        return {
            **({"gold_entities": True} if self.gold_entities else {}),
            **to_dict(self.scores),
            **self.relations,
            **self.answers,
            **self.concepts,
            "ents_unreachable": self.unreachable,
            "documents": len(self.examples),
            "tokens": self.tokens,
            "speed": self.speed,
        }


def evaluate(nlp: Language, examples: Iterable[Example], batch_size: int | None = None) -> Evaluation:
    """Run a pipeline over the predicted Docs of examples and score them by exact spans."""
    examples = list(examples)
    given = any(example.predicted.ents for example in examples)
    start = perf_counter()
    docs = list(nlp.pipe((example.predicted for example in examples), batch_size=batch_size))
    seconds = perf_counter() - start
    for example, doc in zip(examples, docs, strict=True):
        example.predicted = doc
    scores, unreachable = score_examples(examples)
    tokens = sum(len(doc) for doc in docs)
    # The gold is scored by the pipeline's own setting: without direction A to B and B to A are one relation.
    directed = all(getattr(pipe, "directed", True) for _, pipe in nlp.pipeline)
    relations = relation_scores(examples, directed=directed)
    unscored = 0
    if relations["relations_f"] is None:
        relations = {}
    elif not _finds_relations(nlp, docs):
        relations, unscored = {}, relations["relations_counts"]["fn"]
    else:
        relations = {**relations, "relations_directed": directed}
    answers = answer_scores(examples)
    answers = {} if answers["answers_f1"] is None else answers
    linked = any(mention.concepts for example in examples for mention in scored_mentions(example))
    concepts = link_scores(examples) if linked else {}
    concepts = {} if concepts.get("concepts_f") is None else concepts
    why = "" if concepts else _why_no_concepts(nlp, examples)
    speed = tokens / seconds if seconds else 0.0
    return Evaluation(scores, unreachable, tokens, speed, examples, relations, unscored, answers, concepts, why, given)


def _why_no_concepts(nlp: Language, examples: Iterable[Example]) -> str:
    """Return why concepts have no score; "" if no component says that it looks for them."""
    if not any("concepts_f" in nlp.get_pipe_meta(name).scores for name in nlp.pipe_names):
        return ""
    golds = [gold for example in examples if (gold := get_gold(example.reference)) is not None]
    number = sum(bool(mention.concepts) for gold in golds for mention in gold.mentions)
    return f"no entity was given one (gold mentions with concepts: {number})" if number else "the gold has none"


def _finds_relations(nlp: Language, docs: Iterable[Doc]) -> bool:
    """Return whether a component is there for relations, or has set some without saying so."""
    named = any("relations_f" in nlp.get_pipe_meta(name).scores for name in nlp.pipe_names)
    return named or any(RELATIONS_KEY in doc.spans for doc in docs)


def check_gold_known(examples: Iterable[Example], path: str = "the data") -> None:
    """Raise B877 for examples with missing tags, of which ``raw_examples`` would make known ones."""
    if partly := sum(unknown_tokens(example.reference) > 0 for example in examples):
        raise BionerError("B877", path=path, documents=partly)


def raw_examples(nlp: Language, examples: Iterable[Example], policy: AlignmentPolicy = "contract") -> Iterator[Example]:
    """Yield the examples as raw text: tokenized by the pipeline's own tokenizer, without sentence starts.

    Column files have no spacing information: their tokens are separated by one space each. Raises B877 for missing
    tags.
    """
    for example in examples:
        check_gold_known([example])
        document = from_doc(example.reference)
        document.tokens = document.sentences = None
        reference = to_doc(document, nlp, policy)
        yield Example(unannotated(reference), reference)


def predictions(examples: Sequence[Example], spans_key: str = SPANS_KEY) -> Iterator[Document]:
    """Yield the predicted documents; an entity has the score that ``doc.spans[spans_key]`` has for it, or None."""
    for example in examples:
        document = from_doc(example.predicted, gold=False)
        document.id = document.id or get_id(example.reference)
        mentions = predicted_mentions(example.predicted, spans_key)
        document.mentions, document.relations = named_relations(example.predicted, mentions, spans_key)
        yield document
