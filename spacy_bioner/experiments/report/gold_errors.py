"""The section of a report on likely errors of the gold."""

from __future__ import annotations

from collections.abc import Sequence

from ...text_tables import counted
from ..gold_errors.find import find_in_runs
from ..gold_errors.outputs import as_proposed, records
from ..runs import Run
from ..summary import grouped
from .groups import at_full_size
from .layout import Block, Cell, Column, Row, Section, Table

SHOWN = 30
"""Maximum number of likely errors listed for each corpus."""

TEXTS = {"reason": "why", "context": "in the text", "document": "document"}
"""Columns of text: keys of a record, and their names."""


def gold_errors_section(runs: Sequence[Run]) -> Section | None:
    """Return the likely errors of the gold test documents of each corpus, the most certain first."""
    blocks = []
    corpora = grouped(at_full_size(runs), lambda run: run.corpus)
    for corpus, group in corpora.items():
        documents, found = find_in_runs(group)
        rows = [
            Row(
                as_proposed(row),
                [Cell(row["kind"]), Cell(f"{row['confidence']:.2f}"), *(Cell(row[key]) for key in TEXTS)],
            )
            for row in records(found[:SHOWN], documents)
        ]
        if not rows:
            continue
        more = " Those not listed are less certain." if len(found) > SHOWN else ""
        heads = [Column("gold -> proposed", numeric=False), Column("kind", numeric=False), Column("confidence")]
        heads += [Column(name, numeric=False, wide=True) for name in TEXTS.values()]
        note = f"{len(found):,} in {counted(len(documents), 'document')}.{more}"
        blocks.append(
            Block(f"On {corpus}" if len(corpora) > 1 else "", tables=[Table(heads, rows, "Likely errors", note)])
        )
    text = (
        "Mentions of the test data that may be annotated wrongly, the most certain first: strings that are annotated "
        "in some places and not in others, boundaries unlike those of similar mentions, and what the systems agree on "
        "against the gold. A person must decide on each; spacy bioner check --runs lists all and writes notes for brat."
    )
    return Section("gold-errors", "Likely gold errors", blocks, text) if blocks else None
