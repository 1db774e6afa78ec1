"""The systems of an experiment: configs, which are trained, and trained pipelines, which are only tested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from spacy.util import get_package_path, is_package

from ...corpus.annotation.job import expand_globs
from ...errors import BionerError
from ...formats.brat.files import files_of
from ...pipeline.load import no_pipeline

SEED = "system.seed"
SOURCE = "paths.source"
"""The setting of a config that names the pipeline to start from."""

FINAL = ("model-best", "model-last")

FOLD = "{fold}"
"""Placeholder for the number of a fold, in paths of folds that are given as files and of trained pipelines."""

SEED_NUMBER = "{seed}"
"""Placeholder for the seed of a run, in the path of a trained pipeline."""


def is_pipeline(given: str) -> bool:
    """Return whether a system is a trained pipeline, a folder or an installed package, and not a config."""
    if FOLD in given or SEED_NUMBER in given or Path(given).is_dir():
        return True
    return not Path(given).exists() and is_package(given)


def pipeline_for(given: str, fold: int | None, seed: int) -> str | None:
    """Return the folder or package of a trained pipeline, None for a config.

    ``{fold}`` and ``{seed}`` in its path stand for the fold and the seed of the run. Raises B804 for a folder that is
    no pipeline.
    """
    if not is_pipeline(given):
        return None
    path = given.replace(SEED_NUMBER, str(seed))
    if fold is not None:
        path = path.replace(FOLD, str(fold))
    place_of(path)
    return path


def place_of(pipeline: str) -> Path:
    """Return the folder of a pipeline that is given as a folder or as an installed package; raises B804."""
    place = Path(pipeline)
    if not place.exists() and is_package(pipeline):
        return get_package_path(pipeline)
    if not (place / "meta.json").is_file():
        raise no_pipeline(pipeline, "it has no meta.json" if place.exists() else "there is no such folder or package")
    return place


def split_name(text: str) -> tuple[str, str]:
    """Return the name and the path of NAME=PATH; the name of a path alone is "".

    A path may have = in a folder or file, too: what is there as a whole is a path. Raises B857 for a text that is there
    both ways.
    """
    name, sign, path = text.partition("=")
    if not sign or "/" in name:
        return "", text
    if not _is_there(text):
        return name, path
    if _is_there(path):
        raise BionerError("B857", text=text, path=path)
    return "", text


def _is_there(paths: str) -> bool:
    """Return whether all of these paths, separated by commas, exist: files, folders, places in archives, patterns."""
    try:
        found = expand_globs(paths)
        return bool(found) and all(map(files_of, found))
    except (BionerError, OSError, ValueError):  # no match; too long for a path, or containing a null character
        return False


def named(given: Sequence[str]) -> dict[str, str]:
    """Parse NAME=PATH arguments; the default name is that of the file or folder.

    Raises B839 for a name that is empty or given twice.
    """
    result: dict[str, str] = {}
    for text in given:
        name, path = split_name(text)
        if not name:
            place = Path(path)
            name = place.parent.name if place.name in FINAL else place.name.removesuffix(".cfg")
        if not name or name in result:
            raise BionerError("B839", name=name, path=path)
        result[name] = path
    return result


def known_settings(config: str, names: Sequence[str]) -> list[str]:
    """Return the subset of settings, in dot notation, that a config has; raises B840 for an invalid config."""
    from confection import ConfigValidationError
    from spacy.util import load_config

    try:
        content = load_config(Path(config))
    except OSError as err:
        missing = "there is no such file, and no pipeline of this name"
        raise BionerError("B840", path=config, reason=str(err) if Path(config).exists() else missing) from None
    except (ValueError, ConfigValidationError) as err:
        raise BionerError("B840", path=config, reason=str(err).strip().splitlines()[0]) from None
    return [name for name in names if _holds(content, name.split("."))]


def takes_weights(config: str) -> bool:
    """Return whether a config has the setting ``paths.source`` and does not reject it in ``before_init``."""
    if SOURCE not in known_settings(config, [SOURCE]):
        return False
    from spacy.util import load_config

    # Without interpolation a reference remains text, ${paths.source}, so that the blocks that use it can be found. A
    # config that rejects weights uses it in before_init only, because before initialisation nothing can receive them.
    content = load_config(Path(config), interpolate=False)
    initialize = content.get("initialize", {})
    if SOURCE not in str(initialize.get("before_init")):
        return True
    return SOURCE in str({name: block for name, block in initialize.items() if name != "before_init"})


def _holds(value: Any, keys: Sequence[str]) -> bool:
    for key in keys:
        if not isinstance(value, Mapping) or key not in value:
            return False
        value = value[key]
    return True


def own_overrides(config: str, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the overrides of settings that a config has."""
    known = set(known_settings(config, list(overrides)))
    return {name: value for name, value in overrides.items() if name in known}


def check_overrides(systems: Iterable[str], overrides: Mapping[str, Any]) -> None:
    """Raise B841 for an override of a setting that none of the configs has, or of one that the experiment sets."""
    configs = [given for given in systems if not is_pipeline(given)]
    known = {name for config in configs for name in known_settings(config, list(overrides))}
    for name in overrides:
        if name not in known:
            raise BionerError("B841", setting=name, reason="none of the configs has it")
        if name in ("paths.train", "paths.dev", SEED):
            raise BionerError("B841", setting=name, reason="the experiment sets it")
