"""Every setting of every component: wrong values of the right shape are refused, none passes in silence.

The wrong values are made by the type of the default, for each leaf of each factory's default config, so that a new
setting is tried too. spaCy itself refuses some (``ConfigValidationError``).
"""

from functools import cache

import pytest
import spacy
from spacy.language import Language
from thinc.api import ConfigValidationError

from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline import bilm, bilstm_crf, biobert, sentences, tagger
from spacy_bioner.pipeline.abbreviations import component as abbreviations
from spacy_bioner.pipeline.agreement import component as agreement
from spacy_bioner.pipeline.coordination import component as coordination
from spacy_bioner.pipeline.crf import component as crf
from spacy_bioner.pipeline.dictionary import component as dictionary
from spacy_bioner.pipeline.linking import factory as linker
from spacy_bioner.pipeline.merging import factory as merge
from spacy_bioner.pipeline.relations import factory as relations

MODULES = [
    dictionary,
    crf,
    sentences,
    tagger,
    bilstm_crf,
    biobert,
    bilm,
    abbreviations,
    agreement,
    coordination,
    linker,
    merge,
    relations,
]  # each registers its factory
FACTORIES = ["bioner_dictionary", "bioner_crf", "bioner_sentences", "bioner_tagger"]
FACTORIES += ["bioner_bilstm_crf", "bioner_biobert", "bioner_bilm", "bioner_abbreviations", "bioner_linker"]
FACTORIES += ["bioner_relations", "bioner_coordination", "bioner_merge", "bioner_agreement"]
MORE = {
    "bioner_bilm": {"model": {"min_count": 2, "max_words": 0, "full_up_to": 9, "cutoffs": [5, 9]}},
    "bioner_crf": {
        "features": {
            "repeats": {"distance": 200, "nearest": 6, "common": 300},
            "shapes": {"full": True, "compressed": True},
            "affixes": {"prefixes": [1], "suffixes": [1]},
            "clusters": {"sizes": [5], "seed": 0},
            "neighbours": {"nearest": 5, "steps": 5},
        }
    },
}
"""Settings that the default config leaves to the functions."""
FREE = {"features.bigrams.of", "model.tok2vec.name"}
"""Names whose meaning is checked elsewhere (B401, B700), not by their form."""


def leaves(config, path=()):
    for key, value in config.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        elif not key.startswith("@") and not any(part == "scorer" for part in (*path, key)):
            yield (*path, key), value


def wrong_values(value):
    if isinstance(value, bool):
        return ["no such", 2]
    if isinstance(value, int):
        return [-5, 1.5, "no such"]
    if isinstance(value, float):
        return [-1.0, "no such"]
    if isinstance(value, str):
        return ["", 7]
    if isinstance(value, list):
        return [[0.5], [""]]
    return [-1.0, "", "no such"]


def cases():
    for factory in FACTORIES:
        defaults = Language.get_factory_meta(factory).default_config
        for path, value in dict([*leaves(defaults), *leaves(MORE.get(factory, {}))]).items():
            spacys_own = factory in ("bioner_tagger", "bioner_relations") and "tok2vec" in path
            if not spacys_own and ".".join(path) not in FREE:
                yield pytest.param(factory, path, value, id=f"{factory}-{'.'.join(path)}")


@cache
def one_pipeline():
    """A pipeline takes longer to make than a setting to be refused, and what is refused leaves it blank."""
    return spacy.blank("en")


@pytest.mark.parametrize(("factory", "path", "value"), list(cases()))
def test_wrong_values_are_refused(factory, path, value):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    nlp, passed = one_pipeline(), []
    for wrong in wrong_values(value):
        config = wrong
        for key in reversed(path):
            config = {key: config}
        try:
            nlp.add_pipe(factory, config=config)
        except (BionerError, ConfigValidationError):
            continue
        nlp.remove_pipe(factory)
        passed.append(wrong)
    assert not passed, f"{'.'.join(path)} takes {passed}"
