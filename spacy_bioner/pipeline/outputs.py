"""What the components of a pipeline predict: entities with their labels, relations with their types, answers."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from spacy.language import Language

from .relations.candidates import ANY, PairType
from .relations.component import RelationExtractor


class Outputs(NamedTuple):
    """What a pipeline predicts.

    entities: whether a component sets entities. labels: those of entities, in alphabetical order.
    relations: by relation type the types of head and tail, ``*`` for any. answers: whether a component gives answers.
    """

    entities: bool
    labels: list[str]
    relations: dict[str, list[PairType]]
    answers: bool

    def relations_of(self, labels: Collection[str]) -> dict[str, list[PairType]]:
        """Return the relation types between entities of some labels."""
        kept = {
            label: [pair for pair in pairs if all(end == ANY or end in labels for end in pair)]
            for label, pairs in self.relations.items()
        }
        return {label: pairs for label, pairs in kept.items() if pairs}


def outputs_of(nlp: Language) -> Outputs:
    """Return what the components of a pipeline predict, by their labels and what they declare to set and to score."""
    entities = answers = False
    labels: set[str] = set()
    relations: dict[str, list[PairType]] = {}
    for name, pipe in nlp.pipeline:
        meta, own = nlp.get_pipe_meta(name), nlp.pipe_labels.get(name, ())
        if any(place.startswith("doc.ents") for place in meta.assigns):
            entities = True
            labels.update(own)
        elif "relations_f" in meta.scores:
            pairs = pipe.scope.pairs if isinstance(pipe, RelationExtractor) else ((ANY, ANY),)
            for label in own:
                relations.setdefault(label, []).extend(pairs)
        elif "answers_f1" in meta.scores:
            answers = True
        elif any(place.startswith("doc.spans") for place in meta.assigns):
            entities = True
            labels.update(own)
    return Outputs(entities, sorted(labels), relations, answers)
