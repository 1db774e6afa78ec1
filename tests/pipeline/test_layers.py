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
from spacy_bioner.pipeline.layers import Layer, join_layers, plan_layers
from spacy_bioner.pipeline.prediction import Prediction

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


def test_a_label_that_is_added_changes_nothing_until_it_is_trained():
    factory, config, steps = SYSTEMS["tagger"]
    nlp, examples = trained(factory, {**config, "layers": "labels"}, steps)
    before = [[(m.text, m.label) for m in mentions(nlp(example.text))] for example in examples]
    nlp.get_pipe(factory).add_label("Gene")
    assert nlp.get_pipe(factory).labels == ("Disease", "Organ", "Gene")
    assert [[(m.text, m.label) for m in mentions(nlp(example.text))] for example in examples] == before
