"""Validation of the saved states from which an interrupted run is resumed."""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from pathlib import Path

from ...errors import BionerError

_NAME = re.compile(r"checkpoint-(\d+)")
_FAST = "tokenizer.json"
"""May be missing: tokenizers written in Python have no such file. ``trainer_state.json`` is always written last."""

_JSON = ("trainer_state.json", "config.json", "tokenizer_config.json", _FAST)
_TORCH = ("optimizer.pt", "scheduler.pt", "rng_state.pth")
_WEIGHTS = "model.safetensors"


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
