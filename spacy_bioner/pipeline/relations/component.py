"""``bioner_relations``: classifies the relation between two entities of a text, with any network over pairs."""

# No `from __future__ import annotations`: spaCy checks [initialize.components] against the types of `initialize`.

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Literal, get_args

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.util import logger
from spacy.vocab import Vocab
from thinc.types import Floats2d

from ...documents.doc_relations import RelationSpans, get_relations, register_extension, set_relations
from ...errors import BionerError
from ...ml.pairs.pair import Pair, PairModel, set_outputs
from ...ml.vocabulary import count_words, set_word_counts
from ..annotated import annotated
from ..batching import explain_out_of_memory
from ..network_component import NetworkComponent
from ..requirements import state_requirements
from .candidates import ARROW, Scope, candidates, entities_of, parse_pair
from .gold import OUTCOMES, describe_lost, gold_entities, label_pairs, related_types

TrainEntities = Literal["gold", "found"]
ScoredPair = tuple[Pair, str, float]
"""A pair, the label of its relation, the probability."""


class RelationExtractor(NetworkComponent):
    """Give each candidate pair of entities a relation type, or none.

    pairs: the pair types, as "Chemical -> Disease"; None for all pair types of the relations in the training data.
    max_sentences: ends of sentences that may lie between the two: 0 for one sentence, None for any number.
    directed: whether A to B is another relation than B to A.
    train_entities: train on pairs of ``gold`` entities, or on entities ``found`` by earlier components that
        ``[training] annotating_components`` names. Prediction always uses ``doc.ents``.
    threshold: None predicts the most probable class. With a number, the most probable relation is predicted if its
        probability is at least this number.
    pairs_at_once: maximum number of pairs in the network at once, also in training, which bounds memory.

    ``labels`` are the relation types, in the order of the network's outputs; output 0 is the class of no relation.

    Probabilities come from a softmax over the types and no relation. Predicted relations are added to those in
    ``doc.spans["bioner_relations"]``: see ``documents.doc_relations``.

    Raises B431 and B432 for an invalid pair type or distance, B436 for another option, B435 for a network that
    listens to another component: it would also see documents without candidates.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: PairModel,
        name: str = "bioner_relations",
        *,
        pairs: Sequence[str] | None = None,
        max_sentences: int | None = 0,
        directed: bool = True,
        train_entities: TrainEntities = "gold",
        threshold: float | None = None,
        pairs_at_once: int = 512,
        scorer: Callable | None = None,
    ) -> None:
        super().__init__(vocab, model, name, scorer)  # type: ignore[arg-type]
        if train_entities not in get_args(TrainEntities):
            raise BionerError("B436", name=name, option="train_entities", value=train_entities, wanted="gold or found")
        if threshold is not None and not 0 < threshold <= 1:
            raise BionerError("B436", name=name, option="threshold", value=threshold, wanted="null, or above 0 to 1")
        if pairs_at_once < 1:
            raise BionerError("B436", name=name, option="pairs_at_once", value=pairs_at_once, wanted="1 or more")
        if any("listener" in node.name for node in model.walk()):
            raise BionerError("B435", name=name)
        self._declared = None if pairs is None else [parse_pair(pair) for pair in pairs]
        self.max_sentences = max_sentences
        self.directed = directed
        self.train_entities = train_entities
        self.threshold = threshold
        self.pairs_at_once = pairs_at_once
        self._told_unknown = False
        self.cfg.update(labels=[], pairs=[list(pair) for pair in self._declared or ()])
        _ = self.scope  # checks
        register_extension()

    @property
    def scope(self) -> Scope:
        """The conditions for a candidate pair."""
        # Those of the config go before those of a saved component, as the other settings do.
        return self._scope_of(self.cfg["pairs"] if self._declared is None else self._declared)

    def _scope_of(self, pairs: Iterable[Sequence[str]]) -> Scope:
        return Scope(tuple((head, tail) for head, tail in pairs), self.max_sentences, self.directed)

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        """Prepare the network for training, and log how many gold relations can be learned.

        labels: by default all labels of the data, in alphabetical order; other relations count as no relation, with a
            warning (B443).
        Raises B433 if the data has no relation of a label, B434 if it has no pair of a declared type, B437 if it has no
        candidate pair.
        """
        validate_get_examples(get_examples, "RelationExtractor.initialize")
        examples = annotated(get_examples(), nlp, self.name)
        types, found = related_types(examples)
        labels = sorted(found) if labels is None else list(labels)
        if not labels or not found:
            raise BionerError("B433", name=self.name, examples=len(examples))
        declared = _without_reversed(types, self.directed) if self._declared is None else self._declared
        scope = self._scope_of(declared)
        counts: Counter[str] = Counter()
        sample: list[Pair] = []
        seen: set[tuple[str, str]] = set()
        for example in examples:
            pairs, _ = self._labelled(example, scope, counts)
            seen.update((pair.head.label, pair.tail.label) for pair in pairs)
            sample.extend(pairs[: max(0, 10 - len(sample))])
        for head, tail in self._declared or ():
            if not any(Scope(((head, tail),)).fits(*pair) for pair in seen):
                raise BionerError("B434", name=self.name, pair=f"{head} {ARROW} {tail}", known=_spelt(types))
        if not sample:
            raise BionerError("B437", name=self.name, outcomes=describe_lost(counts))
        # Set after the last check: a trained component that refuses other data stays as it was.
        self.cfg.update(labels=list(labels), pairs=[list(pair) for pair in declared])
        for label in labels:
            self.vocab.strings.add(label)
        self._log_lost(counts)
        set_word_counts(self.model, count_words(example.predicted for example in examples))
        set_outputs(self.model, 1 + len(labels), sorted({label for pair in seen for label in pair}))
        self.start_anew()
        self._tell_unknown(found)
        self.model.initialize(X=sample)
        if nlp is not None:
            state_requirements(nlp)

    def _log_lost(self, counts: Counter[str]) -> None:
        logger.info(
            "%s: %d candidate pairs, %d of them related; %d gold relations: %s",
            self.name,
            counts["pairs"],
            counts["positive"],
            counts["relations"],
            describe_lost(counts),
        )
        if counts["candidates"] < counts["relations"]:
            values = {"lost": counts["relations"] - counts["candidates"], "all": counts["relations"]}
            self.warn("B438", **values, outcomes=describe_lost(counts))

    def start_anew(self) -> None:
        """Forget an earlier training, and what was warned of in it."""
        super().start_anew()
        self._told_unknown = False

    def _tell_unknown(self, labels: Iterable[str]) -> None:
        """Warn once (B443) of labels of gold relations that the component does not have; "" is no relation."""
        if not self._told_unknown and (unknown := sorted({*labels}.difference(self.labels, [""]))):
            self._told_unknown = True
            self.warn("B443", unknown=unknown, labels=list(self.labels))

    def _labelled(self, example: Example, scope: Scope, counts: Counter[str]) -> tuple[list[Pair], list[str]]:
        """Return the candidates of an Example for training, and the label of each ("" for no relation)."""
        doc = example.predicted
        entities = gold_entities(example) if self.train_entities == "gold" else entities_of(doc)
        pairs = candidates(doc, entities, scope)
        return pairs, label_pairs(example, pairs, entities, scope, counts)

    def learn(self, examples: Sequence[Example]) -> float | None:
        """Learn from the pairs of a batch; return their summed cross-entropy in nats, None if there are no pairs."""
        rows = {label: i for i, label in enumerate(("", *self.labels))}
        pairs: list[Pair] = []
        targets: list[int] = []
        for example in examples:
            found, labels = self._labelled(example, self.scope, Counter())
            pairs += found
            targets += [rows.get(label, 0) for label in labels]
            self._tell_unknown(labels)
        if not pairs:
            return None
        docs = [example.predicted for example in examples]
        return self.learn_in_parts(
            pairs, self.pairs_at_once, lambda outputs, part: self._loss(outputs, targets[part], docs)
        )

    def _loss(self, outputs: Floats2d, targets: Sequence[int], docs: Sequence[Doc]) -> tuple[float, Floats2d]:
        """Return the summed cross-entropy of pairs and its gradient by ``outputs``, (pairs, classes)."""
        xp = self.model.ops.xp
        rows, columns = xp.arange(len(targets)), self.model.ops.asarray1i(targets)
        gradient = _softmax(xp, outputs)
        loss = -float(xp.log(xp.maximum(gradient[rows, columns], 1e-30)).sum())
        self._refuse_infinite(loss, docs)
        gradient[rows, columns] -= 1
        return loss, gradient

    def predict(self, docs: Iterable[Doc]) -> list[list[ScoredPair]]:
        """Return the relations of each document. Raises B414 before ``initialize``, B558 if memory runs out."""
        self.require_weights()
        docs = list(docs)
        found: list[list[ScoredPair]] = [[] for _ in docs]
        own = self._in_own_vocab(docs)
        pairs = self._pairs(own)
        while batch := list(islice(pairs, self.pairs_at_once)):
            with explain_out_of_memory("B558", self.name, docs):
                outputs = self.model.predict([pair for _, pair in batch])
            probabilities = self.model.ops.to_numpy(_softmax(self.model.ops.xp, outputs))
            for (i, pair), row in zip(batch, probabilities, strict=True):
                # Output 0 is no relation. With a threshold, only the probability of the best relation decides.
                best = int(row.argmax() if self.threshold is None else 1 + row[1:].argmax())
                if best and row[best] >= (self.threshold or 0):
                    found[i].append((pair, self.labels[best - 1], float(row[best])))
        return found

    def _pairs(self, docs: Sequence[Doc]) -> Iterator[tuple[int, Pair]]:
        scope = self.scope
        for i, doc in enumerate(docs):
            for pair in candidates(doc, entities_of(doc), scope):
                yield i, pair

    def set_annotations(self, docs: Iterable[Doc], predictions: Sequence[Sequence[ScoredPair]]) -> None:
        """Add the relations from ``predict`` to the documents."""
        for doc, found in zip(docs, predictions, strict=True):
            new = [
                RelationSpans(doc[pair.head.start : pair.head.end], doc[pair.tail.start : pair.tail.end], label, score)
                for pair, label, score in found
            ]
            known = {_place(relation) for relation in new}
            earlier = [relation for relation in get_relations(doc) if _place(relation) not in known]
            if new or earlier:
                set_relations(doc, [*earlier, *new])

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """Return the scores, and as ``relations_lost`` the numbers of gold relations without a candidate, by reason."""
        examples = list(examples)
        if self.scorer is None:
            return {}
        scores = dict(self.scorer(examples, directed=self.directed, **kwargs))
        counts: Counter[str] = Counter()
        for example in examples:
            entities = entities_of(example.predicted)
            label_pairs(example, candidates(example.predicted, entities, self.scope), entities, self.scope, counts)
        return {**scores, "relations_lost": {key: counts[key] for key in OUTCOMES[1:] if counts[key]}}

    def describe(self) -> dict[str, Any]:
        """Return the description of the component for its ``meta.json``."""
        return {"labels": list(self.labels), "pairs": [f"{a} {ARROW} {b}" for a, b in self.scope.pairs]}

    def check_saved(self, cfg: dict[str, Any]) -> None:
        """Raise ValueError if the saved labels or pair types are invalid."""
        if not isinstance(cfg["labels"], list) or not all(isinstance(label, str) and label for label in cfg["labels"]):
            raise ValueError("cfg holds no list of labels")
        for pair in cfg["pairs"]:
            if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(end, str) and end for end in pair)):
                raise ValueError(f"cfg holds a pair type {pair!r}")

    def check_loaded(self) -> None:
        """Raise ValueError if the loaded network has other labels."""
        rows = self.model.get_ref("output").maybe_get_dim("nO")
        if self.labels and rows != 1 + len(self.labels):
            raise ValueError(
                f"the network has {rows} classes, expected {1 + len(self.labels)} (labels and no relation)"
            )


def _softmax(xp: Any, outputs: Any) -> Any:
    shifted = xp.exp(outputs - outputs.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def _place(relation: RelationSpans) -> tuple[int, int, int, int, str]:
    head, tail = relation.head, relation.tail
    return head.start, head.end, tail.start, tail.end, relation.label


def _spelt(types: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{head} {ARROW} {tail}" for head, tail in sorted(types)) or "none"


def _without_reversed(types: Counter[tuple[str, str]], directed: bool) -> list[tuple[str, str]]:
    """Return pair types in alphabetical order; without direction, the more frequent of A -> B and B -> A."""
    kept = {(a, b) for (a, b), n in types.items() if directed or a == b or (n, b) > (types[b, a], a) or not types[b, a]}
    return sorted(kept)
