"""A tiny pipeline that answers, trained once for all tests of answers."""

import pytest
from invented_questions import documents, examples, pipeline
from thinc.api import fix_random_seed


@pytest.fixture(scope="package")
def checkpoint(tmp_path_factory):
    pytest.importorskip("transformers")
    from tiny_bert import make_tiny_bert

    return make_tiny_bert(tmp_path_factory.mktemp("bert"), length=96)


@pytest.fixture(scope="package")
def trained(checkpoint):
    fix_random_seed(0)
    nlp = pipeline(checkpoint)
    train = examples(nlp, documents(30, without=6))
    optimizer = nlp.initialize(lambda: train)
    optimizer.learn_rate = 0.005
    losses = [nlp.update(train, sgd=optimizer)["bioner_answers"] for _ in range(40)]
    assert losses[-1] < losses[0] / 5
    return nlp
