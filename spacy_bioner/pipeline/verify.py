"""The contents and integrity of a saved pipeline, from its files and their checksums, without loading it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import numpy as np
import srsly
from packaging.requirements import InvalidRequirement, Requirement
from spacy.util import get_package_path, is_package
from thinc.api import Config

from .. import limits
from ..errors import BionerError
from . import sealed
from .load import no_pipeline
from .requirements import our_factories

_VOCAB = "vocab"


def verify(model: str) -> dict[str, Any]:
    """Inspect a pipeline, a folder or an installed package; return a JSON object.

    ``complete``: whether there are no ``faults``, which are messages. ``name``, ``version``, ``requirements`` (with the
    installed versions): of the pipeline. ``components``: for each the factory, the files (bytes, whether the checksum
    is right; null without one), its contents (labels, weights, terms) and the versions that saved it. ``vectors``:
    (rows, width). ``limits``.

    Raises B804 if there is no pipeline.
    """
    folder = _folder(model)
    faults: list[str] = []
    config, meta = _read(folder / "config.cfg", faults), _read(folder / "meta.json", faults)
    nlp_section = config.get("nlp", {})
    names: Any = nlp_section.get("pipeline") if isinstance(nlp_section, dict) else None
    if not isinstance(names, list) or not isinstance(config.get("components"), dict):
        reason = "config.cfg names no components"
    elif (wrong := next((name for name in names if not sealed.is_inside(name)), None)) is not None:
        reason = f"config.cfg has a component {wrong!r}, which is no name in its folder"
    elif wrong := next((name for name in names if not isinstance(config["components"].get(name), dict)), ""):
        reason = f"config.cfg has no settings of the component {wrong!r}"
    else:
        reason = ""
    if reason:
        faults.append(str(BionerError("B580", name="the pipeline", place=folder, reason=reason)))
        names = []
    vectors = _Vectors(folder / _VOCAB, faults)
    components = [_component(folder, name, config, vectors, faults) for name in names]
    requirements = list(_requirements(meta, faults))
    return {
        "model": str(folder),
        "name": f"{meta.get('lang', '')}_{meta.get('name', '')}",
        "version": meta.get("version"),
        "spacy_version": meta.get("spacy_version"),
        "complete": not faults,
        "faults": faults,
        "requirements": requirements,
        "vectors": vectors.shape,
        "components": components,
        "limits": {name: value for name, value in vars(limits).items() if name.isupper() and len(name) > 3},
    }


def _folder(model: str) -> Path:
    path = get_package_path(model) if is_package(model) else Path(model)
    if path.is_dir() and not (path / "config.cfg").exists():  # in a package the data folder is one level deeper
        inner = sorted(config.parent for config in path.glob("*/config.cfg"))
        path = inner[0] if len(inner) == 1 else path
    if not path.is_dir() or not ((path / "config.cfg").exists() or (path / "meta.json").exists()):
        raise no_pipeline(model, "there is no config.cfg")
    return path


def _read(path: Path, faults: list[str]) -> dict[str, Any]:
    """Return a config or JSON file; {} and a fault if it cannot be read."""
    try:
        with sealed.explain_damage("the pipeline", path):
            if path.suffix == ".cfg":
                return Config().from_disk(path, interpolate=False)
            content = json.loads(path.read_text(encoding="utf8"))
            if not isinstance(content, dict):
                raise ValueError("it holds no object")
            return content
    except BionerError as error:
        faults.append(str(error))
        return {}


def _component(
    folder: Path, name: str, config: Mapping[str, Any], vectors: _Vectors, faults: list[str]
) -> dict[str, Any]:
    place = folder / name
    factory = config["components"][name].get("factory")
    found: dict[str, Any] = {"name": name, "factory": factory, "sealed": False, "files": {}}
    try:
        with sealed.explain_damage(name, place):
            _look_into(folder, name, found, vectors, faults)
    except BionerError as error:
        faults.append(str(error))
    return found


def _look_into(folder: Path, name: str, found: dict[str, Any], vectors: _Vectors, faults: list[str]) -> None:
    """Add what the folder of a component holds to ``found``, and its faults."""
    place, factory = folder / name, found["factory"]
    is_sealed = factory in our_factories() and factory != "bioner_sentences"
    if not (place / sealed.META).is_file() and not is_sealed:
        files = sorted(file for file in place.rglob("*") if file.is_file()) if place.is_dir() else []
        sizes = {file.relative_to(place).as_posix(): file.stat().st_size for file in files}
        found["files"] = {file: {"bytes": size, "right": None} for file, size in sizes.items()}
        return
    meta = sealed.open_meta((place / sealed.META).read_bytes())
    found.update(sealed=True, about=meta["about"], versions=meta["versions"])
    for file, stated in meta["files"].items():
        path = place / file
        right = (
            path.is_file() and path.stat().st_size == stated["bytes"] and sealed.digest_file(path) == stated["sha256"]
        )
        found["files"][file] = {"bytes": stated["bytes"], "right": right}
        if not right:
            reason = f"{file} is not what was saved" if path.is_file() else f"{file} is missing"
            faults.append(str(BionerError("B580", name=name, place=place, reason=reason)))
    for other in sealed.changed_beside(meta, place):
        code = "B583" if other in (sealed.CONFIG, sealed.TOKENIZER) else "B582"
        faults.append(str(BionerError(code, name=name, place=place, file=folder / other)))
    if meta["vectors"] is not None and meta["vectors"] != vectors.digest:
        faults.append(str(BionerError("B582", name=name, place=place, file=vectors.path)))
    if len(meta["about"].get("labels", ())) > limits.LABELS:
        values = {"what": "the number of labels", "value": len(meta["about"]["labels"]), "limit": "LABELS"}
        faults.append(str(BionerError("B584", place=place, most=limits.LABELS, **values)))


class _Vectors:
    """The word vectors on disk, memory-mapped: their shape and checksum; None without vectors."""

    def __init__(self, vocab: Path, faults: list[str]) -> None:
        self.path = vocab / "vectors"
        self.shape: list[int] | None = None
        self.digest: str | None = None
        if not self.path.is_file():
            return
        try:
            with sealed.explain_damage("the word vectors", self.path):
                data = np.load(self.path, mmap_mode="r", allow_pickle=False)
                rows = srsly.read_msgpack(vocab / "key2row") if (vocab / "key2row").is_file() else {}
                self.shape = list(data.shape)
                self.digest = sealed.digest_vectors(data, rows) if len(data) else None
        except BionerError as error:
            faults.append(str(error))


def _requirements(meta: Mapping[str, Any], faults: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the requirements of a pipeline with the installed versions; for this package also those of its extras."""
    stated = meta.get("requirements", [])
    for text in stated if isinstance(stated, list) else [stated]:
        try:
            needed = Requirement(str(text))
        except InvalidRequirement:
            faults.append(str(BionerError("B901", needed=text, found="not readable")))
            continue
        for one in (needed, *_of_extras(needed)):
            try:
                installed: str | None = version(one.name)
            except PackageNotFoundError:
                installed = None
            met = installed is not None and one.specifier.contains(installed, prereleases=True)
            if not met:
                faults.append(str(BionerError("B901", needed=str(one), found=installed or "not installed")))
            yield {"needed": str(one).partition(";")[0].strip(), "installed": installed, "met": met}


def _of_extras(needed: Requirement) -> list[Requirement]:
    try:
        lines = [Requirement(line) for line in requires(needed.name) or ()]
    except PackageNotFoundError:
        return []
    markers = [(line, line.marker) for line in lines if line.marker is not None and line.name != needed.name]
    return [line for line, marker in markers if any(marker.evaluate({"extra": extra}) for extra in needed.extras)]
