"""Train flair's SequenceTagger on a whole corpus and write a run for the scoreboard.

    python benchmarks/peers/flair_run.py train.tsv,devel.tsv --test test.tsv --label Disease --name NCBI-disease
        --vectors vectors.txt.gz --output projects/scoreboard/runs/NCBI-disease [--epochs 10] [--seed 0]

It runs in an environment that has flair beside this package. Data: column files `token TAB tag` in BIO; word vectors as
word2vec text. The network and its training are those of `neural.py`: the widths, batches, optimiser and schedule of
`configs/bilstm_crf_fast.cfg`. It has one thread. A finished run is kept.
"""

from __future__ import annotations

import argparse
import time
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import spacy
from data import blocks_of, write_sentences, write_vectors
from neural import Flair
from spacy.language import Language
from spacy.tokens import Doc, Span

from spacy_bioner.documents.alignment import from_doc
from spacy_bioner.experiments.evaluation import evaluate, predictions
from spacy_bioner.experiments.runs import FILE, Run, mention_counts, write_run
from spacy_bioner.experiments.trials.worker import machine, versions
from spacy_bioner.training.corpora import make_corpus


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", help="column files, separated by commas")
    parser.add_argument("--test", required=True, type=Path)
    parser.add_argument("--vectors", required=True, type=Path)
    parser.add_argument("--name", required=True, help="name of the corpus")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--label", help="label of bare tags (B, I)")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    path = options.output / "flair" / f"seed-{options.seed}"
    if (path / FILE).exists():
        print(f"{path}: existing")
        return
    work = path / "work"
    work.mkdir(parents=True, exist_ok=True)
    blocks = [block for part in options.train.split(",") for block in blocks_of(Path(part))]
    words = {line.split("\t")[0] for block in [*blocks, *blocks_of(options.test)] for line in block.splitlines()}
    tagger = Flair(
        write_sentences(work / "train.tsv", blocks),
        str(options.test),
        options.label,
        options.epochs,
        place=str(work),
        vectors=write_vectors(options.vectors, words, work / "vectors.txt"),
    )
    tagger.before_train()
    start, begin = time.perf_counter(), time.process_time()
    tagger.train(options.seed)
    run = Run(
        path,
        "flair",
        options.name,
        "benchmarks/peers/flair_run.py",
        seed=options.seed,
        seconds=time.perf_counter() - start,
        processor_seconds=time.process_time() - begin,
        finished=datetime.now().isoformat(timespec="seconds"),
        pipeline_bytes=size_of(tagger.tagger, work / "tagger.pt"),
        machine=machine(-1),
        versions=versions() | {"flair": version("flair")},
        overrides={"epochs": options.epochs},
    )
    tagger.before_tag()
    start = time.perf_counter()
    tokens = tagger.tag()
    speed = tokens / (time.perf_counter() - start)
    metrics = keep(run, tagger.words, tagger.found, speed, work / "train.tsv", options.test, options.label)
    print(f"{path}: F1 {100 * metrics['ents_f']:.2f}")


def size_of(tagger: Any, file: Path) -> int:
    """Save a tagger; return the size of its file in bytes."""
    tagger.save(file)
    return file.stat().st_size


def keep(
    run: Run,
    sentences: list[list[str]],
    found: list[list[tuple[int, int, str]]],
    speed: float,
    train: Path,
    test: Path,
    label: str | None,
) -> dict[str, Any]:
    """Score the spans found in each sentence (first token, one past the last, label) and write the run.

    speed: tokens per second. Returns the metrics. Faulty parts of the files are left out, as with ``--on-error skip``.
    """
    spans = dict(zip(map(tuple, sentences), found, strict=True))

    @Language.component("spans_of_a_peer")
    def set_spans(doc: Doc) -> Doc:
        doc.ents = [Span(doc, *span) for span in spans[tuple(token.text for token in doc)]]
        return doc

    nlp = spacy.blank("en")
    nlp.add_pipe("spans_of_a_peer")
    corpus = make_corpus(str(test), on_error="skip", label=label)
    result = evaluate(nlp, corpus(nlp))
    learnt = [from_doc(one.reference) for one in make_corpus(str(train), on_error="skip", label=label)(nlp)]
    metrics = {**result.metrics(), **corpus.counts(), "speed": speed}
    gold = [from_doc(example.reference) for example in result.examples]
    write_run(run, metrics, gold, predictions(result.examples), mention_counts(learnt))
    return metrics


if __name__ == "__main__":
    main()
