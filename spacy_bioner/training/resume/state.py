"""The numbers that training changes: weights, the optimizer's moments and counts, random states."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from thinc.api import Model, Optimizer, PyTorchShim
from thinc.util import to_numpy

from ...ml.optimizer_state import COUNTS, TABLES, Key, keys_of

ARRAYS = "arrays.npz"

Place = tuple[str, int, int, str]
"""A component, and the place of a parameter in its network: see ``optimizer_state.Place``."""


def write_state(folder: Path, nlp: Language, optimizer: Optimizer) -> dict[str, Any]:
    """Write the arrays of a training into a folder; return what belongs to them and is no array, fit for JSON."""
    names: list[tuple[str, Place | None]] = []
    arrays: list[NDArray[Any]] = []

    def add(kind: str, place: Place | None, value: Any) -> None:
        names.append((kind, place))
        arrays.append(to_numpy(value))

    for place, node in _parameters(nlp):
        add("weight", place, node.get_param(place[3]))
    for place, weights in _tensors(nlp):
        add("tensor", place, _array(weights[place[3]]))
    places = _places(nlp)
    counts = []
    for table in (*TABLES, *COUNTS):
        for key, value in (getattr(optimizer, table, None) or {}).items():
            if key not in places:
                continue
            if table in TABLES:
                add(table, places[key], value)
            else:
                counts.append((table, places[key], int(value)))
    for kind, state in _torch_states().items():
        add(kind, None, state.numpy())
    # Without pickles: numbers only, under their position.
    np.savez(folder / ARRAYS, allow_pickle=False, **{str(i): array for i, array in enumerate(arrays)})
    algorithm, keys, *others = np.random.get_state()
    drawn = [algorithm, list(map(int, keys)), *others]
    return {"names": names, "counts": counts, "random": random.getstate(), "numpy": drawn}


def read_state(folder: Path, rest: Mapping[str, Any], nlp: Language, optimizer: Optimizer) -> None:
    """Load what ``write_state`` wrote and returned into a training of the same pipeline on the same data."""
    keys = {place: key for key, place in _places(nlp).items()}
    nodes = dict(_parameters(nlp))
    tensors, networks = dict(_tensors(nlp)), dict(_networks(nlp))
    with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
        for i, (kind, parts) in enumerate(rest["names"]):
            value, place = arrays[str(i)], parts and tuple(parts)
            if kind == "weight":
                nodes[place].set_param(place[3], nodes[place].ops.asarray_f(value))
            elif kind == "tensor":
                tensors[place][place[3]].copy_(_tensor(value))
            elif kind in TABLES:
                key = keys[place]
                getattr(optimizer, kind)[key] = networks[place[0]].ops.asarray(value)
            else:
                _set_torch_state(kind, value)
    for table, parts, count in rest["counts"]:
        getattr(optimizer, table)[keys[tuple(parts)]] = count
    set_random(rest["random"])
    algorithm, drawn, *others = rest["numpy"]
    np.random.set_state((algorithm, np.array(drawn, dtype=np.uint32), *others))


def set_random(state: Any) -> None:
    """Set Python's random state to one that has been written as JSON."""
    version, numbers, gauss = state
    random.setstate((version, tuple(numbers), gauss))


def fits(rest: Mapping[str, Any], nlp: Language) -> bool:
    """Return whether a pipeline has the layers and parameters that a state was written of."""
    held = {place for place, _ in (*_parameters(nlp), *_tensors(nlp))}
    return held == {tuple(place) for kind, place in rest["names"] if kind in ("weight", "tensor")}


def _networks(nlp: Language) -> Iterator[tuple[str, Model]]:
    for name, pipe in nlp.pipeline:
        model = getattr(pipe, "model", None)
        if isinstance(model, Model):
            yield name, model


def _parameters(nlp: Language) -> Iterator[tuple[Place, Model]]:
    for name, model in _networks(nlp):
        for i, node in enumerate(model.walk()):
            for parameter in node.param_names:
                if node.has_param(parameter):
                    yield (name, i, -1, parameter), node


def _tensors(nlp: Language) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield the tensors of torch networks, buffers included: their place, and all of their network by their names."""
    for name, model in _networks(nlp):
        for i, node in enumerate(model.walk()):
            for j, shim in enumerate(node.shims):
                if isinstance(shim, PyTorchShim) and shim._model is not None:
                    weights = shim._model.state_dict()
                    for parameter in weights:
                        yield (name, i, j, parameter), weights


def _places(nlp: Language) -> dict[Key, Place]:
    """Return the places of parameters by the keys under which an optimizer holds their moments."""
    return {key: (name, *place) for name, model in _networks(nlp) for place, key in keys_of(model)}


def _array(tensor: Any) -> NDArray[Any]:
    # numpy has no bfloat16; in 32 bits its numbers are the same.
    return (tensor.float() if tensor.is_floating_point() else tensor).detach().cpu().numpy()


def _tensor(value: NDArray[Any]) -> Any:
    import torch

    return torch.from_numpy(value)


def _torch_states() -> dict[str, Any]:
    torch = sys.modules.get("torch")  # not imported: no network draws from it
    if torch is None:
        return {}
    on_gpu = enumerate(torch.cuda.get_rng_state_all()) if torch.cuda.is_initialized() else ()
    return {"torch": torch.get_rng_state(), **{f"cuda{i}": state for i, state in on_gpu}}


def _set_torch_state(kind: str, value: NDArray[Any]) -> None:
    import torch

    if kind == "torch":
        torch.set_rng_state(torch.from_numpy(value))
    else:
        torch.cuda.set_rng_state(torch.from_numpy(value), int(kind.removeprefix("cuda")))


def encode(rest: Mapping[str, Any]) -> str:
    """Return JSON of numbers, also those of numpy."""
    return json.dumps(rest, default=float)
