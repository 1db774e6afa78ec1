import math

import numpy as np
import pytest
import spacy
from spacy.tokens import DocBin
from spacy.training import Example
from spacy.training.initialize import init_nlp
from thinc.api import Adam, Config, fix_random_seed

from spacy_bioner import progress
from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline import batching

TEXTS = [
    "BRCA1 raises the risk of breast cancer .",
    "TP53 mutations are found in lung cancer .",
    "No gene is named here .",
    "Asthma is not linked with APOE .",
]
MODEL = {
    "@architectures": "spacy-bioner.BiLM.v1",
    "min_count": 1,
    "tok2vec": {
        "@architectures": "spacy-bioner.CharCnnBiLSTM.v1",
        "hidden": 8,
        "directions": "independent",
        "depth": 2,
        "word_width": 8,
        "unknown_rate": 0.0,
        "char_dim": 4,
        "max_char_width": 3,
        "filters_per_width": 4,
    },
}


def build(**settings):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_bilm", config={"model": MODEL, **settings})
    return nlp


def examples(nlp, texts=TEXTS):
    return [Example(nlp.make_doc(text), nlp.make_doc(text)) for text in texts]


def train(nlp, steps=30, seed=0, rate=0.02, **options):
    fix_random_seed(seed)
    data = examples(nlp)
    optimizer = nlp.initialize(lambda: data)
    optimizer.learn_rate = rate
    for _ in range(steps):
        nlp.update(data, sgd=optimizer, **options)
    return nlp


@pytest.fixture(scope="module")
def trained():
    return train(build())


def scores(nlp, texts=TEXTS):
    return {key: value for key, value in nlp.evaluate(examples(nlp, texts)).items() if key.startswith("bilm")}


def test_it_learns_the_text_in_both_directions(trained):
    before = scores(train(build(), 0))
    after = scores(trained)
    for name in ("bilm_ppl", "bilm_ppl_forward", "bilm_ppl_backward"):
        assert after[name] < before[name] / 3
    assert after["bilm_score"] == pytest.approx(-math.log(after["bilm_ppl"]))
    both = math.sqrt(after["bilm_ppl_forward"] * after["bilm_ppl_backward"])
    assert after["bilm_ppl"] == pytest.approx(both)


def test_the_loss_is_the_mean_of_both_directions_in_nats(trained):
    nlp = train(build(), 0)
    data = examples(nlp)
    words = sum(len(eg.predicted) for eg in data)
    loss = nlp.get_pipe("bioner_bilm").update(data)["bioner_bilm"]
    assert loss == pytest.approx(words * math.log(scores(nlp)["bilm_ppl"]), rel=1e-4)


@pytest.mark.parametrize(("backward_weight", "still"), [(0.0, 1), (1.0, 0)])
def test_backward_weight_trains_one_direction(backward_weight, still):
    start = train(build(backward_weight=backward_weight), 0)
    encode = start.get_pipe("bioner_bilm").model.get_ref("tok2vec").get_ref("encode")
    before = {name: encode.get_param(name).copy() for name in encode.param_names}
    start.update(examples(start), sgd=Adam(0.01))
    for name in before:
        moved = [not np.array_equal(encode.get_param(name)[d], before[name][d]) for d in (0, 1)]
        assert not moved[still]
        assert moved[1 - still]
    found, trained = scores(start), ("forward", "backward")[1 - still]
    assert [key for key in found if key.startswith("bilm_ppl_") and key != "bilm_ppl_adjusted"] == [
        f"bilm_ppl_{trained}"
    ]
    assert found["bilm_ppl"] == found[f"bilm_ppl_{trained}"] == pytest.approx(math.exp(-found["bilm_score"]))
    with pytest.raises(BionerError, match="B602"):
        build(backward_weight=1.5)


def test_unknown_words_are_counted_and_told_apart(trained):
    known = scores(trained)
    assert known["bilm_unknown"] == 0
    assert known["bilm_ppl_adjusted"] == pytest.approx(known["bilm_ppl"])
    text = "Foo is not linked with bar ."  # two unknown forms; Foo is predicted backward only, bar in both
    some = scores(trained, [text])
    assert some["bilm_unknown"] == pytest.approx(2 / 7)
    extra = 3 * math.log(2) / 14
    assert math.log(some["bilm_ppl_adjusted"]) == pytest.approx(math.log(some["bilm_ppl"]) + extra)


def test_documents_keep_their_sums(trained, tmp_path):
    docs = list(trained.pipe([*TEXTS, "", " "]))
    for doc in docs:
        found = doc.user_data["bioner_bilm"]
        assert found["words"] == len(doc)
        assert (found["forward"] > 0) == (found["backward"] > 0) == bool(len(doc))
    alone = trained(TEXTS[1]).user_data["bioner_bilm"]
    assert alone["forward"] == pytest.approx(docs[1].user_data["bioner_bilm"]["forward"], rel=1e-5)
    stored = DocBin(docs=docs, store_user_data=True).to_bytes()
    back = list(DocBin(store_user_data=True).from_bytes(stored).get_docs(trained.vocab))
    assert [doc.user_data for doc in back] == [doc.user_data for doc in docs]
    for doc, other in zip(docs, trained.pipe([*TEXTS, "", " "], n_process=2, batch_size=2), strict=True):
        for key, value in doc.user_data["bioner_bilm"].items():
            assert other.user_data["bioner_bilm"][key] == pytest.approx(value, rel=1e-5)


