"""Draw the plots of the documentation from the measured figures beside them.

    python benchmarks/plots.py [--runs RUNS...] [--output docs/plots]

docs/plots/*.jsonl has a figure a line, with where it is from: a command whose runs gave it, or a page that has it. Each
file becomes a plot of the same name; where there are several seeds, it shows the mean and their range. --runs puts the
scores of the runs of ``spacy bioner curve`` into sentences.jsonl, in place of earlier ones of the same system, size and
seed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from statistics import mean
from typing import Any

from spacy_bioner.experiments.report.plots import Line, bars, costs, dots, learning_curves
from spacy_bioner.experiments.report.svg import standalone_svg, to_svg
from spacy_bioner.experiments.runs import read_runs
from spacy_bioner.experiments.summary import grouped, system_of

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "plots"
SENTENCES = "sentences.jsonl"
KEY = ("corpus", "system", "sentences", "seed")
NAMES = {
    "dictionary": "dictionary",
    "crf": "CRF",
    "bilstm_crf_fast": "BiLSTM-CRF",
    "transfer": "BiLSTM-CRF, transfer.cfg",
    "transfer from silver": "BiLSTM-CRF from a silver standard",
}
"""What the plots call the systems, in their order."""
STYLES = {name: style for style, name in enumerate(NAMES.values())}
STYLES |= {
    "from scratch": 2,
    "from a source": 4,
    "merged": 3,
    "merged, with a dictionary": 3,
    "transformer, MPNet": 5,
    "chosen at random": 6,
    "chosen by entropy": 1,
    "from nothing": 2,
    "from Russian abstracts": 4,
    "from English posts": 6,
    "from English abstracts": 5,
}
"""The colour and marker of each, the same in all plots."""

Row = Mapping[str, Any]


def read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


def add_runs(paths: Sequence[Path], path: Path) -> None:
    """Put the scores of runs into a file of figures, sorted."""
    rows = {tuple(row[name] for name in KEY): row for row in (read(path) if path.exists() else [])}
    for run in read_runs(paths):
        key = (run.corpus, NAMES[system_of(run)], run.train["sentences"], run.seed)
        rows[key] = {
            **dict(zip(KEY, key, strict=True), f1=round(100 * run.scores["f"], 2)),
            "from": "spacy bioner curve",
        }
    names = list(NAMES.values())
    ordered = sorted(rows.values(), key=lambda row: (names.index(row["system"]), row["sentences"], row["seed"]))
    path.write_text("".join(json.dumps(row) + "\n" for row in ordered), encoding="utf8")


def figures(name: str) -> list[Row]:
    """Return the figures of a plot: those of its file; of ``source``, also those of ``sentences`` that belong there."""
    rows = read(FOLDER / f"{name}.jsonl")
    if name != "source":
        return rows
    arms = {NAMES["transfer"]: "from scratch", NAMES["transfer from silver"]: "from a source"}
    ours = [row for row in read(FOLDER / SENTENCES) if row["system"] in arms and row["sentences"]]
    return [*({**row, "system": arms[row["system"]]} for row in ours), *rows]


def digest(rows: Sequence[Row]) -> str:
    """Return a digest of figures: a plot has it, so that a test sees whether it was drawn from these."""
    return blake2b(json.dumps(rows).encode(), digest_size=8).hexdigest()


def spread_of(rows: Sequence[Row]) -> tuple[float, float, float]:
    """Return the mean over the seeds, and the lowest and highest: of rows that are means, by their deviation."""
    values, sd = [row["f1"] for row in rows], max(row.get("sd", 0) for row in rows)
    return mean(values), min(values) - sd, max(values) + sd


def curves(rows: Iterable[Row], size: str, by: str = "system") -> list[Line]:
    """Return a line for each system, or each corpus, with its spread."""
    lines = []
    for i, (name, some) in enumerate(grouped(rows, lambda row: row[by]).items()):
        points = sorted(grouped(some, lambda row: row[size]).items())
        y, low, high = zip(*(spread_of(of_size) for _, of_size in points), strict=True)
        lines.append(Line(name, STYLES.get(name, i), [x for x, _ in points], y, low, high))
    return lines


def draw_sentences(rows: Sequence[Row]) -> Any:
    return learning_curves(curves((row for row in rows if "transfer.cfg" not in row["system"]), "sentences"))


def groups(rows: Iterable[Row], group: Callable[[Row], str]) -> tuple[dict[str, dict[str, list[Row]]], dict[str, int]]:
    """Return the rows by group and system, and the styles of the systems."""
    values = {name: grouped(some, lambda row: row["system"]) for name, some in grouped(rows, group).items()}
    systems = list(dict.fromkeys(system for some in values.values() for system in some))
    return values, {system: STYLES.get(system, i) for i, system in enumerate(systems)}


def draw_cost(rows: Sequence[Row]) -> Any:
    values, styles = groups(rows, lambda row: row["corpus"])
    points = {
        name: {system: (some[0]["ms"], some[0]["f1"]) for system, some in of.items()} for name, of in values.items()
    }
    return costs(points, styles, "processor time for a sentence (ms)")


def draw_source(rows: Sequence[Row]) -> Any:
    values, styles = groups(rows, lambda row: f"{row['corpus']},\n{row['sentences']:,} sentences")
    spread = {name: {system: spread_of(some) for system, some in of.items()} for name, of in values.items()}
    return bars(spread, styles)


def draw_merge(rows: Sequence[Row]) -> Any:
    values, styles = groups(rows, lambda row: row["corpus"])
    scores = {name: {system: [row["f1"] for row in some] for system, some in of.items()} for name, of in values.items()}
    return dots(scores, styles)


def draw_choice(rows: Sequence[Row]) -> Any:
    return learning_curves(curves(rows, "words"), "annotated words")


def draw_languages(rows: Sequence[Row]) -> Any:
    return learning_curves(curves(rows, "sentences"), "training sentences of Russian posts")


def draw_pretraining(rows: Sequence[Row]) -> Any:
    return learning_curves(curves(rows, "pieces", "corpus"), "million word pieces read")


PLOTS: dict[str, tuple[Callable[[Sequence[Row]], Any], str]] = {
    "sentences": (draw_sentences, "F1 on NCBI-disease against the number of training sentences, by system"),
    "cost": (draw_cost, "F1 against the processor time of a sentence, by system, on two corpora"),
    "source": (draw_source, "F1 from scratch and from a source, by corpus and number of sentences"),
    "merge": (draw_merge, "F1 of single systems and of several merged, on two corpora"),
    "choice": (draw_choice, "F1 on NCBI-disease against annotated words, chosen at random and by entropy"),
    "languages": (draw_languages, "F1 on RuDReC against its training sentences, from nothing and from three sources"),
    "pretraining": (draw_pretraining, "F1 of taggers on three corpora against the text read in further pretraining"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, nargs="+", default=[])
    parser.add_argument("--output", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    if arguments.runs:
        add_runs(arguments.runs, FOLDER / SENTENCES)
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, (draw, label) in PLOTS.items():
        rows = figures(name)
        svg = standalone_svg(to_svg(draw(rows)), label)
        (arguments.output / f"{name}.svg").write_text(f"{svg}<!-- {digest(rows)} -->\n", encoding="utf8")


if __name__ == "__main__":
    main()
