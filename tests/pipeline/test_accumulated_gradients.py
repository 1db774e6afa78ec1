"""A batch in parts (``accumulate_gradient``) has the gradient of the batch, whatever the sizes of the parts."""

import numpy as np
import pytest
import spacy
from small_networks import ENCODER
from spacy.training import Example
from thinc.api import fix_random_seed
from tiny_bert import PIECES, listening_tagger, make_tiny_bert

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.document import Relation
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Answer, Document, Mention, Question
from spacy_bioner.ml import mean_gradient

EXACT = {**ENCODER, "unknown_rate": 0.0}
SENTENCES = ["Aspirin treats asthma .", "No drug was given at all .", "Gout is rare ."]
ORDERS = [[0], [1], [0, 1, 2], [2, 2, 0], [0, 0, 0, 1], [1, 2]]
"""The sentences of each document: different numbers of words, sentences, pairs and windows."""

PARTS = {
    "equal": [slice(0, 3), slice(3, 6)],
    "single": [slice(i, i + 1) for i in range(6)],
    "growing": [slice(0, 1), slice(1, 3), slice(3, 6)],
    "shrinking": [slice(0, 4), slice(4, 6)],
}


def document(order):
    text, mentions, relations = "", [], []
    for number in order:
        start = len(text) + bool(text)
        text = f"{text} {SENTENCES[number]}".strip()
        if number == 0:
            ends = (f"T{len(mentions)}", f"T{len(mentions) + 1}")
            mentions += [
                Mention(start, start + 7, "Drug", id=ends[0]),
                Mention(start + 15, start + 21, "Disease", id=ends[1]),
            ]
            relations.append(Relation("treats", (("Arg1", ends[0]), ("Arg2", ends[1]))))
        if number == 2:
            mentions.append(Mention(start, start + 4, "Disease", id=f"T{len(mentions)}"))
    asked = Question("what?", (Answer("treats", 8),) if order[0] == 0 else (), impossible=order[0] != 0)
    return Document(text, mentions, relations=relations, question=asked)


def examples_of(nlp, orders=ORDERS):
    made = []
    for order in orders:
        one = document(order)
        predicted = nlp.make_doc(one.text)
        for token in predicted:
            token.is_sent_start = token.i == 0 or predicted[token.i - 1].text == "."
        made.append(Example(predicted, to_doc(one, nlp)))
    return made


def tiny_bert(folder):
    exact = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    return str(make_tiny_bert(folder / "bert", length=64, pieces=[*PIECES, "@", "$"], **exact))


BUILDERS = {
    "CRF": lambda folder: ("bioner_tagger", {"model": {"tok2vec": EXACT}}),
    "softmax": lambda folder: ("bioner_tagger", {"model": {"tok2vec": EXACT, "decoder": "softmax"}}),
    "layers": lambda folder: ("bioner_tagger", {"model": {"tok2vec": EXACT}, "layers": "labels"}),
    "transformer": lambda folder: (
        "bioner_biobert",
        {"model": {"tok2vec": {"name": tiny_bert(folder), "max_pieces": 64, "overlap": 8}, "dropout": None}},
    ),
    "bilm": lambda folder: ("bioner_bilm", {"model": {"min_count": 1, "tok2vec": EXACT}}),
    "relations": lambda folder: ("bioner_relations", {"model": {"tok2vec": EXACT}, "pairs_at_once": 2}),
    "relations of a transformer": lambda folder: (
        "bioner_relations",
        {
            "model": {
                "@architectures": "spacy-bioner.PairTransformer.v1",
                "name": tiny_bert(folder),
                "max_pieces": 64,
                "dropout": 0.0,
            }
        },
    ),
    "answers": lambda folder: (
        "bioner_answers",
        {"model": {"name": tiny_bert(folder), "max_pieces": 24, "max_question": 8, "stride": 4}, "windows_at_once": 2},
    ),
}


def build(name, folder):
    fix_random_seed(0)
    nlp = spacy.blank("en")
    factory, config = BUILDERS[name](folder)
    pipe = nlp.add_pipe(factory, config=config)
    examples = examples_of(nlp)
    nlp.initialize(lambda: examples)
    return pipe, examples


class Caught:
    """An optimizer that keeps the gradients and moves no weights."""

    def __init__(self):
        self.gradients = {}

    def __call__(self, key, weights, gradient, lr_scale=1.0):
        self.gradients[key] = gradient.copy()
        gradient *= 0
        return weights, gradient


