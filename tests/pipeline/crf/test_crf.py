import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example
from spacy.training.initialize import init_nlp
from spacy.util import registry
from toy import bare, make_doc, make_examples, sentences

from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline import sealed
from spacy_bioner.pipeline.crf.serialize import FEATURES, MODEL, to_parts
from spacy_bioner.pipeline.crf.training import fit
from spacy_bioner.pipeline.sealed import META

TEXT = "Patients with renal failure took aspirin daily ."
FOUND = [("renal failure", "Disease"), ("aspirin", "Chemical")]


def blank(**config):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_crf", config=config)
    return nlp


def trained(**config):
    nlp = blank(**config)
    examples = make_examples(nlp.vocab)
    nlp.initialize(lambda: examples)
    return nlp


@pytest.fixture(scope="module")
def nlp():
    return trained()


def doc_of(nlp, text=TEXT):
    return Doc(nlp.vocab, words=text.split())


def ents(doc):
    return [(ent.text, ent.label_) for ent in doc.ents]


def test_it_learns(nlp):
    doc = nlp(doc_of(nlp))
    assert ents(doc) == FOUND
    group = doc.spans["bioner"]
    assert [(span.text, span.label_) for span in group] == FOUND
    assert all(0.9 < score <= 1 for score in group.attrs["scores"])
    crf = nlp.get_pipe("bioner_crf")
    assert crf.labels == crf.label_data == ("Chemical", "Disease")
    scores = nlp.evaluate(make_examples(nlp.vocab, 40, seed=9))
    assert scores["ents_f"] > 0.95
    assert set(scores["ents_per_type"]) == {"Chemical", "Disease"}


def test_a_threshold_decides_segment_by_segment(nlp):
    crf = trained(c1=0.0, c2=20.0).get_pipe("bioner_crf")  # sure of little
    doc = doc_of(nlp)
    found = {}
    for threshold in (0.05, 0.3, 0.6, 1.0):
        crf.threshold = threshold
        spans = crf.predict([doc])[0].spans
        assert all(score >= threshold for *_, score in spans)
        # Without the scores: the same sums may be rounded otherwise in another call.
        found[threshold] = {tuple(span[:3]) for span in spans}
    assert set(found[0.05]) > set(found[0.3]) > set(found[0.6]) > set(found[1.0])
    crf.threshold = 0.05
    annotated = crf(doc_of(nlp))
    assert len(annotated.spans["bioner"]) == len(found[0.05]) > len(annotated.ents)


def test_without_a_threshold_the_best_tag_sequence_counts():
    nlp = trained(threshold=None)
    assert ents(nlp(doc_of(nlp))) == FOUND


@pytest.mark.parametrize("scheme", ["IOBES", "BILOU", "BIO"])
def test_schemes(scheme):
    nlp = trained(scheme=scheme)
    assert ents(nlp(doc_of(nlp))) == FOUND


@pytest.mark.parametrize("algorithm", ["l2sgd", "ap", "pa", "arow"])
def test_algorithms(algorithm):
    nlp = trained(algorithm=algorithm, threshold=None)
    assert nlp.evaluate(make_examples(nlp.vocab, 40))["ents_f"] > 0.9


def scored(doc):
    return [*ents(doc), *doc.spans["bioner"].attrs["scores"]]


def test_bytes_disk_and_docbin_keep_all(nlp, tmp_path):
    expected = scored(nlp(doc_of(nlp)))
    again = blank().from_bytes(nlp.to_bytes())
    assert scored(again(doc_of(again))) == expected
    nlp.to_disk(tmp_path / "model")
    again = spacy.load(tmp_path / "model")
    assert scored(again(doc_of(again))) == expected
    assert again.get_pipe("bioner_crf").labels == ("Chemical", "Disease")
    again.to_disk(tmp_path / "twice")
    for name in (META, MODEL, FEATURES):
        first, second = (tmp_path / folder / "bioner_crf" / name for folder in ("model", "twice"))
        assert first.read_bytes() == second.read_bytes()
    (kept,) = DocBin(store_user_data=True, docs=[nlp(doc_of(nlp))]).get_docs(again.vocab)
    assert scored(kept) == expected


def test_what_was_never_initialised_can_be_saved_but_finds_nothing(tmp_path):
    nlp = blank()
    nlp.to_disk(tmp_path)
    for again in (spacy.load(tmp_path), blank().from_bytes(nlp.to_bytes()), nlp):
        assert again.get_pipe("bioner_crf").labels == ()
        with pytest.raises(BionerError, match="B414"):
            again("aspirin")


