import gzip
import lzma
import warnings
from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.cli.init_config import fill_config
from spacy.cli.train import train
from spacy.tokens import DocBin, Span

from spacy_bioner import progress
from spacy_bioner.errors import BionerError
from spacy_bioner.training.vectors import make_load_vectors, read_word2vec

ROWS = "the 0.5 -1 2e-3\nIL-2 1 2 3\n\u03b2\u0085 0 0 0\n"


def written(path: Path, text: str) -> Path:
    path.write_bytes({".gz": gzip.compress, ".xz": lzma.compress}.get(path.suffix, bytes)(text.encode()))
    return path


@pytest.mark.parametrize("name", ["v.txt", "v.vec.gz", "v.xz"])
@pytest.mark.parametrize("header", ["", "3 3\n", " 3\t3 \r\n"])
@pytest.mark.parametrize(
    "rows", [ROWS, ROWS.replace("\n", " \r\n"), ROWS.replace(" ", "\t"), ROWS.rstrip("\n"), "\ufeff" + ROWS]
)
def test_reads_word2vec_text(tmp_path: Path, name: str, header: str, rows: str):
    if header:
        rows = rows.removeprefix("\ufeff")
    words, data = read_word2vec(written(tmp_path / name, header + rows))
    assert words == ["the", "IL-2", "\u03b2\u0085"]
    np.testing.assert_array_equal(data, np.array([[0.5, -1, 0.002], [1, 2, 3], [0, 0, 0]], dtype="float32"))


def test_first_of_repeated_words_and_words_with_spaces(tmp_path: Path):
    rows = "".join(f"w{i % 1500} {i} 1\n" for i in range(2500)) + ". . 7 8\n"
    words, data = read_word2vec(written(tmp_path / "v", rows))
    assert words == [*(f"w{i}" for i in range(1500)), ". ."]
    assert data[:1500, 0].tolist() == list(range(1500))
    assert data[1500].tolist() == [7, 8]


def test_reading_many_tells_how_far_it_is(tmp_path: Path, capsys, monkeypatch):
    path = tmp_path / "vectors.txt"
    path.write_text("a 1\nb 2\n")
    read_word2vec(path)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "DELAY", 0.0)
    read_word2vec(path)
    assert "vectors of vectors.txt: 2 words" in capsys.readouterr().err


