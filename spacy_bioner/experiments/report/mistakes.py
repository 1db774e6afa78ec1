"""The sections of a report on recall by kind of mention, and on mistakes by type, string and document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ...errors import BionerError
from ...scoring import Counts
from ...text_tables import counted, percent
from ..analysis.breakdown import Share, by_frequency, by_length, seen_and_unseen
from ..analysis.mistakes import NONE, Mistakes, Name, mistakes_of
from ..analysis.pairing import pair_runs
from ..runs import Run
from ..summary import grouped, system_of
from .groups import at_full_size
from .layout import Block, Cell, Column, Row, Section, Table, number

SYSTEMS = 3
"""Number of systems, those with the best F1, whose mistakes are listed."""
TYPES, STRINGS, DOCUMENTS = 10, 15, 10
"""Maximum numbers of rows: types with most mentions, strings with most errors, documents with most errors."""

_GROUPS = (
    (lambda name: f"{name} in training", seen_and_unseen),
    (lambda name: f"{'once' if name == '1' else f'{name} times'} in training", by_frequency),
    (lambda name: f"of {name} token{'s' * (name != '1')}", by_length),
)
"""How the kinds of mentions are called, and what gives the recall of each."""


def recall_section(runs: Sequence[Run]) -> Section | None:
    """Return recall on mentions seen and not seen in training, by frequency there, and by length."""
    blocks = []
    corpora = grouped(at_full_size(runs), lambda run: run.corpus)
    for corpus, group in corpora.items():
        shares, faults = {}, []
        for name, some in grouped(group, system_of).items():
            try:
                shares[name] = _shares(name, some)
            except BionerError as error:  # two runs with one seed, or a run without the counts of its training data
                faults.append(f"{name} has no recall by kind of mention: {error}")
        keys = list(dict.fromkeys(key for of_system in shares.values() for key in of_system))
        rows = []
        for key in keys:
            most = max(of_system.get(key, (0, 0))[1] for of_system in shares.values())
            cells = [_share(of_system.get(key)) for of_system in shares.values()]
            rows.append(Row(key, [Cell(number(most)), *cells]))
        if rows or faults:
            heads = [
                Column("mentions", numeric=False),
                Column("in all runs", "gold mentions, counted in each run"),
                *map(Column, shares),
            ]
            table = Table(heads, rows, f"Recall on {corpus} by kind of mention")
            blocks.append(Block(f"On {corpus}" if len(corpora) > 1 else "", faults, [table] if rows else []))
    text = (
        "Recall in percent, over all runs of a system, by whether and how often the mention occurs with its type in "
        "the training data (ignoring case), and by its number of tokens. Seen names may have been memorised; recall "
        "on unseen ones shows how well a system generalises."
    )
    return Section("recall", "Recall", blocks, text) if blocks else None


def _shares(system: str, runs: Sequence[Run]) -> dict[str, Share]:
    paired = pair_runs([(system, run) for run in runs])
    return {
        called(name): share
        for called, of_kind in _GROUPS
        for name, share in sorted(of_kind(paired, system).items(), key=lambda item: _order(item[0]))
        if name != "unseen" or of_kind is seen_and_unseen  # "unseen" is also a frequency, 0: one row is enough
    }


def _order(name: str) -> tuple[int, str]:
    # "1", "2-4", ..., "20 or more": by the number that the name starts with.
    digits = name.split(" ")[0].split("-")[0]
    return (int(digits) if digits.isdecimal() else 0), name


def _share(share: Share | None) -> Cell:
    if share is None or not share[1]:
        return Cell("–")
    return Cell(percent(share[0] / share[1]), title=f"{share[0]:,} of {share[1]:,}")


def mistakes_section(runs: Sequence[Run]) -> Section | None:
    """Return the confused types and the strings and documents with most errors, for the best systems on each corpus."""
    blocks = []
    for corpus, group in grouped(at_full_size(runs), lambda run: run.corpus).items():
        systems = grouped(group, system_of)
        f1 = {name: sum(run.scores["f"] for run in some) / len(some) for name, some in systems.items()}
        for name in sorted(systems, key=lambda name: -f1[name])[:SYSTEMS]:
            found = mistakes_of(systems[name])
            tables = [
                _confusion(found),
                _strings("missed", found.missed, found.gold, "in the gold"),
                _strings("invented", found.invented, found.found, "found"),
                _documents(found),
            ]
            made = [table for table in tables if table.rows]
            if made:
                blocks.append(Block(f"{name} on {corpus}", tables=made))
    text = (
        f"The {SYSTEMS} best systems on each corpus, summed over their runs. A table beside this page has all errors "
        "with their offsets (see Errors), another the scores of each document."
    )
    return Section("mistakes", "Mistakes", blocks, text) if blocks else None


def _confusion(found: Mistakes) -> Table:
    sizes: Counter[str] = Counter()
    for (gold, guess), count in found.types.items():
        sizes.update(dict.fromkeys({gold, guess} - {NONE}, count))
    labels = [label for label, _ in sizes.most_common(TYPES)]
    rows = [
        Row(gold or "nothing", [Cell(_count(found.types[gold, guess])) for guess in [*labels, NONE]])
        for gold in [*labels, NONE]
    ]
    left_out = len(sizes) - len(labels)
    without = f", without {counted(left_out, 'rarer type')}" if left_out else ""
    note = f"Correct mentions are on the diagonal{without}."
    heads = [Column("in the gold", numeric=False), *map(Column, labels), Column("nothing", "no entity was found")]
    return Table(heads, rows, "Types in the gold (rows) and found (columns)", note)


def _strings(what: str, wrong: Counter[Name], every: Mapping[Name, int], of: str) -> Table:
    often = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:STRINGS]
    rows = [
        Row(text, [Cell(label), Cell(number(count)), Cell(number(every[label, text]))])
        for (label, text), count in often
        if count > 1
    ]
    heads = [Column(f"most often {what}", numeric=False), Column("type", numeric=False)]
    heads += [Column(what, "without an exact match"), Column(of)]
    return Table(heads, rows, f"Strings most often {what}")


def _documents(found: Mistakes) -> Table:
    worst = sorted(found.documents.values(), key=lambda one: (-one.errors, one.id))[:DOCUMENTS]
    rows = []
    for one in worst:
        counts = Counts(one.tp, one.fp, one.fn)
        figures = [Cell(percent(value)) for value in (counts.precision, counts.recall, counts.f1)]
        rows.append(Row(one.id, [Cell(number(one.errors)), *figures]) if one.errors else None)
    heads = [Column("document", numeric=False), Column("errors"), *map(Column, ("P", "R", "F1"))]
    return Table(heads, [row for row in rows if row], "Documents with most errors")


def _count(count: int) -> str:
    return f"{count:,}" if count else ""
