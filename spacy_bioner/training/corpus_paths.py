"""The paths of the training and development corpora in a pipeline's config.

A missing path is reported when training reads its first corpus, not when it needs the other one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spacy.language import Language

from ..errors import BionerError
from ..formats.registry import split_paths


def require_paths(nlp: Language, path: Any) -> None:
    """Raise B161 if a reader has no path; or if it reads the training corpus of the config, and dev has none.

    A reader cannot ask when it is made: spaCy makes all readers of a config, used or not. And it makes the development
    set after the components are initialised, for a CRF after all of its training. A reader of other files, such as the
    test part of a pipeline whose config has no paths, asks for its own path alone.
    """
    if not path:
        raise BionerError("B161", corpus="this corpus")
    config = nlp.config.interpolate()
    training = config["training"]
    train, dev = (_section(config, training.get(name)) for name in ("train_corpus", "dev_corpus"))
    if str(path) in map(str, _paths(train)) and not all(_paths(dev)):
        raise BionerError("B161", corpus=f"[{training['dev_corpus']}]")


def trained_on(nlp: Language, data: str) -> list[Path]:
    """Return those of the data's paths, separated by commas, that the config of a trained pipeline trains on.

    A file in a folder that it trains on is one of them, and so is a folder with a file that it trains on. Paths are
    compared, not texts: a copy under another name is not found.
    """
    config = nlp.config.interpolate()
    corpus = config.get("training", {}).get("train_corpus")
    known = [path.resolve() for given in _paths(_section(config, corpus)) if given for path in split_paths(given)]
    return [
        path
        for path in split_paths(data)
        if any(path.resolve().is_relative_to(one) or one.is_relative_to(path.resolve()) for one in known)
    ]


def _section(config: Mapping[str, Any], name: Any) -> Any:
    """Return the section of a config with a dotted name; {} if there is none."""
    section: Any = config if name else {}
    for part in name.split(".") if isinstance(name, str) else ():
        section = section.get(part, {}) if isinstance(section, Mapping) else {}
    return section


def _paths(section: Any) -> Iterator[Any]:
    """Yield the paths of the readers of this package in a section and the sections below."""
    if isinstance(section, Mapping):
        if str(section.get("@readers", "")).startswith("spacy-bioner.") and "path" in section:
            yield section["path"]
        for value in section.values():
            yield from _paths(value)
