import gzip

import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span, SpanGroup
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_bioner import limits
from spacy_bioner.documents.doc_mentions import mentions
from spacy_bioner.documents.document import Mention
from spacy_bioner.documents.gold import set_gold
from spacy_bioner.errors import BionerError
from spacy_bioner.formats.lexicon import make_tsv_lexicon
from spacy_bioner.pipeline import sealed
from spacy_bioner.pipeline.dictionary.term_component import TERMS_FILE

NAMES = [
    ("breast neoplasms", "Disease", "D001943"),
    ("cancer of the breast", "Disease", "D001943"),
    ("adenomatous polyposis coli", "Disease", "D011125"),
    ("activated protein C", "Protein", "P1"),
    ("myocardial infarction", "Disease", "D009203"),
    ("cold", "Disease", "D003139"),
    ("cold", "Disease", "D000067390"),
    ("cold", "Disease", "D003139"),
    ("ovarian and breast cancer", "Disease", ["D010051", "D001943"]),
]


def make(**settings):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_linker", config=settings).add_names(NAMES)
    return nlp


@pytest.fixture(scope="module")
def nlp():
    return make()


def linked(nlp, text, *places):
    doc = nlp.make_doc(text)
    doc.set_ents([doc.char_span(text.index(part), text.index(part) + len(part), label=label) for part, label in places])
    return nlp.get_pipe("bioner_linker")(doc)


@pytest.mark.parametrize(
    ("text", "concept", "least"),
    [
        ("Myocardial infarction", "D009203", 1.0),
        ("myocardial infarctions", "D009203", 0.98),
        ("breast cancer", "D001943", 0.92),
        ("myocardiall infarction", "D009203", 0.8),
        ("ovarian and breast cancer", "D010051|D001943", 1.0),
        ("itching", "", 0),
    ],
)
def test_the_best_concept_is_the_kb_id_and_its_score_says_how_it_was_found(nlp, text, concept, least):
    doc = linked(nlp, text, (text, "Disease"))
    assert doc.ents[0].kb_id_ == concept
    best = doc.spans["bioner"].attrs["candidates"][0][:1]
    assert [(name, score) for name, score in best if score >= 0.65] == (
        [(concept, pytest.approx(least, abs=0.3))] if concept else []
    )
    if least > 0.9:
        assert best[0][1] == pytest.approx(least)


def test_an_ambiguous_name_shares_its_score_by_how_often_it_was_given(nlp):
    candidates = linked(nlp, "cold", ("cold", "Disease")).spans["bioner"].attrs["candidates"][0]
    assert candidates[:2] == [["D003139", pytest.approx(2 / 3)], ["D000067390", pytest.approx(1 / 3)]]


def test_an_abbreviation_is_what_the_text_says_for_a_label(nlp):
    text = "Adenomatous polyposis coli (APC) is rare. Carriers of APC fall ill."
    doc = nlp.make_doc(text)
    doc.set_ents([Span(doc, 4, 5, "Disease"), Span(doc, 11, 12, "Disease")])
    assert [ent.kb_id_ for ent in nlp.get_pipe("bioner_linker")(doc).ents] == ["D011125", "D011125"]
    without = make(abbreviations=False)
    doc.set_ents([Span(doc, 4, 5, "Disease")])
    assert [ent.kb_id_ for ent in without.get_pipe("bioner_linker")(doc).ents] == [""]
    assert linked(nlp, "APC", ("APC", "Protein")).ents[0].kb_id_ == ""


def test_ids_of_earlier_components_are_kept_or_replaced(nlp):
    keeping = make(overwrite=False)
    for pipeline, expected in ((keeping, "X"), (nlp, "D009203")):
        doc = pipeline.make_doc("myocardial infarction")
        doc.set_ents([Span(doc, 0, 2, "Disease", kb_id="X")])
        assert pipeline.get_pipe("bioner_linker")(doc).ents[0].kb_id_ == expected


def test_a_discontinuous_mention_is_linked_whole(nlp):
    doc = nlp.make_doc("cancer of the lung and breast")
    parts = [Span(doc, 0, 3, "Disease", span_id="M1"), Span(doc, 5, 6, "Disease", span_id="M1")]
    doc.spans["bioner"] = SpanGroup(doc, spans=parts, attrs={"scores": [0.9, 0.9]})
    doc.set_ents([Span(doc, 0, 6, "Disease", span_id="M1")])
    nlp.get_pipe("bioner_linker")(doc)
    assert [(one.text, one.concepts, one.score) for one in mentions(doc)] == [
        ("cancer of the breast", ("D001943",), 0.9)
    ]
    assert [ent.kb_id_ for ent in doc.ents] == ["D001943"]


def test_everything_survives_docbin_and_processes(nlp):
    doc = linked(nlp, "breast cancer and a cold", ("breast cancer", "Disease"), ("cold", "Disease"))
    stored = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    copies = [*DocBin().from_bytes(stored).get_docs(Vocab()), Doc(Vocab()).from_bytes(doc.to_bytes())]
    copies += list(nlp.pipe([doc.copy(), doc.copy()], n_process=2))
    for copy in copies:
        assert [ent.kb_id_ for ent in copy.ents] == ["D001943", "D003139"]
        assert [[list(one) for one in some] for some in copy.spans["bioner"].attrs["candidates"]] == doc.spans[
            "bioner"
        ].attrs["candidates"]


