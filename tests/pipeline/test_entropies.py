"""How unsure a tagger is of each token: the entropies of its chain, by document, of one layer and of several."""

import numpy as np
import pytest
from tagger_examples import SENTENCES, build, found, train

from spacy_bioner.ml.decoding.decoders import chain_of
from spacy_bioner.ml.decoding.entropy import token_entropies
from spacy_bioner.ml.decoding.forward_backward import messages
from spacy_bioner.ml.decoding.linear_chain import Layout


@pytest.mark.parametrize("decoder", ["crf", "softmax"])
def test_they_are_those_of_the_chain(decoder):
    nlp = train(build(decoder), steps=5)
    tagger = nlp.get_pipe("bioner_tagger")
    docs = [nlp.make_doc(text) for text in (*(text for text, _ in SENTENCES), "", "Word")]
    entropies = tagger.entropies(docs)
    assert [len(own) for own in entropies] == [len(doc) for doc in docs]
    for doc, own in zip(docs, entropies, strict=True):
        if len(doc):
            scores = tagger.model.predict([doc])[0]
            passed = messages(chain_of(tagger.model.get_ref("decoder")), scores, Layout(np.array([len(doc)])))
            np.testing.assert_allclose(own, token_entropies(passed), atol=1e-5)


def test_layers_add_up_and_training_makes_sure():
    sums = []
    for steps in (1, 30):
        nlp = train(build(layers="labels"), steps=steps)
        docs = [nlp.make_doc(text) for text, _ in SENTENCES]
        entropies = nlp.get_pipe("bioner_tagger").entropies(docs)
        assert [len(own) for own in entropies] == [len(doc) for doc in docs]
        sums.append(sum(own.sum() for own in entropies))
    assert sums[1] < 0.2 * sums[0]
    assert found(nlp(SENTENCES[0][0]))
