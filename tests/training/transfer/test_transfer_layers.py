"""Transfer between taggers with layers: a row of a label belongs to the label, a row of O to its layer."""

import numpy as np
import pytest
import spacy
from small_networks import ENCODER
from spacy.training import Example
from thinc.api import fix_random_seed

from spacy_bioner.training.transfer.callback import transfer_weights
from spacy_bioner.training.transfer.layers import find_layers
from spacy_bioner.training.transfer.settings import TransferSettings

PLACES = {"Chemical": (0, 7), "Disease": (15, 21), "Illness": (15, 21), "Zdrug": (0, 7), "Gene": (0, 7)}
BOTH = ("Chemical", "Disease")
FLAT = None


def tagger(labels, layers, levels=1, seed=1, decoder="crf", scheme="BIO"):
    """Return an initialised tagger, all of whose weights of tags are random."""
    fix_random_seed(seed)
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy-bioner.TagModel.v1", "tok2vec": ENCODER, "decoder": decoder, "scheme": scheme}
    pipe = nlp.add_pipe("bioner_tagger", name="ner", config={"model": model, "layers": layers, "levels": levels})
    text = "Aspirin treats asthma ."
    spans = [[(*PLACES[label], label)] for label in labels]
    examples = [Example.from_dict(nlp.make_doc(text), {"entities": entities}) for entities in spans]
    nlp.initialize(lambda: examples)
    rng = np.random.default_rng(seed)
    for node in (pipe.model.get_ref("output"), pipe.model.get_ref("decoder")):
        for name in node.param_names:
            node.set_param(name, rng.normal(size=node.get_param(name).shape).astype("float32"))
    return nlp


def weights(nlp):
    """Return the names of the rows, what each parameter has for a row, and the transitions."""
    model = nlp.get_pipe("ner").model
    nodes = model.get_ref("output"), model.get_ref("decoder")
    values = {name: node.get_param(name).copy() for node in nodes for name in node.param_names}
    return nodes[1].attrs["tags"], values, values.pop("transitions", None)


def mark(tag, label, level=0):
    return f"{tag}\x1e{label} {level}"


def spans(mine, theirs=None):
    return {f"{prefix}-{mine}": f"{prefix}-{theirs or mine}" for prefix in "BI"}


CASES = {
    "one of two layers": (BOTH, "labels", ["Disease"], "labels", {}, {"O": mark("O", "Disease"), **spans("Disease")}),
    "a new name": (
        *(BOTH, "labels", ["Chemical", "Illness"], "labels", {"Illness": "Disease"}),
        {"O": "O", **spans("Chemical"), mark("O", "Illness"): mark("O", "Disease"), **spans("Illness", "Disease")},
    ),
    "a new order": (
        *(BOTH, "labels", ["Disease", "Zdrug"], "labels", {"Zdrug": "Chemical"}),
        {"O": mark("O", "Disease"), **spans("Disease"), mark("O", "Zdrug"): "O", **spans("Zdrug", "Chemical")},
    ),
    "a flat one to layers": (
        *(BOTH, FLAT, BOTH, "labels", {}),
        {"O": "O", **spans("Chemical"), mark("O", "Disease"): "O", **spans("Disease")},
    ),
    "layers to a flat one": (BOTH, "labels", BOTH, FLAT, {}, {**spans("Chemical"), **spans("Disease")}),
    "a layer to a flat one": (BOTH, "labels", ["Disease"], FLAT, {}, {"O": mark("O", "Disease"), **spans("Disease")}),
    "a layer of two": (BOTH, [list(BOTH)], ["Disease"], "labels", {}, {"O": "O", **spans("Disease")}),
    "a layer that is new": (
        *(["Disease"], "labels", ["Disease", "Gene"], "labels", {}),
        {"O": "O", **spans("Disease")},
    ),
    "flat, of other labels": (["Disease"], FLAT, ["Gene"], FLAT, {}, {"O": "O"}),
    "layers of other labels": (BOTH, "labels", ["Gene"], "labels", {}, {}),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("levels", [1, 2])
def test_each_row_goes_to_the_row_of_its_name(case, levels, tmp_path):
    theirs, old_layers, ours, new_layers, labels, expected = CASES[case]
    source, target = tagger(theirs, old_layers, levels, seed=0), tagger(ours, new_layers, levels)
    source.to_disk(tmp_path / "source")
    old_names, old, old_transitions = weights(source)
    names, before, before_transitions = weights(target)
    if levels == 2:
        expected = {**expected, **_second_level(expected, theirs, old_layers, ours, new_layers)}
    assert expected.keys() <= set(names)
    plan = transfer_weights(target, TransferSettings(tmp_path / "source", labels=labels))
    _, after, transitions = weights(target)
    for i, name in enumerate(names):
        for parameter, values in after.items():
            origin = old[parameter][old_names.index(expected[name])] if name in expected else before[parameter][i]
            np.testing.assert_array_equal(values[i], origin, err_msg=f"{parameter} of {name!r}")
    blocks = np.cumsum([name.startswith("O") for name in old_names])
    for i, one in enumerate(names):
        for j, two in enumerate(names):
            wanted = before_transitions[i, j]
            if one in expected and two in expected:
                a, b = old_names.index(expected[one]), old_names.index(expected[two])
                wanted = old_transitions[a, b] if blocks[a] == blocks[b] else wanted
            assert transitions[i, j] == wanted, (one, two)
    assert {step.copied for step in plan if step.layer in ("output", "crf")} == {len(expected)}


def _second_level(expected, theirs, old_layers, ours, new_layers):
    """Return the same for the rows of the second level, whose names all have the first label of their layer."""

    def second(name, labels, layers):
        tag, _, of = name.partition("\x1e")
        label = tag[2:] if tag != "O" else of.rpartition(" ")[0] or labels[0]
        return mark(tag, label if layers == "labels" else labels[0], 1)

    return {second(a, ours, new_layers): second(b, theirs, old_layers) for a, b in expected.items()}


def test_what_one_layer_learned_is_known_to_a_tagger_of_that_layer(tmp_path):
    data = [
        ("aspirin cured the asthma of Bob", [(0, 7, "Chemical"), (18, 24, "Disease")]),
        ("ibuprofen caused rash in mice", [(0, 9, "Chemical"), (17, 21, "Disease")]),
        ("no drug was given", []),
    ]
    source = tagger(BOTH, "labels", seed=0)
    examples = [Example.from_dict(source.make_doc(text), {"entities": entities}) for text, entities in data]
    optimizer = source.initialize(lambda: examples)
    optimizer.learn_rate = 0.02
    for _ in range(60):
        source.update(examples, sgd=optimizer)
    source.to_disk(tmp_path / "source")
    target = tagger(["Disease"], "labels")
    transfer_weights(target, TransferSettings(tmp_path / "source"))
    for text, entities in data:
        found = [(entity.start_char, entity.end_char, entity.label_) for entity in target(text).ents]
        assert found == [entity for entity in entities if entity[2] == "Disease"]


@pytest.mark.parametrize("scheme", ["BIO", "IOBES", "BIOHD"])
@pytest.mark.parametrize("layers", [FLAT, "labels"])
def test_the_labels_of_a_network_are_those_of_its_tagger(layers, scheme):
    nlp = tagger(BOTH, layers, 1 if scheme == "BIOHD" else 2, scheme=scheme)
    assert find_layers(nlp.get_pipe("ner").model).labels == list(BOTH)
