"""Detection of gold errors: 5% errors of each kind are added to a corpus, and `spacy bioner check` searches for them.

    python benchmarks/gold_errors.py TRAIN.tsv --work FOLDER [--share 0.05] [--folds 5] [--seed 0]

A cross-validation of configs/crf.cfg (with --keep-models) gives the out-of-fold predictions; --folds 0 omits them.
Printed are precision among the first findings and recall by kind, for all sources and for each alone. Errors that were
already in the corpus count as wrong findings, so that precision is a lower bound.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

from spacy_bioner import read, write
from spacy_bioner.documents.document import Mention
from spacy_bioner.experiments.gold_errors.by_model import by_runs
from spacy_bioner.experiments.gold_errors.edges import edge_findings
from spacy_bioner.experiments.gold_errors.findings import KINDS, ranked
from spacy_bioner.experiments.gold_errors.strings import string_findings
from spacy_bioner.experiments.gold_errors.words import words_of
from spacy_bioner.experiments.runs import read_runs

ROOT = Path(__file__).resolve().parents[1]
PLACES = (30, 100, 300)


def corrupt(documents, share, seed):
    """Return the documents with errors, and the errors as (document, kind, start, end of what is or was there)."""
    random, errors, result = Random(seed), [], []
    labels = sorted({mention.label for document in documents for mention in document.mentions})
    kinds = [kind for kind in KINDS if kind != "label" or len(labels) > 1]
    for number, one in enumerate(words_of(documents)):
        mentions = []
        for i, mention in enumerate(one.document.mentions):
            kind, *_ = random.choices([*kinds, None], [*[share] * len(kinds), 1 - share * len(kinds)])
            place = (number, kind, mention.start, mention.end)
            if kind == "missing":
                errors.append(place)
                continue
            if kind == "label":
                other = random.choice([label for label in labels if label != mention.label])
                mentions.append(replace(mention, label=other))
                errors.append(place)
                continue
            if kind == "boundary" and i in one.mentions and (span := moved(one, *one.mentions[i], random)):
                start, end = one.characters(*span)
                mentions.append(replace(mention, start=start, end=end))
                errors.append((number, kind, start, end))
                continue
            mentions.append(mention)
            if kind == "spurious" and (span := free_words(one, random)):
                start, end = one.characters(*span)
                mentions.append(Mention(start, end, mention.label))
                errors.append((number, kind, start, end))
                for k in range(*span):
                    one.inside[k] = True
        result.append(replace(one.document, mentions=sorted(mentions, key=lambda m: (m.start, m.end))))
    return result, errors


def moved(one, first, last, random):
    """Return the words of a mention with one more or less on one side."""
    spans = [(first - 1, last), (first, last + 1), (first + 1, last), (first, last - 1)]
    outside = [
        span
        for span in spans
        if 0 <= span[0] < span[1] <= len(one.forms)
        and not (span[0] < first and one.inside[span[0]])
        and not (span[1] > last and one.inside[span[1] - 1])
    ]
    return random.choice(outside) if outside else None


def free_words(one, random):
    """Return one to three words that are letters and belong to no mention."""
    spans = [
        (first, first + length)
        for length in (1, 2, 3)
        for first in range(len(one.forms) - length + 1)
        if not any(one.inside[first : first + length])
        and all(form.isalpha() and len(form) > 2 for form in one.forms[first : first + length])
    ]
    return random.choice(spans) if spans else None


def hits(finding, documents, errors):
    """Return the error that a finding names: the same kind, and a mention or proposal that touches its place."""
    mention = documents[finding.document].mentions[finding.gold] if finding.gold >= 0 else None
    start, end = finding.proposal[:2] if mention is None else (mention.start, mention.end)
    for error in errors.get(finding.document, ()):
        if error[1] == finding.kind and start < error[3] and error[2] < end:
            return error
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--folds", default="5")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    documents, errors = corrupt(list(read(given.data)), given.share, given.seed)
    file = given.work / f"corrupted-{given.seed}.jsonl"
    given.work.mkdir(parents=True, exist_ok=True)
    write(documents, file)
    words = words_of(documents)
    sources = {"strings": list(string_findings(words)), "edges": list(edge_findings(words))}
    if given.folds != "0":
        sources["model"] = by_folds(documents, file, given.work / f"runs-{given.seed}", given.folds)
    tell(given, documents, errors, sources)


def by_folds(documents, file, runs, folds):
    """Cross-validate a CRF; return the errors that its out-of-fold predictions indicate."""
    command = [sys.executable, "-m", "spacy", "bioner", "crossval", f"crf={ROOT / 'configs/crf.cfg'}", str(file)]
    command += ["-o", str(runs), "--folds", folds, "--dev", "0", "--keep-models", "--overwrite"]
    subprocess.run(command, check=True)
    return by_runs(documents, read_runs([runs]), lambda number: None)


def tell(given, documents, errors, sources):
    """Print precision and recall, of all sources and of each alone."""
    by_document: dict = {}
    for error in errors:
        by_document.setdefault(error[0], []).append(error)
    total = Counter(kind for _, kind, *_ in errors)
    print(f"{given.data}, seed {given.seed}: {len(documents)} documents; errors put in: {dict(total)}")
    for name, findings in {"all": [one for some in sources.values() for one in some], **sources}.items():
        found = ranked(findings)
        named = [hits(one, documents, by_document) for one in found]
        precision = ", ".join(f"{sum(map(bool, named[:n])) / n:.0%} of {n}" for n in PLACES if len(named) >= n)
        most = len(errors)
        recall = Counter(error[1] for error in {error for error in named[:most] if error})
        everything = Counter(error[1] for error in {error for error in named if error})
        print(f"{name:8} {len(found)} findings; right: {precision}")
        for kind, number in total.items():
            first, whole = recall[kind] / number, everything[kind] / number
            print(f"  {kind:9} recall {first:.0%} in the first {most}, {whole:.0%} in all")


if __name__ == "__main__":
    main()
