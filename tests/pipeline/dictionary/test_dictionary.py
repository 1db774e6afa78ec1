import pickle
import warnings

import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example

from spacy_bioner.errors import BionerError
from spacy_bioner.formats.lexicon import Entry, make_tsv_lexicon
from spacy_bioner.pipeline.dictionary.component import Dictionary
from spacy_bioner.pipeline.dictionary.term_component import TERMS_FILE
from spacy_bioner.pipeline.dictionary.terms import Term

ENTRIES = [
    Entry("breast cancer", "Disease", ("MESH:D001943", "DOID:1612")),
    Entry("cancer", "Disease", ("MESH:D009369",)),
    Entry("cancer antigen", "Protein"),
    Entry("N-acetylcysteine", "Chemical", ("MESH:D000111",)),
    Entry("CAT", "Protein"),
]
TEXT = "NAcetylCysteine for breast-cancer antigens in the cat, CAT; and cancers."


def make_nlp(entries=ENTRIES, **config):
    nlp = spacy.blank("en")
    component = nlp.add_pipe("bioner_dictionary", config=config)
    if entries:
        component.add_terms(entries)
    return nlp


def ents(doc):
    return [(ent.text, ent.label_, ent.kb_id_) for ent in doc.ents]


def layers(doc):
    group = doc.spans["bioner"]
    spans = [(span.start_char, span.end_char, span.label_, span.kb_id_, span.id_) for span in group]
    return ents(doc), spans, group.attrs["scores"]


CORPUS = spacy.blank("en")


def example(text, *mentions):
    doc = CORPUS(text)
    doc.set_ents([doc.char_span(text.index(m), text.index(m) + len(m), label=label) for m, label in mentions])
    return Example(CORPUS.make_doc(text), doc)


TRAIN = [
    example("Fever and headaches after aspirin", ("Fever", "Disease"), ("headaches", "Disease"), ("aspirin", "Drug")),
    example("No fever, no headache, on aspirin", ("fever", "Disease"), ("headache", "Disease"), ("aspirin", "Drug")),
    example("the test of the tests", ("test", "Finding")),
    example("a test and a test and a test"),
]


def test_every_match_is_kept_and_the_leftmost_longest_are_entities():
    doc = make_nlp()(TEXT)
    assert ents(doc) == [
        ("NAcetylCysteine", "Chemical", "MESH:D000111"),
        ("breast-cancer", "Disease", "MESH:D001943|DOID:1612"),
        ("CAT", "Protein", ""),
        ("cancers", "Disease", "MESH:D009369"),
    ]
    assert [(span.text, span.label_, span.kb_id_) for span in doc.spans["bioner"]] == [
        ("NAcetylCysteine", "Chemical", "MESH:D000111"),
        ("breast-cancer", "Disease", "MESH:D001943|DOID:1612"),
        ("cancer", "Disease", "MESH:D009369"),
        ("cancer antigens", "Protein", ""),
        ("CAT", "Protein", ""),
        ("cancers", "Disease", "MESH:D009369"),
    ]
    assert doc.spans["bioner"].attrs["scores"] == [1.0] * 6


def test_nothing_is_found_in_an_empty_doc_or_by_an_empty_dictionary():
    for nlp in (make_nlp(), make_nlp([])):
        for text in ("", " ", "nothing"):
            doc = nlp(text)
            assert layers(doc) == ([], [], [])
            assert doc.has_annotation("ENT_IOB")
    assert make_nlp([]).get_pipe("bioner_dictionary").labels == ()


def test_options_keep_terms_out():
    nlp = make_nlp(stop=["Cancers", "cat"], min_length=4)
    names = [term.term for term in nlp.get_pipe("bioner_dictionary").terms]
    assert names == ["breast cancer", "cancer antigen", "N-acetylcysteine"]
    kept = make_nlp(stop=["cat"]).get_pipe("bioner_dictionary")
    assert "CAT" in [term.term for term in kept.terms]  # short, and not written like the stop word


