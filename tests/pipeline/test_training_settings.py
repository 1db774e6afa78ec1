"""Variables in ``[training]`` count as their values, wherever a component reads that block."""

import re

import pytest
import spacy
from places import ROOT
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.annotated import annotated
from spacy_bioner.pipeline.training_settings import training_settings


@pytest.fixture
def nlp():
    nlp = spacy.blank("en")
    nlp.config["vars"] = {"epochs": -1, "annotating": ["sentencizer"]}
    nlp.config["training"].update(max_epochs="${vars.epochs}", annotating_components="${vars.annotating}")
    return nlp


def examples(nlp):
    doc = Doc(nlp.vocab, words=["Aspirin", "helps", ".", "So", "it", "does", "."], ents=["B-Chemical", *"OOOOOO"])
    return [Example(Doc(nlp.vocab, words=[token.text for token in doc]), doc)]


def test_they_have_their_values_and_the_config_keeps_the_variables(nlp):
    settings = training_settings(nlp)
    assert (settings["max_epochs"], settings["annotating_components"]) == (-1, ["sentencizer"])
    assert nlp.config["training"]["max_epochs"] == "${vars.epochs}"


@pytest.mark.parametrize(
    ("factory", "code"), [("bioner_crf", "B408"), ("bioner_dictionary", "B323"), ("bioner_bilm", "B603")]
)
def test_a_streamed_corpus_is_refused(factory, code, nlp):
    component = nlp.add_pipe(factory)
    with pytest.raises(BionerError, match=code):
        component.initialize(lambda: examples(nlp), nlp=nlp)


@Language.component("toy_touch")
def touch(doc):
    doc.user_data["touched"] = True
    return doc


def test_the_components_of_the_list_annotate_and_no_others(nlp):
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("toy_touch", name="vars")  # a part of the text "${vars.annotating}"
    nlp.add_pipe("bioner_crf")
    (found,) = annotated(examples(nlp), nlp, "bioner_crf")
    assert [token.is_sent_start for token in found.predicted] == [True, False, False, True, False, False, False]
    assert "touched" not in found.predicted.user_data


def test_no_module_reads_the_block_without_its_variables():
    """Elsewhere the block is written only; what the config holds there may be the name of a variable."""
    block = re.compile(r"nlp\.config(\[\"training\"\]|\.get\(\"training\")(?!\.update\(|\[\"\w+\"\] = )")
    modules = sorted((ROOT / "spacy_bioner").rglob("*.py"))
    assert [path.name for path in modules if block.search(path.read_text(encoding="utf8"))] == []