def test_it_learns_from_gold_lexicons_and_synonyms(tmp_path):
    nlp = spacy.blank("en")
    linker = nlp.add_pipe("bioner_linker")
    doc = nlp.make_doc("ovarian and breast cancer")
    set_gold(
        doc,
        [
            Mention(0, 25, "Disease", ((0, 7), (19, 25)), concepts=("D1",)),
            Mention(12, 25, "Disease", concepts=("D2", "D3")),
        ],
    )
    (tmp_path / "ids.tsv").write_text("aspirin\tDrug\tC1\nnothing\tDrug\n", encoding="utf8")
    (tmp_path / "other.tsv").write_text("Aspirin\tDrug\tDB1\nASA\tDrug\tDB1\nibuprofen\tDrug\tDB2\n", encoding="utf8")
    lexicons = {"ids": make_tsv_lexicon(tmp_path / "ids.tsv")}
    linker.initialize(
        lambda: [Example(doc, doc)],
        nlp=nlp,
        lexicons=lexicons,
        synonyms={"o": make_tsv_lexicon(tmp_path / "other.tsv")},
    )
    found = {(name.term, name.label, name.concepts) for name in linker.names}
    assert found == {
        ("ovarian cancer", "Disease", "D1"),
        ("breast cancer", "Disease", "D2|D3"),
        ("aspirin", "Drug", "C1"),
        ("Aspirin", "Drug", "C1"),
        ("ASA", "Drug", "C1"),
    }


def test_lexicons_that_give_nothing_are_refused(tmp_path):
    linker = spacy.blank("en").add_pipe("bioner_linker")
    (tmp_path / "a.tsv").write_text("aspirin\tDrug\n", encoding="utf8")
    (tmp_path / "b.tsv").write_text("ibuprofen\tDrug\tDB2\n", encoding="utf8")
    (tmp_path / "c.tsv").write_text("aspirin\tDrug\tC1\n", encoding="utf8")
    a, b, c = (make_tsv_lexicon(tmp_path / f"{name}.tsv") for name in "abc")
    with pytest.raises(BionerError, match=r"B681.*none of its 1 names"):
        linker.initialize(lambda: [], lexicons={"a": a})
    with pytest.raises(BionerError, match="B682"):
        linker.initialize(lambda: [], lexicons={"c": c}, synonyms={"b": b})
    with pytest.raises(BionerError, match="B683"):
        linker.add_names([("aspirin", "Drug")])
    with pytest.warns(UserWarning, match="B684"):
        linker.initialize(lambda: [])
    assert linker.linker.link([]) == []


def test_damaged_and_endless_files_are_refused(nlp, tmp_path, monkeypatch):
    linker = nlp.get_pipe("bioner_linker")
    linker.to_disk(tmp_path / "linker")
    data = bytearray((tmp_path / "linker" / TERMS_FILE).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "linker" / TERMS_FILE).write_bytes(data)
    other = spacy.blank("en").add_pipe("bioner_linker")
    with pytest.raises(BionerError, match="B580"):
        other.from_disk(tmp_path / "linker")
    monkeypatch.setattr(limits, "TERMS", 1 << 20)
    endless = sealed.to_bytes({TERMS_FILE: gzip.compress(bytes(1 << 24))}, {})
    with pytest.raises(BionerError, match="B584"):
        other.from_bytes(endless)


BESIDE = [
    ("nifedipine", "Chemical", "C1"),
    ("phlorizin", "Chemical", "C2"),
    ("p", "Chemical", "C3"),
    ("midazolam", "Chemical", "C4"),
    ("hypertension", "Disease", "D1"),
]


@pytest.mark.parametrize(
    ("text", "mentions_of", "expected"),
    [
        ("nifedipine (Xyzal) and Xyzal", ["nifedipine", "Xyzal", "Xyzal"], ["C1", "C1", "C1"]),
        ("Xyzal [nifedipine]", ["Xyzal", "nifedipine"], ["C1", "C1"]),
        ("phlorizin (P) as P", ["phlorizin", "P", "P"], ["C2", "C2", "C2"]),
        ("nifedipine (midazolam)", ["nifedipine", "midazolam"], ["C1", "C4"]),
        ("nifedipine, Xyzal", ["nifedipine", "Xyzal"], ["C1", ""]),
        ("hypertension (Xyzal)", ["hypertension", "Xyzal"], ["D1", ""]),
    ],
)
def test_a_name_in_brackets_is_another_name_of_the_mention_before_it(text, mentions_of, expected):
    nlp = spacy.blank("en")
    linker = nlp.add_pipe("bioner_linker")
    linker.add_names(BESIDE)
    doc, at, spans = nlp.make_doc(text), 0, []
    for name in mentions_of:
        start = text.index(name, at)
        at = start + len(name)
        spans.append(doc.char_span(start, at, "Disease" if name == "hypertension" else "Chemical"))
    doc.set_ents(spans)
    assert [ent.kb_id_ for ent in linker(doc).ents] == expected
    linker.abbreviations = False
    assert linker(doc).ents[-1].kb_id_ != "C2"
