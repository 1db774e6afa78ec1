"""Checkpoints of transformers, opened by name or folder. Code in a checkpoint is never run.

``transformers`` can run Python files that a config names (``auto_map``); every call here disables that. Weights are
read as safetensors, or by torch's weights-only loader.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, NamedTuple

from ... import limits
from ...errors import BionerError, require
from ..check_settings import check_text
from ..torch_setup import set_up_torch

CONFIG = "config.json"
"""The file that makes a folder a checkpoint."""

_PADDING = 0.01
"""Allowed excess of embedding rows over pieces of the tokenizer, as a share: sizes are often rounded up."""

_PATIENCE = 5.0
"""Timeout of a request to the hub, in seconds."""

TRUST: dict[str, Any] = {"trust_remote_code": False}
"""Passed with every call of ``transformers`` that opens something."""

_SIZES = {
    "HIDDEN": ("hidden_size", "num_attention_heads", "embedding_size"),
    "INNER": ("intermediate_size",),
    "LAYERS": ("num_hidden_layers", "num_hidden_groups"),
    "PIECES": ("vocab_size", "max_position_embeddings", "type_vocab_size"),
}
"""Limit -> the settings of a config that it bounds."""

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""Special pieces of BERT's vocabularies."""


class Checkpoint(NamedTuple):
    """A tokenizer and a network of ``transformers`` that belong together."""

    tokenizer: Any
    network: Any


def require_transformers() -> Any:
    """Return the module ``transformers``; raise B900, which names the extra to install, if it or torch is absent."""
    set_up_torch()
    return require("transformers", extra="transformers")


def check_name(layer: str, name: str) -> None:
    """Raise B623 unless the name of a checkpoint is a string.

    An empty one is allowed: a saved network is rebuilt from its own files and needs no name.
    """
    if name != "":
        check_text(layer, name=name)


def open_tokenizer(name: str | Path) -> Any:
    """Open the tokenizer of a checkpoint, a folder or the name of a model. Raises B700 if it cannot be opened."""
    transformers = require_transformers()
    _check_folder(name)
    try:
        # RoBERTa's tokenizer needs this setting for single words; others ignore it.
        return transformers.AutoTokenizer.from_pretrained(str(name), add_prefix_space=True, **_how_to_open(name))
    except Exception as error:  # a damaged file may raise any error, and some libraries raise bare Exceptions
        raise BionerError("B700", name=name, reason=first_line(error)) from error


def open_vocabulary(path: str | Path, lower: bool = False) -> Any:
    """Open BERT's tokenizer with a vocabulary of word pieces, a text file with one piece per line.

    lower: the vocabulary is in lower case, without accents. Raises B714 for a missing or invalid file.
    """
    transformers = require_transformers()
    if not Path(path).is_file():
        raise BionerError("B714", path=path, reason="there is no such file")
    try:
        pieces = Path(path).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise BionerError("B714", path=path, reason="it is not UTF-8") from error
    absent = [piece for piece in SPECIAL if piece not in pieces]
    if absent:
        raise BionerError("B714", path=path, reason=f"it has no {', '.join(absent)}")
    return transformers.BertTokenizerFast(str(path), do_lower_case=lower)


def open_pieces(name: str | Path, lower: bool = False) -> Any:
    """Open the tokenizer of a checkpoint, or of a vocabulary file: the path of a file, or one that ends in ``.txt``.

    lower: for a file, see ``open_vocabulary``; a checkpoint states it itself. Raises B700 and B714.
    """
    if Path(name).is_file() or str(name).endswith(".txt"):
        return open_vocabulary(name, lower)
    return open_tokenizer(name)


def open_checkpoint(name: str | Path, model_class: str = "AutoModel") -> Checkpoint:
    """Open a checkpoint: a folder with ``config.json``, a vocabulary and weights, or the name of a model on the hub.

    Weights are read from safetensors if there are any, else by torch's weights-only loader. The network is in 32 bits,
    in evaluation mode, on the CPU. ``model_class`` is the class of ``transformers`` to open it with. If the checkpoint
    lacks the head of that class, as published encoders often do, the head is initialised randomly, with a warning
    (B708).

    Raises B700 if it cannot be reached or read, B701 if tokenizer and network have different vocabularies, B702 for
    weights pickled with other objects, which would run code, B703 if weights are missing, B715 if a weight is not
    finite, and B584 if sizes exceed ``limits``.
    """
    transformers = require_transformers()
    tokenizer = open_tokenizer(name)
    config = _open_config(name, model_class)
    verbosity = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()  # silences a warning about the pooler, which is dropped; see B703
    try:
        network, info = getattr(transformers, model_class).from_pretrained(
            str(name), config=config, output_loading_info=True, torch_dtype="float32", **_how_to_open(name)
        )
    except Exception as error:
        pickled = _cause(error, UnpicklingError)
        if pickled is not None:
            raise BionerError("B702", name=name, reason=first_line(pickled)) from error
        raise BionerError("B700", name=name, reason=first_line(error)) from error
    finally:
        transformers.logging.set_verbosity(verbosity)
    check_finite(name, network)
    missing = [key for key in info["missing_keys"] if "pooler" not in key]
    of_encoder = [key for key in missing if not _is_of_head(key, network)]
    if of_encoder:
        values = {"missing": len(of_encoder), "first": of_encoder[0], "type": network.config.model_type}
        raise BionerError("B703", name=name, **values)
    if missing:
        warnings.warn(str(BionerError("B708", name=name, missing=len(missing), first=missing[0])), stacklevel=2)
    check_vocabulary(name, tokenizer, network)
    return Checkpoint(tokenizer, network)


