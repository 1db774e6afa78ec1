"""Sources that several tests copy from."""

import pytest
from transfer_networks import SOURCE, bilm, tagger


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("source")


@pytest.fixture(scope="module")
def language_model(folder):
    nlp = bilm()
    nlp.to_disk(folder / "bilm")
    return nlp.get_pipe("bilm").model, folder / "bilm"


@pytest.fixture(scope="module")
def source_tagger(folder):
    nlp = tagger(SOURCE, seed=0, steps=5)
    nlp.to_disk(folder / "tagger")
    return nlp.get_pipe("ner").model, folder / "tagger"
