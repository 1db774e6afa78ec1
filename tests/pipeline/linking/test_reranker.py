import numpy as np
import pytest
import spacy
from thinc.api import Model

from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.linking import reranker
from spacy_bioner.pipeline.linking.linker import Query
from spacy_bioner.pipeline.linking.reranker import Alike, VectorReranker

ROWS = {"renal stone": [1, 0], "renal tone": [0, 1], "kidney calculus": [3, 0.3], "ghost": [0, 0]}


def encoder(rows=ROWS, asked=None):
    def forward(model, texts, is_train):
        if asked is not None:
            asked.extend(texts)
        return np.array([rows[text] for text in texts], dtype="f"), lambda dY: texts

    return Model("names", forward)


FOUND = {"tone": Alike(0.8, ["renal tone"]), "stone": Alike(0.5, ["renal tone", "kidney calculus"])}


def test_scores_are_mixed_and_the_nearest_name_counts():
    for weight, expected in ((0.0, ["tone", "stone"]), (0.7, ["stone", "tone"])):
        (scores,) = VectorReranker(encoder(), weight).rescore(["renal stone"], [FOUND])
        assert list(scores) == expected
        cosine = 3 / np.hypot(3, 0.3)
        assert scores["stone"] == pytest.approx((1 - weight) * 0.5 + weight * cosine)
        assert scores["tone"] == pytest.approx((1 - weight) * 0.8)


def test_without_a_vector_the_score_stays():
    (scores,) = VectorReranker(encoder()).rescore(["ghost"], [FOUND])
    assert scores == {"tone": 0.8, "stone": 0.5}
    (scores,) = VectorReranker(encoder()).rescore(["renal stone"], [{"x": Alike(0.4, ["ghost"])}])
    assert scores == {"x": 0.4}


def test_a_name_gets_a_vector_once_while_there_is_room(monkeypatch):
    asked: list[str] = []
    one = VectorReranker(encoder(asked=asked))
    for _ in range(2):
        one.rescore(["renal stone"], [FOUND])
    assert sorted(asked) == ["kidney calculus", "renal stone", "renal tone"]
    monkeypatch.setattr(reranker, "_KEPT_BYTES", 1)
    one.rescore(["ghost"], [{}])
    one.rescore(["renal stone"], [FOUND])
    assert len(asked) == 7
    assert set(one._known) == {"renal stone", "renal tone", "kidney calculus"}


@pytest.mark.parametrize("rows", [{**ROWS, "renal tone": [np.nan, 0]}, {text: [[1.0]] for text in ROWS}])
def test_vectors_that_are_none_are_refused(rows):
    with pytest.raises(BionerError, match=r"B330.*for 3 names"):
        VectorReranker(encoder(rows)).rescore(["renal stone"], [FOUND])


def with_vectors(words):
    nlp = spacy.blank("en")
    for word, row in words.items():
        nlp.vocab.set_vector(word, np.array(row, dtype="f"))
    rerank = {"@misc": "spacy-bioner.VectorReranker.v1", "weight": 0.9}
    linker = nlp.add_pipe("bioner_linker", config={"rerank": rerank, "threshold": 0.1})
    linker.add_names([("renal tonation", "Disease", "D1"), ("kidney stonation", "Disease", "D2")])
    return nlp, linker


WORDS = {"renal": [1, 0.2], "kidney": [1, 0.1], "stone": [0, 1], "stonation": [0.1, 1], "tonation": [-1, 0]}


def test_word_vectors_order_what_is_only_similar():
    _, linker = with_vectors(WORDS)
    query = Query("Renal stone", "Disease")
    assert [one.concept for one in linker.linker.link([query])[0]] == ["D2", "D1"]
    linker.rerank.weight = 0.0
    linker.build(linker.names)
    assert [one.concept for one in linker.linker.link([query])[0]] == ["D1", "D2"]


def test_a_pipeline_with_other_word_vectors_is_refused():
    nlp, linker = with_vectors(WORDS)
    saved = linker.to_bytes()
    linker.from_bytes(saved)
    nlp.vocab.set_vector("stone", np.array([1, 1], dtype="f"))
    with pytest.raises(BionerError, match="B582"):
        linker.from_bytes(saved)


def test_no_vectors_at_all_are_an_error():
    _, linker = with_vectors({})
    with pytest.raises(BionerError, match="B329"):
        linker.initialize(lambda: [])


def test_a_saved_encoder_needs_no_checkpoint(tmp_path):
    pytest.importorskip("transformers")
    import shutil

    from tiny_bert import make_tiny_bert

    folder = make_tiny_bert(tmp_path / "bert")
    encoder = {"@architectures": "spacy-bioner.NameTransformer.v1", "name": str(folder)}
    rerank = {"@misc": "spacy-bioner.VectorReranker.v1", "encoder": encoder}
    nlp = spacy.blank("en")
    linker = nlp.add_pipe("bioner_linker", config={"rerank": rerank})
    linker.add_names([("breast cancer", "Disease", "D1"), ("cancer of bones", "Disease", "D2")])
    query = Query("breasty cancero", "Disease")
    before = linker.linker.link([query])
    assert before[0]
    nlp.to_disk(tmp_path / "saved")
    shutil.rmtree(folder)
    again = spacy.load(tmp_path / "saved").get_pipe("bioner_linker")
    assert again.linker.link([query])[0][0] == (before[0][0].concept, pytest.approx(before[0][0].score, abs=1e-4))
    (tmp_path / "saved" / "bioner_linker" / "encoder").unlink()
    with pytest.raises(BionerError, match=r"B580.*encoder"):
        spacy.load(tmp_path / "saved")
