"""``configs/crf.cfg`` trains by ``spacy train`` alone, on the demonstration corpus."""

import numpy as np
import spacy
import srsly
from places import ROOT
from spacy.cli.train import train

CORPUS = ROOT / "assets" / "conll"


def test_it_trains_on_several_files_and_scores(tmp_path, caplog):
    rng = np.random.default_rng(0)
    words = sorted({line.split("\t")[0] for line in (CORPUS / "train.tsv").read_text("utf8").splitlines() if line})
    rows = [f"{word} {' '.join(f'{x:.3f}' for x in rng.normal(size=5))}" for word in words]
    (tmp_path / "vectors.txt").write_text(f"{len(rows)} 5\n" + "\n".join(rows) + "\n", "utf8")
    overrides = {
        "paths.train": f"{CORPUS / 'train.tsv'},{CORPUS / 'dev.tsv'}",
        "paths.dev": str(CORPUS / "test.tsv"),
        "paths.vectors": str(tmp_path / "vectors.txt"),
        "components.crf.features.clusters.sizes": [10, 20],
        "components.crf.features.repeats": None,
    }
    train(ROOT / "configs" / "crf.cfg", tmp_path / "out", overrides=overrides)
    scores = srsly.read_json(tmp_path / "out" / "model-best" / "meta.json")["performance"]
    assert scores["ents_f"] > 0.6
    nlp = spacy.load(tmp_path / "out" / "model-best")
    blocks = nlp.get_pipe("crf").features.blocks
    assert len(blocks["clusters"].of_word(words[-1])) == 2
    assert "repeats" not in blocks
    assert set(nlp.get_pipe("crf").labels) == {label.split("_")[0] for label in scores["ents_per_type"]}
    assert "no word vectors" not in caplog.text