def test_odd_batches(trained, monkeypatch):
    pipe = trained.get_pipe("bioner_bilm")
    assert pipe.predict([]) == []
    assert list(trained.pipe([])) == []
    assert [found.shape for found in pipe.predict([trained.make_doc("")])] == [(2, 0)]
    assert pipe.update(examples(trained, [""])) == {"bioner_bilm": 0.0}
    assert trained.evaluate([]).get("bilm_ppl") is None
    assert "bilm_ppl" not in pipe.score(examples(trained, [""]))
    whole = pipe.predict([trained.make_doc(text) for text in [*TEXTS, ""]])
    monkeypatch.setattr(batching, "WORDS_AT_ONCE", 8)
    parts = pipe.predict([trained.make_doc(text) for text in [*TEXTS, ""]])
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(whole, parts, strict=True))


def test_a_broken_network_stops_with_a_message():
    nlp = train(build(), 1)
    encode = nlp.get_pipe("bioner_bilm").model.get_ref("tok2vec").get_ref("encode")
    encode.set_param("b0", encode.get_param("b0") * np.nan)
    with pytest.raises(BionerError, match=r"B550.*4 documents.*BRCA1"):
        nlp.update(examples(nlp))


def test_bytes_and_disk(trained, tmp_path):
    trained.to_disk(tmp_path / "model")
    pipe = trained.get_pipe("bioner_bilm")
    for other in (spacy.load(tmp_path / "model"), build().from_bytes(trained.to_bytes())):
        assert scores(other) == pytest.approx(scores(trained), rel=1e-6)
        assert other.get_pipe("bioner_bilm").label_data == pipe.label_data
    assert (tmp_path / "model" / "bioner_bilm" / "optimizer").exists()
    lean = train(build(keep_optimizer=False), 1)
    lean.to_disk(tmp_path / "lean")
    assert not (tmp_path / "lean" / "bioner_bilm" / "optimizer").exists()


def test_training_goes_on_where_it_stopped(tmp_path):
    expected = train(build(), 10)
    part = train(build(), 6)
    part.to_disk(tmp_path / "part")
    resumed = spacy.load(tmp_path / "part")
    resumed.to_disk(tmp_path / "again")  # the state is not lost by a load that is not followed by training
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_bilm", source=spacy.load(tmp_path / "again", vocab=nlp.vocab))
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.02
    for _ in range(4):
        nlp.update(examples(nlp), sgd=optimizer)
    assert scores(nlp)["bilm_ppl"] == pytest.approx(scores(expected)["bilm_ppl"], rel=1e-4)

    forgetful = spacy.load(tmp_path / "part")
    forgetful.get_pipe("bioner_bilm")._saved_state = None
    optimizer = forgetful.resume_training()
    optimizer.learn_rate = 0.02
    for _ in range(4):
        forgetful.update(examples(forgetful), sgd=optimizer)
    assert abs(scores(forgetful)["bilm_score"] - scores(expected)["bilm_score"]) > 0.01

    broken = spacy.load(tmp_path / "part")
    broken.get_pipe("bioner_bilm")._saved_state = b"\x80"
    with pytest.raises(BionerError, match="B605"):
        broken.update(examples(broken), sgd=broken.resume_training())


def test_words_may_come_from_elsewhere(trained):
    counts = trained.get_pipe("bioner_bilm").label_data
    assert counts["cancer"] == 2
    assert counts["<end>"] == 4
    for words in (counts, lambda nlp: examples(nlp)):
        nlp = build()
        nlp.get_pipe("bioner_bilm").initialize(lambda n=nlp: examples(n)[:1], nlp=nlp, words=words)
        assert nlp.get_pipe("bioner_bilm").label_data == counts


def test_counting_many_words_tells_how_far_it_is(capsys, monkeypatch):
    nlp = build()
    monkeypatch.setattr(progress, "DELAY", 0.0)
    nlp.initialize(lambda: examples(nlp))
    assert "words: 4 documents" in capsys.readouterr().err


def test_every_document_names_words():
    nlp = build()
    texts = [f"gene{i} binds" for i in range(25)]
    nlp.initialize(lambda: examples(nlp, texts))
    assert nlp.get_pipe("bioner_bilm").label_data == {
        "<unk>": 0,
        "<end>": 25,
        "binds": 25,
        **{f"gene{i}": 1 for i in range(25)},
    }


def test_no_words_no_model():
    nlp = build()
    nlp.config["training"]["max_epochs"] = -1
    with pytest.raises(BionerError, match="B603"):
        nlp.get_pipe("bioner_bilm").initialize(lambda: examples(nlp), nlp=nlp)
    with pytest.raises(BionerError, match="B601"):
        nlp.get_pipe("bioner_bilm").initialize(lambda: examples(nlp), words={"once": 0})


def test_words_that_are_refused_change_nothing(trained):
    pipe = trained.get_pipe("bioner_bilm")
    before = pipe.to_bytes()
    split = examples(trained, ["One . Two . Three ."])
    for example in split:
        for i, token in enumerate(example.predicted):
            token.is_sent_start = i % 2 == 0
    with pytest.raises(BionerError, match="B601"):
        pipe.initialize(lambda: split, words={"once": 0})
    assert pipe.to_bytes() == before


@pytest.mark.parametrize(("name", "max_epochs"), [("bilm", 0), ("bilm", -1), ("bilm_fast", -1)])
def test_the_configs_initialize(name, max_epochs, tmp_path):
    (tmp_path / "text.txt").write_text("\n".join(TEXTS * 2), encoding="utf8")
    config = Config().from_disk(f"configs/{name}.cfg", interpolate=False)
    config["paths"]["train"] = config["paths"]["dev"] = str(tmp_path / "text.txt")
    config["training"]["max_epochs"] = max_epochs
    config["components"]["bilm"]["model"]["tok2vec"].update(hidden=4, word_width=4, max_filters=2)
    nlp = init_nlp(config)
    assert nlp.get_pipe("bilm").label_data["cancer"] == 4
    assert nlp.get_pipe("bilm").label_data["<end>"] == 8
