"""The attributes of layers: those that a saved network brings with it, and those that its config decides.

thinc saves the attributes of all layers and restores them all, so that a setting given when a pipeline is loaded would
be replaced by the one that the pipeline was saved with. Here each attribute of a layer has one of these kinds:

    STATE       what training made of the layer               the saved one is restored
    SETTINGS    what the layer may be run with                 that of the config holds
    FIXED       what its weights were made for                 that of the config holds, and must be the saved one
    NOT_SAVED   objects that thinc leaves out                  that of the new layer stays

An attribute of a layer of another package that is not listed here is restored, as thinc does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from thinc.api import Model, deserialize_attr, serialize_attr

from ..errors import BionerError
from .frozen import FREEZE
from .layer_rates import RATE
from .vocabulary import COUNTS

STATE = frozenset(
    {
        *("rows", "rare_from", COUNTS),  # of words and characters
        *("counts", "bounds"),  # of a language model's head
        "tags",
        "types",
        *("seed", "pad", "is_enabled"),  # of thinc's layers; its seeds may be drawn
        "has_transformer",  # of spacy-transformers
    }
)

SETTINGS = frozenset(
    {
        *("by_sentence", "max_length"),
        *("max_pieces", "overlap", "max_question", "stride", "around"),
        "max_batch_pieces",
        *("unknown_rate", "freeze_vectors"),
        *("dropout_rate", "dropout_unit", "grad_factor"),
        "name",  # of a checkpoint; initialize opens it
        "flush_cache_chance",  # of spacy-transformers
    }
)

FIXED = frozenset(
    {
        *("depth", "joined", "filters"),
        "scheme",
        "numbers",
        "pooling",
        *("style", "marks"),
        *("min_count", "max_words", "full_up_to", "cutoffs", "shrink"),
        *("columns", "column", "key_attr", "window_size"),  # of spaCy's and thinc's layers
    }
)

NOT_SAVED = frozenset(
    {
        *(FREEZE, RATE, "packed", "cache", "loss", "index"),
        *("get_spans", "set_transformer", "convert_inputs", "convert_outputs"),  # functions of spacy-transformers
        *("replace_listener", "replace_listener_cfg"),
    }
)


def restored(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the attributes of a saved layer, serialised by thinc, that replace the ones of a new layer."""
    return {name: value for name, value in saved.items() if name not in SETTINGS | FIXED}


def check_fixed(node: Model, saved: Mapping[str, Any]) -> None:
    """Raise B586 if a layer has another setting than the saved one that its weights were made for."""
    for name in sorted(FIXED & saved.keys() & node.attrs.keys()):
        given = node.attrs[name]
        # As it comes back from a file: a tuple as a list.
        mine, theirs = (
            deserialize_attr(given, value, name, node)
            for value in (serialize_attr(given, given, name, node), saved[name])
        )
        if mine != theirs:
            raise BionerError("B586", layer=node.name, setting=name, saved=theirs, given=mine)
