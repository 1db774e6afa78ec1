"""What components save is sealed: what was changed, half written or put together from two does not load."""

import errno
import gc
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import spacy
import srsly
from spacy.training import Example
from thinc.api import Model

from spacy_bioner import limits
from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline import sealed
from spacy_bioner.pipeline.sealed import META

TEXT = "Aspirin treats asthma ."
TINY = {"@architectures": "spacy-bioner.CharCnnBiLSTM.v1", "hidden": 4, "char_dim": 3, "max_filters": 4}


def train(seed: int = 0, vectors: bool = False):
    spacy.util.fix_random_seed(seed)
    nlp = spacy.blank("en")
    if vectors:
        nlp.vocab.vectors = spacy.vectors.Vectors(data=np.ones((2, 5), "f"), keys=["asthma", "aspirin"])
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("bioner_dictionary").add_terms([("aspirin", "Drug"), (f"term {seed}", "Disease")])
    nlp.add_pipe("bioner_bilstm_crf", config={"model": {"tok2vec": TINY}})
    example = Example.from_dict(nlp.make_doc(TEXT), {"entities": [(0, 7, "Drug"), (15, 21, "Disease")]})
    nlp.get_pipe("bioner_bilstm_crf").initialize(lambda: [example], nlp=nlp)
    return nlp


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    for seed in (0, 1):
        train(seed).to_disk(folder / str(seed))
    return folder


@pytest.fixture
def model(saved, tmp_path):
    shutil.copytree(saved / "0", tmp_path / "model")
    return tmp_path / "model"


def refused(path: Path, code: str) -> str:
    with pytest.raises(BionerError) as caught:
        spacy.load(path)
    assert caught.value.code in code.split("|"), caught.value
    return str(caught.value)


@pytest.mark.parametrize("file", ["cfg", "model", META])
def test_a_file_of_a_network_that_is_missing_cut_or_anothers_is_an_error(saved, model, file):
    path = model / "bioner_bilstm_crf" / file
    whole = path.read_bytes()
    other = (saved / "1" / "bioner_bilstm_crf" / file).read_bytes()
    for damaged in (b"", whole[:-1], whole.swapcase(), bytes(len(whole)), *([other] if file == "model" else [])):
        path.write_bytes(damaged)
        assert file in refused(model, "B580") or file == META
    path.unlink()
    assert file in refused(model, "B580")


def test_every_word_of_the_description_is_sealed(model):
    path = model / "bioner_bilstm_crf" / META
    meta = json.loads(path.read_text())
    for key in meta:
        path.write_text(json.dumps({**meta, key: "other"}))
        refused(model, "B580")


def test_a_save_that_was_killed_over_an_older_one_does_not_load_as_whole(saved, tmp_path):
    files = [path.relative_to(saved / "1") for path in _in_order_of_writing(saved / "1") if path.is_file()]
    new_ones = [file for file in files if (saved / "0" / file).read_bytes() != (saved / "1" / file).read_bytes()]
    assert len(new_ones) >= 2
    for done in range(1, len(new_ones)):
        shutil.copytree(saved / "0", tmp_path / str(done))
        for file in new_ones[:done]:
            shutil.copy(saved / "1" / file, tmp_path / str(done) / file)
        refused(tmp_path / str(done), "B580|B582")


def _in_order_of_writing(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"), key=lambda path: path.stat().st_mtime_ns)


def test_components_before_belong_to_those_after(saved, model):
    nlp = spacy.load(model)
    nlp.get_pipe("bioner_dictionary").add_terms([("fever", "Disease")])
    nlp.get_pipe("bioner_dictionary").to_disk(model / "bioner_dictionary")
    assert "bioner_dictionary" in refused(model, "B582")


def test_a_changed_config_is_told_of(model):
    path = model / "config.cfg"
    path.write_text(path.read_text().replace("threshold = 0.0", "threshold = 0.9"))
    with pytest.warns(UserWarning, match=r"\[B583\].*config.cfg"):
        spacy.load(model)


def test_word_vectors_belong_to_the_network(tmp_path):
    nlp = train(vectors=True)
    nlp.to_disk(tmp_path / "model")
    assert [ent.text for ent in spacy.load(tmp_path / "model")(TEXT).ents] == [ent.text for ent in nlp(TEXT).ents]
    nlp.vocab.vectors.data[0] = 2
    nlp.vocab.to_disk(tmp_path / "model" / "vocab")
    assert "vectors" in refused(tmp_path / "model", "B582")


def test_a_network_of_other_layers_or_numbers_is_refused(saved):
    nlp = spacy.load(saved / "0")
    pipe = nlp.get_pipe("bioner_bilstm_crf")
    parts = {"cfg": b'{"labels": ["Disease", "Drug"]}', "model": pipe.model.to_bytes()}
    about = {"class": "EntityTagger"}

    def load(**changed: bytes) -> None:
        spacy.load(saved / "0").get_pipe("bioner_bilstm_crf").from_bytes(sealed.to_bytes({**parts, **changed}, about))

    load()
    message = srsly.msgpack_loads(parts["model"])
    node = next(i for i, info in enumerate(message["nodes"]) if info["name"] == "word_embedding")
    for code, changed in {
        "finite": {"E": np.full_like(message["params"][node]["E"], np.nan)},
        "shape": {"E": message["params"][node]["E"][1:]},
        "not an array": {"E": b"ten bytes."},
        "parameters": {"F": message["params"][node]["E"]},
    }.items():
        params = [changed if i == node else values for i, values in enumerate(message["params"])]
        with pytest.raises(BionerError, match=f"B580.*{code}"):
            load(model=srsly.msgpack_dumps({**message, "params": params}))
    with pytest.raises(BionerError, match=r"B580.*layers"):
        load(model=Model("other", lambda *_: None).to_bytes())
    with pytest.raises(BionerError, match=r"B580.*labels"):
        load(cfg=b'{"labels": ["Disease"]}')
    for cfg in (b"{}", b'{"labels": "ab"}', b'{"labels": [1]}', b"[]", b"\xff", b"[" * 100_000):
        with pytest.raises(BionerError, match="B580"):
            load(cfg=cfg)
    many = json.dumps({"labels": [str(i) for i in range(limits.LABELS + 1)]}).encode()
    with pytest.raises(BionerError, match=r"B584.*1,001"):
        load(cfg=many)
    assert gc.isenabled()


@pytest.mark.parametrize("name", ["bioner_dictionary", "bioner_bilstm_crf"])
def test_a_full_disk_leaves_nothing_that_loads(saved, model, name, monkeypatch):
    nlp = spacy.load(saved / "1")
    write, left = Path.write_bytes, [300]

    def fill(path: Path, data: bytes) -> int:
        room, left[0] = left[0], max(0, left[0] - len(data))
        write(path, data[:room])
        if len(data) > room:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return len(data)

    for room in (0, 10, 300):
        left[0] = room
        monkeypatch.setattr(Path, "write_bytes", fill)
        with pytest.raises(BionerError, match=r"B581.*No space left"):
            nlp.get_pipe(name).to_disk(model / name)
        monkeypatch.setattr(Path, "write_bytes", write)
        refused(model, "B580")
