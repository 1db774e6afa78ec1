import pickle
import tarfile
import unicodedata
from bisect import bisect_left
from itertools import accumulate

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from places import DATA
from spacy.language import Language
from spacy.tokens import DocBin

from spacy_bioner.errors import BionerError
from spacy_bioner.tokenizers.bio import BioTokenizer
from spacy_bioner.tokenizers.nltk import NltkTokenizer
from spacy_bioner.tokenizers.spacing import words_and_spaces

CONFIGS = {
    "bio": {"@tokenizers": "spacy-bioner.BioTokenizer.v1"},
    "word": {"@tokenizers": "spacy-bioner.NltkTokenizer.v1"},
    "treebank": {"@tokenizers": "spacy-bioner.NltkTokenizer.v1", "variant": "treebank", "sentences": False},
}
PIPELINES = {name: spacy.blank("en", config={"nlp": {"tokenizer": config}}) for name, config in CONFIGS.items()}
ODD = ["", " ", "  ", " a", "a ", "a  b", "a\n b \n\n", "\ta", "\u2028a\x00b\u00a0 c", "\U0001f9ec DNA\x1f.", "a\r\nb"]
QUOTES = [
    '"',
    "'",
    "''",
    "``",
    "`",
    "“",
    "”",
    "‘",
    "’",
    "«",
    ".",
    ",",
    "--",
    "can not",
    "cannot",
    "n't ",
    "a",
    " ",
    "(",
    "…",
]

any_text = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(" \n\t.,()'\"`-_aZ09\u2028\u0301"))
)
quoted_text = st.lists(st.sampled_from(QUOTES), max_size=30).map("".join)


@pytest.fixture(params=CONFIGS)
def nlp(request: pytest.FixtureRequest) -> Language:
    return PIPELINES[request.param]


def tokens(nlp: Language, text: str) -> list[str]:
    return [token.text for token in nlp.make_doc(text)]


@settings(max_examples=300)
@given(st.one_of(any_text, quoted_text))
@pytest.mark.parametrize("name", CONFIGS)
def test_every_character_is_kept_and_white_space_follows_spacy(name: str, text: str):
    doc = PIPELINES[name].make_doc(text)
    assert doc.text == text
    for token in doc:
        assert text[token.idx : token.idx + len(token)] == token.text
        assert token.text.isspace() or not any(char.isspace() for char in token.text)
        # White space stands apart only where spaCy's own tokenizer puts it.
        assert not token.text.isspace() or token.idx == 0 or token.nbor(-1).text.strip()
    assert [t.text for t in doc if t.is_space] == [t.text for t in WHITESPACE(text) if t.is_space]


WHITESPACE = spacy.tokenizer.Tokenizer(spacy.blank("en").vocab)


@pytest.mark.parametrize("text", ODD)
def test_odd_white_space(nlp: Language, text: str):
    doc = nlp.make_doc(text)
    assert doc.text == text
    assert [t.text for t in doc if t.is_space] == [t.text for t in WHITESPACE(text) if t.is_space]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5-HT(2A)", ["5", "-", "HT", "(", "2A", ")"]),
        ("[3H]thymidine", ["[", "3H", "]", "thymidine"]),
        ("BRCA1/2 3beta", ["BRCA1", "/", "2", "3beta"]),
        ("((a_b))._", ["(", "(", "a", "_", "b", ")", ")", ".", "_"]),
        ("IL-1β; TNFα.", ["IL", "-", "1β", ";", "TNFα", "."]),
        ("nai\u0308ve na\u00efve", ["nai\u0308ve", "na\u00efve"]),  # an accent, decomposed and composed
        ("x \u0301y =\u0338z", ["x", "\u0301", "y", "=\u0338", "z"]),
        ("2\u00b2 \u2460a", ["2\u00b2", "\u2460a"]),
        ("\U0001d6fc-helix", ["\U0001d6fc", "-", "helix"]),
        ("a--b", ["a", "-", "-", "b"]),
    ],
)
def test_bio_splits_at_every_non_alphanumeric_character(text: str, expected: list[str]):
    assert tokens(PIPELINES["bio"], text) == expected


@given(any_text)
def test_bio_tokens_are_alphanumeric_runs_or_single_characters(text: str):
    for token in PIPELINES["bio"].make_doc(text):
        bare = "".join(char for char in token.text if unicodedata.category(char)[0] != "M")
        assert token.is_space or bare.isalnum() or len(bare) <= 1


def test_bio_is_a_spacy_tokenizer_with_special_cases():
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {**CONFIGS["bio"], "max_cache_size": 5}}})
    nlp.tokenizer.add_special_case("TNF-alpha", [{"ORTH": "TNF-alpha"}])
    for tokenizer in (nlp.tokenizer, pickle.loads(pickle.dumps(nlp.tokenizer))):
        assert isinstance(tokenizer, BioTokenizer)
        assert [t.text for t in tokenizer("(TNF-alpha) IL-2")] == ["(", "TNF-alpha", ")", "IL", "-", "2"]
        assert tokenizer.max_cache_size == 5


def test_bio_forgets_what_a_memory_zone_made():
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": CONFIGS["bio"]}})
    for _ in range(2):
        with nlp.memory_zone():
            assert tokens(nlp, "transient-word") == ["transient", "-", "word"]
    assert tokens(nlp, "transient-word") == ["transient", "-", "word"]


