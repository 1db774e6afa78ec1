"""A component that has learnt nothing says so: it predicts nothing with a warning, or not at all (B414)."""

import warnings
from importlib.metadata import entry_points

import pytest
import spacy

from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.dictionary.term_component import TermComponent

TEXT = "Aspirin may cause a rash."
TOLD = {"bioner_dictionary": "B331", "bioner_linker": "B331", "bioner_merge": "B688"}
NOTHING_TO_LEARN = {"bioner_sentences", "bioner_abbreviations", "bioner_agreement"}


FACTORIES = sorted(one.name for one in entry_points(group="spacy_factories") if one.name.startswith("bioner_"))


@pytest.mark.parametrize("factory", FACTORIES)
def test_no_component_predicts_nothing_in_silence(factory):
    nlp = spacy.blank("en")
    nlp.add_pipe(factory)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            nlp(TEXT)
        except BionerError as err:
            said = err.code
        else:
            said = "".join(sorted({str(one.message)[1:5] for one in told}))
    if factory in NOTHING_TO_LEARN:
        assert not said
    else:
        assert said == TOLD.get(factory, "B414")


@pytest.mark.parametrize("factory", ["bioner_dictionary", "bioner_linker"])
def test_a_component_without_terms_is_told_once(factory):
    nlp = spacy.blank("en")
    component = nlp.add_pipe(factory)
    assert isinstance(component, TermComponent)
    with pytest.warns(UserWarning, match=f"B331.*{factory} has no terms"):
        list(nlp.pipe([TEXT]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list(nlp.pipe([TEXT] * 3))
        nlp(TEXT)
        full = spacy.blank("en")
        other = full.add_pipe(factory)
        entries = [("rash", "ADR", "D1")]
        other.add_terms(entries) if factory == "bioner_dictionary" else other.add_names(entries)
        full(TEXT)
