"""The requirements of a pipeline that uses this package, written to its ``meta``, where ``spacy package`` reads them.

``spacy package`` detects this package from the config, but not its extras; ``meta["requirements"]`` adds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import distribution, version
from typing import Any

from spacy.language import Language
from spacy.util import get_minor_version_range, split_requirement, walk_dict

PACKAGE = "spacy-bioner"

EXTRAS = {
    "torch": (
        "spacy-bioner.BiLSTM.v1",
        "spacy-bioner.CharBiLSTM.v1",
        "spacy-bioner.CharCnn.v1",
        "spacy-bioner.CharCnnBiLSTM.v1",
        "spacy-bioner.CharLSTM.v1",
        "spacy-bioner.LMHead.v1",
        "spacy-bioner.TwoWayLSTM.v1",
    ),
    "transformers": (
        "spacy-bioner.AnswerTransformer.v1",
        "spacy-bioner.NameTransformer.v1",
        "spacy-bioner.PairTransformer.v1",
        "spacy-bioner.Tok2VecTransformer.v1",
        "spacy-bioner.Transformer.v1",
        "spacy-bioner.TransformerModel.v1",
    ),
}
"""Extra of our package -> registered layers that need it; what is built of them has them in its config."""


def extras_of(config: Mapping[str, Any]) -> list[str]:
    """Return the extras that the components of a pipeline's config need to run, in alphabetical order."""
    named = {value for path, value in walk_dict(config["components"]) if path[-1].startswith("@")}
    return sorted(extra for extra, names in EXTRAS.items() if not named.isdisjoint(names))


def our_factories() -> set[str]:
    """Return the names of the components of this package."""
    return {point.name for point in distribution(PACKAGE).entry_points if point.group == "spacy_factories"}


def is_ours(config: Mapping[str, Any]) -> bool:
    """Return whether a pipeline's config refers to this package."""
    factories = our_factories()
    if any(component.get("factory") in factories for component in config["components"].values()):
        return True
    values = (value for section in ("nlp", "components") for _, value in walk_dict(config[section]))
    return any(isinstance(value, str) and value.startswith(f"{PACKAGE}.") for value in values)


def state_requirements(nlp: Language) -> None:
    """Add this package, its version range and the extras that the pipeline needs to ``nlp.meta["requirements"]``.

    Does nothing where the pipeline does not use this package; requirements of other packages are kept.
    """
    config = nlp.config
    if not is_ours(config):
        return
    extras = ",".join(extras_of(config))
    names = f"[{extras}]" if extras else ""
    requirement = f"{PACKAGE}{names}{get_minor_version_range(version(PACKAGE))}"
    meta = nlp.meta
    others = [given for given in meta.get("requirements", ()) if split_requirement(given)[0] != PACKAGE]
    meta["requirements"] = [requirement, *others]
