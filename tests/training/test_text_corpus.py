import gzip
import lzma
import tracemalloc
from itertools import islice

import pytest
import spacy

from spacy_bioner.errors import BionerError
from spacy_bioner.training.text_corpus import make_text_corpus

TEXT = "IL-2 activates T cells. It binds p53.\n\nNo gene is here.\n"
SENTENCES = ["IL-2 activates T cells.", "It binds p53.", "No gene is here."]


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


def read(nlp, path, **options):
    return [example.predicted for example in make_text_corpus(path, **options)(nlp)]


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.txt.xz"])
def test_sentences_of_plain_and_packed_text(nlp, tmp_path, name):
    opened = {"txt": open, "gz": gzip.open, "xz": lzma.open}[name.rpartition(".")[2]]
    with opened(tmp_path / name, "wb") as file:
        file.write(TEXT.encode())
    docs = read(nlp, tmp_path / name)
    assert [doc.text for doc in docs] == SENTENCES
    assert [doc.text for doc in read(nlp, str(tmp_path / name), limit=2)] == SENTENCES[:2]
    whole = read(nlp, tmp_path / name, options={"unit": "file"}, line_breaks="none")
    assert [doc.text for doc in whole] == SENTENCES


def test_annotated_corpora_lose_their_annotation_and_keep_their_tokens(nlp, tmp_path):
    (tmp_path / "a.tsv").write_text("BRCA1/2\tB-Gene\nis\tO\n\nx.y\tO\n", encoding="utf8")
    pairs = list(make_text_corpus(tmp_path / "a.tsv")(nlp))
    assert [[token.text for token in pair.predicted] for pair in pairs] == [["BRCA1/2", "is"], ["x.y"]]
    assert not any(pair.reference.ents or pair.predicted.ents for pair in pairs)
    assert all(pair.predicted is not pair.reference for pair in pairs)
    (tmp_path / "b.txt").write_text("BRCA1 is one. So is p53.", encoding="utf8")
    (tmp_path / "b.ann").write_text("T1\tGene 0 5\tBRCA1\n", encoding="utf8")
    assert [doc.text for doc in read(nlp, tmp_path / "b.ann")] == ["BRCA1 is one.", "So is p53."]


def test_one_endless_line_is_cut_and_nothing_is_lost(nlp, tmp_path):
    words = [f"word{i}" for i in range(20_000)]
    (tmp_path / "a.txt").write_text(" ".join(words), encoding="utf8")
    docs = read(nlp, tmp_path / "a.txt", max_chars=1000)
    assert max(len(doc.text) for doc in docs) <= 1000
    assert [token.text for doc in docs for token in doc] == words
    (tmp_path / "b.txt").write_text("x" * 2500, encoding="utf8")
    assert [len(doc.text) for doc in read(nlp, tmp_path / "b.txt", max_chars=1000)] == [1000, 1000, 500]


def test_the_corpus_is_a_stream(nlp, tmp_path):
    with gzip.open(tmp_path / "a.txt.gz", "wt", encoding="utf8") as file:
        file.writelines(f"Patient {i % 50} was given aspirin and went home in good health.\n" for i in range(50_000))
    tracemalloc.start()
    examples = islice(make_text_corpus(tmp_path / "a.txt.gz")(nlp), 2000)
    assert sum(len(example.predicted) for example in examples) == 24_000
    assert tracemalloc.get_traced_memory()[1] < 1_500_000  # of a text of 3.3 million characters
    tracemalloc.stop()


def test_bad_input(nlp, tmp_path):
    with pytest.raises(BionerError, match="B161"):
        read(nlp, None)
    with pytest.raises(BionerError, match="B130"):
        read(nlp, tmp_path / "absent.txt")
    with pytest.raises(BionerError, match="B606"):
        make_text_corpus(tmp_path, max_chars=0)
    (tmp_path / "empty.txt").write_text(" \n\n", encoding="utf8")
    with pytest.raises(BionerError, match="B607"):
        read(nlp, tmp_path / "empty.txt")
