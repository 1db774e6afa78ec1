"""What a package of a pipeline will install, written into its meta when the pipeline learns."""

import subprocess
import sys

import pytest
import spacy
import srsly
from spacy.cli.package import get_meta
from spacy.training import Example

from spacy_bioner.pipeline.requirements import EXTRAS, extras_of, state_requirements

OURS = "spacy-bioner{}>=0.1.0,<0.2.0"
TEXT = "Aspirin gave me a rash."


def requirements(nlp, tmp_path):
    """Return what ``spacy package`` finds for a pipeline that was saved and loaded."""
    nlp.to_disk(tmp_path / "model")
    meta = get_meta(tmp_path / "model", srsly.read_json(tmp_path / "model" / "meta.json"))
    return meta["requirements"]


@pytest.mark.parametrize(
    ("factory", "extras"),
    [
        ("bioner_dictionary", ""),
        ("bioner_crf", ""),
        ("bioner_tagger", ""),
        ("bioner_bilstm_crf", "[torch]"),
        ("bioner_bilm", "[torch]"),
    ],
)
def test_a_package_requires_ours_with_the_extras_it_needs(factory, extras, tmp_path):
    nlp = spacy.blank("en")
    component = nlp.add_pipe(factory)
    if factory == "bioner_dictionary":
        component.add_terms([("aspirin", "Drug")])
    else:
        example = Example.from_dict(nlp.make_doc(TEXT), {"entities": [(0, 7, "Drug")]})
        nlp.initialize(lambda: [example] * 5)
    assert requirements(nlp, tmp_path) == [OURS.format(extras)]


def test_other_requirements_stay_and_ours_is_renewed(tmp_path):
    nlp = spacy.blank("en", meta={"requirements": ["spacy-bioner>=0.0.1", "other>=2"]})
    nlp.add_pipe("bioner_bilstm_crf")
    state_requirements(nlp)
    assert nlp.meta["requirements"] == [OURS.format("[torch]"), "other>=2"]
    state_requirements(nlp)
    assert nlp.meta["requirements"] == [OURS.format("[torch]"), "other>=2"]


def test_a_pipeline_without_ours_requires_nothing_of_ours():
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    state_requirements(nlp)
    assert not nlp.meta.get("requirements")


def test_our_layers_in_a_component_of_spacy_count():
    tok2vec = {"@architectures": "spacy-bioner.CharBiLSTM.v1"}
    nlp = spacy.blank("en")
    nlp.add_pipe("ner", config={"model": {"@architectures": "spacy.TransitionBasedParser.v2", "tok2vec": tok2vec}})
    assert extras_of(nlp.config) == ["torch"]


WITHOUT = """
import sys
from importlib.abc import MetaPathFinder
class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
import inspect
from importlib.metadata import distribution
from spacy_bioner.errors import BionerError
for point in distribution("spacy-bioner").entry_points:
    if point.group in ("spacy_architectures", "thinc_layers"):
        make = point.load()
        if all(given.default is not given.empty for given in inspect.signature(make).parameters.values()):
            try:
                make()
            except BionerError as error:
                if error.code == "B900":
                    print(point.name)
"""
"""Prints the registered layers that cannot be built without torch and transformers."""


def test_every_layer_that_needs_an_extra_is_listed():
    result = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True, timeout=120)
    needing = set(result.stdout.split())
    assert set(EXTRAS["torch"]) <= needing
    assert needing <= {name for names in EXTRAS.values() for name in names}
