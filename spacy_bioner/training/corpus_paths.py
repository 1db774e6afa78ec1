"""A forgotten path is told when training reads its first corpus, not when it needs the other one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from spacy.language import Language

from ..errors import BionerError


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
