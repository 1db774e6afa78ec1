"""The component: learns, answers, refuses, and tells what it cannot learn."""

import pytest
import spacy
from invented_questions import ASKED, documents, examples, pipeline
from spacy.tokens import Doc

from spacy_bioner.documents.alignment import from_doc
from spacy_bioner.documents.doc_questions import ANSWERS_KEY, get_answers, set_question
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Answer, Document, Question
from spacy_bioner.pipeline.answers.ask import ask
from spacy_bioner.pipeline.answers.component import AnswerFinder
from spacy_bioner.pipeline.answers.gold import NO_ANSWER, answer_to_learn, can_teach, window_targets
from spacy_bioner.training.transfer.callback import transfer_weights
from spacy_bioner.training.transfer.settings import TransferSettings


def test_it_answers_what_it_was_taught(trained):
    test = examples(trained, documents(12))
    scores = trained.evaluate(test)
    assert scores["answers_f1"] > 0.9
    assert scores["answers_questions"] == 12
    docs = list(trained.pipe(example.predicted for example in test))
    best = [get_answers(doc)[0] for doc in docs]
    assert all(
        0 < one.score <= 1 and doc.text[one.start : one.end] == one.text for one, doc in zip(best, docs, strict=True)
    )


def test_a_threshold_refuses_to_answer(trained):
    pipe = trained.get_pipe("bioner_answers")
    possible, impossible = documents(30, without=6)[3], documents(30, without=6)[-1]
    pipe.null_threshold = 0.0
    try:
        some = examples(trained, [possible, impossible])
        first, second = (pipe(example.predicted) for example in some)
    finally:
        pipe.null_threshold = None
    assert get_answers(first)
    assert get_answers(second) == []
    no_answer = [doc.spans[ANSWERS_KEY].attrs["no_answer"] for doc in (first, second)]
    assert no_answer[0] < 0.5 < no_answer[1]
    assert from_doc(second, gold=False).question.impossible
    assert pipe.score(some)["answers_em"] == 1.0


def test_batches_give_what_documents_give(trained):
    pipe = trained.get_pipe("bioner_answers")
    made = [*documents(7), Document("", question=Question("x")), Document("aspirin " * 70, question=Question("x"))]
    alone = [[one[:3] for one in get_answers(pipe(example.predicted))] for example in examples(trained, made)]
    pipe.windows_at_once = 2
    try:
        together = [
            [one[:3] for one in get_answers(doc)]
            for doc in pipe.pipe([example.predicted for example in examples(trained, made)], batch_size=4)
        ]
    finally:
        pipe.windows_at_once = 64
    assert [found[0] for found in alone if found] == [found[0] for found in together if found]
    assert alone[7] == together[7] == []


def test_without_a_question_nothing_happens(trained):
    docs = list(trained.pipe(["So aspirin treats gout now.", ""]))
    assert all(ANSWERS_KEY not in doc.spans for doc in docs)


def test_a_question_for_all(trained):
    pipe = trained.get_pipe("bioner_answers")
    pipe.question = ASKED["drug"]
    own = trained.make_doc("So aspirin treats fever now.")
    set_question(own, ASKED["disease"])
    try:
        docs = list(trained.pipe([trained.make_doc("So aspirin treats asthma now."), own]))
    finally:
        pipe.question = None
    assert [doc._.answers[0].text for doc in docs] == ["aspirin", "fever"]
    assert [doc._.question.text for doc in docs] == [ASKED["drug"], ASKED["disease"]]


def test_ask(trained):
    texts = ["So aspirin treats asthma now.", "", "So digoxin treats asthma now.", "So heparin treats cancer now."]
    first, *_ = replies = ask(trained, ASKED["drug"], texts)
    assert (first.text, first.context) in {("aspirin", 0), ("digoxin", 2), ("heparin", 3)}
    assert texts[first.context][first.start : first.end] == first.text
    assert 1 >= first.score >= replies[1].score > 0
    assert len(ask(trained, ASKED["drug"], texts[0], best=2)) == 2
    assert ask(trained, ASKED["drug"], ["", " "]) == []
    with pytest.raises(BionerError, match="B286"):
        ask(trained, " ", texts)
    with pytest.raises(BionerError, match="B636"):
        ask(spacy.blank("en"), "what?", texts)


def test_what_can_be_learned():
    several = Question("x", (Answer("b"), Answer("a", 0), Answer("ab", 3), Answer("ab", 3), Answer("a", 0)))
    assert answer_to_learn(several) == (0, 1)
    assert can_teach(several)
    assert can_teach(Question("x", impossible=True))
    assert not any(map(can_teach, (None, Question("x"), Question("x", (Answer("a"),)))))


