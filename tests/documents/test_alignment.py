"""Mentions and tokens: whatever the text, the spans and the policy, every mention is held or accounted for."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from sample_documents import documents, token_documents
from spacy.tokens import Doc, DocBin, Span
from spacy.vocab import Vocab

from spacy_bioner.documents.alignment import (
    COUNTS,
    OUTCOMES,
    default_tokenizer,
    describe,
    from_doc,
    to_doc,
    tokenized,
)
from spacy_bioner.documents.gold import GOLD, Gold, get_gold, set_gold
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, Relation
from spacy_bioner.pipeline.scorer import gold_spans

POLICIES = ("strict", "contract", "expand", "split")
NLP = spacy.blank("en")
BIO = default_tokenizer()


def spans(mentions):
    return {(m.start, m.end, m.label, m.fragments) for m in mentions}


def ents(doc):
    return [(ent.text, ent.label_) for ent in doc.ents]


def aligned(text, mentions, policy="contract"):
    counts = Counter()
    doc = to_doc(Document(text, [Mention(*mention) for mention in mentions]), NLP, policy, counts)
    return doc, {key: count for key, count in counts.items() if key != "mentions"}


@pytest.mark.parametrize("policy", POLICIES)
@given(document=documents(full=True), tokenizer=st.sampled_from([NLP, BIO]))
def test_nothing_is_ever_lost_from_sight(policy, document, tokenizer):
    counts = Counter()
    doc = to_doc(document, tokenizer, policy, counts)
    assert doc.text == document.text
    assert counts["mentions"] == len(document.mentions) == sum(counts[key] for key in OUTCOMES)
    assert set(counts) <= set(COUNTS)
    back = from_doc(doc)
    assert replace(back, tokens=None, sentences=None) == document
    assert len(doc.ents) == counts["exact"] + counts["contracted"] + counts["expanded"] + counts["split"]
    for ent in doc.ents:
        assert not ent[0].text.isspace()
        assert not ent[-1].text.isspace()


@pytest.mark.parametrize("policy", POLICIES)
@given(document=documents(full=True))
def test_tokens_of_mentions_are_entities_or_unknown_never_outside(policy, document):
    doc = to_doc(document, BIO, policy)
    touched = set()
    for mention in document.mentions:
        for start, end in mention.fragments or [(mention.start, mention.end)]:
            words = document.text[start:end]
            start, end = start + len(words) - len(words.lstrip()), start + len(words.rstrip())
            touched |= {t.i for t in doc if start < end and t.idx < end and start < t.idx + len(t)}
    assert not any(doc[i].ent_iob_ == "O" for i in touched)
    covered = {token.i for ent in doc.ents for token in ent}
    assert all(token.ent_iob_ == "O" for token in doc if token.i not in touched | covered)


@given(document=documents(full=True))
def test_policies_hold_what_they_say(document):
    for policy in POLICIES:
        counts = Counter()
        to_doc(document, NLP, policy, counts)
        if policy == "strict":
            assert not counts["contracted"] + counts["expanded"] + counts["split"]
        if policy == "contract":
            assert not counts["expanded"] + counts["split"]
        if policy == "split":
            # Lost or contracted is only what starts or ends in white space.
            trimmed = [
                m for m in document.mentions if document.text[m.start : m.end].strip() != document.text[m.start : m.end]
            ]
            assert counts["lost"] + counts["contracted"] <= len(trimmed)
            assert not counts["expanded"]


@given(document=documents(full=True))
def test_which_mentions_are_chosen_does_not_depend_on_the_policy(document):
    overlapping = set()
    for policy in POLICIES:
        counts = Counter()
        to_doc(document, NLP, policy, counts)
        overlapping.add(tuple(counts[key] for key in ("nested", "crossing", "discontinuous", "duplicate")))
    assert len(overlapping) == 1


@given(document=token_documents(max_sentences=3))
def test_a_documents_own_tokens_are_kept(document):
    doc = to_doc(document, NLP)
    assert [(token.idx, token.idx + len(token)) for token in doc] == document.tokens
    assert [sent.start for sent in doc.sents] == document.sentences
    assert from_doc(doc) == document


@given(document=documents(full=True), data=st.data())
def test_any_tokens_inside_the_text_build_the_text(document, data):
    edges = sorted(data.draw(st.sets(st.integers(0, len(document.text)))))
    document.tokens = [pair for pair in pairwise(edges) if data.draw(st.booleans())]
    starts = data.draw(st.sets(st.sampled_from(range(len(document.tokens))))) if document.tokens else set()
    document.sentences = sorted(starts)
    counts = Counter()
    doc = to_doc(document, NLP, "split", counts)
    assert doc.text == document.text
    assert spans(from_doc(doc).mentions) == spans(document.mentions)
    assert {doc.char_span(*document.tokens[i]).start for i in starts if not counts["split"]} <= {
        token.i for token in doc if token.is_sent_start
    }


@given(text=documents().map(lambda document: document.text))
def test_white_space_between_tokens_becomes_what_spacys_tokenizer_makes_of_it(text):
    doc = NLP.make_doc(text)
    words = [(token.idx, token.idx + len(token)) for token in doc if not token.is_space]
    rebuilt = to_doc(Document(text, tokens=words), NLP)
    assert [(t.text, t.whitespace_) for t in rebuilt] == [(t.text, t.whitespace_) for t in doc]


def test_each_policy_on_one_token():
    text = "BRCA1/2 and anti+p53, p21"
    mentions = [(0, 5, "G"), (17, 20, "G"), (22, 25, "G")]
    strict, counts = aligned(text, mentions, "strict")
    assert ents(strict) == [("p21", "G")]
    assert counts == {"exact": 1, "lost": 2}
    assert [token.ent_iob_ for token in strict] == ["", "O", "", "O", "B"]
    contract, counts = aligned("severe heart-failure case", [(7, 18, "D"), (0, 12, "X")], "contract")
    assert ents(contract) == [("severe heart", "X")]
    assert counts == {"exact": 1, "crossing": 1}
    expand, counts = aligned(text, mentions, "expand")
    assert ents(expand) == [("BRCA1/2", "G"), ("anti+p53", "G"), ("p21", "G")]
    assert counts == {"exact": 1, "expanded": 2}
    split, counts = aligned(text, mentions, "split")
    assert ents(split) == [("BRCA1", "G"), ("p53", "G"), ("p21", "G")]
    assert [token.text for token in split] == ["BRCA1", "/2", "and", "anti+", "p53", ",", "p21"]
    assert counts == {"exact": 1, "split": 2}
    assert GOLD not in split.user_data


def test_contract_keeps_the_tokens_wholly_inside():
    doc, counts = aligned("severe heartfailure", [(0, 12, "D")])
    assert ents(doc) == [("severe", "D")]
    assert [token.ent_iob_ for token in doc] == ["B", ""]
    assert counts == {"contracted": 1}
    assert get_gold(doc).mentions == [Mention(0, 12, "D")]


def test_two_mentions_that_expand_to_one_token():
    doc, counts = aligned("BRCA1/2 x", [(6, 7, "A"), (0, 5, "B")], "expand")
    assert ents(doc) == [("BRCA1/2", "B")]
    assert counts == {"expanded": 1, "lost": 1}


def test_the_outermost_is_kept_and_all_others_are_counted():
    text = "breast and ovarian cancer gene"
    mentions = [
        (19, 25, "D"),
        (11, 25, "D"),
        (0, 25, "D", ((0, 6), (19, 25))),
        (11, 25, "D"),
        (11, 25, "G"),
        (19, 30, "G"),
    ]
    doc, counts = aligned(text, mentions)
    assert ents(doc) == [("ovarian cancer", "D")]
    assert counts == {"exact": 1, "nested": 2, "crossing": 1, "discontinuous": 1, "duplicate": 1}
    assert [token.ent_iob_ for token in doc] == ["", "O", "B", "I", ""]
    assert sorted(gold_spans(doc), key=lambda span: span[:3]) == [
        (0, 25, "D", ((0, 6), (19, 25))), (11, 25, "D"), (11, 25, "G"), (19, 25, "D"), (19, 30, "G")
    ]  # fmt: skip


@pytest.mark.parametrize("policy", POLICIES)
def test_white_space_at_the_edges_and_line_ends(policy):
    doc, counts = aligned("a heart\nfailure \n b", [(2, 17, "D")], policy)
    assert ents(doc) == ([] if policy == "strict" else [("heart\nfailure", "D")])
    assert counts == {"lost" if policy == "strict" else "contracted": 1}
    assert from_doc(doc).mentions == [Mention(2, 17, "D")]
    doc, counts = aligned("a \n b", [(1, 4, "D")], policy)
    assert ents(doc) == []
    assert counts == {"lost": 1}


def test_split_keeps_norms_and_sentence_starts():
    def tokenizer(text):
        doc = NLP.make_doc(text)
        for token in doc:
            token.is_sent_start = token.text in ("I", "BRCA1/2")
        return doc

    text = "I can't. BRCA1/2 is"
    doc = to_doc(Document(text, [Mention(14, 15, "G")]), tokenizer, "split")
    assert [t.text for t in doc] == ["I", "ca", "n't", ".", "BRCA1", "/", "2", "is"]
    assert [t.norm_ for t in doc][:4] == ["i", "can", "not", "."]
    assert [sent.start for sent in doc.sents] == [0, 4]


def test_concepts_and_span_groups():
    document = Document("aspirin rash", [Mention(0, 7, "Drug", concepts=("MESH:D1", "X")), Mention(8, 12, "ADR")])
    doc = to_doc(document, NLP)
    assert [ent.kb_id_ for ent in doc.ents] == ["MESH:D1", ""]
    assert from_doc(doc) == replace(document, tokens=[(0, 7), (8, 12)])
    doc.spans["bioner"] = [doc[1:2]]
    doc.spans["bioner"][0].label_ = "X"
    assert [(m.start, m.end) for m in from_doc(doc, "bioner").mentions] == [(8, 12)]
    assert from_doc(doc, "absent").mentions == []


def test_predictions_over_gold():
    doc, _ = aligned("BRCA1/2 and", [(0, 5, "G")])
    doc.set_ents([Span(doc, 1, 2, "X")])
    assert [(m.start, m.end) for m in from_doc(doc).mentions] == [(0, 5)]
    assert [(m.start, m.end) for m in from_doc(doc, gold=False).mentions] == [(8, 11)]


def test_gold_of_ents_that_were_changed_since_is_that_of_ents():
    document = Document("a rash", [Mention(2, 6, "ADR", id="T1", concepts=("A", "B"), score=0.5)])
    doc = to_doc(document, NLP)
    assert get_gold(doc).mentions == document.mentions
    doc.set_ents([Span(doc, 0, 1, "X")])
    assert get_gold(doc).mentions == [Mention(0, 1, "X")]


@pytest.mark.parametrize(
    "value",
    [None, 7, [[0, 1, "X"]], {}, {"mentions": [[0, 1]], "relations": [], "in_ents": True}]
    + [
        {"mentions": [item], "relations": [], "in_ents": False}
        for item in (
            [0, 99, "X", [], "", [], None],
            [0, 1.0, "X", [], "", [], None],
            [0, 1, "\ud800", [], "", [], None],
            [0, 1, "X", [], 7, [], None],
            [0, 1, "X", [], "", "C1", 2],
        )
    ],
)
def test_user_data_of_others_is_told(value):
    doc = NLP("a b")
    doc.user_data[GOLD] = value
    with pytest.raises(BionerError, match=r"B170.*bioner_gold"):
        get_gold(doc)


def test_set_gold_says_no_more_than_ents_do_not():
    doc = NLP("a rash")
    assert get_gold(doc) is None
    doc.set_ents([Span(doc, 1, 2, "ADR", kb_id="C1")])
    set_gold(doc, [Mention(2, 6, "ADR", concepts=("C1",))])
    assert GOLD not in doc.user_data
    relation = Relation("Same", (("Arg1", "T1"), ("Arg2", "T1")))
    set_gold(doc, [Mention(2, 6, "ADR", id="T1")], [relation])
    assert get_gold(doc) == Gold([Mention(2, 6, "ADR", id="T1")], [relation])


@given(document=documents(full=True))
def test_survives_bytes_and_docbin(document):
    doc = to_doc(document, NLP)
    expected = from_doc(doc)
    assert from_doc(Doc(NLP.vocab).from_bytes(doc.to_bytes())) == expected
    docbin = DocBin(store_user_data=True).from_bytes(DocBin(store_user_data=True, docs=[doc]).to_bytes())
    assert from_doc(next(docbin.get_docs(Vocab()))) == expected


def test_tokenized_says_what_tags_can():
    document = tokenized(Document("BRCA1/2 gene", [Mention(0, 5, "G"), Mention(0, 12, "G")], id="d"), NLP)
    assert document.tokens == [(0, 7), (8, 12)]
    assert document.mentions == [Mention(0, 12, "G")]
    assert document.id == "d"


def test_counts_in_words():
    assert describe(Counter(mentions=3, exact=2, lost=1)) == "3 mentions: 2 exact, 1 lost"


@pytest.mark.parametrize(
    ("code", "document", "tokenizer", "policy"),
    [
        ("B138", Document("a"), NLP, "shrink"),
        ("B139", Document("a  b"), lambda text: Doc(NLP.vocab, text.split()), "strict"),
        ("B140", Document("a b", tokens=[(0, 1), (0, 1)]), NLP, "strict"),
        ("B140", Document("a b", tokens=[(0, 4)]), NLP, "strict"),
        ("B140", Document("a b", tokens=[(1, 1)]), NLP, "strict"),
        ("B140", Document("a b", tokens=[(0, 1)], sentences=[1]), NLP, "strict"),
        ("B141", Document("a", [Mention(0, 2, "X")]), NLP, "strict"),
        ("B141", Document("a", [Mention(-1, 1, "X")]), NLP, "strict"),
        ("B141", Document("a", [Mention(1, 1, "X")]), NLP, "strict"),
        ("B141", Document("a", [Mention(0, 1, "")]), NLP, "strict"),
        ("B141", Document("abc", [Mention(0, 3, "X", ((2, 3), (0, 1)))]), NLP, "strict"),
        ("B141", Document("abc", [Mention(0, 3, "X", ((0, 1), (1, 2)))]), NLP, "strict"),
    ],
)
def test_refuses(code, document, tokenizer, policy):
    with pytest.raises(BionerError, match=code):
        to_doc(document, tokenizer, policy)