def test_token_order_adds_the_inverted_term():
    nlp = make_nlp([Entry("Neoplasm, Hepatic", "Disease", ("D1",))], steps=["case", "token_order"])
    assert ents(nlp("hepatic neoplasm")) == [("hepatic neoplasm", "Disease", "D1")]
    assert ents(make_nlp([Entry("Neoplasm, Hepatic", "Disease")])("hepatic neoplasm")) == []


@pytest.mark.parametrize(
    ("conflicts", "written"),
    [("majority", [("Finding", "F1|F2")]), ("all", [("Finding", "F1|F2"), ("Disease", "D1")])],
)
def test_a_term_with_two_labels(conflicts, written):
    entries = [
        Entry("cold", "Disease", ("D1",)),
        Entry("Colds", "Finding", ("F2",)),
        Entry("cold", "Finding", ("F1",)),
        Entry("cold", "Finding", ("F1",)),
    ]
    doc = make_nlp(entries, conflicts=conflicts, case_length=0)("A cold.")
    assert [(span.label_, span.kb_id_) for span in doc.spans["bioner"]] == written
    assert ents(doc) == [("cold", "Finding", "F1|F2")]


@pytest.mark.parametrize(
    ("policy", "labels"),
    [("keep", ["Old"]), ("override", ["Disease"]), ("replace", ["Disease"]), ("longest", ["Disease"])],
)
def test_entities_of_earlier_components(policy, labels):
    nlp = make_nlp(merge=policy)
    doc = nlp.make_doc("breast cancer")
    doc.ents = [Span(doc, 1, 2, "Old")]
    assert [ent.label_ for ent in nlp(doc).ents] == labels


def test_learns_from_gold_and_prunes():
    nlp = make_nlp([])
    nlp.initialize(lambda: TRAIN)
    component = nlp.get_pipe("bioner_dictionary")
    assert list(component.terms) == [
        Term("aspirin", "Drug", times=2),
        Term("Fever", "Disease"),
        Term("fever", "Disease"),
        Term("headaches", "Disease"),
        Term("headache", "Disease"),
    ]
    assert component.labels == ("Disease", "Drug")
    assert nlp.pipe_labels["bioner_dictionary"] == ["Disease", "Drug"]
    doc = nlp("HEADACHE and the test")
    assert ents(doc) == [("HEADACHE", "Disease", "")]

    kept = make_nlp([], prune=0)
    kept.initialize(lambda: TRAIN)
    assert ents(kept("the test")) == [("test", "Finding", "")]
    scores = kept.evaluate(TRAIN)
    assert scores["ents_r"] == 1.0
    assert scores["ents_p"] == 7 / 11
    assert nlp.evaluate(TRAIN)["ents_p"] == 1.0


def test_learns_from_lexicons(tmp_path, caplog):
    (tmp_path / "a.tsv").write_text("influenza\tDisease\tD1\n\tDisease\n", encoding="utf-8")
    (tmp_path / "b.tsv").write_text("flu\tDisease\tD1\nthe\tDisease\n", encoding="utf-8")
    nlp = make_nlp()
    nlp.config["initialize"]["components"]["bioner_dictionary"] = {
        "gold": False,
        "lexicons": {
            "first": {"@misc": "spacy-bioner.TsvLexicon.v1", "path": str(tmp_path / "a.tsv"), "policy": "skip"},
            "second": {"@misc": "spacy-bioner.TsvLexicon.v1", "path": str(tmp_path / "b.tsv")},
            "none": {"@misc": "spacy-bioner.TsvLexicon.v1", "path": None},
        },
    }
    nlp.initialize(lambda: TRAIN)
    names = [term.term for term in nlp.get_pipe("bioner_dictionary").terms]
    assert names == ["influenza", "flu"]  # "the" matches in the training text, and is gold nowhere
    assert "a.tsv:2: empty term" in caplog.text

    bad = {"bad": make_tsv_lexicon(tmp_path / "a.tsv")}
    with pytest.raises(BionerError, match=r"a\.tsv:2: empty term"):
        nlp.get_pipe("bioner_dictionary").initialize(lambda: TRAIN, lexicons=bad)
    (tmp_path / "c.tsv").write_text("grippe\tdisease\n", encoding="utf-8")
    with pytest.warns(UserWarning, match=r"\[B325\].* lexicons disease; it has Disease, Drug"):
        Dictionary(nlp.vocab).initialize(lambda: TRAIN, lexicons={"c": make_tsv_lexicon(tmp_path / "c.tsv")})


