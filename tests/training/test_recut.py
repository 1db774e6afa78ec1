"""Training tells where the pipeline's tokenizer makes other tokens than the corpus has."""

import warnings

import pytest
import spacy

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, write
from spacy_bioner.training.corpora import Corpus, make_conll_corpus, make_corpus, make_jsonl_corpus
from spacy_bioner.training.text_corpus import make_text_corpus

COLUMNS = "The\tO\nIL-2\tB-DNA\ngene\tI-DNA\nand\tO\nNF-kappa\tB-DNA\n.\tO\n\nNo\tO\nrash\tB-X\n\n"


@pytest.fixture
def nlp():
    return spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "spacy-bioner.BioTokenizer.v1"}}})


def told(corpus, nlp):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        list(corpus(nlp))
    return [str(warning.message) for warning in caught if "B189" in str(warning.message)]


@pytest.mark.parametrize("suffix", [".tsv", ".jsonl", ".spacy"])
def test_tokens_that_the_tokenizer_cuts_are_told_once(tmp_path, nlp, suffix):
    path = tmp_path / "a.tsv"
    path.write_text(COLUMNS)
    if suffix != ".tsv":
        from spacy_bioner.formats import read

        documents = list(read(path))
        path = path.with_suffix(suffix)
        write(documents, path)
    corpus = Corpus(path)
    (message,) = told(corpus, nlp)
    assert "2 of the 8 tokens" in message
    assert "'IL-2' becomes 'IL', '-', '2'" in message
    assert "2 of 3 mentions contain such a token, and 0 start or end inside" in message
    assert told(corpus, nlp) == []


def test_mentions_inside_a_token_are_counted(tmp_path):
    text = "antiTNF given"
    tokens = [(0, 4), (4, 7), (8, 13)]
    write([Document(text, [Mention(4, 7, "X")], tokens=tokens)], tmp_path / "a.jsonl")
    (message,) = told(Corpus(tmp_path / "a.jsonl"), spacy.blank("xx"))
    assert "1 of 1 mentions contain such a token, and 1 start or end inside" in message


def test_nothing_is_told_of_the_tokenizers_own_tokens(tmp_path, nlp):
    path = tmp_path / "a.tsv"
    path.write_text(COLUMNS.replace("IL-2", "IL").replace("NF-kappa", "NF"))
    assert told(Corpus(path), nlp) == []
    write([Document("IL-2 and NF-kappa", [Mention(0, 4, "DNA")])], tmp_path / "b.jsonl")
    assert told(Corpus(tmp_path / "b.jsonl"), nlp) == []


@pytest.mark.parametrize("make", [make_corpus, make_conll_corpus, make_jsonl_corpus, make_text_corpus, Corpus])
@pytest.mark.parametrize(("options", "code"), [({"limit": -1}, "B187"), ({"on_error": "ignore"}, "B162")])
def test_values_of_every_reader_are_checked_when_it_is_made(make, options, code):
    with pytest.raises(BionerError, match=code):
        make("a.tsv", **options)
