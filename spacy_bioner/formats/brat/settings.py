"""brat's settings of a collection: its labels and their colours (annotation.conf, visual.conf)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...documents.document import Document, Mention, Relation
from .lines import TRIGGER

COLOURS = ("#ffccaa", "#8fb2ff", "#a4e6a4", "#e6b8e6", "#ffe08c", "#8fdfdf", "#ffb3b3", "#c9c9ff", "#d4e157", "#cfcfcf")
"""Backgrounds on which black text is readable."""


class Labels:
    """The labels of the documents of a collection, in the order of their first occurrence."""

    def __init__(self) -> None:
        self.entities: dict[str, None] = {}
        self.relations: dict[str, tuple[dict[str, None], ...]] = {}
        self.attributes: dict[str, dict[str, None]] = {}
        self.owners: dict[str, dict[str, None]] = {}

    def add(self, document: Document) -> None:
        """Add the labels of a document."""
        by_id = {mention.id: mention.label for mention in document.mentions}
        self.entities.update(dict.fromkeys(mention.label for mention in document.mentions))
        for mention in document.mentions:
            self._add_attributes(mention, "<ENTITY>")
        for relation in document.relations:
            if not relation.of_concepts:
                event = relation.arguments[:1] and relation.arguments[0][0] == TRIGGER
                self._add_attributes(relation, "<EVENT>" if event else "<RELATION>")
                arguments = self.relations.setdefault(relation.label, tuple({} for _ in relation.arguments))
                for known, (_, name) in zip(arguments, relation.arguments, strict=False):
                    known.setdefault(by_id.get(name, "<ENTITY>"))

    def _add_attributes(self, owner: Mention | Relation, kind: str) -> None:
        for name, value in owner.attributes:
            values = self.attributes.setdefault(name, {})
            self.owners.setdefault(name, {})[kind] = None
            if value:
                values[value] = None

    def declare(self, labels: Iterable[str], relations: Mapping[str, Iterable[tuple[str, str]]]) -> None:
        """Add labels of entities, and relation types with the types of their two mentions, ``*`` for any."""
        self.entities.update(dict.fromkeys(labels))
        for label, pairs in relations.items():
            arguments = self.relations.setdefault(label, ({}, {}))
            for pair in pairs:
                for known, end in zip(arguments, pair, strict=False):
                    known.setdefault("<ENTITY>" if end == "*" else end)

    def files(self) -> dict[str, str]:
        """Return the contents of the settings by the names of their files."""
        entities = "\n".join(self.entities)
        relations = "\n".join(
            f"{label}\t" + ", ".join(f"Arg{i}:{'|'.join(types)}" for i, types in enumerate(arguments, 1))
            for label, arguments in self.relations.items()
        )
        colours = "\n".join(
            f"{label}\tbgColor:{COLOURS[i % len(COLOURS)]}, borderColor:darken" for i, label in enumerate(self.entities)
        )
        arrows = "\n".join(f"{label}\tcolor:black, arrowHead:triangle-5" for label in self.relations)
        attributes = "\n".join(
            f"{name}\tArg:{'|'.join(self.owners[name])}" + (f", Value:{'|'.join(values)}" if values else "")
            for name, values in self.attributes.items()
        )
        annotation = (
            f"[entities]\n\n{entities}\n\n[relations]\n\n{relations}\n\n[events]\n\n[attributes]\n\n{attributes}"
        ).rstrip("\n") + "\n"
        names = "\n".join(f"{label} | {label.replace('_', ' ')}" for label in (*self.entities, *self.relations))
        return {
            "annotation.conf": annotation,
            "visual.conf": f"[labels]\n\n{names}\n\n[drawing]\n\nSPAN_DEFAULT\tfgColor:black\n{colours}\n{arrows}\n",
        }
