"""What a pipeline says that it predicts."""

import spacy

from spacy_bioner.formats import Document, write
from spacy_bioner.pipeline.outputs import outputs_of


def pipeline(pairs):
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": x, "pattern": x} for x in ("Chemical", "Disease")])
    nlp.add_pipe("bioner_relations", config={"pairs": pairs}).cfg["labels"] = ["causes"]
    return nlp


def test_labels_are_those_of_entities_and_relations_have_their_types():
    outputs = outputs_of(pipeline(["Chemical -> Disease", "* -> Disease"]))
    assert outputs == (True, ["Chemical", "Disease"], {"causes": [("Chemical", "Disease"), ("*", "Disease")]}, False)
    assert outputs.relations_of(["Disease"]) == {"causes": [("*", "Disease")]}
    assert outputs.relations_of(["Gene"]) == {}
    assert outputs_of(spacy.blank("en")) == (False, [], {}, False)


def test_brat_offers_the_types_of_a_pipeline(tmp_path):
    outputs = outputs_of(pipeline(["Chemical -> Disease", "Disease -> Disease"]))
    options = {"settings": True, "labels": outputs.labels, "relations": outputs.relations}
    write([Document("None.", id="1")], tmp_path / "out", "brat", **options)
    settings = (tmp_path / "out/annotation.conf").read_text()
    assert "[entities]\n\nChemical\nDisease\n\n[relations]\n\n" in settings
    assert "causes\tArg1:Chemical|Disease, Arg2:Disease\n" in settings