@given(
    rows=st.lists(
        st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=3, max_size=3), min_size=1
    )
)
def test_numbers_survive(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("v") / "v.txt"
    path.write_text("".join(f"w{i} {' '.join(map(repr, row))}\n" for i, row in enumerate(rows)))
    np.testing.assert_array_equal(read_word2vec(path)[1], np.array(rows, dtype="float32"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a 1 2\nb 1\n", r"B212.*v:2: .*2 numbers, but found 1"),
        ("a 1 2\nb 1 2 3\n", r"B212.*v:2: .*2 numbers, but found 3"),
        ("a 1 2\nb 1\nc 1 2 3\n", r"B212.*v:2: "),
        ("a 1 2\nb 1  2\nc 1 x\n", r"B212.*v:3: .*found 1"),
        ("a 1 2\n 1 2\n", r"B212.*v:2: "),
        ("1 2\na 1 2\nb 1 nan\n", r"B213.*v:3: .*'b'"),
        ("a 1 -inf\n", r"B213.*v:1: .*'a'"),
        ("3 2\na 1 2\n", r"B214.*states 3 vectors, but the file has 1"),
        ("", "B215"),
        ("\n\n", "B215"),
        ("0 5\n", "B215"),
        ("word\nword\n", "B212|B215"),
    ],
)
def test_faults_are_located(tmp_path: Path, text: str, message: str):
    with pytest.raises(BionerError, match=message):
        read_word2vec(written(tmp_path / "v", text))


def test_binary_and_damaged_files_are_coded(tmp_path: Path):
    (tmp_path / "v").write_bytes(b"\xff\xfe 1 2\n")
    with pytest.raises(BionerError, match=r"B103.*v:1"):
        read_word2vec(tmp_path / "v")
    (tmp_path / "v.gz").write_bytes(gzip.compress(ROWS.encode() * 100)[:-20])
    with pytest.raises(BionerError, match="B116"):
        read_word2vec(tmp_path / "v.gz")


@pytest.mark.parametrize("path", [None, ""])
def test_no_path_does_nothing(path):
    nlp = spacy.blank("en")
    assert make_load_vectors(path)(nlp) is nlp
    assert nlp.vocab.vectors.size == 0


def test_loads_into_a_pipeline_from_file_pipeline_and_vocab_folder(tmp_path: Path):
    source = spacy.blank("en")
    seen_before = source.vocab["IL-2"]
    make_load_vectors(str(written(tmp_path / "v.txt", ROWS)))(source)
    assert seen_before.rank == 1
    assert seen_before.vector.tolist() == [1, 2, 3]
    source.to_disk(tmp_path / "saved")
    source.vocab.vectors.to_disk(tmp_path / "vectors")
    for folder in ("saved", "saved/vocab", "vectors"):
        nlp = spacy.blank("en")
        make_load_vectors(tmp_path / folder)(nlp)
        assert nlp.vocab["the"].vector.tolist() == source.vocab["the"].vector.tolist()
        assert nlp.vocab.strings[source.vocab.strings["the"]] == "the"
        assert nlp.vocab.vectors.name == "en_pipeline.vectors"
        assert nlp.meta["vectors"]["vectors"] == 3


@pytest.mark.parametrize("rows", [ROWS, "a 0 0 0\n"])
def test_scales_all_vectors_by_one_number(tmp_path: Path, rows: str):
    path = written(tmp_path / "v.txt", rows)
    given = make_load_vectors(path)(spacy.blank("en")).vocab.vectors.data
    scaled = make_load_vectors(path, rms=0.75)(spacy.blank("en")).vocab.vectors.data
    assert scaled.dtype == np.float32
    if given.any():
        assert np.sqrt(np.mean(scaled**2)) == pytest.approx(0.75)
        np.testing.assert_allclose(scaled / scaled[0, 0], given / given[0, 0], rtol=1e-6)
    else:
        assert not scaled.any()


@pytest.mark.parametrize("rms", [0, -1.0, float("nan")])
def test_a_size_of_nothing_is_coded(rms: float):
    with pytest.raises(BionerError, match="B216"):
        make_load_vectors("v.txt", rms)


def test_missing_and_empty_folders_are_coded(tmp_path: Path):
    nlp = spacy.blank("en")
    with pytest.raises(BionerError, match="B210"):
        make_load_vectors(tmp_path / "missing.txt")(nlp)
    with pytest.raises(BionerError, match="B211"):
        make_load_vectors(tmp_path)(nlp)
    nlp.to_disk(tmp_path / "saved")
    with pytest.raises(BionerError, match=r"B211.*holds none"):
        make_load_vectors(tmp_path / "saved")(nlp)
    (tmp_path / "saved" / "vocab" / "vectors").write_bytes(b"no array")
    with pytest.raises(BionerError, match="B211"):
        make_load_vectors(tmp_path / "saved")(nlp)


CONFIG = """
[paths]
vectors = null
[nlp]
lang = "en"
pipeline = ["tok2vec", "ner"]
[components]
[components.tok2vec]
factory = "tok2vec"
[components.tok2vec.model]
@architectures = "spacy.HashEmbedCNN.v2"
width = 8
depth = 1
embed_size = 100
window_size = 1
maxout_pieces = 2
subword_features = true
pretrained_vectors = true
[components.ner]
factory = "ner"
[corpora]
[corpora.train]
@readers = "spacy.Corpus.v1"
path = "{train}"
[corpora.dev]
@readers = "spacy.Corpus.v1"
path = "{train}"
[training]
max_steps = 2
eval_frequency = 1
[initialize]
vectors = null
[initialize.before_init]
@callbacks = "spacy-bioner.load_vectors.v1"
path = ${{paths.vectors}}
"""


def test_vectors_stay_through_spacy_train(tmp_path: Path):
    nlp = spacy.blank("en")
    doc = nlp("the IL-2 gene")
    doc.ents = [Span(doc, 1, 2, "GENE")]
    DocBin(docs=[doc] * 3).to_disk(tmp_path / "train.spacy")
    config = CONFIG.format(train=tmp_path / "train.spacy")
    (tmp_path / "base.cfg").write_text(config)
    fill_config(tmp_path / "config.cfg", tmp_path / "base.cfg")
    vectors = written(tmp_path / "v.txt.gz", ROWS)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        train(tmp_path / "config.cfg", tmp_path / "out", overrides={"paths.vectors": str(vectors)})
        trained = spacy.load(tmp_path / "out" / "model-last")
    assert trained.vocab.vectors.shape == (3, 3)
    assert trained.vocab["IL-2"].vector.tolist() == [1, 2, 3]
    assert trained.vocab.vectors.name
    assert trained("the IL-2 gene").ents is not None


def binary(rows, header=None, end=b"\n"):
    first = header or f"{len(rows)} {len(rows[0][1])}\n".encode()
    return first + b"".join(word + b" " + np.array(row, "<f4").tobytes() + end for word, row in rows)


BINARY_ROWS = [(b"the", [0.5, -1, 2]), ("ß".encode(), [1, 2, 3]), (b"the", [9, 9, 9])]


@pytest.mark.parametrize("end", [b"\n", b""])
@pytest.mark.parametrize(("name", "pack"), [("v.bin", bytes), ("v", bytes), ("v.bin.gz", gzip.compress)])
def test_the_binary_format(tmp_path, end, name, pack):
    path = tmp_path / name
    path.write_bytes(pack(binary(BINARY_ROWS, end=end)))
    words, data = read_word2vec(path)
    assert words == ["the", "ß"]
    np.testing.assert_array_equal(data, np.array([[0.5, -1, 2], [1, 2, 3]], "float32"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (binary(BINARY_ROWS)[:-5], r"B188.*vector 3 of 3 is cut"),
        (binary(BINARY_ROWS, b"9 3\n"), r"B188.*vector 4 of 9"),
        (binary(BINARY_ROWS, b"999999999999 3\n"), r"B188.*vector 4 of 9"),
        (binary(BINARY_ROWS, b"2 3\n"), r"B188.*more data than the 2"),
        (binary(BINARY_ROWS, b"3 999999999999\n"), r"B188.*dimensions"),
        (binary(BINARY_ROWS, b"3 0\n"), r"B188|B215"),
        (binary([(b"a", [1.0, float("nan")])]), r"B213.*vector 1: .*'a'"),
        (binary([(b"a\xff", [1.0, 2.0])]), r"B103.*vector 1"),
        (b"2 " + b"9" * 5000 + b"\na 1 2\n", r"B21[235]"),
    ],
)
def test_damaged_binary_files(tmp_path, content, message):
    path = tmp_path / "v.bin"
    path.write_bytes(content)
    with pytest.raises(BionerError, match=message):
        read_word2vec(path)


def test_a_text_file_may_be_called_bin(tmp_path):
    assert read_word2vec(written(tmp_path / "v.bin", "2 2\na 1 2\nb 3 nan\n".replace("nan", "4")))[0] == ["a", "b"]


@pytest.mark.parametrize("rms", [0, -1.0, float("nan"), float("inf")])
def test_an_rms_is_finite_and_positive(rms):
    with pytest.raises(BionerError, match="B216"):
        make_load_vectors(None, rms)
