"""Groups of documents that stay together when a corpus is split."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence

from ..errors import BionerError
from ..formats import Document

SENTENCE = "#"
"""What stands between a document's id and the number of a sentence that is read as a document of its own."""

Group = Callable[[tuple[int, Document]], Hashable]


def make_group(rule: str | None, documents: Iterable[Document], sentence_separator: str | None = None) -> Group:
    """Return ``group_by_rule``; raises B237, and B846 for a metadata field that no document has."""
    if rule and _is_field(rule):
        fields = {name for document in documents for name in document.meta}
        if rule not in fields:
            raise BionerError("B846", field=rule, known=", ".join(sorted(fields)) or "none")
    return group_by_rule(rule, sentence_separator)


def group_by_rule(rule: str | None, sentence_separator: str | None = None) -> Group:
    """Return a function from (number, document) to a group; a document that no rule covers is a group of its own.

    A rule does not cover a document if what it looks for is missing, null or empty.

    rule: one of
    "-"             a separator without letters and digits: ids equal up to its first occurrence (123-1, 123-2)
    "re:^[0-9]+"    a regular expression: ids with the same match (of its first group, if any)
    "file_name"     any other string: documents with the same value of this metadata field
    None, ""        no rule

    sentence_separator: the string between a document's id and a sentence number; the sentences of a document stay
    together even if the rule does not cover them.

    Raises B237 for an invalid regular expression.
    """
    by_document = group_by_id(sentence_separator)
    if not rule:
        return by_document
    if rule.startswith("re:"):
        return _group_by_pattern(rule, by_document)
    if not _is_field(rule):
        return _group_by_pattern(f"re:^(.+?){re.escape(rule)}", by_document)

    def group(item: tuple[int, Document]) -> Hashable:
        value = item[1].meta.get(rule)
        return by_document(item) if value in (None, "") else (rule, str(value))

    return group


def _is_field(rule: str) -> bool:
    return not rule.startswith("re:") and any(char.isalnum() for char in rule)


def _group_by_pattern(rule: str, by_document: Group) -> Group:
    try:
        pattern = re.compile(rule.removeprefix("re:"))
    except re.error as error:
        raise BionerError("B237", rule=rule, reason=error) from None

    def group(item: tuple[int, Document]) -> Hashable:
        found = pattern.search(item[1].id)
        name = found[1 if pattern.groups else 0] if found else ""
        return ("id", name) if name else by_document(item)

    return group


def group_by_id(separator: str | None = None) -> Group:
    """Return a function from (number, document) to a group by id; a document without an id is a group of its own.

    separator: what follows its last occurrence in an id is ignored: with "#", "123#1" and "123#2" stay together.
    """

    def group(item: tuple[int, Document]) -> Hashable:
        number, document = item
        name = document.id
        if separator and separator in name:
            name = name.rpartition(separator)[0]
        return name or number

    return group


def number_of_groups(documents: Iterable[Document], group: Group) -> int:
    """Count the groups of the documents."""
    return len({group(item) for item in enumerate(documents)})


def keep_together(documents: Sequence[Document], group: Group, sentence_separator: str | None = None) -> Group:
    """Return a function from (number, document) to a group: that of ``join_repeats``.

    It is for these documents, the same objects, under any numbers, so that a sample of them has the same groups. Other
    documents have their own.
    """
    joined = join_repeats(documents, group, sentence_separator)
    keys = {id(document): key for document, key in zip(documents, joined, strict=True)}
    return lambda item: keys[id(item[1])] if id(item[1]) in keys else group(item)


def join_repeats(
    documents: Sequence[Document], group: Group | None = None, sentence_separator: str | None = None
) -> list[Hashable]:
    """Return the group of each document; groups that share a text, ignoring white space, or a question are joined.

    Empty texts are no repeats of each other. sentence_separator: as for ``group_by_rule``. Sentences that repeat join
    nothing unless their documents are repeats as a whole, for short sentences repeat everywhere.
    """
    # Union-find: each document is an edge between its text and its group. Groups that share a text, directly or through
    # other groups, become one tree, whose root stands for all of them:
    #
    #   documents   text  group        a -- 1        root of a, b, 1, 2: all four documents stay together
    #   0           a     1            a -- 2
    #   1, 2        a, b  2            b -- 2
    #   3           b     its own
    parent: dict[Hashable, Hashable] = {}

    def root(key: Hashable) -> Hashable:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]  # path halving keeps the trees flat
            key = parent[key]
        return key

    keys: list[Hashable] = []
    for item, text in zip(enumerate(documents), _texts(documents, sentence_separator), strict=True):
        number, document = item
        keys.append(("text", text) if document.text.strip() else ("empty", number))
        if group is not None:
            parent[root(("group", group(item)))] = root(keys[-1])
        if document.question is not None and document.question.group:
            parent[root(("question", document.question.group))] = root(keys[-1])
    return [root(key) for key in keys]


def _texts(documents: Sequence[Document], sentence_separator: str | None) -> list[Hashable]:
    """Return what is equal for equal texts: for a sentence its number and the text of all its document."""
    by_document = group_by_id(sentence_separator)
    keys: list[Hashable] = [
        ("parts", by_document(item)) if sentence_separator and sentence_separator in item[1].id else ("whole", item[0])
        for item in enumerate(documents)
    ]
    parts: dict[Hashable, list[str]] = {}
    numbers = []
    for key, document in zip(keys, documents, strict=True):
        of_whole = parts.setdefault(key, [])
        numbers.append(len(of_whole))
        of_whole.append(document.fingerprint())
    wholes = {key: " ".join(found) for key, found in parts.items()}
    return [(wholes[key], number) for key, number in zip(keys, numbers, strict=True)]
