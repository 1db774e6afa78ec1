"""Every registered function: wrong values of the right shape are refused, none passes in silence.

The wrong values are made from the annotation of each argument, so that a new function and a new argument are tried
too. A reader may refuse when it is first read, a callback when it is first called. The settings of components are
tried in tests/pipeline/test_wrong_settings.py.
"""

import inspect
from importlib.metadata import distribution
from itertools import islice

import pytest
import spacy
from confection import ConfigValidationError
from places import ASSETS
from spacy.util import registry

from spacy_bioner.errors import BionerError

BRAT = str(ASSETS / "brat" / "train")
TERMS = str(ASSETS / "terms.tsv")
REQUIRED = {
    "corpus": {"@readers": "spacy-bioner.BratCorpus.v1", "path": BRAT},
    "tok2vec": {"@architectures": "spacy-bioner.CharCnnBiLSTM.v1", "hidden": 8, "word_width": 8},
    "layer": {"@layers": "spacy-bioner.CharCnn.v1"},
    "logger": {"@loggers": "spacy.ConsoleLogger.v3"},
    "labels": {"A": "B"},
    "words": {"a": 3, "b": 2},
    "size": 100,
    "epochs": 2,
    "initial_rate": 0.1,
    "part": "train",
    "path": BRAT,
}
"""What an argument without a default is, where another one is tried."""
OF_ONE = {
    "TsvLexicon": {"path": TERMS},
    "CsvLexicon": {"path": TERMS, "terms": ["term"]},
    "OboLexicon": {"path": TERMS},
    "ConllCorpus": {"path": str(ASSETS / "conll" / "train.tsv")},
    "JsonlCorpus": {"path": str(ASSETS / "relations" / "train.jsonl")},
    "convergence_logger": {"path": "rows.jsonl"},
    "Sample": {"n": 3},
    "chain": {},
}
GROUPS = {"spacy_" + kind for kind in ("batchers", "callbacks", "loggers", "misc", "readers", "tokenizers")}
GROUPS |= {"spacy_architectures", "thinc_layers", "thinc_optimizers", "thinc_schedules"}
FREE = {
    ("Adam", None): "these are thinc's own arguments, checked by it",
    ("Transformer", "name"): "B700 when it is initialised",
    ("TransformerModel", "name"): "B700 when it is initialised",
    ("PairTransformer", "name"): "B700 when it is initialised",
    ("AnswerTransformer", "name"): "B700 when it is initialised",
    ("NameTransformer", "name"): "B700 when it is initialised",
    ("OboLexicon", "xref"): "an empty one is none: the ids of the file itself",
    ("BigramFeatures", "of"): "B401 when the features are joined",
    ("Corpus", "format"): "an empty one is none, as a command line gives it",
    ("Corpus", "label"): "an empty one is none, as a command line gives it",
    ("TextCorpus", "format"): "an empty one is none, as a command line gives it",
    ("OboLexicon", "label"): "an empty one is the component's",
    ("TsvLexicon", "label"): "an empty one is the file's",
    **{(name, "seed"): "any number seeds" for name in ("Fold", "Sample", "SampleUnannotated", "Split")},
}


def wrong_values(annotation):
    base = annotation.removesuffix(" | None")
    if base.startswith(("Sequence[", "list[", "Mapping[", "dict[")):
        return [[0.5], {"": [""]}, 7]
    return {"bool": ["no such", 2], "int": [-5, 1.5, "no such"], "float": [-1.0, float("nan"), "no such"]}.get(
        base, ["", -5.5] if base == "str" else ["no such", -5.5]
    )


def cases():
    for entry in distribution("spacy-bioner").entry_points:
        if entry.group not in GROUPS:
            continue
        short = entry.name.split(".")[1]
        for argument in inspect.signature(entry.load()).parameters.values():
            is_model = str(argument.annotation).startswith(("Model", "Reader", "Logger", "Callback"))
            if not is_model and (short, None) not in FREE and (short, argument.name) not in FREE:
                yield pytest.param(entry, short, argument, id=f"{short}-{argument.name}")


def build(entry, short, values):
    """Call a registered function as a config does, and what it returns where that is what checks."""
    kind = entry.group.split("_", 1)[1]
    made = registry.resolve({"it": {f"@{kind}": entry.name, **values}})["it"]
    nlp = spacy.blank("en")
    if kind == "readers":
        list(islice(made(nlp), 3))
    elif kind == "misc" and short.endswith("Lexicon"):
        list(islice(made.entries(), 3))
    elif kind == "tokenizers" or short == "load_vectors" or kind == "loggers":
        made(nlp)
    elif kind == "schedules":
        next(made)
    elif short == "transfer_weights":
        nlp.add_pipe("sentencizer")
        made(nlp)
    return made


@pytest.mark.parametrize(("entry", "short", "argument"), list(cases()))
def test_wrong_arguments_are_refused(entry, short, argument, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    parameters = inspect.signature(entry.load()).parameters.values()
    needed = {p.name: REQUIRED[p.name] for p in parameters if p.default is p.empty and p.name in REQUIRED}
    needed |= OF_ONE.get(short, {})
    passed = []
    for wrong in wrong_values(str(argument.annotation)):
        try:
            build(entry, short, needed | {argument.name: wrong})
        except (BionerError, ConfigValidationError):
            continue
        except Exception as error:  # told apart from what passes
            passed.append((wrong, error))
        else:
            passed.append((wrong, None))
    assert not passed, f"{short}({argument.name}): {passed}"