def test_streams(nlp):
    docs = [bare(make_doc(nlp.vocab, *sentences(n, n))) for n in (2, 0, 1, 0, 3)]
    alone = [scored(nlp(bare(doc))) for doc in docs]
    for size in (1, 2, 100):
        together = [scored(doc) for doc in nlp.pipe(map(bare, docs), batch_size=size)]
        for found, expected in zip(together, alone, strict=True):
            middle = len(expected) // 2
            assert found[:middle] == expected[:middle]
            assert found[middle:] == pytest.approx(expected[middle:])
    assert not nlp(Doc(nlp.vocab)).ents


def test_two_processes(nlp):
    texts = [TEXT, "", "The dose of morphine was 20 mg ."] * 3
    assert [ents(doc) for doc in nlp.pipe(texts, n_process=2, batch_size=2)] == [ents(doc) for doc in nlp.pipe(texts)]


def test_a_broken_document_goes_to_the_error_handler(nlp, monkeypatch):
    crf = nlp.get_pipe("bioner_crf")
    monkeypatch.setattr(crf, "predict", lambda docs: 1 / 0)
    failed = []
    monkeypatch.setattr(crf, "error_handler", lambda name, proc, docs, error: failed.extend(docs), raising=False)
    assert list(crf.pipe([doc_of(nlp), doc_of(nlp)])) == []
    crf(doc_of(nlp))
    assert len(failed) == 3


def test_merge_policies_decide_against_earlier_entities(nlp):
    crf = nlp.get_pipe("bioner_crf")
    before = crf.merge
    for policy, expected in (("keep", [("failure", "Gene"), FOUND[1]]), ("override", FOUND)):
        crf.merge = policy
        doc = doc_of(nlp)
        doc.ents = [Span(doc, 3, 4, label="Gene")]
        assert ents(crf(doc)) == expected
    crf.merge = before


def test_sentences_are_the_unit():
    nlp = trained()
    words = TEXT.split()
    cut = Doc(nlp.vocab, words=words, sent_starts=[i in (0, 3) for i in range(len(words))])
    assert ("renal failure", "Disease") not in ents(nlp(cut))


def test_tokens_whose_tag_is_not_known_are_left_out(caplog):
    nlp = blank()
    examples = make_examples(nlp.vocab)
    for example in examples[:10]:
        tokens = [token for token in example.reference if token.text == "was"]
        example.reference.set_ents([], missing=[example.reference[t.i : t.i + 1] for t in tokens], default="unmodified")
    hidden = sum(not token.ent_iob for example in examples for token in example.reference)
    assert hidden
    nlp.initialize(lambda: examples)
    assert f"the gold does not tell the tag of {hidden} of" in caplog.text
    assert f"60 sentences became {60 + hidden} sequences" in caplog.text
    assert ents(nlp(doc_of(nlp))) == FOUND


def test_labels_can_be_chosen():
    nlp = blank()
    examples = make_examples(nlp.vocab)
    crf = nlp.get_pipe("bioner_crf")
    crf.initialize(lambda: examples, nlp=nlp, labels=["Disease"])
    assert crf.labels == ("Disease",)
    assert ents(nlp(doc_of(nlp))) == FOUND[:1]


@Language.component("toy_hits")
def toy_hits(doc):
    """Stands in for a dictionary, with the words that begin with a capital Q."""
    doc.spans["hits"] = [Span(doc, t.i, t.i + 1, label="Q") for t in doc if t.text.startswith("Q")]
    return doc


def test_earlier_components_annotate_the_training_text():
    dictionary = {"@misc": "spacy-bioner.DictionaryFeatures.v1", "spans_key": "hits", "window": [0]}
    nlp = spacy.blank("en")
    nlp.add_pipe("toy_hits")
    rest = dict.fromkeys(["words", "affixes", "shapes", "flags"])
    nlp.add_pipe("bioner_crf", config={"features": {**rest, "hits": dictionary}})
    references = [
        Doc(nlp.vocab, words=["took", word, "daily"], ents=["O", f"B-{label}" if label else "O", "O"])
        for i in range(20)
        for word, label in ((f"Q{i}", "Chemical"), (f"n{i}", ""))
    ]
    examples = [Example(bare(reference), reference) for reference in references]
    with pytest.raises(BionerError, match="B407"):
        nlp.initialize(lambda: examples)
    nlp.config["training"]["annotating_components"] = ["toy_hits"]
    nlp.initialize(lambda: examples)
    assert ents(nlp("It was Qnew .")) == [("Qnew", "Chemical")]
    assert "hits" not in examples[0].predicted.spans