@pytest.mark.parametrize("name", CONFIGS)
def test_survives_disk_bytes_pickle_and_processes(name: str, tmp_path):
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": CONFIGS[name]}})
    texts = [f'He said: "IL-{i} can\'t (bind) DNA." Yes.' for i in range(20)]
    expected = [tokens(nlp, text) for text in texts]
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert loaded.config["nlp"]["tokenizer"] == nlp.config["nlp"]["tokenizer"]
    from_bytes = spacy.blank("en", config={"nlp": {"tokenizer": CONFIGS[name]}}).from_bytes(nlp.to_bytes())
    for other in (loaded, from_bytes, pickle.loads(pickle.dumps(nlp))):
        assert type(other.tokenizer) is type(nlp.tokenizer)
        assert [tokens(other, text) for text in texts] == expected
    assert [[t.text for t in doc] for doc in nlp.pipe(texts, n_process=2, batch_size=5)] == expected
    docs = DocBin().from_bytes(DocBin(docs=nlp.tokenizer.pipe(texts)).to_bytes()).get_docs(nlp.vocab)
    assert [doc.text for doc in docs] == texts


def test_nltk_settings_come_back_from_bytes():
    saved = NltkTokenizer(spacy.blank("en").vocab, "treebank", sentences=False).to_bytes()
    loaded = NltkTokenizer(spacy.blank("en").vocab).from_bytes(saved)
    assert (loaded.variant, loaded.sentences) == ("treebank", False)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        b'{"variant": "word"}',
        b'{"variant": ["word"], "sentences": true}',
        b'{"variant": "word", "sentences": 1}',
        b'{"variant": "word", "sentences": true, "more": 1}',
    ],
)
def test_damaged_nltk_settings_are_refused(data, tmp_path):
    tokenizer = NltkTokenizer(spacy.blank("en").vocab, "treebank", sentences=False)
    (tmp_path / "tokenizer").write_bytes(data)
    for load, damaged in ((tokenizer.from_bytes, data), (tokenizer.from_disk, tmp_path / "tokenizer")):
        with pytest.raises(BionerError, match="B247"):
            load(damaged)
    with pytest.raises(BionerError, match="B247"):
        tokenizer.from_disk(tmp_path / "missing")
    assert (tokenizer.variant, tokenizer.sentences) == ("treebank", False)


@pytest.mark.parametrize(("name", "kind"), [("word", "NLTKWordTokenizer"), ("treebank", "TreebankWordTokenizer")])
@pytest.mark.parametrize(
    "text",
    [
        "Patients can't take N-acetyl-cysteine (NAC), 3.5 mg/kg; they'll stop.",
        "The `5'-UTR' isn't read... why? E. coli's DNA: 40%!",
        "Rates fell from 12,000 to 3,36 -- a drop.",
    ],
)
def test_nltk_gives_nltk_tokens(name: str, kind: str, text: str):
    import nltk.tokenize

    tokenizer = NltkTokenizer(spacy.blank("en").vocab, name, sentences=False)
    assert [t.text for t in tokenizer(text)] == getattr(nltk.tokenize, kind)().tokenize(text)


def test_nltk_splits_the_last_stop_of_every_sentence():
    text = "It binds DNA. Then it leaves."
    assert tokens(PIPELINES["word"], text) == ["It", "binds", "DNA", ".", "Then", "it", "leaves", "."]
    assert "DNA." in tokens(PIPELINES["treebank"], text)


def test_nltk_keeps_quotes_as_the_text_has_them():
    text = "``a'' \"b\" `\"c 'x'"
    assert tokens(PIPELINES["word"], text) == ["``", "a", "''", '"', "b", '"', "`", '"', "c", "'", "x", "'"]


def test_unknown_nltk_variant_is_coded():
    with pytest.raises(BionerError, match=r"B201.*treebank"):
        NltkTokenizer(spacy.blank("en").vocab, "punkt")


def test_words_and_spaces_keeps_text_between_tokens():
    assert words_and_spaces("a b", [(0, 1), (2, 3)]) == (["a", "b"], [True, False])
    assert words_and_spaces("  a??b  ", [(2, 3), (5, 6)]) == (
        ["  ", "a", "??", "b", " "],
        [False, False, False, True, False],
    )
    assert words_and_spaces(" ", []) == ([" "], [False])


@pytest.mark.real
@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data")
def test_bio_makes_the_tokens_of_the_public_ncbi_corpus():
    """The same 792 abstracts as text (brat) and as tokens (CoNLL, made by the corpus's editors)."""
    starts: dict[str, list[int]] = {}  # the characters of a file without white space -> where its tokens start
    for part in ("train", "devel", "test"):
        lines = (DATA / "conll" / "NCBI-disease" / f"{part}.tsv").read_text(encoding="utf-8").splitlines()
        words = [line.split("\t")[0] for line in lines if line]
        starts["".join(words)] = list(accumulate(map(len, words), initial=0))
    compared = 0
    with tarfile.open(DATA / "brat" / "NCBI_disease_GSC_brat.tar.gz") as archive:
        for member in archive:
            if not member.name.endswith(".txt") or "/._" in member.name:
                continue
            doc = PIPELINES["bio"].make_doc(archive.extractfile(member).read().decode("utf-8"))  # type: ignore[union-attr]
            words = [token.text for token in doc if not token.is_space]
            characters = "".join(words)
            corpus = next(text for text in starts if characters in text)
            first = corpus.index(characters)
            at = bisect_left(starts[corpus], first)
            ours = list(accumulate(map(len, words), initial=first))
            assert ours == starts[corpus][at : at + len(ours)], member.name
            compared += 1
    assert compared == 792
