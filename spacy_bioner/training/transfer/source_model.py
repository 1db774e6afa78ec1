"""The component of a pipeline whose weights are transferred, with its upstream component and word vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.util import is_package, load_config, load_model
from spacy.vectors import Mode, Vectors
from thinc.api import Model
from thinc.util import to_numpy

from ...errors import BionerError
from ...pipeline.sealed import vectors_apart
from .layers import NetworkLayers, find_layers

_UPSTREAM = ("transformer", "tok2vec")
"""Factories of components that others listen to."""
_COMPARED = 1000


@dataclass(frozen=True)
class TrainedComponent:
    """A component whose layers can be transferred: its own, or those of the component that it listens to."""

    name: str
    layers: NetworkLayers
    vectors: Vectors
    listens: bool

    def check_has(self, layer: str, where: str) -> None:
        """Raise B614 if it has no such layer; ``where`` names its pipeline in the message."""
        if not self.layers.has(layer):
            raise BionerError("B614", where=where, component=self.name, layer=layer, known=", ".join(self.layers.known))


def find_component(nlp: Language, name: str | None, where: str, option: str) -> TrainedComponent:
    """Return a component, by default the only one that has layers to transfer and to which no other listens.

    where, option: the names of the pipeline and of the setting in messages. Raises B611 for a missing component, B612
    if there are several.
    """
    upstream = {key: _upstream(nlp, key) for key in nlp.pipe_names}
    found = {key: layers for key in nlp.pipe_names if (layers := _layers(nlp, key, upstream[key])) and layers.known}
    # A shared tok2vec is transferred through its listener, which has the output layer, too: it is no candidate itself.
    if name is None:
        alone = [key for key in found if key not in {upstream[other] for other in found}]
        if len(alone) != 1:
            raise BionerError("B612", where=where, found=len(alone), known=", ".join(alone) or "none", option=option)
        name = alone[0]
    elif name not in found:
        raise BionerError("B611", where=where, component=name, known=", ".join(found) or "none with layers to transfer")
    return TrainedComponent(name, found[name], nlp.vocab.vectors, upstream[name] is not None)


def load_component(path: str | Path, name: str | None) -> TrainedComponent:
    """Load one component of a saved pipeline. Raises B610 for a missing pipeline, and as ``find_component``.

    Only the parts of a folder that are needed are read. Of the vocabulary these are the vectors: rows of words have
    their own names.
    """
    if is_package(str(path)):
        return find_component(load_model(path), name, str(path), "source_component")
    config_path = Path(path) / "config.cfg"
    if not config_path.exists():
        raise BionerError("B610", path=path)
    config = load_config(config_path)
    names = config["nlp"]["pipeline"]
    if name is not None and name not in names:
        raise BionerError("B611", where=path, component=name, known=", ".join(names) or "none")
    needed = [key for key in names if name in (None, key) or config["components"][key].get("factory") in _UPSTREAM]
    with vectors_apart():
        nlp = load_model(Path(path), exclude=["vocab", *(key for key in names if key not in needed)])
    found = find_component(nlp, name, str(path), "source_component")
    folder = Path(path) / "vocab"
    if found.layers.word is None or not (folder / "vectors").exists():
        return found
    return TrainedComponent(found.name, found.layers, Vectors().from_disk(folder), found.listens)


def other_vectors(source: Vectors, target: Vectors) -> str:
    """Describe how the word vectors of two pipelines differ on up to 1,000 shared words; "" if they are equal."""
    if not source.size or not target.size:
        return "" if source.size == target.size else f"the {'target' if source.size else 'source'} has none"
    if source.shape[1] != target.shape[1]:
        return f"those of the source have {source.shape[1]} numbers, those of the target {target.shape[1]}"
    if Mode.floret in (source.mode, target.mode):
        same = source.mode == target.mode and source.shape == target.shape
        return "" if same and np.allclose(_data(source), _data(target), rtol=1e-3) else "they are made in another way"
    # Sorted, so that the same words are compared in every run.
    words = sorted(source.key2row.keys() & target.key2row.keys())[:_COMPARED]
    if not words:
        return "they have no word in common"
    old, new = (_data(table)[[table.key2row[word] for word in words]] for table in (source, target))
    # Vectors that differ by a factor (another rms) have their own message: the least-squares solution of old = t * new.
    times = float((old * new).sum() / (new * new).sum()) if new.any() else 0.0
    if not np.allclose(old, times * new, rtol=1e-3, atol=1e-3 * np.abs(old).max()):
        return "the same words have other vectors"
    return "" if abs(times - 1) < 1e-3 else f"those of the source are {times:.3g} times as long as the target's"


def _data(vectors: Vectors) -> Any:
    return to_numpy(vectors.data)


def _model(nlp: Language, name: str) -> Model | None:
    model = getattr(nlp.get_pipe(name), "model", None)
    return model if isinstance(model, Model) else None


def _layers(nlp: Language, name: str, upstream: str | None) -> NetworkLayers | None:
    model = _model(nlp, name)
    return None if model is None else find_layers(model, None if upstream is None else _model(nlp, upstream))


def _upstream(nlp: Language, name: str) -> str | None:
    """Return the name of the component that another listens to, or None."""
    for heard in _heard(_model(nlp, name)):
        before = nlp.pipe_names[: nlp.pipe_names.index(name)]
        for key in reversed(before):
            if heard in ("*", key) and hasattr(nlp.get_pipe(key), "add_listener"):
                return key
    return None


def _heard(model: Model | None) -> Iterator[str]:
    for node in model.walk() if model is not None else ():
        if hasattr(node, "upstream_name"):
            yield node.upstream_name
