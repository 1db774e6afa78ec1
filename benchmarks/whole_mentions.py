"""Mentions in several parts and nested mentions: CRFs of other schemes and layers on one corpus, scored whole.

usage: python benchmarks/whole_mentions.py TRAIN TEST OUTPUT --systems NAME=SETTINGS ... [--parts] [--config FILE]

TRAIN and TEST are files in any format, several separated by commas; --parts reads PubTator's composite mentions as the
mentions that they stand for. SETTINGS are those of the component that finds entities, in JSON, such as
biohd='{"scheme": "BIOHD"}'; with "coordination": true bioner_coordination comes after it. Systems whose predictions are
in OUTPUT already are not run again.

For each system: precision, recall and F1 of all mentions, of those in one part and of those in several; seconds of
training and of annotating TEST. The first system is the base: the difference in F1 of the mentions in one part has
a 95% interval and its standard error by bootstrap over documents.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from spacy.training.initialize import init_nlp
from spacy.util import load_config, resolve_dot_names

from spacy_bioner.documents.alignment import from_doc
from spacy_bioner.experiments.analysis.significance import bootstrap
from spacy_bioner.experiments.evaluation import evaluate, predictions
from spacy_bioner.formats import jsonl, read
from spacy_bioner.scoring import compare
from spacy_bioner.text_tables import aligned, percent

CONFIG = Path(__file__).parents[1] / "configs" / "crf.cfg"


def run(name: str, settings: dict, args: argparse.Namespace) -> None:
    """Train one system and write its predictions, the gold beside them, and its times."""
    given = {"parts": True} if args.parts else {}
    corpora = {"@readers": "spacy-bioner.Corpus.v1", "options": given, "on_error": "skip"}
    config = load_config(args.config)
    component = config["nlp"]["pipeline"][-1]
    if settings.pop("coordination", False):
        config["components"]["coordination"] = {"factory": "bioner_coordination"}
        config["nlp"]["pipeline"].append("coordination")
    for place, value in settings.items():
        *path, last = place.split(".")
        block = config["components"][component]
        for key in path:
            block = block[key]
        block[last] = value
    config["corpora"]["train"] = {**corpora, "path": args.train}
    config["corpora"]["dev"] = {**corpora, "path": args.test}
    config["paths"]["vectors"] = args.vectors
    start = time.perf_counter()
    nlp = init_nlp(config)
    trained = time.perf_counter() - start
    test, *_ = resolve_dot_names(nlp.config.interpolate(), ["corpora.dev"])
    examples = list(test(nlp))
    start = time.perf_counter()
    result = evaluate(nlp, examples)
    seconds = time.perf_counter() - start
    jsonl.write((from_doc(example.reference) for example in examples), args.output / "gold.jsonl")
    times = {"trained": trained, "annotated": seconds, "metrics": result.metrics()}
    (args.output / f"{name}.json").write_text(json.dumps(times))
    nlp.to_disk(args.output / f"{name}.model")
    jsonl.write(predictions(result.examples), args.output / f"{name}.jsonl")


def counts_of(gold, found, several: bool | None) -> np.ndarray:
    """Return true positives, false positives and misses by document, of mentions in several parts or in one."""
    rows = []
    for truth, guess in zip(gold, found, strict=True):
        sides = [
            {(m.label, m.parts) for m in document.mentions if several is None or bool(m.fragments) == several}
            for document in (truth, guess)
        ]
        result = compare(*sides)
        rows.append([len(x) for x in (result.true_positives, result.false_alarms, result.misses)])
    return np.array(rows, dtype=float)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("output", type=Path)
    parser.add_argument("--systems", nargs="+", required=True)
    parser.add_argument("--parts", action="store_true")
    parser.add_argument("--vectors", default=None)
    parser.add_argument("--config", type=Path, default=CONFIG)
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    rows, base = [], None
    for given in args.systems:
        name, _, settings = given.partition("=")
        if not (args.output / f"{name}.jsonl").exists():
            run(name, json.loads(settings or "{}"), args)
        gold = list(read(args.output / "gold.jsonl"))
        found = list(read(args.output / f"{name}.jsonl"))
        times = json.loads((args.output / f"{name}.json").read_text())
        row = [name]
        for several in (None, False, True):
            tp, fp, fn = counts_of(gold, found, several).sum(0)
            row += [
                percent(tp / max(1, tp + fp)),
                percent(tp / max(1, tp + fn)),
                percent(2 * tp / max(1, 2 * tp + fp + fn)),
            ]
        one = counts_of(gold, found, False)
        if base is None:
            base, change = one, "-"
        else:
            low, high = bootstrap(base, one, trials=2000)
            change = f"{100 * low:+.2f} to {100 * high:+.2f} (s.e. {100 * (high - low) / 3.92:.2f})"
        rows.append((*row, change, f"{times['trained']:.0f}", f"{times['annotated']:.0f}"))
        print(aligned(HEAD, rows), flush=True)
    number = int(counts_of(gold, found, True)[:, [0, 2]].sum())
    print(f"{number} gold mentions of the test part are in several parts", file=sys.stderr)


HEAD = (
    *("system", "P", "R", "F1", "one part P", "R", "F1", "several P", "R", "F1"),
    *("F1 of one part against the first, 95%", "training, s", "test, s"),
)

if __name__ == "__main__":
    main()