def test_refuses_what_it_cannot_do():
    for config, code in (({"steps": ["stem"]}, "B320"), ({"prune": 1.5}, "B322")):
        with pytest.raises(BionerError, match=code):
            make_nlp(**config)
    with pytest.raises(BionerError, match="B321"):
        Dictionary(spacy.blank("en").vocab, conflicts="none")
    nlp = make_nlp([])
    nlp.config["training"]["max_epochs"] = -1
    with pytest.raises(BionerError, match=r"\[B323\].*max_epochs"):
        nlp.initialize(lambda: TRAIN)
    with pytest.warns(UserWarning, match=r"\[B324\].*no term"):
        make_nlp([]).initialize(lambda: [example("nothing here")])


def test_a_streamed_corpus_is_fine_for_lexicons_alone(tmp_path):
    (tmp_path / "a.tsv").write_text("fever\tDisease\n", encoding="utf-8")
    nlp = make_nlp([], prune=0)
    nlp.config["training"]["max_epochs"] = -1
    lexicons = {"a": make_tsv_lexicon(tmp_path / "a.tsv")}
    nlp.get_pipe("bioner_dictionary").initialize(lambda: TRAIN, nlp=nlp, lexicons=lexicons, gold=False)
    assert ents(nlp("headache, fever")) == [("fever", "Disease", "")]


def trained():
    nlp = make_nlp([])
    nlp.initialize(lambda: TRAIN)
    nlp.get_pipe("bioner_dictionary").add_terms(ENTRIES)
    return nlp


def test_survives_bytes_and_disk(tmp_path):
    nlp = trained()
    expected = layers(nlp(TEXT))
    assert len(expected[1]) == 6
    nlp.to_disk(tmp_path / "model")
    assert layers(spacy.load(tmp_path / "model")(TEXT)) == expected
    other = make_nlp([])
    other.from_bytes(nlp.to_bytes())
    assert layers(other(TEXT)) == expected
    component = nlp.get_pipe("bioner_dictionary")
    assert list(other.get_pipe("bioner_dictionary").terms) == list(component.terms)
    assert component.to_bytes() == other.get_pipe("bioner_dictionary").to_bytes()


def test_reads_terms_saved_under_other_steps():
    data = make_nlp(steps=["case"]).get_pipe("bioner_dictionary").to_bytes()
    other = make_nlp([])
    other.get_pipe("bioner_dictionary").from_bytes(data)
    assert layers(other(TEXT)) == layers(make_nlp()(TEXT))


@pytest.mark.parametrize("damage", [lambda data: data[:20], lambda data: b"{}", lambda data: b""])
def test_damaged_files(tmp_path, damage):
    component = trained().get_pipe("bioner_dictionary")
    component.to_disk(tmp_path)
    path = tmp_path / TERMS_FILE
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BionerError, match=rf"\[B580\] .*{TERMS_FILE}"):
        component.from_disk(tmp_path)
    with pytest.raises(BionerError, match="B580"):
        component.from_disk(tmp_path / "absent")
    with pytest.raises(BionerError, match="B580"):
        component.from_bytes(b"\x1f\x8b")


def test_survives_docbin():
    doc = trained()(TEXT)
    data = DocBin(docs=[doc]).to_bytes()
    (read,) = DocBin().from_bytes(data).get_docs(spacy.blank("en").vocab)
    assert layers(read) == layers(doc)
    assert layers(Doc(spacy.blank("en").vocab).from_bytes(doc.to_bytes())) == layers(doc)


