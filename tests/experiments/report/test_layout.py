"""The marks of tables, and which runs a table is about."""

import pytest

from spacy_bioner.experiments.report.groups import View, at_full_size, system_of
from spacy_bioner.experiments.report.layout import Block, Cell, Column, Row, Section, Table, mark_best
from spacy_bioner.experiments.report.page import render
from spacy_bioner.experiments.report.plots import Line
from spacy_bioner.experiments.report.sections import gains
from spacy_bioner.experiments.runs import Run


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([70.0, 72.5, 71.0], ["", "best", "second"]),
        ([70.0, 72.5], ["", "best"]),
        ([72.501, 72.502, 71.0, None], ["best", "best", "", ""]),
        ([72.5, 71.0, 71.001, 60.0], ["best", "second", "second", ""]),
        ([72.5, None], ["", ""]),
        ([70.0, 70.0, 70.0], ["", "", ""]),
    ],
)
def test_best_and_second_best_as_they_show(values, marks):
    cells = [Cell() for _ in values]
    mark_best(list(zip(cells, values, strict=True)))
    assert [cell.mark for cell in cells] == marks


def test_the_width_of_a_table_is_computed_once(monkeypatch):
    """It reads all cells: computed for each cell, a page of 5,000 wrong answers would take hours."""
    asked = []
    wide = Table.wide.fget
    monkeypatch.setattr(Table, "wide", property(lambda table: asked.append(table) or wide(table)))
    rows = [Row(f"row {i}", [Cell("a figure"), Cell("of some width")]) for i in range(30)]
    table = Table([Column("name"), Column("one"), Column("other")], rows, "A table")
    errors = dict.fromkeys(("text", "left_out", "data", "relations"), "") | {"choices": [], "doubtful": []}
    texts = dict.fromkeys(("root", "title", "lead", "foot"), "")
    sections = [Section("id", "Name", [Block(tables=[table])])]
    page = render(**texts, sections=sections, errors=errors, tables=[], runs=[table])
    assert page.count("of some width") == 60
    assert len(asked) == 2


def run(path, system="crf", f=0.5, **given):
    made = Run(path, system, given.pop("corpus", "tiny"), **given)
    made.__dict__["metrics"] = {"ents_f": f}
    return made


def test_runs_at_full_size(tmp_path):
    whole = run(tmp_path / "a")
    part = run(tmp_path / "b", size=10)
    other = [run(tmp_path / f"c{size}", "lstm", size=size) for size in (10, 50, 50)]
    assert at_full_size([whole, part, *other]) == [whole, *other[1:]]


def test_gain_over_the_same_run_without_weights(tmp_path):
    base = [run(tmp_path / f"b{seed}", f=0.5 + seed / 10, seed=seed, size=10) for seed in (0, 1)]
    other_size = run(tmp_path / "s", f=0.9, seed=0, size=20)
    same = run(tmp_path / "t0", f=0.7, seed=0, size=10, source="w/silver")
    no_such_seed = run(tmp_path / "t5", f=0.7, seed=5, size=10, source="w/silver")
    alone = run(tmp_path / "t6", f=0.7, seed=0, size=30, source="w/silver")
    assert system_of(same) == "crf from w/silver"
    found = gains([*base, other_size, same, no_such_seed, alone])
    assert [(gained, round(gain, 6), round(share or 0, 6)) for gained, gain, share in found] == [
        (same, 20.0, 0.4),
        (no_such_seed, 15.0, round(0.15 / 0.45, 6)),
    ]


def test_where_runs_are(tmp_path):
    runs = [run(tmp_path / name) for name in ("crf/fold-0", "crf/fold-1", "lstm/fold-0")]
    view = View.of(runs)
    assert view.where(runs[:1]) == "crf/fold-0"
    assert view.where(runs[:2]) == "crf"
    assert view.where(runs) == "crf/fold-0 … lstm/fold-0"
    assert view.where(runs[1:]) == "crf/fold-1, lstm/fold-0"


def test_a_line_may_be_a_point():
    plots = pytest.importorskip("matplotlib") and __import__(
        "spacy_bioner.experiments.report.plots", fromlist=["plots"]
    )
    figure = plots.learning_curves([Line("crf", 0, [10], [50.0], [40.0], [60.0])])
    assert len(figure.axes[0].lines) >= 1
