"""What a saved network brings with it and what its config decides, attribute by attribute."""

from importlib.metadata import entry_points

import pytest
import srsly
from small_networks import ENCODER
from spacy import registry
from spacy.vocab import Vocab
from thinc.api import Model, chain

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.layer_rates import set_rate
from spacy_bioner.ml.named_rows import NamedRows
from spacy_bioner.ml.saved_attributes import FIXED, NOT_SAVED, SETTINGS, STATE
from spacy_bioner.ml.saved_model import read_model
from spacy_bioner.training.transfer.freezing import freeze

OTHERS = ("spacy-bioner.TransformerModel.v1",)
"""Architectures of components of other packages, which load their networks themselves."""


def ours():
    found = {
        entry.name for entry in entry_points(group="spacy_architectures") if entry.value.startswith("spacy_bioner")
    }
    return sorted(found - {*OTHERS})


def build(architecture, checkpoint):
    """Return a network of an architecture of this package."""
    sizes = {name: value for name, value in ENCODER.items() if name != "@architectures"}
    make = registry.get("architectures", architecture)
    encoder = registry.get("architectures", "spacy-bioner.CharCnnBiLSTM.v1")
    if "Transformer" in architecture:
        pooling = {"pooling": registry.get("layers", "reduce_mean.v1")()} if "Tok2Vec" in architecture else {}
        return make(str(checkpoint), **pooling)
    if "CharBiLSTM" in architecture:
        return make(hidden=4, char_dim=4)
    if "CharCnn" in architecture:
        return make(**sizes)
    if "PretrainBiLM" in architecture:
        return make({"cancer": 3})(Vocab(), encoder(**sizes))
    if "BiLM" in architecture:
        return make(encoder(**sizes))
    sizes = {"width": 8, "depth": 1, "embed_size": 100, "window_size": 1, "maxout_pieces": 2}
    flags = {"subword_features": True, "pretrained_vectors": True}
    return make(registry.get("architectures", "spacy.HashEmbedCNN.v2")(**sizes, **flags))


def of_others():
    """Return layers of other packages that a network of ours may contain."""
    pooling = registry.get("layers", "reduce_mean.v1")()
    listeners = {
        "spacy.Tok2VecListener.v1": {"width": 8},
        "spacy-transformers.TransformerListener.v1": {"pooling": pooling},
    }
    return chain(*(registry.get("architectures", name)(**settings) for name, settings in listeners.items()))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    pytest.importorskip("transformers")
    from tiny_bert import make_tiny_bert

    return make_tiny_bert(tmp_path_factory.mktemp("bert"))


def loaded(network, other):
    """Load one network into another, as a component does."""
    read_model(other, srsly.msgpack_loads(network.to_bytes()))
    return other


def test_the_kinds_exclude_each_other():
    kinds = (STATE, SETTINGS, FIXED, NOT_SAVED)
    assert sum(map(len, kinds)) == len(frozenset().union(*kinds))


def test_every_attribute_of_every_architecture_has_a_kind(checkpoint):
    """A new attribute must be listed: a setting that is not would be replaced by the saved one, without a word."""
    pytest.importorskip("spacy_transformers")
    assert len(ours()) >= 10
    networks = [build(architecture, checkpoint) for architecture in ours()]
    freeze(networks[0])
    set_rate(networks[0], 2.0)
    found = {name: node.name for network in [*networks, of_others()] for node in network.walk() for name in node.attrs}
    unknown = {name: layer for name, layer in found.items() if name not in STATE | SETTINGS | FIXED | NOT_SAVED}
    assert unknown == {}
    assert (STATE | SETTINGS | FIXED | NOT_SAVED) - found.keys() == set(), "no architecture has them"


@pytest.mark.parametrize("architecture", ours())
def test_a_setting_of_the_config_holds_and_what_was_learned_is_restored(architecture, checkpoint):
    saved = build(architecture, checkpoint)
    changed = 0
    for node in saved.walk():
        for name in node.attrs.keys() & SETTINGS:
            node.attrs[name] = "another"
            changed += 1
        for name in node.attrs.keys() & STATE - {"tags"}:  # their number is checked
            node.attrs[name] = NamedRows(["saved"]) if name == "rows" else "saved"
    fresh = build(architecture, checkpoint)
    before = [dict(node.attrs) for node in fresh.walk()]
    loaded(saved, fresh)
    assert changed
    for node, had, other in zip(fresh.walk(), before, saved.walk(), strict=True):
        assert {name: value for name, value in node.attrs.items() if name not in STATE} == {
            name: value for name, value in had.items() if name not in STATE
        }
        for name in node.attrs.keys() & STATE:
            assert node.attrs[name] == other.attrs[name]


@pytest.mark.parametrize("architecture", ours())
def test_a_setting_that_the_weights_were_made_for_is_the_saved_one(architecture, checkpoint):
    places = [
        (i, name)
        for i, node in enumerate(build(architecture, checkpoint).walk())
        for name in sorted(node.attrs.keys() & FIXED)
    ]
    for i, name in places:
        saved, fresh = build(architecture, checkpoint), build(architecture, checkpoint)
        [*saved.walk()][i].attrs[name] = "another"
        held = fresh.to_bytes()
        with pytest.raises(BionerError, match=rf"B586.*{name} = 'another'"):
            loaded(saved, fresh)
        assert fresh.to_bytes() == held


def test_layers_of_strangers_are_restored_as_thinc_does_it():
    def stranger(value):
        return Model("stranger", lambda model, X, is_train: (X, lambda dY: dY), attrs={"fitted": value, "numbers": 3})

    assert loaded(stranger(1), stranger(0)).attrs == {"fitted": 1, "numbers": 3}
