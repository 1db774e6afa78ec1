"""The page of all systems on all corpora: means and spreads, order, what is unknown, published figures."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape

import pytest
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.measured import (
    Measured,
    add_measured,
    join_measured,
    measured_of,
    read_measured,
    write_measured,
)
from spacy_bioner.experiments.report.published import Published
from spacy_bioner.experiments.runs import Run, read_run, write_run
from spacy_bioner.experiments.scoreboard import scoreboard


def row(system, corpus, f, **values):
    return Measured(corpus, system, f, f, f, speed=1234.5, **values)


def cells(page, name):
    """The cells of a system's row."""
    (line,) = [line for line in page.splitlines() if line.startswith(f"| {name}")]
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]


def test_a_table_for_each_corpus_with_the_best_first():
    rows = [
        row("dictionary", "NCBI", 0.5),
        row("crf", "NCBI", 0.8, seed=0, seconds=90.0, processor_seconds=80.0, pipeline_bytes=3_000_000),
        row("crf", "NCBI", 0.9, seed=1, seconds=150.0, processor_seconds=100.0, pipeline_bytes=5_000_000),
        row("crf", "ADE", 0.7, seconds=7200.0, pipeline_bytes=2_000),
    ]
    given = [
        Published("BERT", 99.0, corpus="NCBI", source="a | b"),
        Published("folds", 99.5, p=98.0, corpus="NCBI", differs="five folds"),
        Published("other", 1.0, corpus="elsewhere"),
    ]
    page = scoreboard(rows, given)
    ncbi, ade = page.split("## ADE")
    assert cells(ncbi, "crf") == ["crf", "85.00 ± 7.07", "85.00", "85.00", "2", "2 min", "90.0 s", "1,234", "4.0 MB"]
    assert cells(ncbi, "dictionary") == ["dictionary", "50.00", "50.00", "50.00", "1", "-", "-", "1,234", "-"]
    assert cells(ncbi, "BERT") == ["BERT", "99.00", "-", "-", "-", "a \\| b"]
    assert cells(ncbi, "folds") == ["folds", "99.50", "98.00", "-", "five folds", "-"]
    assert ncbi.index("| crf") < ncbi.index("| dictionary") < ncbi.index("| folds") < ncbi.index("| BERT")
    assert cells(ade, "crf")[5:] == ["2.0 h", "-", "1,234", "2.0 kB"]
    assert "published" not in ade
    assert "elsewhere" not in page


def test_runs_of_other_sizes_or_tests_are_not_averaged():
    """A mean over the points of a learning curve, or over folds and a test part, is a score of nothing."""
    curve = [row("crf", "X", f, size=size, seed=seed) for size, f in ((300, 0.5), (1_000, 0.7)) for seed in (0, 1)]
    page = scoreboard([*curve, row("crf", "X", 0.9, seed=0), *(row("crf", "X", 0.8, fold=i) for i in range(5))])
    named = {"crf": 90, "crf, cross-validation": 80, "crf, size 300": 50, "crf, size 1,000": 70}
    for name, f1 in named.items():
        assert cells(page, f"{name} |")[1].startswith(f"{f1}.00")
    assert [cells(page, f"{name} |")[4] for name in named] == ["1", "5", "2", "2"]
    assert "size" not in scoreboard([row("crf", "X", 0.9)]).split("## X")[0]
    only_folds = scoreboard([row("crf", "X", 0.8, fold=i) for i in range(5)])
    assert cells(only_folds, "crf")[4] == "5"


def test_the_footer_names_machines_versions_and_the_latest_date():
    rows = [
        row("crf", "X", 0.5, machine="one", versions={"spacy": "3.8"}, finished="2026-01-02T03:04:05"),
        row("crf", "X", 0.5, machine="one", versions={"spacy": "3.9"}, finished="2026-03-02T03:04:05"),
        row("crf", "X", 0.5),
    ]
    footer = scoreboard(rows).split("## Machines and versions")[1]
    assert "2026-03-02" in footer
    assert "- one, 1 run: spacy 3.8" in footer
    assert "- one, 1 run: spacy 3.9" in footer
    assert "a machine that the run does not name, 1 run" in footer