def test_pipe_and_processes_agree_with_single_calls():
    nlp = trained()
    texts = [TEXT, "", "fever", "none here", *(f"breast cancer {i} and cats" for i in range(20))]
    expected = [layers(nlp(text)) for text in texts]
    assert [layers(doc) for doc in nlp.pipe(texts)] == expected
    assert [layers(doc) for doc in nlp.pipe(texts, batch_size=3)] == expected
    assert [layers(doc) for doc in nlp.pipe(texts, n_process=2, batch_size=5)] == expected


def test_survives_pickling():
    nlp = trained()
    component = nlp.get_pipe("bioner_dictionary")
    copy = pickle.loads(pickle.dumps(component))
    tokens = nlp.make_doc(TEXT)
    doc = Doc(copy.vocab, words=[t.text for t in tokens], spaces=[bool(t.whitespace_) for t in tokens])
    assert layers(copy(doc)) == layers(nlp(TEXT))


def test_a_failing_doc_goes_to_the_error_handler():
    nlp = make_nlp()
    component = nlp.get_pipe("bioner_dictionary")
    seen = []
    component.set_error_handler(lambda name, proc, docs, error: seen.append((name, len(docs), type(error))))
    good, bad = nlp.make_doc("cancer"), nlp.make_doc("breast cancer")
    component.merge = "both"
    assert list(component.pipe([good, bad])) == []
    assert seen == [("bioner_dictionary", 2, BionerError)]


def test_scores_come_from_the_training_text():
    nlp = make_nlp([], prune=0)
    nlp.initialize(lambda: TRAIN)
    doc = nlp("aspirin test")
    # Of the five matches of "test", two are in the document of its only mention; the others are wrong.
    assert doc.spans["bioner"].attrs["scores"] == [1.0, 0.25]


def test_no_warning_in_ordinary_use():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trained()(TEXT)


def test_a_text_is_one_concept_id_and_one_stop_word():
    nlp = make_nlp([("nausea", "ADR", "10028813"), ("rashes", "ADR", ["1", "2"]), ("aches", "ADR", "")])
    doc = nlp("Nausea, rashes and aches")
    assert [(ent.kb_id_, ent.id_) for ent in doc.ents] == [("10028813", ""), ("1|2", ""), ("", "")]
    component = Dictionary(nlp.vocab, stop="cat", min_length=1)
    component.add_terms([("cat", "Animal"), ("a", "Letter")])
    assert [term.term for term in component.terms] == ["a"]


@pytest.mark.parametrize(
    "entry",
    [
        "fever",
        ("fever",),
        ("fever", "X", "1", "2"),
        (None, "X"),
        ("fever", None),
        ("fever", ""),
        ("fever", " "),
        ("", "X"),
        ("fever", "X", None),
        ("fever", "X", 10028813),
        ("fever", "X", [1]),
        ("fever", "X", {"1": 2}),
        ({"term": "fever"}, "X"),
    ],
)
def test_what_is_no_term_is_refused_whole(entry):
    component = make_nlp().get_pipe("bioner_dictionary")
    before = list(component.terms)
    with pytest.raises(BionerError, match=r"\[B311\]"):
        component.add_terms([("nausea", "ADR"), entry])
    assert list(component.terms) == before


def test_the_first_word_of_a_sentence_may_have_a_capital():
    nlp = make_nlp([("rash", "ADR"), ("pain", "ADR"), ("CAT", "Protein")])
    for text, found in (
        ("Rash. Pain, Rash", ["Rash", "Pain"]),
        ("(Rash) was seen.\nPain too", ["Rash", "Pain"]),
        ('Seen. "Pain"', ["Pain"]),
        ("Cat. PAIN. The Rash", []),
        ("Seen: Rash", []),
        ("the rash", ["rash"]),
    ):
        assert [ent.text for ent in nlp(text).ents] == found
        assert [[ent.text for ent in doc.ents] for doc in nlp.pipe([text, text])] == [found, found]
    doc = nlp.make_doc("He saw Rash. Pain")
    for token in doc:
        token.is_sent_start = token.text == "Rash"
    assert [ent.text for ent in nlp(doc).ents] == ["Rash"]
