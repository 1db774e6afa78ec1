import spacy

from spacy_bioner.training.chain import make_chain


def test_callbacks_run_in_order_with_all_arguments():
    nlp = spacy.blank("en")
    calls = []
    chain = make_chain(lambda nlp, info: calls.append(("a", info)), lambda nlp, info: calls.append(("b", info)))
    assert chain(nlp, {"step": 1}) is nlp
    assert calls == [("a", {"step": 1}), ("b", {"step": 1})]


def test_a_returned_pipeline_goes_to_the_next():
    first, second = spacy.blank("en"), spacy.blank("en")
    seen = []
    assert make_chain(lambda nlp: second, seen.append)(first) is second
    assert seen == [second]
