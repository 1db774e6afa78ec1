import re
from collections import Counter

import pytest
from places import ASSETS, DATA

from spacy_bioner.corpus.silver.filters import listed, read_terms, unmarked
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog, read


def test_a_list_counts_plurals_case_and_hyphens(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("# what kinds there are\nprotein\n\ngene-product  # of any\n")
    terms = read_terms(path, ProblemLog())
    assert terms == ["protein", "gene-product"]
    is_listed = listed(terms)
    assert all(map(is_listed, ["protein", "Proteins", "Gene products", "gene-product"]))
    assert not any(map(is_listed, ["protein kinase", "prote in", "gene"]))
    path.write_text("# nothing\n")
    with pytest.raises(BionerError, match="B233"):
        read_terms(path, ProblemLog())


def document(text, *marked):
    return Document(text, [Mention(text.index(m), text.index(m) + len(m), "Gene") for m in marked])


def test_what_annotators_met_and_never_marked():
    gold = [
        document("The receptor binds the IL-2 receptor.", "IL-2 receptor"),
        document("A pole is a pole, a pole and no POLE."),
        document("pole A", "A"),
        document("B cell", "B"),
    ]
    is_unmarked = unmarked(gold, 3)
    assert is_unmarked("pole")
    assert not is_unmarked("POLE")  # met once
    assert not is_unmarked("receptor")  # marked as part of a mention
    assert not is_unmarked("a")  # met twice only, in this case
    assert not is_unmarked("Pole")  # never met
    assert not is_unmarked("-")
    assert unmarked(gold, 1)("is a pole")
    assert not unmarked(gold, 1)("pole B")  # not across documents
    assert not unmarked(gold, 1)("pole A")
    with pytest.raises(BionerError, match="B234"):
        unmarked(gold, 0)


def test_discontinuous_and_overlapping_marks():
    text = "breast and lung cancer of type x"
    gold = [Document(text, [Mention(0, 22, "D", ((0, 6), (16, 22))), Mention(11, 22, "D"), Mention(11, 15, "D")])]
    is_unmarked = unmarked(gold, 1)
    assert [word for word in text.split() if is_unmarked(word)] == ["and", "of", "type", "x"]


@pytest.mark.real
@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data")
@pytest.mark.parametrize("corpus", ["NCBI-disease", "BC5CDR", "BC2GM", "LINNAEUS", "JNLPBA"])
def test_our_list_has_no_term_that_annotators_mark(corpus):
    terms = {term: listed([term]) for term in read_terms(ASSETS / "blacklist.txt", ProblemLog())}
    met, marked = Counter(), Counter()
    for document in read(DATA / "conll" / corpus / "devel.tsv", label="X", report=ProblemLog("skip")):
        text = document.text.lower()
        mentions = [document.text_of(mention) for mention in document.mentions]
        for term, is_listed in terms.items():
            if term in text:
                met[term] += len(re.findall(rf"\b{term}s?\b", text))
                marked[term] += sum(map(is_listed, mentions))
    assert met.total() > 100
    assert not {term: (marked[term], met[term]) for term in terms if marked[term] > max(4, met[term] / 4)}
