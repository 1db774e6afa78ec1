"""The saved states from which an interrupted run is resumed: whether they are intact, and of which recipe."""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import BionerError
from ...formats.brat.files import files_of
from ...formats.registry import sources
from ...formats.text_io import write_json
from ...pipeline.sealed import digest, digest_path

_NAME = re.compile(r"checkpoint-(\d+)")
_FAST = "tokenizer.json"
"""May be missing: tokenizers written in Python have no such file. ``trainer_state.json`` is always written last."""

_JSON = ("trainer_state.json", "config.json", "tokenizer_config.json", _FAST)
_TORCH = ("optimizer.pt", "scheduler.pt", "rng_state.pth")
_WEIGHTS = "model.safetensors"

_STARTED = "recipe.json"
_WATCHED = ("evaluate_every", "evaluate_on")
"""Settings that may change in a run that goes on: they say when it is looked at, and change no weight."""


def newest_whole_checkpoint(folder: Path) -> Path | None:
    """Return the newest intact state of a run, or None.

    Warns (B717) of newer, damaged ones, which a killed run or a full disk leaves behind.
    """
    found = {int(name[1]): path for path in folder.iterdir() if (name := _NAME.fullmatch(path.name)) and path.is_dir()}
    for step in sorted(found, reverse=True):
        fault = fault_of(found[step], step)
        if not fault:
            return found[step]
        warnings.warn(str(BionerError("B717", path=found[step], fault=fault)), stacklevel=2)
    return None


def fault_of(checkpoint: Path, step: int) -> str:
    """Return the fault of the saved state of a step, "" for an intact one.

    JSON files are parsed, torch files, which are zip archives, are checked against their checksums, and the weights
    must have the number of bytes that their header states.
    """
    for name in (*_JSON, *_TORCH, _WEIGHTS):
        try:
            if name in _TORCH:
                with zipfile.ZipFile(checkpoint / name) as archive:
                    if archive.testzip() is not None:
                        return f"{name} is damaged"
            elif name == _WEIGHTS:
                if not _weights_are_whole(checkpoint / name):
                    return f"{name} is cut short"
            else:
                content = json.loads((checkpoint / name).read_text(encoding="utf-8"))
                if name == "trainer_state.json" and content["global_step"] != step:
                    return f"{name} is that of step {content['global_step']}"
        except FileNotFoundError:
            if name == _FAST:
                continue
            return f"{name} is missing"
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            return f"{name} is damaged ({str(error)[:80] or type(error).__name__})"
    return ""


def _weights_are_whole(path: Path) -> bool:
    """Compare the size of a safetensors file with its header."""
    #   8 bytes: n, little-endian | n bytes: JSON, {name: {"data_offsets": [start, end], ...}} | the tensors' bytes
    # The offsets count from the end of the header, so that the largest end is the size of the last part.
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > path.stat().st_size:
            return False
        header = json.loads(file.read(length))
    ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    return path.stat().st_size == 8 + length + max(ends, default=0)


def describe(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a recipe, and under ``contents`` the SHA-256 of the files that they name.

    Raises what ``formats.sources`` raises for the text, and B101 for a file that cannot be read.
    """
    contents = {}
    for name in ("text", "dev", "model", "vocab"):
        value = settings[name]
        if value and (name in ("text", "dev") or Path(value).exists()):  # a model may also be a name on the hub
            try:
                files = _files(value) if name in ("text", "dev") else [Path(value)]
                contents[name] = digest("".join(map(digest_path, files)).encode())
            except OSError as error:
                raise BionerError("B101", path=value, reason=error.strerror or str(error)) from error
    return {**settings, "contents": contents}


def _files(text: str) -> list[Path]:
    """Return the files of a text once each: an archive has many sources."""
    return list(dict.fromkeys(file for source in sources(text) for file in files_of(source.path)))


def write_recipe(folder: Path, described: Mapping[str, Any]) -> None:
    """Write the recipe of a run beside its states. Raises B101."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / _STARTED, described)


def check_recipe(folder: Path, described: Mapping[str, Any]) -> None:
    """Raise B709 if the states in a folder are of another recipe: see ``describe``.

    A file or folder is the same under another name, and another one if its content has changed.
    """
    try:
        started = json.loads((folder / _STARTED).read_text(encoding="utf-8"))
        contents, now = started["contents"], described["contents"]
        changed = []
        for name in described.keys() - {"contents", *_WATCHED}:
            if contents.get(name, started[name]) != now.get(name, described[name]):
                other = ", with other content" if started[name] == described[name] else ""
                changed.append(f"{name} = {described[name]} (was {started[name]}{other})")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BionerError("B709", path=folder, fault=f"{_STARTED} is missing or damaged") from error
    if changed:
        raise BionerError("B709", path=folder, fault=", ".join(sorted(changed)))
