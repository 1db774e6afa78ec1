"""Scores of folds given as files, with and without the test sentences that also occur in their training parts.

usage: python benchmarks/fold_overlap.py RUNS "GAD/{fold}/train.tsv" [--format marked_pairs]

RUNS is a folder that ``spacy bioner crossval`` wrote for these folds. Prints the F1 of relations of each fold, all and
without the shared sentences, their means with the standard deviation, and the pooled F1.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import mean, stdev

from spacy_bioner.experiments.analysis.units import units_of
from spacy_bioner.experiments.runs import by_task, read_runs
from spacy_bioner.experiments.summary import grouped, system_of
from spacy_bioner.formats import read
from spacy_bioner.scoring import Counts, compare


def counts(results: list) -> Counts:
    total = Counts()
    for result in results:
        total += Counts(len(result.true_positives), len(result.false_alarms), len(result.misses))
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path)
    parser.add_argument("train")
    parser.add_argument("--format", default="marked_pairs")
    given = parser.parse_args()
    for system, runs in grouped(by_task(read_runs([given.runs]))["relations"], system_of).items():
        of_fold: list[tuple[Counts, Counts]] = []
        for run in runs:
            known = {document.text for document in read(given.train.replace("{fold}", str(run.fold)), given.format)}
            results: tuple[list, list] = ([], [])
            for gold, found in run.pairs():
                units = units_of(run, gold, found)
                result = compare(units.gold, units.found)
                results[0].append(result)
                if gold.text not in known:
                    results[1].append(result)
            of_fold.append((counts(results[0]), counts(results[1])))
            shared = len(results[0]) - len(results[1])
            every, new = of_fold[-1]
            print(f"{system}, fold {run.fold}: {100 * every.f1:.2f}, without {shared} shared {100 * new.f1:.2f}")
        for name, column in (("all", 0), ("without shared", 1)):
            chosen = [pair[column] for pair in of_fold]
            total = Counts()
            for one in chosen:
                total += one
            figures = [100 * value for value in (mean(one.f1 for one in chosen), total.f1)]
            spread = f" (sd {100 * stdev(one.f1 for one in chosen):.2f})" if len(chosen) > 1 else ""
            print(f"{system}, {name}: mean of {len(chosen)} folds {figures[0]:.2f}{spread}, pooled {figures[1]:.2f}")


if __name__ == "__main__":
    main()
