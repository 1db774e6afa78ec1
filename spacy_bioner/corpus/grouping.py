"""Which documents stay together when a corpus is dealt into parts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

from ..errors import BionerError
from ..formats import Document

Group = Callable[[tuple[int, Document]], Hashable]


def make_group(rule: str | None, documents: Iterable[Document], separator: str | None = None) -> Group:
    """Return what names the group of a numbered document.

    rule: without a letter or digit in it, a separator: see ``group_by_id``. Else a field of the documents' metadata, as
    ``file_name``: those that have the same there stay together; one that has no such field is as without a rule.

    separator: that of ids where there is no rule.

    Raises B846 for a field that no document has.
    """
    if not rule or not any(char.isalnum() for char in rule):
        return group_by_id(rule or separator)
    fields = {name for document in documents for name in document.meta}
    if rule not in fields:
        raise BionerError("B846", field=rule, known=", ".join(sorted(fields)) or "none")
    by_id = group_by_id(separator)

    def group(item: tuple[int, Document]) -> Hashable:
        document = item[1]
        return (rule, str(document.meta[rule])) if rule in document.meta else by_id(item)

    return group


def group_by_id(separator: str | None) -> Group:
    """Return what names a numbered document's group by its id; one without an id is a group of its own.

    separator: what stands in an id after its last occurrence does not count: with "-", "123-1" and "123-2" stay
    together.
    """

    def group(item: tuple[int, Document]) -> Hashable:
        number, document = item
        name = document.id
        if separator and separator in name:
            name = name.rpartition(separator)[0]
        return name or number

    return group


def join_repeats(documents: Sequence[Document], group: Group | None = None) -> list[Hashable]:
    """Return the group of each document, where documents of the same text, white space aside, are of one group too."""
    parent: dict[Hashable, Hashable] = {}

    def root(key: Hashable) -> Hashable:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    keys: list[Hashable] = []
    for item in enumerate(documents):
        keys.append(("text", item[1].fingerprint()))
        if group is not None:
            parent[root(("group", group(item)))] = root(keys[-1])
    return [root(key) for key in keys]
