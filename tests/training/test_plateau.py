import threading

import pytest
import spacy
from thinc.api import Adam

from spacy_bioner.errors import BionerError
from spacy_bioner.training.plateau import make_plateau, make_watch_dev_score


def training(scores, **settings):
    """Yield the rate after each step of a training that is evaluated after every step, as spaCy's loop does it."""
    nlp = spacy.blank("en")
    nlp.config["training"]["score_weights"] = {"ents_f": 0.5, "ents_per_type": None, "speed": 0.0}
    optimizer = Adam(make_plateau(1.0, **settings))
    watch = make_watch_dev_score()
    for step, score in enumerate(scores):
        watch(nlp, {"step": step, "epoch": 0})
        optimizer.step_schedules()
        yield optimizer.learn_rate
        nlp.meta["performance"] = {"ents_f": score, "ents_per_type": {"Gene": {}}, "speed": 1000.0 + step}


def test_the_rate_is_halved_when_the_score_stops_rising():
    # Each score is heard at the next step.
    rates = list(training([0.1, 0.2, 0.2, 0.1, 0.3, 0.3, 0.0]))
    assert rates == [1.0, 1.0, 1.0, 0.5, 0.25, 0.25, 0.125]


def test_patience_and_floor():
    rates = list(training([0.5] + [0.4] * 8, patience=3, factor=0.1, min_rate=0.05))
    assert rates == pytest.approx([1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.05, 0.05])


def test_a_second_training_starts_afresh():
    assert list(training([0.9, 0.8, 0.8]))[-1] == 0.5
    assert list(training([0.1, 0.2, 0.3, 0.4])) == [1.0] * 4


def test_two_trainings_in_threads_do_not_hear_each_other():
    ours = training([0.1, 0.2, 0.3, 0.4])
    seen = [next(ours), next(ours)]
    thread = threading.Thread(target=lambda: list(training([0.9] * 5)))
    thread.start()
    thread.join()
    assert [*seen, *ours] == [1.0] * 4


def test_without_the_callback_it_says_what_to_add():
    """Also after a training with it in the same thread, whose scores are not those of this one."""
    list(training([0.9, 0.8, 0.8]))
    schedule = make_plateau(1.0)
    next(schedule)
    with pytest.raises(BionerError, match=r"(?s)B554.*watch_dev_score"):
        next(schedule)


def test_a_training_inside_another_leaves_it_its_scores():
    outer = training([0.1, 0.2, 0.3, 0.3, 0.3])
    seen = [next(outer), next(outer)]
    assert list(training([0.9, 0.8, 0.8]))[-1] == 0.5
    assert [*seen, *outer] == [1.0, 1.0, 1.0, 1.0, 0.5]
