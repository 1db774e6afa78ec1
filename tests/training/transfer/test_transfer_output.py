"""Rows of tags and words go over by name."""

import numpy as np
import pytest
import spacy
from transfer_networks import SOURCE, TARGET, bilm, found, params, same, tagger

from spacy_bioner.errors import BionerError
from spacy_bioner.training.transfer.callback import transfer_weights
from spacy_bioner.training.transfer.settings import TransferSettings


def test_a_language_model_to_a_tagger_leaves_the_output(language_model):
    nlp = tagger()
    model = nlp.get_pipe("ner").model
    before = params(model.get_ref("output"))
    plan = transfer_weights(nlp, TransferSettings(language_model[1]))
    assert same(params(model.get_ref("output")), before)
    assert found(plan, "output")[""].left == "it predicts tags, the source's words"
    assert found(plan, "crf")[""].left == "the source's bilm has none"


def test_tags_and_transitions_go_over_by_name(source_tagger):
    source, path = source_tagger
    nlp = tagger()
    model = nlp.get_pipe("ner").model
    theirs, ours = source.get_ref("decoder").attrs["tags"], model.get_ref("decoder").attrs["tags"]
    assert ours == ["O", "B-Drug", "I-Drug", "B-Gene", "I-Gene"]
    before, before_crf = params(model.get_ref("output")), params(model.get_ref("decoder"))
    plan = transfer_weights(nlp, TransferSettings(path))
    shared = ["O", "B-Gene", "I-Gene"]
    W, b = model.get_ref("output").get_param("W"), model.get_ref("output").get_param("b")
    old = source.get_ref("output")
    for tag in ours:
        i = ours.index(tag)
        if tag in shared:
            assert np.array_equal(W[i], old.get_param("W")[theirs.index(tag)])
            assert b[i] == old.get_param("b")[theirs.index(tag)]
        else:
            assert np.array_equal(W[i], before["W"][i])
    transitions, old = (
        model.get_ref("decoder").get_param("transitions"),
        source.get_ref("decoder").get_param("transitions"),
    )
    assert np.abs(old).max() > 0
    for a in ours:
        for c in ours:
            known = a in shared and c in shared
            expected = (
                old[theirs.index(a), theirs.index(c)]
                if known
                else before_crf["transitions"][ours.index(a), ours.index(c)]
            )
            assert transitions[ours.index(a), ours.index(c)] == expected
    assert found(plan, "output")["W"].copied == found(plan, "crf")["transitions"].copied == 3


def test_a_label_may_go_by_another_name(source_tagger):
    source, path = source_tagger
    nlp = tagger()
    model = nlp.get_pipe("ner").model
    transfer_weights(nlp, TransferSettings(path, ["output", "crf"], labels={"Drug": "Disease"}))
    theirs = source.get_ref("decoder").attrs["tags"]
    for tag, old in (("B-Drug", "B-Disease"), ("I-Drug", "I-Disease"), ("B-Gene", "B-Gene")):
        i = model.get_ref("decoder").attrs["tags"].index(tag)
        assert np.array_equal(
            model.get_ref("output").get_param("W")[i], source.get_ref("output").get_param("W")[theirs.index(old)]
        )
        assert (
            model.get_ref("decoder").get_param("end")[i]
            == source.get_ref("decoder").get_param("end")[theirs.index(old)]
        )
    for labels, where in (({"Drug": "Plant"}, "source"), ({"Plant": "Gene"}, "target")):
        with pytest.raises(BionerError, match=f"B618.*Plant is not a label of the {where}"):
            transfer_weights(nlp, TransferSettings(path, labels=labels))


def test_the_same_task_goes_over_whole(source_tagger):
    nlp = tagger(SOURCE, seed=5)
    transfer_weights(nlp, TransferSettings(source_tagger[1], extend=False))
    old = spacy.load(source_tagger[1])
    texts = [text for text, _ in SOURCE + TARGET]
    for mine, theirs in zip(nlp.pipe(texts), old.pipe(texts), strict=True):
        assert [(e.start, e.end, e.label_) for e in mine.ents] == [(e.start, e.end, e.label_) for e in theirs.ents]
        assert mine.spans["bioner"].attrs["scores"] == pytest.approx(theirs.spans["bioner"].attrs["scores"], abs=1e-6)


def test_a_language_model_goes_on_with_another_vocabulary(language_model):
    source, path = language_model
    nlp = bilm(TARGET, seed=3, steps=0, name="lm")
    head, old = nlp.get_pipe("lm").model.get_ref("output"), source.get_ref("output")
    before = params(head)
    plan = transfer_weights(nlp, TransferSettings(path))
    for word, i in head.attrs["rows"].index.items():
        j = old.attrs["rows"].index.get(word)
        expected = before["W0"][i] if j is None else old.get_param("W0")[j]
        assert np.array_equal(head.get_param("W0")[i], expected)
    assert 3 < found(plan, "output")["W0"].copied < len(head.attrs["rows"])
    assert found(plan, "encode")["U0"].copied == 48
