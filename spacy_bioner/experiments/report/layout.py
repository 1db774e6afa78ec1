"""The elements of a page, as plain values for its template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_TELEPHONE, _GAP = 44, 2
"""Characters of a table that 360 pixels hold, and the space between two columns, in characters."""


@dataclass(slots=True)
class Column:
    """A column of a table. Numeric columns are aligned at the decimal point; wide columns are for text."""

    name: str
    title: str = ""
    numeric: bool = True
    wide: bool = False


@dataclass(slots=True)
class Cell:
    """A cell: its text, its spread, its mark (``best``, ``second``) and its tooltip."""

    text: str = ""
    spread: str = ""
    mark: str = ""
    title: str = ""
    link: str = ""
    code: bool = False


@dataclass(slots=True)
class Row:
    """A row: its name, a note below the name, its cells and the index of its colour."""

    name: str
    cells: list[Cell]
    note: str = ""
    style: int | None = None


@dataclass(slots=True)
class Table:
    """A table; the first column has the names of the rows."""

    columns: list[Column]
    rows: list[Row]
    caption: str
    note: str = ""

    @property
    def wide(self) -> bool:
        """Whether the table is too wide for a telephone, by its number of characters."""
        widths = [max([len(word) for row in self.rows for word in row.name.split()], default=0)]
        for i, column in enumerate(self.columns[1:]):
            cells = [row.cells[i] for row in self.rows]
            words = [word for cell in cells if not column.numeric for word in cell.text.split()]
            figures = [f"{cell.text} {cell.spread}".rstrip() for cell in cells if column.numeric]
            widths.append(max(map(len, [*column.name.split(), *words, *figures]), default=0))
        return sum(widths) + _GAP * len(widths) > _TELEPHONE


@dataclass(slots=True)
class Plot:
    """A plot: the SVG element, its caption, its files beside the page (without suffix) and its figures as a table."""

    name: str
    svg: str
    caption: str
    files: str
    table: Table | None = None


@dataclass(slots=True)
class Block:
    """Part of a section: a heading, lines of text, tables, plots."""

    heading: str = ""
    lines: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """A section of the page."""

    id: str
    name: str
    blocks: list[Block]
    text: str = ""


def mark_best(cells: Sequence[tuple[Cell, float | None]]) -> None:
    """Mark the best and the second best of these figures, higher being better, as tables of papers do.

    Figures equal as displayed share a mark. A single figure has no best, and two have no second best.
    """
    shown: dict[float, list[Cell]] = {}
    for cell, value in cells:
        if value is not None:
            shown.setdefault(round(value, 2), []).append(cell)
    ranked = sorted(shown, reverse=True)
    total = sum(map(len, shown.values()))
    if total > 1 and len(ranked) > 1:
        for cell in shown[ranked[0]]:
            cell.mark = "best"
    if total > 2 and len(ranked) > 2:
        for cell in shown[ranked[1]]:
            cell.mark = "second"


def number(value: Any) -> str:
    """Return a count with thousands separators, "" for None."""
    return "" if value is None else f"{value:,}"
