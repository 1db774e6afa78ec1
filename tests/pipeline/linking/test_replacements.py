import copy
import pickle
import time
from concurrent.futures import ThreadPoolExecutor

from spacy_bioner.pipeline.dictionary.terms import Term
from spacy_bioner.pipeline.linking import replacements
from spacy_bioner.pipeline.linking.linker import Linker, Query
from spacy_bioner.pipeline.linking.name_table import NameTable
from spacy_bioner.pipeline.linking.replacements import Replacements

SHOWN = [
    Term(f"{word} {rest}", "Disease", f"D{i}")
    for i, rest in enumerate(["failure", "artery aneurysm", "colic"])
    for word in ("kidney", "renal")
]
SHOWN += [
    Term(f"{rest} {word}", "Disease", f"T{i}")
    for i, rest in enumerate(["skin", "lung", "bone"])
    for word in ("tumor", "neoplasm")
]


def names(*terms):
    return NameTable([*SHOWN, *terms])


def test_words_replace_each_other_where_three_concepts_show_it():
    learnt = Replacements(names(Term("cold hands", "Disease", "D9"), Term("chilly hands", "Disease", "D9")))
    assert list(learnt("kidney vein")) == [["renal vein"]]
    assert list(learnt("cold kidney")) == [["cold renal"]]
    assert list(learnt("chilly feet")) == []
    assert list(Replacements(NameTable(SHOWN[:4]))("kidney vein")) == []
    assert [sorted(level) for level in learnt("kidney tumor")] == [
        ["kidney neoplasm", "renal tumor"],
        ["neoplasm renal"],
    ]


def test_they_are_learnt_once_by_the_first_thread_that_needs_them(monkeypatch):
    times = []

    def learn(table, learn=replacements._learn):
        times.append(table)
        time.sleep(0.05)  # so that the other threads come meanwhile
        return learn(table)

    monkeypatch.setattr(replacements, "_learn", learn)
    linker = Linker(names(Term("renal vein thrombosis", "Disease", "V")))
    assert linker.link([Query("renal colic", "Disease")])[0][0].concept == "D2"
    assert not times, "a name that is spelt like the mention needs none"
    copies = [pickle.loads(pickle.dumps(linker)), copy.deepcopy(linker)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: linker.link([Query("kidney vein thrombosis", "Disease")]), range(8)))
    assert [some[0][0].concept for some in found] == ["V"] * 8
    assert len(times) == 1
    copies += [pickle.loads(pickle.dumps(linker))]
    assert [one.link([Query("kidney vein thrombosis", "Disease")]) for one in copies] == found[:3]
    assert len(times) == 3, "a copy of what is learnt is not learnt again"


def test_a_mention_is_found_by_replaced_words_if_not_by_its_own():
    linker = Linker(names(Term("renal neoplasm", "Disease", "K"), Term("renal vein thrombosis", "Disease", "V")))
    found = linker.link(
        [Query(text, "Disease") for text in ("tumor of the kidney", "kidney vein thrombosis", "skin tumor")]
    )
    assert [(one[0].concept, one[0].score) for one in found] == [("K", 0.8), ("V", 0.8), ("T0", 1.0)]
    assert linker.link([Query("kidney vein thrombosis", "Disease", "skin tumor")])[0][0].concept == "T0"
