"""The transformer over questions is Hugging Face's of the same weights, in scores and in answers."""

import numpy as np
import pytest

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.answers.answer_transformer import cut, make_answer_transformer, open_network
from spacy_bioner.ml.answers.best_spans import rank_spans
from spacy_bioner.ml.answers.windows import Passage

pytest.importorskip("transformers")
from tiny_bert import make_tiny_bert

LONG = " ".join(f"the common cancer {letter} is of the breast {letter}" for letter in "abcdefghij")
PASSAGES = [
    Passage("is asthma common", "aspirin treats asthma. cancer is common."),
    Passage("the breast", LONG),
    Passage("aspirin", "asthma"),
]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return make_tiny_bert(tmp_path_factory.mktemp("bert"), "BertForQuestionAnswering", length=96)


def built(checkpoint, **settings):
    model = make_answer_transformer(str(checkpoint), **{"max_pieces": 64, "max_question": 16, "stride": 24, **settings})
    open_network(model)
    return model


def with_their_head(model, theirs):
    model.get_ref("output").set_param("W", theirs.qa_outputs.weight.detach().numpy())
    model.get_ref("output").set_param("b", theirs.qa_outputs.bias.detach().numpy())
    return model


@pytest.fixture(scope="module")
def theirs(checkpoint):
    from transformers import BertForQuestionAnswering

    return BertForQuestionAnswering.from_pretrained(checkpoint).eval()


def test_scores_are_those_of_hugging_face(checkpoint, theirs):
    """Their tokenizer's windows overlap by a number of pieces, ours start a number of pieces apart."""
    import torch
    from transformers import AutoTokenizer

    model = with_their_head(built(checkpoint, max_batch_pieces=150), theirs)
    windows = cut(model, PASSAGES).windows
    rows = np.split(model.predict(windows), np.cumsum([len(window.ids) for window in windows])[:-1])
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    expected = []
    for passage in PASSAGES:
        room = 64 - 3 - len(tokenizer(passage.question, add_special_tokens=False)["input_ids"])
        inputs = tokenizer(
            *passage,
            max_length=64,
            truncation="only_second",
            stride=room - 24,
            return_overflowing_tokens=True,
            padding=True,
            return_tensors="pt",
        )
        inputs.pop("overflow_to_sample_mapping")
        with torch.no_grad():
            output = theirs(**inputs)
        both = torch.stack([output.start_logits, output.end_logits], dim=-1)
        expected += [row[mask.bool()].numpy() for row, mask in zip(both, inputs["attention_mask"], strict=True)]
    assert len(rows) == len(expected) > len(PASSAGES)
    for found, wanted in zip(rows, expected, strict=True):
        assert np.allclose(found, wanted, atol=1e-4)
    assert np.concatenate(expected).std() > 0.1


def test_answers_are_those_of_hugging_face(checkpoint, theirs):
    from transformers import AutoTokenizer, QuestionAnsweringPipeline

    model = with_their_head(built(checkpoint), theirs)
    pipeline = QuestionAnsweringPipeline(theirs, AutoTokenizer.from_pretrained(checkpoint), framework="pt")
    for passage in (PASSAGES[0], PASSAGES[2], Passage("is it of the breast", LONG[:60])):
        found = cut(model, [passage])
        assert len(found.windows) == 1
        ranked = rank_spans(passage.context, found.offsets[0], found.windows, [model.predict(found.windows)], longest=6)
        wanted = pipeline(
            question=passage.question, context=passage.context, max_answer_len=6, align_to_words=False, max_seq_len=64
        )
        best = ranked.candidates[0]
        assert (best.text, best.start, best.end) == (wanted["answer"], wanted["start"], wanted["end"])


def test_the_gradient_reaches_the_network(checkpoint):
    model = built(checkpoint)
    windows = cut(model, PASSAGES).windows
    network = model.get_ref("encoder").shims[0].network
    weight = network.embeddings.word_embeddings.weight
    Y, backprop = model.begin_update(windows)
    backprop(np.ones_like(Y))
    assert float(weight.grad.abs().sum()) > 0
    assert Y.shape == (sum(len(window.ids) for window in windows), 2)


def test_bytes_give_the_same(checkpoint):
    model = built(checkpoint)
    other = make_answer_transformer("nothing that is there", max_pieces=64, max_question=16, stride=24)
    other.from_bytes(model.to_bytes())
    windows = cut(model, PASSAGES).windows
    assert np.allclose(other.predict(windows), model.predict(windows), atol=1e-6)


def test_windows_without_room_are_told(checkpoint):
    with pytest.raises(BionerError, match="B631"):
        make_answer_transformer("x", max_pieces=64, max_question=60)
    model = built(checkpoint, max_pieces=384, max_question=90)
    with pytest.raises(BionerError, match="B631"):  # the network reads 96
        cut(model, PASSAGES)


def test_a_question_that_is_cut_is_told_once(checkpoint):
    model = built(checkpoint, max_question=2)
    with pytest.warns(UserWarning, match=r"B632.*1 questions have more than 2"):
        cut(model, PASSAGES)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cut(model, PASSAGES)


@pytest.mark.parametrize("setting", [{"stride": 0}, {"max_pieces": "x"}, {"mixed_precision": 1}])
def test_settings_that_are_none(setting):
    with pytest.raises(BionerError, match="B623"):
        make_answer_transformer("x", **setting)
