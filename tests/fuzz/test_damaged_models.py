"""Damaged copies of saved pipelines: a coded error, or the same results (in full: benchmarks/damaged_models.py)."""

import importlib.util
from importlib.metadata import entry_points

import pytest
import spacy
from places import ROOT

SPEC = importlib.util.spec_from_file_location("damaged_models", ROOT / "benchmarks" / "damaged_models.py")
damaged_models = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(damaged_models)
WITH_A_TRANSFORMER = ("transformer", "answers", "linker by vectors")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "kind", ["dictionary", "crf", "crf in layers", "bilstm_crf", "bilm", "coordination", "merge", *WITH_A_TRANSFORMER]
)
def test_no_damage_goes_unnoticed(kind, tmp_path):
    if kind in WITH_A_TRANSFORMER:
        pytest.importorskip("transformers")
    counts, bad = damaged_models.study(kind, 8, tmp_path, seed=1)
    assert not bad
    assert counts["coded"] > 2


def test_every_component_with_files_of_its_own_is_damaged(tmp_path):
    pytest.importorskip("transformers")
    ours = {one.name for one in entry_points(group="spacy_factories") if one.dist and one.dist.name == "spacy-bioner"}
    blank = spacy.blank("en")
    with_files = {name for name in ours if hasattr(blank.add_pipe(name), "to_disk")}
    damaged = set()
    for number, add in enumerate(damaged_models.KINDS.values()):
        nlp = spacy.blank("en")
        add(nlp, tmp_path / str(number))
        damaged |= set(nlp.pipe_names)
    assert with_files <= damaged
    assert {"bioner_crf", "bioner_linker", "bioner_merge"} <= with_files