def _open_config(name: str | Path, model_class: str) -> Any:
    """Open the config of a checkpoint. Raises B700, and B584 if its network would be too large."""
    transformers = require_transformers()
    # Without the file, transformers takes the default config of a network whose name occurs in the path.
    if Path(name).is_dir() and not (Path(name) / CONFIG).is_file():
        raise BionerError("B700", name=name, reason=f"the folder has no {CONFIG}")
    try:
        config = transformers.AutoConfig.from_pretrained(str(name), **_how_to_open(name))
    except Exception as error:
        raise BionerError("B700", name=name, reason=first_line(error)) from error
    check_config(config, name)
    try:
        shapes_of(config, model_class, name)
    except BionerError:
        raise
    except Exception as error:
        raise BionerError("B700", name=name, reason=first_line(error)) from error
    return config


def check_config(config: Any, place: object) -> None:
    """Raise B584 if a size in a config of ``transformers`` is not a number or above its limit; nothing is built."""
    for limit, settings in _SIZES.items():
        for setting in settings:
            value = getattr(config, setting, None)
            if value is not None:
                limits.check(place, setting, value if isinstance(value, int) else -1, limit)


def shapes_of(config: Any, model_class: str, place: object) -> dict[str, tuple[int, ...]]:
    """Return the names and shapes of the weights of a config's network, without allocating memory for them.

    Raises B584 for too many weights, and errors of any type for a config from which no network can be built.
    """
    import torch

    transformers = require_transformers()
    with torch.device("meta"):  # tensors on this device have shapes and no memory
        network = getattr(transformers, model_class).from_config(config, **TRUST)
    shapes = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    total = sum(parameter.numel() for parameter in network.parameters())
    limits.check(place, "the number of weights of the transformer", total, "PARAMETERS")
    return shapes


def check_finite(name: object, network: Any) -> None:
    """Raise B715 if a weight of a network is not finite: without an error, all its vectors would be nan."""
    for key, value in network.state_dict().items():
        if value.is_floating_point() and not bool(value.sum().isfinite()) and not bool(value.isfinite().all()):
            raise BionerError("B715", name=name, weight=key)


def _is_of_head(key: str, network: Any) -> bool:
    """Return whether a weight belongs to the head above the encoder; a bare encoder has no head."""
    return network.base_model is not network and not key.startswith(f"{network.base_model_prefix}.")


def check_vocabulary(name: str | Path, tokenizer: Any, network: Any) -> None:
    """Raise B701 unless tokenizer and embedding have about the same number of word pieces (see ``_PADDING``)."""
    rows, pieces = network.get_input_embeddings().num_embeddings, len(tokenizer)
    if not rows - max(128, _PADDING * rows) <= pieces <= rows:
        raise BionerError("B701", name=name, pieces=pieces, rows=rows)


def drop_pooler(network: Any) -> Any:
    """Remove the pooler from a network: taggers do not use it, so it would be saved without ever being trained."""
    if getattr(network, "pooler", None) is not None:
        network.pooler = None
    return network


def longest_input(checkpoint: Checkpoint) -> int:
    """Return the maximum number of pieces that a network can read at once, special ones included."""
    config, network = checkpoint.network.config, checkpoint.network
    positions = getattr(config, "max_position_embeddings", None) or 1 << 30
    # RoBERTa numbers positions from padding_idx + 1, so that this number of rows of its position table is never used.
    offset = getattr(getattr(network, "embeddings", None), "padding_idx", None)
    return min(checkpoint.tokenizer.model_max_length, positions - (0 if offset is None else offset + 1))


def _how_to_open(name: str | Path) -> dict[str, Any]:
    """Return settings for opening a checkpoint: run no code, and stay offline if the hub does not answer.

    Without staying offline, each file would be requested six times, which takes a minute in all.
    """
    return {**TRUST, "local_files_only": Path(name).is_dir() or not _hub_answers()}


def _hub_answers() -> bool:
    """Return whether the model hub answers one short request."""
    hub = require("huggingface_hub", extra="transformers")
    try:
        hub.utils.get_session().head(hub.constants.ENDPOINT, timeout=_PATIENCE)
    except Exception:  # of whatever library speaks to it
        return False
    return True


def _check_folder(name: str | Path) -> None:
    """Raise B700 for a name that must be a folder and is not one, before the hub is asked."""
    text = str(name)
    is_path = isinstance(name, Path) or text.startswith((".", "/", "~")) or text.count("/") > 1 or "\\" in text
    if not text or (is_path and not Path(text).is_dir()):
        raise BionerError("B700", name=name, reason="there is no such folder")


def _cause(error: BaseException | None, kind: type[BaseException]) -> BaseException | None:
    """Return the first error of a type among an error and its causes."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message."""
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
