import re
from collections import Counter
from dataclasses import replace

import pytest
from places import DATA

from spacy_bioner.corpus.silver.gold_texts import GoldTexts
from spacy_bioner.corpus.silver.harmonize import Harmonized, Rules, carried, harmonize
from spacy_bioner.corpus.silver.harmonize_files import harmonized_text
from spacy_bioner.corpus.silver.near_texts import words_of
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, Relation, read, write


def document(text, *marked, id="", label="Gene"):
    mentions = [Mention(text.index(said), text.index(said) + len(said), label) for said in marked]
    return Document(text, mentions, id)


def run(systems, **rules):
    result = Harmonized()
    return list(harmonize(systems, Rules(**rules), result)), result


def said(documents):
    return [[document.text[m.start : m.end] for m in document.mentions] for document in documents]


ONE = "TP53 and BRCA1 and genes"
TWO = "KRAS binds"
A = [document(ONE, "TP53", "BRCA1", id="1"), document(TWO, "KRAS", id="2"), document("APOE", id="3")]
B = [document("APOE", "APOE", id="3"), document(ONE, "TP53", "genes", id="1")]
C = [document(ONE, "genes", "BRCA1", id="1")]


def test_votes_of_the_systems_that_have_the_document():
    documents, result = run([A, B, C])
    assert [one.id for one in documents] == ["1", "2", "3"]
    # Of three, two are more than half; of the two that have 3, two; of the one that has 2, one.
    assert said(documents) == [["TP53", "BRCA1", "genes"], ["KRAS"], []]
    assert result.systems == [(3, 3), (2, 3), (1, 2)]
    assert result.counts == Counter(documents=3, written=3, mentions=8, places=5, below=1, kept=4)


@pytest.mark.parametrize("place", range(3))
def test_a_document_that_a_system_has_twice_counts_once(place):
    """The second copy has no partner, and would pass with the vote of one system."""
    systems = [A, B, C]
    expected = said(run(systems)[0])
    other = replace(systems[place][-1], mentions=[Mention(0, 2, "Other")])
    systems[place] = [*systems[place], systems[place][0], other]
    documents, result = run(systems)
    assert said(documents) == expected
    assert (result.counts["repeats"], result.counts["documents"]) == (2, 3)
    assert result.systems[place][0] == len(systems[place])
    assert re.search(r"repeated in a system +-2", harmonized_text(result))
    # Sentences without ids may repeat one another.
    nameless = [document("No pain.", "pain"), document("No pain.")]
    assert said(run([nameless])[0]) == [["pain"], []]


def test_documents_of_too_few_systems_are_left_out():
    documents, result = run([C, B, A], votes=2)
    assert [one.id for one in documents] == ["1", "3"]
    assert result.counts["few"] == 1
    for votes in (0, 4):
        with pytest.raises(BionerError, match="B232"):
            run([A, B, C], votes=votes)


def test_priority_takes_all_of_the_first_system_and_what_others_add():
    text = "chronic renal failure and gout"
    first = [document(text, "renal failure", id="1")]
    second = [document(text, "chronic renal failure", "gout", id="1"), document("gout", "gout", id="2")]
    documents, result = run([first, second], method="priority")
    assert said(documents) == [["renal failure", "gout"], ["gout"]]
    assert said(run([second, first], method="priority")[0]) == [["chronic renal failure", "gout"], ["gout"]]
    assert (result.counts["places"], result.counts["overlapping"], result.counts["kept"]) == (4, 1, 3)


def test_score_takes_the_mean_over_the_systems_that_have_the_document():
    def scored(number, *found):
        return [Document("renal failure", [Mention(a, b, "D", score=score) for a, b, score in found], number)]

    first, second = scored("1", (0, 13, 0.9), (6, 13, 0.7)), scored("1", (0, 13, 0.3)) + scored("2", (0, 5, 0.55))
    documents, result = run([first, second], method="score")
    assert said(documents) == [["renal failure"], ["renal"]]
    assert documents[0].mentions[0].score == pytest.approx(0.6)
    assert result.counts["low"] == 1
    assert said(run([first, second], method="score", threshold=0.58)[0]) == [["renal failure"], []]


def test_documents_are_the_same_by_id_or_by_text():
    other = [replace(one, id=f"x/{i}") for i, one in enumerate(B)]
    assert said(run([A, other, C])[0]) == said(run([A, B, C])[0])
    nameless = [replace(one, id="") for one in A]
    assert said(run([nameless, B, C])[0]) == said(run([A, B, C])[0])
    # The same text twice: each is taken once, first under its own id.
    twice = [document("ok ok", "ok", id="a"), document("ok ok", id="b")]
    assert said(run([twice, twice[::-1]], votes=2)[0]) == [["ok"], []]
    with pytest.raises(BionerError, match=r"B231.*'1'"):
        run([A, [document("another text", id="1")]])
    # Ids made up of a number do no harm where the texts tell which is which.
    assert said(run([A, [replace(A[1], id="1"), replace(A[0], id="2")]])[0]) == [["TP53", "BRCA1"], ["KRAS"], []]


def test_texts_may_differ_in_white_space():
    tokens = document("TP53 - like\n( genes )", "TP53 - like", "( genes", " ")
    running = document("TP53-like (genes)", "TP53-like", "genes")
    documents, result = run([[running], [tokens]], votes=1, overlap="keep")
    assert documents[0].text == running.text
    assert said(documents) == [["TP53-like", "(genes", "genes"]]
    assert (result.counts["mentions"], result.counts["blank"], result.counts["places"]) == (5, 1, 3)
    assert "only white space" in harmonized_text(result)
    assert said(run([[tokens], [running]], votes=2)[0]) == [["TP53 - like"]]


