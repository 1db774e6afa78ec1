"""Layers: which labels share one, what is learned of nested mentions, and wrong settings."""

import pytest
import spacy
from every_component import SMALL
from spacy.training import Example
from thinc.api import fix_random_seed

from spacy_bioner import mentions
from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention
from spacy_bioner.pipeline.layers import Layer, Row, join_layers, plan_layers, read_rows, row_names
from spacy_bioner.pipeline.prediction import Prediction
from spacy_bioner.tags import BIOHD, SCHEMES, tag_set

ORGANS = ["lung", "breast", "kidney", "liver"]


def nested():
    """Texts with an organ inside a disease, inside a longer disease."""
    for i, organ in enumerate(ORGANS * 3):
        text = f"Severe {organ} cancer was seen." if i % 2 else f"The {organ} cancer of the {ORGANS[i % 3]} grew."
        start = text.index(organ)
        inner = Mention(start, start + len(organ) + 7, "Disease")
        outer = Mention(0, inner.end, "Disease") if i % 2 else Mention(inner.start, text.index(" grew"), "Disease")
        yield Document(text, [outer, inner, Mention(start, start + len(organ), "Organ")])


def trained(factory, config, steps=0):
    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe(factory, config=config)
    examples = [Example(nlp.make_doc(one.text), to_doc(one, nlp)) for one in nested()]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.02
    for _ in range(steps):
        nlp.update(examples, sgd=optimizer)
    return nlp, examples


SYSTEMS = {
    "crf": ("bioner_crf", {"max_iterations": 40}, 0),
    "tagger": ("bioner_bilstm_crf", {"model": {"tok2vec": SMALL}}, 60),
    "softmax": ("bioner_bilstm_crf", {"model": {"tok2vec": SMALL, "decoder": "softmax", "scheme": "BIO"}}, 60),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_nested_mentions_are_found_by_layers_only(system):
    factory, config, steps = SYSTEMS[system]
    flat, examples = trained(factory, config, steps)
    layered, _ = trained(factory, {**config, "layers": "labels", "levels": 2}, steps)
    one, other = (
        nlp.evaluate([Example(nlp.make_doc(x.text), x.reference) for x in examples]) for nlp in (flat, layered)
    )
    assert one["ents_r"] < 0.5
    assert other["ents_r"] > 0.9 < other["ents_p"]
    doc = layered(next(nested()).text)
    assert [mention.label for mention in mentions(doc)] == ["Disease", "Organ", "Disease"] or len(mentions(doc)) == 3
    assert len(doc.ents) < len(mentions(doc))


def test_plans():
    assert plan_layers("x", ["A", "B"], None, 1) == [Layer(("A", "B"))]
    assert plan_layers("x", ["A", "B"], "labels", 2) == [
        Layer((label,), level) for label in ("A", "B") for level in (0, 1)
    ]
    assert plan_layers("x", ["A", "B", "C"], [["A", "C"], ["B"]], 1) == [Layer(("A", "C")), Layer(("B",))]


@pytest.mark.parametrize("scheme", [*SCHEMES, BIOHD])
@pytest.mark.parametrize("layers", [None, "labels", [["type 2 diabetes"], ["A-B", "C"]]])
@pytest.mark.parametrize("levels", [1, 3])
def test_the_name_of_a_row_tells_its_tag_and_layer(scheme, layers, levels):
    labels = ["type 2 diabetes", "A-B", "C"]
    plan = plan_layers("x", labels, layers, levels)
    names = [name for names in row_names(plan, scheme) for name in names]
    assert len(set(names)) == len(names)
    assert read_rows(names) == [Row(tag, layer) for layer in plan for tag in tag_set(layer.labels, scheme)]
    assert read_rows(tag_set(labels, scheme)) == [Row(tag, Layer(tuple(labels))) for tag in tag_set(labels, scheme)]
    assert read_rows([]) == []


@pytest.mark.parametrize("layers", ["label", [], [[]], [["A"], ["A"]], "A"])
def test_settings_that_are_no_layers(layers):
    with pytest.raises(BionerError, match="B662"):
        spacy.blank("en").add_pipe("bioner_crf", config={"layers": layers})


@pytest.mark.parametrize(("layers", "named"), [([["Disease"]], "Organ"), ([["Disease", "Organ", "Gene"]], "Gene")])
def test_labels_that_the_data_or_the_layers_lack(layers, named):
    with pytest.raises(BionerError, match=rf"B663.*{named}"):
        trained("bioner_crf", {"layers": layers})


def test_what_layers_found_is_joined():
    one = Prediction([(0, 2, "A", 0.9), (1, 3, "A", 0.5)], [])
    other = Prediction([(0, 2, "A", 0.4), (1, 2, "B", 0.6)], [(((0, 1), (2, 3)), "B", 0.7)])
    found = join_layers([one, other])
    assert (found.spans, found.alternatives) == ([], [(1, 3, "A", 0.5)])
    assert found.whole == [(((0, 1), (2, 3)), "B", 0.7), (((0, 2),), "A", 0.9), (((1, 2),), "B", 0.6)]


@pytest.mark.parametrize(("layers", "levels"), [("labels", 1), ("labels", 2), (None, 2)])
def test_a_label_that_is_added_changes_nothing_until_it_is_trained(layers, levels):
    factory, config, steps = SYSTEMS["tagger"]
    nlp, examples = trained(factory, {**config, "layers": layers, "levels": levels}, steps)
    before = [[(m.text, m.label) for m in mentions(nlp(example.text))] for example in examples]
    nlp.get_pipe(factory).add_label("Gene")
    assert nlp.get_pipe(factory).labels == ("Disease", "Organ", "Gene")
    assert [[(m.text, m.label) for m in mentions(nlp(example.text))] for example in examples] == before
    # The new tags start as the O of their own layer, which is only a margin better.
    model = nlp.get_pipe(factory).model
    names, output = model.get_ref("decoder").attrs["tags"], model.get_ref("output")
    outside = {row.layer: i for i, row in enumerate(read_rows(names)) if row.tag == "O"}
    for i, row in enumerate(read_rows(names)):
        if row.tag.endswith("-Gene"):
            assert (output.get_param("W")[i] == output.get_param("W")[outside[row.layer]]).all()


@pytest.mark.parametrize(("label", "code"), [("Gene", "B663"), ("", "B560"), ("O", "B560")])
def test_a_label_that_is_refused_changes_nothing(label, code):
    nlp, examples = trained("bioner_bilstm_crf", {**SYSTEMS["tagger"][1], "layers": [["Disease"], ["Organ"]]}, 5)
    pipe = nlp.get_pipe("bioner_bilstm_crf")
    text, before = examples[0].text, pipe.to_bytes()
    found = [(m.text, m.label) for m in mentions(nlp(text))]
    with pytest.raises(BionerError, match=code):
        pipe.add_label(label)
    assert pipe.labels == ("Disease", "Organ")
    assert [(m.text, m.label) for m in mentions(nlp(text))] == found
    assert pipe.to_bytes() == before