def test_targets_of_windows(trained):
    from spacy_bioner.ml.answers.answer_transformer import cut
    from spacy_bioner.ml.answers.windows import Passage

    context = " ".join(["the"] * 60 + ["aspirin-cancer"] + ["of"] * 20)
    start = context.index("pirin")
    question = Question("is it", (Answer("pirin-can", start),))
    found = cut(trained.get_pipe("bioner_answers").model, [Passage("is it", context)])
    targets = window_targets(question, found.windows, found.offsets[0])
    assert NO_ANSWER in targets
    for window, (first, last) in zip(found.windows, targets, strict=True):
        if (first, last) != NO_ANSWER:
            characters = found.offsets[0][[window.start + first - window.first, window.start + last - window.first]]
            assert "pirin-can" in context[characters[0, 0] : characters[1, 1]]
    assert sum(target != NO_ANSWER for target in targets) >= 1
    assert window_targets(Question("is it", impossible=True), found.windows, found.offsets[0]) == [NO_ANSWER] * len(
        found.windows
    )


def test_a_corpus_without_answers_is_told(checkpoint):
    nlp = pipeline(checkpoint)
    made = [Document("So.", question=Question("x")), Document("So.")]
    with pytest.raises(BionerError, match=r"B633.*2 training examples.*\(1 have"):
        nlp.initialize(lambda: examples(nlp, made))


def test_questions_that_teach_nothing_are_counted_and_passed_over(checkpoint):
    nlp = pipeline(checkpoint)
    made = [*documents(3), Document("So.", question=Question("x", (Answer("a"),)))]
    with pytest.warns(UserWarning, match="B634.* 1 of the 4 questions"):
        optimizer = nlp.initialize(lambda: examples(nlp, made))
    assert nlp.update(examples(nlp, made[3:]), sgd=optimizer)["bioner_answers"] == 0.0
    assert nlp.update(examples(nlp, made), sgd=optimizer)["bioner_answers"] > 0


@pytest.mark.parametrize(
    ("option", "code"),
    [({"n_best": 0}, "B623"), ({"question": ""}, "B623"), ({"null_threshold": float("inf")}, "B630")],
)
def test_options_that_are_none(trained, option, code):
    with pytest.raises(BionerError, match=code):
        AnswerFinder(trained.vocab, trained.get_pipe("bioner_answers").model, **option)


def test_the_loss_has_the_gradient_it_says(trained):
    """By differences of the loss, for a sample of outputs."""
    import numpy as np

    pipe = trained.get_pipe("bioner_answers")
    some = examples(trained, documents(3))
    windows, targets = pipe._windows_to_learn([example.reference for example in some])
    outputs = pipe.model.predict(windows).astype("float64")
    docs = [example.predicted for example in some]
    loss, gradient = pipe._loss(outputs, windows, targets, docs)
    rng = np.random.default_rng(0)
    for place in zip(rng.integers(0, len(outputs), 20), rng.integers(0, 2, 20), strict=True):
        moved = outputs.copy()
        moved[place] += 1e-4
        assert (pipe._loss(moved, windows, targets, docs)[0] - loss) / 1e-4 == pytest.approx(gradient[place], abs=1e-3)


def test_a_network_of_another_shape_is_not_loaded(trained, tmp_path):
    trained.to_disk(tmp_path / "model")
    again = spacy.load(tmp_path / "model")
    doc = again.make_doc("So aspirin treats asthma now.")
    set_question(doc, ASKED["drug"])
    assert again(doc)._.answers[0].text == "aspirin"
    assert isinstance(doc, Doc)


def test_training_may_start_from_a_pipeline_that_answers(trained, checkpoint, tmp_path):
    """SQuAD first, then BioASQ: network and linear layer are copied, and nothing else of the source."""
    trained.to_disk(tmp_path / "source")
    nlp = pipeline(checkpoint)
    nlp.initialize(lambda: examples(nlp, documents(3)))
    text, asked = "So aspirin treats asthma now.", ASKED["drug"]
    before = ask(nlp, asked, text, 3)
    plan = transfer_weights(nlp, TransferSettings(str(tmp_path / "source"), "all"))
    assert {(step.layer, step.parameter) for step in plan if step.copied == step.rows > 0} == {
        ("encode", "tensors"),
        ("output", "W"),
        ("output", "b"),
    }
    after = ask(nlp, asked, text, 3)
    assert [(one.start, one.end) for one in after] == [(one.start, one.end) for one in ask(trained, asked, text, 3)]
    assert after[0].text == "aspirin"
    assert after[0].score > 2 * before[0].score


def test_a_forged_size_of_windows_is_not_taken_over(trained, checkpoint):
    """With windows that do not move on, the first text would never end."""
    sizes = ("max_pieces", "max_question", "stride")
    encoder = trained.get_pipe("bioner_answers").model.get_ref("encoder")
    held = {name: encoder.attrs[name] for name in sizes}
    encoder.attrs.update(dict.fromkeys(sizes, 0))
    try:
        data = trained.get_pipe("bioner_answers").to_bytes()
    finally:
        encoder.attrs.update(held)
    nlp = pipeline(checkpoint)
    nlp.get_pipe("bioner_answers").from_bytes(data)
    loaded = nlp.get_pipe("bioner_answers").model.get_ref("encoder")
    assert {name: loaded.attrs[name] for name in sizes} == held  # so the config says, too
    doc = nlp.make_doc("So aspirin treats asthma now. " * 20)
    set_question(doc, ASKED["drug"])
    assert get_answers(nlp(doc))