def gradients_of(pipes, examples, parts):
    caught, losses = Caught(), {}
    for part in parts:
        for pipe in pipes:
            pipe.update(examples[part], sgd=None, losses=losses)
    for pipe in pipes:
        pipe.finish_update(caught)
    return caught.gradients, sum(losses[pipe.name] for pipe in pipes[-1:])


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    assert any(abs(value).max() > 1e-3 for value in expected.values())
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, rtol=1e-3, atol=1e-5 + 1e-4 * abs(value).max(), err_msg=str(key))


@pytest.mark.parametrize("name", BUILDERS)
def test_parts_have_the_gradient_of_the_batch(name, tmp_path):
    pipe, examples = build(name, tmp_path)
    expected, loss = gradients_of([pipe], examples, [slice(0, 6)])
    for parts in PARTS.values():
        found, summed = gradients_of([pipe], examples, parts)
        assert_same(found, expected)
        assert summed == pytest.approx(loss, rel=1e-3)
    again, _ = gradients_of([pipe], examples, [slice(0, 6)])
    assert_same(again, expected)


@pytest.mark.parametrize("name", ["CRF", "transformer", "relations"])
def test_nothing_is_multiplied_for_one_part(name, tmp_path, monkeypatch):
    pipe, examples = build(name, tmp_path)
    monkeypatch.setattr(mean_gradient, "scale_gradients", lambda *_: pytest.fail("it was multiplied"))
    for size in (6, 1, 3):
        gradients_of([pipe], examples, [slice(0, size)])


def test_a_part_with_nothing_to_learn_counts_nothing(tmp_path):
    pipe, examples = build("relations", tmp_path)
    some = [examples[i] for i in (0, 1, 4, 1)]  # the second and last have no pairs
    expected, _ = gradients_of([pipe], some, [slice(0, 4)])
    found, _ = gradients_of([pipe], some, [slice(i, i + 1) for i in range(4)])
    assert_same(found, expected)


def test_a_part_that_fails_counts_nothing(tmp_path, monkeypatch):
    pipe, examples = build("CRF", tmp_path)
    expected, _ = gradients_of([pipe], examples, PARTS["growing"])
    right = pipe.loss_and_gradient
    for fails_at in (0, 1, 2):
        for i, part in enumerate(PARTS["growing"]):
            if i == fails_at:
                monkeypatch.setattr(pipe, "loss_and_gradient", lambda some, rows: (float("nan"), rows))
                with pytest.raises(BionerError, match="B550"):
                    pipe.update(examples[:5], sgd=None)
                monkeypatch.setattr(pipe, "loss_and_gradient", right)
            pipe.update(examples[part], sgd=None)
        caught = Caught()
        pipe.finish_update(caught)
        assert_same(caught.gradients, expected)


def ids(pipe):
    return {one.id for node in pipe.model.walk() for one in (node, *node.shims)}


@pytest.mark.parametrize("heard", ["tok2vec", "transformer"])
def test_under_a_shared_tok2vec_its_own_layers_have_the_gradient_of_the_batch(heard, tmp_path):
    """What adds up is what the tok2vec gets, as from spaCy's components; a factor for it can be set in the listener."""
    fix_random_seed(0)
    if heard == "transformer":
        pytest.importorskip("spacy_transformers")
        nlp = listening_tagger(tiny_bert(tmp_path))
    else:
        nlp = spacy.blank("en")
        nlp.add_pipe("tok2vec", config={"model": {**EXACT, "hidden": 8}})
        listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16, "upstream": "*"}
        nlp.add_pipe("bioner_tagger", config={"model": {"tok2vec": listener}})
    examples = examples_of(nlp, ORDERS[:2] * 2)
    nlp.initialize(lambda: examples)
    pipes = [pipe for _, pipe in nlp.pipeline]
    expected, _ = gradients_of(pipes, examples, [slice(0, 4)])
    own = ids(pipes[1])

    def split(gradients):
        return [{key: value for key, value in gradients.items() if (key[0] in own) == mine} for mine in (True, False)]

    found, _ = gradients_of(pipes, examples, [slice(0, 2), slice(2, 4)])
    assert_same(split(found)[0], split(expected)[0])
    assert_same(split(found)[1], {key: 2 * value for key, value in split(expected)[1].items()})
    found, _ = gradients_of(pipes, examples, [slice(0, 1), slice(1, 4)])
    assert_same(split(found)[0], split(expected)[0])
    if heard == "transformer":
        for node in pipes[1].model.walk():
            if "grad_factor" in node.attrs:
                node.attrs["grad_factor"] = 0.5
        found, _ = gradients_of(pipes, examples, [slice(0, 2), slice(2, 4)])
        assert_same(found, expected)
