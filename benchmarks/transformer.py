"""Speed of ``bioner_biobert`` beside a bare torch pass and beside the token-classification pipeline of transformers.

usage: python benchmarks/transformer.py TEXT VOCAB [--group N] [--limit N] [--layers N] [--rounds N] [--threads N]
           [--clock cpu|wall] [--trained FOLDER --test FILE]

TEXT is an annotated file in any format, of which the first ``--limit`` documents are read (default 200); VOCAB a file
of word pieces. ``--group N`` reads N sentences of a column file as one document. The network is BERT-base with random
weights, or of fewer ``--layers``. In turns, N rounds after one that does not count:

- ours: all of ``nlp.pipe`` over documents already cut into tokens, ``doc.ents`` and exact probabilities set, in 32
  bits, bfloat16 and int8;
- stock: the same tagger over spacy-transformers' own ``Tok2VecTransformer.v3``, windows of 128 tokens, strides of 96;
- bare: word pieces cut beforehand, batches of 32 sorted by length, the network and its linear layer, nothing else;
- the pipeline of transformers over the text, with 1, 8 and 32 at once.

With ``--trained``, a pipeline that holds a transformer is scored on a test file in each precision.

Fails if ours is below 0.9 times the speed of the bare pass, or not faster than the pipeline of transformers at every
batch size.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import spacy
from spacy.tokens import Doc

from spacy_bioner.training.corpora import Corpus

TARGET = 0.9
TAGS = ["O", "B-X", "I-X"]


def make_checkpoint(folder: str, vocab: str, layers: int) -> None:
    import transformers

    tokenizer = transformers.BertTokenizerFast(vocab, do_lower_case=False, model_max_length=512)
    tokenizer.save_pretrained(folder)
    config = transformers.BertConfig(vocab_size=len(tokenizer), num_labels=len(TAGS), num_hidden_layers=layers)
    config.id2label = dict(enumerate(TAGS))
    transformers.BertForTokenClassification(config).save_pretrained(folder)


def make_pipeline(folder: str, precision: str | None) -> Any:
    """Return a pipeline of ours in this precision, or, for None, over the layer of spacy-transformers."""
    nlp = spacy.blank("en")
    if precision is None:
        nlp.add_pipe(
            "bioner_tagger",
            config={
                "model": {
                    "@architectures": "spacy-bioner.TagModel.v1",
                    "decoder": "softmax",
                    "scheme": "BIO",
                    "tok2vec": {
                        "@architectures": "spacy-transformers.Tok2VecTransformer.v3",
                        "name": folder,
                        "tokenizer_config": {"use_fast": True},
                        "get_spans": {
                            "@span_getters": "spacy-transformers.strided_spans.v1",
                            "window": 128,
                            "stride": 96,
                        },
                        "pooling": {"@layers": "reduce_mean.v1"},
                    },
                }
            },
        )
    else:
        tok2vec = {"name": folder, "max_pieces": 512, "precision": precision}
        nlp.add_pipe("bioner_biobert", config={"model": {"tok2vec": tok2vec}})
    nlp.pipeline[0][1].add_label("X")
    nlp.initialize()
    return nlp


def bare_pass(folder: str, sentences: list[list[str]]) -> Callable[[], None]:
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.BertForTokenClassification.from_pretrained(folder).eval()
    ordered = sorted(sentences, key=lambda words: len(tokenizer(words, is_split_into_words=True)["input_ids"]))
    settings = {"is_split_into_words": True, "padding": True, "truncation": True, "return_tensors": "pt"}
    batches = [tokenizer(ordered[i : i + 32], **settings) for i in range(0, len(ordered), 32)]

    def run() -> None:
        with torch.no_grad():
            for batch in batches:
                network(**batch).logits.argmax(-1)

    return run


def pipeline_pass(folder: str, texts: list[str], batch_size: int) -> Callable[[], None]:
    import transformers

    run = transformers.pipeline("token-classification", model=folder, aggregation_strategy="first", device="cpu")

    def passes() -> None:
        list(run(texts, batch_size=batch_size))

    return passes


def our_pass(nlp: Any, sentences: list[list[str]]) -> Callable[[], None]:
    def run() -> None:
        docs = [Doc(nlp.vocab, words=words) for words in sentences]
        for _ in nlp.pipe(docs, batch_size=256):
            pass

    return run


def score(trained: str, test: str) -> None:
    for precision in ("float32", "bfloat16", "int8"):
        config = spacy.util.load_config(Path(trained) / "config.cfg")
        (name,) = [key for key, part in config["components"].items() if "tok2vec" in part.get("model", {})]
        nlp = spacy.load(trained, config={f"components.{name}.model.tok2vec.precision": precision})
        scores = nlp.evaluate(list(Corpus(test)(nlp)))
        print(f"{precision:10} P {scores['ents_p']:.4f}  R {scores['ents_r']:.4f}  F1 {scores['ents_f']:.4f} on {test}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("vocab")
    parser.add_argument("--group", type=int)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--only", help="names of systems, separated by semicolons")
    parser.add_argument("--trained")
    parser.add_argument("--test")
    args = parser.parse_args()
    import torch

    torch.set_num_threads(args.threads)
    if args.trained:
        score(args.trained, args.test)
    options = {"group": args.group} if args.group else {}
    corpus = Corpus(args.text, limit=args.limit, **options)
    sentences = [[token.text for token in example.predicted] for example in corpus(spacy.blank("en"))]
    words = sum(map(len, sentences))
    print(f"{len(sentences)} documents, {words:,} words, {args.layers} layers, {args.threads} thread(s)")
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make_checkpoint(folder, args.vocab, args.layers)
        texts = [" ".join(sentence) for sentence in sentences]
        makers: dict[str, Callable[[], Callable[[], None]]] = {
            "ours": lambda: our_pass(make_pipeline(folder, "float32"), sentences),
            "bare": lambda: bare_pass(folder, sentences),
            "stock": lambda: our_pass(make_pipeline(folder, None), sentences),
            **{f"pipeline, {n}": (lambda n=n: pipeline_pass(folder, texts, n)) for n in (1, 8, 32)},
            "ours, bfloat16": lambda: our_pass(make_pipeline(folder, "bfloat16"), sentences),
            "ours, int8": lambda: our_pass(make_pipeline(folder, "int8"), sentences),
        }
        chosen = [name.strip() for name in args.only.split(";")] if args.only else list(makers)
        speeds = measure({name: makers[name]() for name in chosen}, words, args.rounds, args.clock)
    medians = {name: median(values) for name, values in speeds.items()}
    for name, values in speeds.items():
        ratio = f"  {medians['ours'] / medians[name]:5.2f} times as fast is ours" if "ours" in medians else ""
        print(f"{name:16} {medians[name]:7,.0f} words/s ({min(values):,.0f} to {max(values):,.0f}){ratio}")
    slow = [
        name
        for name in speeds
        if "ours" in medians
        and (
            (name == "bare" and medians["ours"] < TARGET * medians[name])
            or (name.startswith("pipeline") and medians["ours"] <= medians[name])
        )
    ]
    sys.exit(bool(slow))


def measure(runs: dict[str, Callable[[], None]], words: int, rounds: int, clock: str) -> dict[str, list[float]]:
    now = time.process_time if clock == "cpu" else time.perf_counter
    speeds: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, run in runs.items():
            start = now()
            run()
            if turn:
                speeds[name].append(words / (now() - start))
    return speeds


if __name__ == "__main__":
    main()
