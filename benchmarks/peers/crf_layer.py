"""The CRF layer alone: the two sides of `benchmarks/crf_layer.py` over its cases, each in a process of its own."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from worker import serve


def layers() -> Any:
    """Return the module `benchmarks/crf_layer.py`, which has the name of this one."""
    spec = spec_from_file_location("both_layers", Path(__file__).resolve().parents[1] / "crf_layer.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["both_layers"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Layer:
    """One side; its amounts are words."""

    def __init__(self, case: int, loss: str, decode: str) -> None:
        import torch

        torch.set_num_threads(1)
        both = layers()
        self.pair = both.Pair(both.CASES[case])
        self.words = sum(both.CASES[case].lengths)
        self.run_loss, self.run_decode = getattr(self.pair, loss), getattr(self.pair, decode)

    def loss(self) -> int:
        for _ in range(10):
            self.run_loss()
        return 10 * self.words

    def decode(self) -> int:
        for _ in range(10):
            self.rows = self.run_decode()
        return 10 * self.words

    def result(self) -> list[list[Any]]:
        return [[i, place, int(row)] for i, rows in enumerate(self.rows) for place, row in enumerate(rows)]


if __name__ == "__main__":
    serve(
        {
            "ours": lambda case: Layer(case, "loss", "decode"),
            "torchcrf": lambda case: Layer(case, "torch_loss", "torch_decode"),
        }
    )