def test_types_have_a_table_where_there_are_several():
    some = [
        row("crf", "BC5CDR", 0.8, types={"Chemical": 0.9, "Disease": 0.7}),
        row("dictionary", "BC5CDR", 0.6, types={"Chemical": 0.65}),
        row("crf", "NCBI", 0.8, types={"Disease": 0.8}),
        row("crf", "many", 0.8, types={str(i): 0.8 for i in range(9)}),
    ]
    page = scoreboard(some)
    assert page.count("F1 by type") == 1
    assert (
        "| F1 by type | Chemical | Disease |\n|---|--:|--:|\n| crf | 90.00 | 70.00 |\n| dictionary | 65.00 | - |"
        in page
    )


def test_published_figures_of_a_type_have_a_table_of_their_own():
    rows = [row("crf", "X", 0.8, types={"Chemical": 0.9, "Disease": 0.7}), row("crf", "Y", 0.8, types={"Gene": 0.8})]
    given = [
        Published("BERT", 82.41, corpus="X", type="Disease", source="a table", differs="alone"),
        Published("BERT", 91.16, corpus="X", type="Chemical", source="a table", differs="alone"),
        Published("BERT", 60.0, corpus="X", type="Disease", source="another"),
        Published("everywhere", 50.0, type="Species"),
    ]
    x, y = scoreboard(rows, given).split("## Y")
    assert "published | F1" not in x
    assert (
        "| published F1 by type | Chemical | Disease | Species | differences | source |\n"
        "|---|--:|--:|--:|---|---|\n"
        "| BERT | 91.16 | 82.41 | - | alone | a table |\n"
        "| BERT | - | 60.00 | - | - | another |\n"
        "| everywhere | - | - | 50.00 | - | - |"
    ) in x
    assert "| F1 by type | Gene | Species |\n|---|--:|--:|\n| crf | 80.00 | - |" in y
    many = [row("crf", "Z", 0.8, types={str(i): 0.8 for i in range(9)})]
    assert "| F1 by type | 3 |\n|---|--:|\n| crf | 80.00 |" in scoreboard(many, [Published("BERT", 9.0, type="3")])


def test_figures_are_kept_and_later_ones_replace_earlier_ones(tmp_path):
    one = row("crf", "NCBI", 0.8, seed=0, types={"Disease": 0.8}, versions={"spacy": "3.8"}, finished="2026-01-02")
    two = row("crf", "NCBI", 0.9, seed=1)
    write_measured([two, one], tmp_path / "kept.jsonl")
    assert read_measured(tmp_path / "kept.jsonl") == [two, one]
    again, fold = row("crf", "NCBI", 0.5, seed=0), row("crf", "NCBI", 0.7, fold=3)
    assert join_measured([two, one], [again, fold]) == [again, two, fold]
    assert join_measured([two], []) == [two]


