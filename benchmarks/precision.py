"""A trained tagger over a transformer in lower precision: F1, changes and speed, beside other quantisation.

usage: python benchmarks/precision.py PIPELINE FILE [--limit N] [--rounds N] [--only NAMES]

PIPELINE is a folder with one component over ``spacy-bioner.Transformer.v1``; FILE has gold mentions, in any format.
Each row is a way to compute the network at prediction:

- float32, bfloat16, int8: the setting ``precision``;
- torch, all layers: torch's own dynamic quantisation, one scale for the inputs of a layer in a batch;
- torch, without second feed-forward: the same, with the second layer of each feed-forward block in 32 bits;
- torchao: its Int8DynamicActivationInt8WeightConfig, if it is installed.

It prints F1, F1 with the mentions of float32 as gold, the similarity of the vectors on the first batch (see
``ml.transformer.precision``), and words/s of processor time on one thread, the best of the rounds.
Fails where int8 loses more than 0.5 F1, or is not faster than float32.
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import spacy
from spacy.tokens import Doc

import spacy_bioner.ml.transformer.shim as shim
from spacy_bioner.ml.transformer.precision import convert, similarity
from spacy_bioner.training.corpora import Corpus

MOST_LOST = 0.5


def by_torch(network: Any, without: int | None = None) -> Any:
    """Return a network quantised by torch, but for layers with this number of inputs."""
    import torch

    layers = {
        name: torch.ao.quantization.per_channel_dynamic_qconfig
        for name, layer in network.named_modules()
        if isinstance(layer, torch.nn.Linear) and layer.in_features != without
    }
    return torch.ao.quantization.quantize_dynamic(network, layers, dtype=torch.qint8)


def by_torchao(network: Any) -> Any:
    from torchao.quantization import Int8DynamicActivationInt8WeightConfig, quantize_

    network = copy.deepcopy(network)
    quantize_(network, Int8DynamicActivationInt8WeightConfig())
    return network


WAYS: dict[str, Callable[[Any], Any] | None] = {
    "float32": None,
    "bfloat16": lambda network: convert(network, "bfloat16"),
    "int8": lambda network: convert(network, "int8"),
    "torch, all layers": by_torch,
    "torch, without second feed-forward": lambda network: by_torch(network, network.config.intermediate_size),
    "torchao": by_torchao,
}


def load(pipeline: str, way: Callable[[Any], Any] | None, similarities: list[float]) -> Any:
    """Load a pipeline with a network converted in this way; its similarity is appended to the list."""

    def measure(network: Any, converted: Any, inputs: dict[str, Any]) -> float:
        similarities.append(similarity(network, converted, inputs))
        return 1.0  # no warning, no error

    shim.convert = lambda network, _: way(network) if way else network
    shim.similarity = measure
    config = spacy.util.load_config(Path(pipeline) / "config.cfg")
    (name,) = [key for key, part in config["components"].items() if "tok2vec" in part.get("model", {})]
    settings = {"precision": "bfloat16" if way else "float32", "mixed_precision": False}
    return spacy.load(
        pipeline, config={f"components.{name}.model.tok2vec.{key}": value for key, value in settings.items()}
    )


def mentions(docs: list[Doc]) -> set[tuple[int, int, int, str]]:
    return {(number, one.start, one.end, one.label_) for number, doc in enumerate(docs) for one in doc.ents}


def f1(gold: set[Any], found: set[Any]) -> float:
    return 200 * len(gold & found) / max(1, len(gold) + len(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pipeline")
    parser.add_argument("file")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", help="names of ways, separated by semicolons")
    args = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    chosen = [name.strip() for name in args.only.split(";")] if args.only else list(WAYS)
    if unknown := set(chosen) - set(WAYS):
        parser.error(f"--only: {', '.join(sorted(unknown))}: the names are {'; '.join(WAYS)}")
    scores, speeds, exact = {}, {}, set()
    for name in ["float32", *[name for name in chosen if name != "float32"]]:
        similarities: list[float] = []
        nlp = load(args.pipeline, WAYS[name], similarities)
        examples = list(Corpus(args.file, limit=args.limit)(nlp))
        gold = mentions([example.reference for example in examples])
        nlp(examples[0].predicted.copy())
        best = float("inf")
        for _ in range(args.rounds):
            docs = [example.predicted.copy() for example in examples]
            start = time.process_time()
            docs = list(nlp.pipe(docs, batch_size=256))
            best = min(best, time.process_time() - start)
        found = mentions(docs)
        exact = exact or found
        scores[name], speeds[name] = f1(gold, found), sum(map(len, docs)) / best
        print(
            f"{name:35} F1 {scores[name]:6.2f}  F1 of float32's {f1(exact, found):6.2f}  similarity "
            f"{similarities[0] if similarities else 1:.3f}  {speeds[name]:6,.0f} words/s, "
            f"{speeds[name] / speeds['float32']:.2f} times float32",
            flush=True,
        )
    if "int8" in scores:
        sys.exit(scores["float32"] - scores["int8"] > MOST_LOST or speeds["int8"] <= speeds["float32"])


if __name__ == "__main__":
    main()