def test_carried_keeps_fragments_and_loses_what_is_only_space():
    source, target = "a  bc d", " ab  c d"
    mentions = [Mention(0, 7, "D", ((0, 4), (6, 7))), Mention(1, 3, "D"), Mention(1, 5, "D"), Mention(3, 6, "D")]
    moved = carried(mentions, source, target)
    assert moved == [Mention(1, 8, "D", ((1, 3), (7, 8))), Mention(2, 6, "D"), Mention(2, 6, "D")]
    assert carried(moved, target, source)[0] == mentions[0]


def test_labels_are_mapped_before_the_vote():
    other = [document(ONE, "TP53", id="1", label="Protein"), document(TWO, "KRAS", id="2", label="Cell")]
    documents, result = run([A[:2], other], votes=2, ties="drop", labels={"Protein": "Gene", "Cell": None})
    assert said(documents) == [["TP53"], []]
    assert result.counts["unlabelled"] == 1
    assert run([A[:2], other], votes=2, ties="drop")[1].counts["tied"] == 2


def test_one_system_keeps_everything_but_what_is_to_go():
    nested = Document(
        "a b c", [Mention(0, 5, "X", id="T1"), Mention(0, 1, "Y"), Mention(0, 1, "X")], "n", meta={"k": 1}
    )
    documents, _ = run([[nested]])
    assert documents == [nested]
    documents, result = run([[nested, A[0]]], listed=lambda text: text == "a", unmarked=lambda text: text == "TP53")
    assert said(documents) == [["a b c"], ["BRCA1"]]
    assert (result.counts["listed"], result.counts["unmarked"], result.counts["kept"]) == (2, 1, 2)
    assert result.removed == {"a": 2, "TP53": 1}


def test_relations_go_with_the_mentions_that_they_name(tmp_path):
    text = "aspirin rash pain"
    drug, rash = Mention(0, 7, "Drug", id="T1", concepts=("C1",)), Mention(8, 12, "ADR", id="T2")
    causes = Relation("causes", (("Arg1", "T1"), ("Arg2", "T2")), "R1")
    of_concepts = Relation("causes", (("Arg1", "C1"), ("Arg2", "C2")), of_concepts=True)
    first = Document(text, [drug, rash], "d", relations=[causes, of_concepts])
    # In another system the same ids are those of other mentions.
    second = Document(text, [Mention(8, 12, "ADR", id="T1"), Mention(13, 17, "ADR", id="T2")], "d")
    for systems, rules, kept in (
        ([[first]], {}, [causes, of_concepts]),
        ([[first]], {"listed": lambda term: term == "aspirin"}, []),
        ([[first]], {"labels": {"Drug": None}}, []),
        ([[first], [second]], {"votes": 2}, []),
        ([[first], [second]], {"votes": 1}, [causes, of_concepts]),
        ([[first], [second]], {"method": "priority"}, [causes, of_concepts]),
        ([[second], [first]], {"method": "priority"}, []),
        ([[first], [second]], {"method": "score", "threshold": 0.6}, []),
    ):
        (one,), result = run(systems, **rules)
        assert one.relations == kept
        lost = len(systems[0][0].relations) - len(kept)
        assert result.counts["relations_left_out"] == lost
        assert ("Relations left out" in harmonized_text(result)) == (lost > 0)
        write([one], tmp_path / "a.jsonl")  # which refuses ids that name no mention, or two
        assert next(read(tmp_path / "a.jsonl")).relations == kept


def test_gold_documents_are_left_out():
    gold = GoldTexts([Document("whatever", id="gold/2"), Document(ONE.replace(" ", "  "))])
    documents, result = run([A, B, C], gold=gold)
    assert [one.id for one in documents] == ["3"]
    assert (result.counts["gold_id"], result.counts["gold_text"]) == (1, 1)
    assert result.gold == [("1", ONE), ("2", "2")]


def test_what_a_file_said_stays():
    first = document(TWO, "KRAS", id="2")
    first.meta, first.extra = {"year": 1}, {"brat": {".ann": ""}}
    (one,) = run([[first], [document(TWO, "KRAS")]])[0]
    # No more: a list of the votes of mentions would be wrong as soon as a later step removes a mention.
    assert one.meta == {"year": 1}
    assert one.extra == first.extra


@pytest.mark.real
@pytest.mark.skipif(not DATA.exists(), reason="the real corpora are not here")
def test_a_corpus_is_gold_to_itself_and_hardly_to_another():
    """The 2,000 sentences of a part of BC2GM's brat files are in a column file, in another spacing."""
    devel = (replace(document, id="") for document in read(DATA / "conll" / "BC2GM" / "devel.tsv"))
    gold = GoldTexts(devel)
    brat = list(read(DATA / "brat" / "BC2GM_GSC_brat.tar.gz" / "BC2GM" / "valid"))
    long_enough = [one for one in brat if len(words_of(one.text)) >= 3]
    assert len(brat) - 5 > len(long_enough) > 1900
    assert sum(gold.find(one) is not None for one in long_enough) >= len(long_enough) - 10
    assert sum(gold.find(one) is not None for one in read(DATA / "conll" / "NCBI-disease" / "test.tsv")) <= 1
