import io
import math

import spacy

from spacy_bioner.training.perplexity_logger import make_perplexity_logger


def pipeline():
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer", name="bilm")
    return nlp


def test_one_line_for_each_evaluation():
    out = io.StringIO()
    log_step, finalize = make_perplexity_logger()(pipeline(), out, out)
    scores = {"bilm_ppl": 50.0, "bilm_ppl_forward": 40.0, "bilm_ppl_backward": 62.5, "bilm_ppl_adjusted": 80.0}
    scores["bilm_unknown"] = 0.125
    log_step(None)
    step = {"epoch": 0, "step": 10, "losses": {"bilm": 1000 * math.log(20)}, "other_scores": scores, "seconds": 2}
    log_step({**step, "words": 1000})
    log_step({**step, "epoch": 1, "step": 20, "losses": {"bilm": 500 * math.log(10)}, "words": 1500, "seconds": 3})
    log_step({**step, "epoch": 1, "step": 20, "losses": {}, "other_scores": {}, "words": 1500, "seconds": 3})
    finalize()
    rows = [line.split() for line in out.getvalue().splitlines()]
    assert rows[0] == ["E", "#", "TRAIN", "DEV", "FORWARD", "BACKWARD", "ADJUSTED", "UNK", "%", "WORDS/S"]
    assert rows[2] == ["0", "10", "20.0", "50.0", "40.0", "62.5", "80.0", "12.5", "500"]
    assert rows[3] == ["1", "20", "10.0", "50.0", "40.0", "62.5", "80.0", "12.5", "500"]
    assert rows[4] == ["1", "20", *["-"] * 6]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_the_time_left_to_the_next_evaluation():
    out, err = io.StringIO(), Terminal()
    nlp = pipeline()
    nlp.config["vars"] = {"steps": 4}
    nlp.config["training"]["eval_frequency"] = "${vars.steps}"
    log_step, _ = make_perplexity_logger()(nlp, out, err)
    step = {"epoch": 1, "step": 4, "losses": {}, "other_scores": {}, "words": 10, "seconds": 1}
    log_step(step)
    assert "0/4" in err.getvalue()
    log_step(None)
    log_step({**step, "step": 8})
    assert err.getvalue().count("0/4") == 2
