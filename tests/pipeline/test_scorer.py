"""The registered scorer: gold that tokens cannot hold stays in the denominator; unknown tokens are left out."""

import warnings

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import registry

from spacy_bioner.documents.document import Mention
from spacy_bioner.documents.gold import set_gold
from spacy_bioner.pipeline.scorer import of_known_gold
from spacy_bioner.pipeline.set_entities import annotate

VOCAB = spacy.blank("en").vocab
WORDS = ["severe", "heart", "failure", "and", "rash"]


@pytest.fixture
def vocab():
    return spacy.blank("en").vocab


def example(vocab, predicted, gold, *, missing=(), mentions=None):
    x, y = Doc(vocab, words=WORDS), Doc(vocab, words=WORDS)
    if predicted is not None:
        x.set_ents([Span(x, *span) for span in predicted])
    if gold is not None:
        y.set_ents([Span(y, *span) for span in gold], missing=[Span(y, a, b) for a, b in missing])
    if mentions is not None:
        set_gold(y, mentions)
    return Example(x, y)


def scores(*examples):
    return registry.scorers.get("spacy-bioner.exact_span_scorer.v1")()(examples)


def test_agrees_with_spacys_own_on_whole_tokens(vocab):
    eg = example(vocab, [(1, 3, "D"), (3, 4, "D")], [(1, 3, "D"), (4, 5, "S")])
    ours, spacys = scores(eg), spacy.scorer.get_ner_prf([eg])
    for key in ("ents_p", "ents_r", "ents_f"):
        assert ours[key] == spacys[key] == 0.5
    for label, figures in spacys["ents_per_type"].items():
        assert {k: ours["ents_per_type"][label][k] for k in "prf"} == figures
    assert ours["ents_unreachable"] == 0


@given(
    st.sets(st.integers(0, 9)),
    st.lists(st.sets(st.integers(0, 60), min_size=4, max_size=4).map(sorted), max_size=5),
)
def test_a_prediction_that_touches_a_token_of_unknown_gold_is_left_out(unknown, edges):
    words = [f"w{i}" for i in range(10)]
    reference = Doc(VOCAB, words=words)
    reference.set_ents([], missing=[Span(reference, i, i + 1) for i in unknown])
    predicted = [Mention(a, d, "X", ((a, b), (c, d))) for a, b, c, d in edges]
    predicted += [Mention(a, b, "X") for a, b, _, _ in edges]
    gaps = {i for token in reference if token.i in unknown for i in range(token.idx, token.idx + len(token))}
    kept = [m for m in predicted if not any(gaps & {*range(*part)} for part in m.parts)]
    assert of_known_gold(predicted, reference) == kept


def test_lost_gold_is_a_miss(vocab):
    gold = [Mention(7, 20, "D"), Mention(25, 27, "S"), Mention(0, 29, "D", ((0, 6), (25, 29)))]
    eg = example(vocab, [(1, 3, "D")], [(1, 3, "D")], mentions=gold)
    result = scores(eg)
    assert result["ents_p"] == 1.0
    assert result["ents_r"] == pytest.approx(1 / 3)
    assert result["ents_unreachable"] == 1, "tokens can hold the discontinuous mention, not the part of a token"
    assert result["ents_per_type"]["S"]["fn"] == 1


def test_a_discontinuous_mention_is_right_where_all_fragments_are(vocab):
    gold = [Mention(0, 29, "D", ((0, 6), (25, 29))), Mention(7, 20, "D")]
    eg = example(vocab, [], [(1, 3, "D")], mentions=gold)
    annotate(eg.predicted, [Span(eg.predicted, 1, 3, "D")], whole=[([(0, 1), (4, 5)], "D", 0.9)])
    result = scores(eg)
    assert result["ents_f"] == 1.0
    assert result["ents_discontinuous"]["tp"] == 1
    eg = example(vocab, [], [(1, 3, "D")], mentions=gold)
    annotate(eg.predicted, [], whole=[([(0, 1), (3, 5)], "D", 0.9), ([(1, 2), (2, 3)], "D", 0.9)])
    result = scores(eg)
    assert result["ents_f"] == 0
    assert result["ents_discontinuous"] == {"p": 0, "r": 0, "f": 0, "tp": 0, "fp": 2, "fn": 1}
    assert result["ents_partial"]["tp"] == 1, "each of two counts a half"


def test_nested_mentions_are_found_beside_the_entities(vocab):
    gold = [Mention(0, 20, "D"), Mention(7, 20, "D"), Mention(7, 12, "Organ")]
    eg = example(vocab, [], [(0, 3, "D")], mentions=gold)
    annotate(eg.predicted, [Span(eg.predicted, 0, 3, "D")], whole=[([(1, 2)], "Organ", 0.7), ([(1, 3)], "D", 0.6)])
    result = scores(eg)
    assert result["ents_f"] == 1.0
    assert result["ents_unreachable"] == 0


def test_predictions_on_unknown_tokens_are_not_judged(vocab):
    eg = example(vocab, [(1, 3, "D"), (4, 5, "D")], [(1, 3, "D")], missing=[(3, 5)])
    assert scores(eg)["ents_p"] == 1.0


def test_documents_without_annotation_are_left_out(vocab):
    assert scores(example(vocab, [(1, 3, "D")], None))["ents_f"] is None
    assert scores(example(vocab, None, []))["ents_f"] == 0.0
    both = scores(example(vocab, [(1, 3, "D")], [(1, 3, "D")]), example(vocab, [(1, 3, "D")], None))
    assert both["ents_p"] == both["ents_r"] == 1.0


def test_labels_that_can_never_agree_are_told(vocab):
    one, two = example(vocab, [(1, 3, "Protein")], [(1, 3, "GENE")]), example(vocab, [(1, 3, "D")], [(4, 5, "D")])
    with pytest.warns(UserWarning, match=r"B008.*labels GENE,.*spans Protein,"):
        assert scores(one)["ents_f"] == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores(two)
        scores(one, two)
        scores(example(vocab, [], [(1, 3, "GENE")]), example(vocab, [(1, 3, "D")], []), two)
        scores(example(vocab, [], [(1, 3, "GENE")]))