def test_figures_of_another_corpus_of_the_same_name_replace_none(tmp_path):
    """Rows that were kept without the digest of their test data cannot be compared."""
    path = tmp_path / "kept.jsonl"

    def add(*rows):
        with add_measured(rows, path) as (found, replaced):
            return found, replaced

    old, one = row("crf", "train", 0.5, seed=0), row("crf", "train", 0.8, seed=0, tested="a")
    assert add(old) == ([old], 0)
    assert add(old) == ([old], 0)
    assert add(one) == ([one], 1)
    for seed in (0, 1):  # the row itself, and one that would be averaged with it
        with pytest.raises(BionerError, match=r"B845.*crf on train"):
            add(row("crf", "train", 0.2, seed=seed, tested="b"))
    others = [row("crf", "train", 0.2, fold=0, folds=2, tested="b"), row("crf", "other", 0.2, seed=0, tested="b")]
    assert add(*others)[1] == 0
    assert one in read_measured(path)


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
def test_runs_that_several_processes_add_are_all_kept(tmp_path):
    def add(seed):
        for system in "abc":
            with add_measured([row(system, "NCBI", 0.5, seed=seed)], tmp_path / "kept.jsonl") as (rows, _):
                assert rows == read_measured(tmp_path / "kept.jsonl")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    kept = [(one.system, one.seed) for one in read_measured(tmp_path / "kept.jsonl")]
    assert kept == [(system, seed) for system in "abc" for seed in range(8)]
    assert [file.name for file in tmp_path.iterdir()] == ["kept.jsonl"]


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "no JSON",
        '{"corpus": "X", "system": "crf", "p": 0.5, "r": 0.5}',
        '{"corpus": "X", "system": "crf", "p": 0.5, "r": 0.5, "f": NaN}',
        '{"corpus": "X", "system": "crf", "p": 0.5, "r": 0.5, "f": 50.1}',
        '{"corpus": "X", "system": "crf", "p": 0.5, "r": 0.5, "f": true}',
        '{"corpus": "X", "system": "crf", "p": 0.5, "r": 0.5, "f": 0.5, "types": {"A": "high"}}',
        '{"corpus": "X", "system": "crf", "p": 0.5, "r": 0.5, "f": 0.5, "other": 1}',
        '{"corpus": "X", "p": 0.5, "r": 0.5, "f": 0.5}',
        '{"corpus": 7, "system": "crf", "p": 0.5, "r": 0.5, "f": 0.5}',
    ],
)
def test_a_damaged_line_is_named(tmp_path, line):
    (tmp_path / "kept.jsonl").write_text('{"corpus": "X", "system": "crf", "p": 0.5, "r": 0.5, "f": 0.5}\n' + line)
    with pytest.raises(BionerError, match=r"B850.*kept\.jsonl:2"):
        read_measured(tmp_path / "kept.jsonl")


def test_command(tmp_path):
    def call(*args):
        return CliRunner().invoke(app, ["scoreboard", *map(str, args), "-o", str(tmp_path / "page.md")])

    types = {"Disease": {"p": 0.5, "r": 0.5, "f": 0.5}, "Never": {"p": None, "r": None, "f": None}}
    metrics = {"ents_p": 0.5, "ents_r": 0.5, "ents_f": 0.5, "ents_per_type": types, "speed": 12.5}
    write_run(Run(tmp_path / "runs/crf", "crf", "demo", seconds=3.21, processor_seconds=2.98), metrics, [], [], {})
    kept = tmp_path / "kept.jsonl"
    result = call(tmp_path / "runs", "--keep", kept)
    assert result.exit_code == 0, result.output
    page = (tmp_path / "page.md").read_text(encoding="utf8")
    assert "| crf | 50.00 |" in page
    own = Measured("demo", "crf", 0.5, 0.5, 0.5, types={"Disease": 0.5}, seconds=3.2, processor_seconds=3.0, speed=12.5)
    assert read_measured(kept) == [own] == [measured_of(read_run(tmp_path / "runs/crf"))]
    assert "replaced" not in result.output
    write_measured([replace(own, f=0.4)], kept)
    assert "1 row of runs" in " ".join(call(tmp_path / "runs", "--keep", kept).output.split())
    assert call("--keep", kept).exit_code == 0
    assert (tmp_path / "page.md").read_text(encoding="utf8") == page
    given = tmp_path / "published.json"
    given.write_text('{"BERT": [{"f1": 9, "corpus": "demo"}, {"f1": 8, "corpus": "demo-disease"}]}')
    told = " ".join(call("--keep", kept, "--published", given).output.split())
    assert "of corpora without runs are not shown: demo-disease" in told
    assert "B801" in call(tmp_path / "nothing").output
    assert "B801" in call("--keep", tmp_path / "nothing").output
    assert call().exit_code == 2


@pytest.mark.parametrize(
    "name", ["model *_md", "a | b", "[x](y) `z`", "<i>", "R&D &amp; x", "a\\*b", "_v_ x", "__a_b__"]
)
def test_names_are_shown_as_they_are(name):
    markdown = pytest.importorskip("markdown").markdown
    page = scoreboard([row(name, "X", 0.5, types={"A": 0.5, name: 0.5})], [Published(name, 9.0, corpus="X")])
    html = markdown(page, extensions=["tables"])
    shown = [unescape(re.sub("<.*?>", "", cell)) for cell in re.findall("<t[dh].*?>(.*?)</t[dh]>", html)]
    assert shown.count(name) == 4  # measured, published, by type: a row and a column
