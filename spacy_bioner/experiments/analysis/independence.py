"""What of a test part is independent: the units that the tests of significance draw and exchange.

Snippets of one question, sentences of one document and documents of one ``--group`` are right and wrong together. As
units of their own they would make intervals too narrow and p values too small:

    rows   question   tp fp fn           units
    0      q1          1  0  0           q1   2 0 0
    1      q1          1  0  0           q2   0 1 1
    2      q2          0  1  1
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...corpus.grouping import SENTENCE, group_by_rule
from ...formats import Document
from ...text_tables import counted


@dataclass(frozen=True, slots=True)
class Independent:
    """The independent unit of each document of a test part, as a key, and what the units are: ``question``, ``group``
    or ``document``.
    """

    keys: Sequence[tuple[Hashable, ...]]
    kind: str = "document"

    @property
    def number(self) -> int:
        """The number of units."""
        return len(set(self.keys))

    def __str__(self) -> str:
        """Return the number with its noun: "60 questions"."""
        return units_text(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, which ``units_text`` shows."""
        return {"unit": self.kind, "number": self.number}

    def summed(self, rows: np.ndarray) -> np.ndarray:
        """Return the sums of the rows of each unit, shape (documents, 3) -> (units, 3)."""
        numbers = {key: number for number, key in enumerate(dict.fromkeys(self.keys))}
        sums = np.zeros((len(numbers), 3), rows.dtype)
        np.add.at(sums, [numbers[key] for key in self.keys], rows)
        return sums


def units_text(independent: Mapping[str, Any]) -> str:
    """Return the number of units with its noun, "60 questions", from the values of ``Independent.to_dict``."""
    return counted(independent["number"], independent["unit"])


def independent_units(numbered: Iterable[tuple[int, Document]], rule: str = "") -> Independent:
    """Return the units of numbered documents.

    The documents of one question (``Question.group``) are a unit; of other documents those that ``rule`` holds together
    (``corpus.grouping.make_group``; "" is no rule), and else those that are sentences of one document ("doc#0").
    """
    group = group_by_rule(rule, SENTENCE)
    keys: list[tuple[Hashable, ...]] = []
    kinds = set()
    for item in numbered:
        question = item[1].question
        asked = question.group if question is not None else ""
        kinds.add("question" if asked else "group" if rule else "document")
        keys.append(("question", asked) if asked else ("group", group(item)))
    return Independent(keys, kinds.pop() if len(kinds) == 1 else "group")
