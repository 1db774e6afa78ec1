"""``projects/active/committee.cfg``: the CRF of ``configs/crf.cfg``, and a dictionary that votes and is not scored."""

from places import CONFIGS, ROOT
from spacy.util import load_config, load_model_from_config

from spacy_bioner.experiments.selection.informativeness import Informativeness


def built(path):
    return load_model_from_config(load_config(path), auto_fill=True, validate=True)


def test_its_members_are_a_dictionary_and_the_crf_of_crf_cfg():
    nlp = built(ROOT / "projects" / "active" / "committee.cfg")
    assert Informativeness(nlp, "committee").members == ["dictionary", "crf"]
    crf, other = nlp.get_pipe("crf"), built(CONFIGS / "crf.cfg").get_pipe("crf")
    settings = [{name: block.settings for name, block in pipe.features.blocks.items()} for pipe in (crf, other)]
    assert settings[0] == settings[1]
    assert (crf.parameters, crf.scheme, crf.threshold) == (other.parameters, other.scheme, other.threshold)
    # The entities that are scored are those of the CRF alone.
    assert nlp.pipe_names[-1] == "crf"
    assert crf.merge == "replace"
