"""Windows over question and context, and the best spans of their scores."""

import numpy as np
import pytest

from spacy_bioner.ml.answers.best_spans import rank_spans
from spacy_bioner.ml.answers.windows import Passage, Window, cut_passages, max_context
from spacy_bioner.ml.transformer.word_pieces import WordPieces

pytest.importorskip("transformers")
from tiny_bert import make_tokenizer

LETTERS = "abcdefghijklmnopqrst"
CONTEXT = " ".join(LETTERS)


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    return WordPieces(make_tokenizer(tmp_path_factory.mktemp("tokenizer"), length=512))


def test_a_window_is_what_the_tokenizer_makes_of_a_pair(words):
    cut = cut_passages(words, [Passage("is it x", CONTEXT), Passage("the", "asthma")], 384, 64, 128)
    for window, pair in zip(cut.windows, [("is it x", CONTEXT), ("the", "asthma")], strict=True):
        expected = words.tokenizer(*pair)
        assert window.ids == expected["input_ids"]
        assert window.types == expected["token_type_ids"]
    assert [CONTEXT[start:end] for start, end in cut.offsets[0]] == list(LETTERS)
    assert cut.windows[1].ids[cut.windows[1].first] == words.tokenizer.convert_tokens_to_ids("asthma")


def test_windows_are_a_stride_apart(words):
    """13 pieces: 3 special ones, 2 of the question, 8 of the context."""
    cut = cut_passages(words, [Passage("the x", CONTEXT)], 13, 64, 5)
    assert [(w.start, w.end) for w in cut.windows] == [(0, 8), (5, 13), (10, 18), (15, 20)]
    for window in cut.windows:
        pieces = words.tokenizer.convert_ids_to_tokens(window.ids)
        assert pieces[:4] == ["[CLS]", "the", "x", "[SEP]"]
        assert pieces[window.first : -1] == list(LETTERS[window.start : window.end])


def test_no_piece_is_passed_over_by_a_long_stride(words):
    cut = cut_passages(words, [Passage("x", CONTEXT)], 12, 64, 128)
    assert {i for w in cut.windows for i in range(w.start, w.end)} == set(range(20))


def test_a_question_that_is_too_long_is_cut(words):
    cut = cut_passages(words, [Passage("x y z", "a"), Passage("x", "a")], 384, 2, 128)
    assert cut.cut_questions == (1, 3)
    assert words.tokenizer.convert_ids_to_tokens(cut.windows[0].ids) == ["[CLS]", "x", "y", "[SEP]", "a", "[SEP]"]


def test_an_empty_context_has_no_window(words):
    cut = cut_passages(words, [Passage("x", ""), Passage("x", " \n"), Passage("x", "a")], 384, 64, 128)
    assert [w.passage for w in cut.windows] == [2]
    assert cut_passages(words, [], 384, 64, 128).windows == []


def window(start, end):
    return Window(0, [], [], 2, start, end)


def test_each_piece_belongs_to_the_window_that_gives_it_most_context():
    windows = [window(0, 8), window(4, 12)]
    first, second = max_context(windows)
    assert [i for i in range(8) if first[i]] == [0, 1, 2, 3, 4, 5]
    assert [4 + i for i in range(8) if second[i]] == [6, 7, 8, 9, 10, 11]


def ranked(scores, windows=None, **options):
    """``scores``: of each window, rows of a pair each, the first two of question and special pieces."""
    logits = [np.array(rows, dtype="float32") for rows in scores]
    windows = windows or [window(0, len(rows) - 2) for rows in logits]
    offsets = np.array([(2 * i, 2 * i + 1) for i in range(len(LETTERS))])
    return rank_spans(CONTEXT, offsets, windows, logits, **options)


def brute_force(logits, longest, n_best):
    pairs = [
        (logits[s][0] + logits[e][1], CONTEXT[2 * (s - 2) : 2 * (e - 2) + 1])
        for s in range(2, len(logits))
        for e in range(s, min(s + longest, len(logits)))
    ]
    return sorted(pairs, key=lambda pair: -pair[0])[:n_best]


@pytest.mark.parametrize("seed", range(5))
def test_the_best_spans_are_those_of_all_pairs(seed):
    logits = np.random.default_rng(seed).normal(size=(22, 2)).astype("float32")
    found = ranked([logits], longest=4, n_best=7)
    expected = brute_force(logits, 4, 7)
    assert [one.text for one in found.candidates] == [text for _, text in expected]
    shares = np.exp([score for score, _ in expected])
    assert np.allclose(found.probabilities, shares / shares.sum())
    assert sum(found.probabilities) == pytest.approx(1)
    assert all(CONTEXT[one.start : one.end] == one.text for one in found.candidates)


def test_no_answer_takes_part_where_it_is_asked_for():
    scores = [[[3, 1], [9, 9], [1, 0], [0, 1]]]
    found = ranked(scores, with_null=True)
    assert found.candidates[0].text == "a b"
    assert (found.null_score, found.candidates[0].score) == (4, 2)
    assert found.no_answer + sum(found.probabilities) == pytest.approx(1)
    assert found.no_answer > found.probabilities[0]
    assert ranked(scores).no_answer == 0
    assert ranked(scores).candidates == found.candidates


def test_the_lowest_score_of_no_answer_counts():
    rows = [[0, 0], [0, 0], *[[0, 0]] * 8]
    other = [[-5, 1], [0, 0], *[[0, 0]] * 8]
    assert ranked([rows, other], [window(0, 8), window(4, 12)]).null_score == -4


def test_a_start_counts_in_its_own_window_alone():
    """Pieces 4 and 5 of the context are the first window's, whatever the second makes of them."""
    first = [[0, 0], [0, 0], *[[0, 0]] * 4, [2, 2], [0, 0], [0, 0], [0, 0]]
    second = [[0, 0], [0, 0], [9, 9], *[[0, 0]] * 7]
    found = ranked([first, second], [window(0, 8), window(4, 12)], n_best=1)
    assert (found.candidates[0].text, found.candidates[0].score) == ("e", 4)


def test_answers_of_one_text_are_one():
    logits = [np.array([[0, 0], [0, 0], [3, 3], [0, 0], [2, 2]], dtype="float32")]
    offsets = np.array([(0, 1), (2, 3), (4, 5)])
    found = rank_spans("x y x", offsets, [window(0, 3)], logits, n_best=4)
    assert [(one.text, one.start) for one in found.candidates] == [("x", 0), ("x y x", 0), ("x y", 0)]
