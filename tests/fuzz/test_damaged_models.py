"""Damaged copies of saved pipelines: a coded error, or the same results (in full: benchmarks/damaged_models.py)."""

import importlib.util

import pytest
from places import ROOT

SPEC = importlib.util.spec_from_file_location("damaged_models", ROOT / "benchmarks" / "damaged_models.py")
damaged_models = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(damaged_models)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["dictionary", "crf", "bilstm_crf", "bilm", "transformer", "answers"])
def test_no_damage_goes_unnoticed(kind, tmp_path):
    if kind in ("transformer", "answers"):
        pytest.importorskip("transformers")
    counts, bad = damaged_models.study(kind, 12, tmp_path, seed=1)
    assert not bad
    assert counts["coded"] > 3
