"""Relations of BioC's JSON. Their arguments are nodes, which name annotations, or infons, which name concepts.

    {"id": "R1", "infons": {"type": "CPR:4"}, "nodes": [{"refid": "T1", "role": "Arg1"}, ...]}            annotations
    {"id": "R1", "infons": {"type": "Association", "entity1": "D001919", "entity2": "6331"}}              BioRED
    {"id": "R0", "infons": {"relation": "CID", "Chemical": "D008750", "Disease": "D007022"}}              BC5CDR
    {"id": "R1", "infons": {"type": "Association", "role1": "Chemical|MESH:D008750", "role2": "..."},     PubTator3
     "nodes": [{"refid": "0", "role": "0,1"}]}

In PubTator3's XML a role has the type of its concept before the concept, in its JSON it is an object with an
``identifier``; beside these, its node is a placeholder, which names no annotation.
"""

from __future__ import annotations

import re
from typing import Any

from ...documents.document import Relation
from .names import AnnotationNames, Scope
from .parts import SCORE, TYPE, Fault, infon, infons_of, name_in, objects, score_of

_ROLES = ("role1", "role2")
_PLACEHOLDER = re.compile(r"\d+,\d+")
_TYPED = re.compile(r"[A-Za-z]{2,}\|")
"""The type before the concept of a role; the one letter of ``p|SUB|V|600|E`` is none."""

_ENTITY = re.compile(r"entity ?\d+|chemical|disease|gene[12]?|arg[12]|role[12]", re.IGNORECASE)
_UNNAMED = ("Arg1", "Arg2")
"""The roles that the reader of PubTator gives: its columns have no names. They are written as BioRED names them."""


def read_relation(item: dict[str, Any], scope: Scope, annotations: AnnotationNames, relations: set[str]) -> Relation:
    """Return a relation. Raises Fault for one without arguments, or with a node that names no annotation, or several.

    scope: where it stands. annotations: those of the document; relations: the ids of its relations.
    """
    infons = infons_of(item)
    label = infons.pop(TYPE if TYPE in infons else "relation", "")
    score = score_of(infons.get(SCORE))
    if score is not None:
        del infons[SCORE]
    nodes = [(name_in(node, "role"), name_in(node, "refid")) for node in objects(item, "nodes")]
    if infons.keys() >= set(_ROLES) and all(_PLACEHOLDER.fullmatch(role) for role, _ in nodes):
        nodes = []
    for _, name in nodes:
        if name not in annotations and name and name in relations:
            raise Fault(f"it names the relation {name!a}; relations between relations are not read")
    arguments = tuple((role, annotations.resolve(scope, name)) for role, name in nodes)
    if not nodes:
        arguments = tuple((role, _concept(item, role)) for role in _entities(infons))
        if not arguments:
            raise Fault("it has neither nodes nor entities")
        infons = {name: value for name, value in infons.items() if name not in dict(arguments)}
    return Relation(label, arguments, name_in(item, "id"), score, not nodes, tuple(infons.items()))


def _entities(infons: dict[str, str]) -> list[str]:
    """Return the infons that name concepts: entity1 before entity2 wherever they stand, others in their order."""
    if infons.keys() >= set(_ROLES):
        return [*_ROLES]
    found = [key for key in infons if _ENTITY.fullmatch(key)]
    numbers = {key: int(digits[0]) for key in found if (digits := re.findall(r"\d+", key))}
    return sorted(found, key=numbers.__getitem__) if len(numbers) == len(found) else found


def _concept(item: dict[str, Any], role: str) -> str:
    value = item["infons"][role]
    if isinstance(value, dict):
        name = name_in(value, "identifier")
        if not name:
            raise Fault(f'"{role}" has no identifier')
        return name
    name = infon(value)
    typed = _TYPED.match(name) if role in _ROLES else None
    return name[typed.end() :] if typed is not None else name


def relation_record(relation: Relation) -> dict[str, Any]:
    """Return the BioC relation of a Relation."""
    infons = {TYPE: relation.label, **_written_concepts(relation), **held_attributes(relation)}
    if relation.score is not None:
        infons[SCORE] = f"{relation.score:.6g}"
    nodes = [] if relation.of_concepts else [{"refid": name, "role": role} for role, name in relation.arguments]
    return {"id": relation.id, "infons": infons, "nodes": nodes}


def _written_concepts(relation: Relation) -> dict[str, str]:
    """Return the infons of concepts: with their roles as keys if these are read as such, else entity1, entity2, ..."""
    if not relation.of_concepts:
        return {}
    own = dict(relation.arguments)
    fit = len(own) == len(relation.arguments) and _entities(own) == [*own] and own.keys().isdisjoint(_UNNAMED)
    if fit and not any(role in _ROLES and _TYPED.match(name) for role, name in own.items()):
        return own
    return {f"entity{i}": name for i, (_, name) in enumerate(relation.arguments, 1)}


def held_attributes(relation: Relation) -> dict[str, str]:
    """Return the attributes that infons hold: the first of each name that is not read as anything else."""
    held: dict[str, str] = {}
    for name, value in relation.attributes:
        scored = name == SCORE and (relation.score is not None or score_of(value) is not None)
        if name != TYPE and not scored and not (relation.of_concepts and _ENTITY.fullmatch(name)):
            held.setdefault(name, value)
    return held