def test_a_streamed_corpus_is_refused():
    nlp = blank()
    nlp.config["training"]["max_epochs"] = -1
    examples = make_examples(nlp.vocab)
    with pytest.raises(BionerError, match="B408"):
        nlp.initialize(lambda: examples)


def test_spacy_train_refuses_a_streamed_corpus(tmp_path):
    DocBin(docs=[example.reference for example in make_examples(spacy.blank("en").vocab)]).to_disk(tmp_path / "a.spacy")
    corpus = {"@readers": "spacy.Corpus.v1", "path": str(tmp_path / "a.spacy")}
    config = blank().config.copy()
    config["corpora"] = {"train": corpus, "dev": corpus}
    config["training"]["max_epochs"] = -1
    with pytest.raises(BionerError, match="B408"):
        init_nlp(config)
    config["training"]["max_epochs"] = 0
    assert init_nlp(config).get_pipe("bioner_crf").labels == ("Chemical", "Disease")


def test_there_must_be_an_entity_to_learn():
    nlp = blank()
    docs = [Doc(nlp.vocab, words=["none", "here"], ents=["O", "O"])]
    with pytest.raises(BionerError, match="B409"):
        nlp.initialize(lambda: [Example(bare(doc), doc) for doc in docs])


def test_wrong_settings_are_named():
    for code, config in {
        "B400": {"scheme": "IOB1"},
        "B413": {"threshold": -0.1},
        "B416": {"algorithm": "ap"},
        "B402": {"features": dict.fromkeys(blank().get_pipe("bioner_crf").features.blocks)},
        "B401": {"features": {"lower": None}},
    }.items():
        with pytest.raises(BionerError, match=code):
            blank(**config)
    with pytest.raises(BionerError, match="B413"):
        blank(threshold=1.5)


def test_damaged_files_are_refused(nlp, tmp_path):
    crf = nlp.get_pipe("bioner_crf")
    crf.to_disk(tmp_path)
    other = blank().get_pipe("bioner_crf")
    for name in (MODEL, FEATURES, META):
        whole = (tmp_path / name).read_bytes()
        for damaged in (b"", whole[: len(whole) // 2], b"garbage", b"\xff" * len(whole), b"x" + whole):
            (tmp_path / name).write_bytes(damaged)
            with pytest.raises(BionerError, match="B580"):
                other.from_disk(tmp_path)
        (tmp_path / name).unlink()
        with pytest.raises(BionerError, match=f"B580.*{name}"):
            other.from_disk(tmp_path)
        (tmp_path / name).write_bytes(whole)
    meta = srsly.read_json(tmp_path / META)
    srsly.write_json(tmp_path / META, {**meta, "format": 99})
    with pytest.raises(BionerError, match=r"B580.*99"):
        other.from_disk(tmp_path)
    srsly.write_json(tmp_path / META, meta)
    assert other.from_disk(tmp_path).labels == crf.labels


@pytest.mark.parametrize("layers", [None, "labels"])
def test_a_model_of_other_tags_than_those_of_its_labels_is_refused(layers):
    nlp = trained(scheme="BIO", layers=layers)
    crf = nlp.get_pipe("bioner_crf")
    other = fit([([["a"]], [f"I-{i}"]) for i in range(3)], "lbfgs", {"max_iterations": 2})
    saved = to_parts(crf._fitted._replace(models=(*crf._fitted.models[:-1], other)))
    again = blank(scheme="BIO", layers=layers).get_pipe("bioner_crf")
    with pytest.raises(BionerError, match=r"B580.*tags"):
        again.from_bytes(sealed.to_bytes(saved.parts, saved.about))
    assert again.from_bytes(crf.to_bytes()).labels == crf.labels


def test_a_model_needs_the_features_it_was_fitted_with(nlp):
    data = nlp.get_pipe("bioner_crf").to_bytes()
    other = blank(features={"affixes": {"prefixes": [3]}, "shapes": {"window": [0]}}).get_pipe("bioner_crf")
    with pytest.raises(BionerError, match=r"B415.*affixes, shapes"):
        other.from_bytes(data)


def test_the_same_data_gives_the_same_model(nlp):
    assert trained().get_pipe("bioner_crf").model_bytes == nlp.get_pipe("bioner_crf").model_bytes


def test_the_config_says_all_that_is_default():
    filled = srsly.json_loads(srsly.json_dumps(blank().config["components"]["bioner_crf"]))
    assert filled["features"]["clusters"]["sizes"] == [100, 500, 2000]
    assert filled["features"]["bigrams"]["of"] == "lower"
    assert all(registry.has("misc", block["@misc"]) for block in filled["features"].values())
