"""Whatever a pipeline finds, by whichever tagger, is what ``check --model`` and ``suggest`` read of it."""

import json
import random

import pytest
import spacy
from commands import runner
from every_component import SMALL, coordinated
from spacy.strings import get_string_id
from spacy.training import Example
from thinc.api import fix_random_seed

from spacy_bioner import mentions
from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.experiments.gold_errors.by_model import by_pipeline, by_predictions, model_findings
from spacy_bioner.experiments.runs import Run, read_runs, write_run
from spacy_bioner.experiments.selection.informativeness import LEAST, Informativeness
from spacy_bioner.formats import Document, write
from spacy_bioner.training.corpora import unannotated

NETWORK = {"tok2vec": SMALL}
LAYERS = {"layers": "labels", "levels": 2}
SYSTEMS = {
    "crf": ("bioner_crf", {}),
    "crf, best tags": ("bioner_crf", {"threshold": None}),
    "crf with layers": ("bioner_crf", LAYERS),
    "crf, in parts": ("bioner_crf", {"scheme": "BIOHD"}),
    "crf, in parts and layers": ("bioner_crf", {"scheme": "BIOHD", **LAYERS}),
    "network": ("bioner_bilstm_crf", {"model": NETWORK}),
    "network with layers": ("bioner_bilstm_crf", {"model": NETWORK, **LAYERS}),
    "network, in parts": ("bioner_bilstm_crf", {"model": {**NETWORK, "scheme": "BIOHD"}}),
}


@pytest.fixture(scope="module", params=SYSTEMS)
def trained(request):
    """A pipeline that has learned mentions in one part and in several, of which some share a word."""
    fix_random_seed(0)
    factory, config = SYSTEMS[request.param]
    nlp = spacy.blank("en")
    nlp.add_pipe(factory, config={**config, **({"max_iterations": 30} if factory == "bioner_crf" else {})})
    gold = [to_doc(document, nlp) for document in coordinated(40)]
    examples = [Example(unannotated(doc), doc) for doc in gold]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.02
    for _ in range(0 if factory == "bioner_crf" else 25):
        nlp.update(examples, sgd=optimizer)
    return request.param, nlp


def annotated(nlp):
    """The texts with all that the pipeline finds in them, and how probable it holds it."""
    docs = list(nlp.pipe(document.text for document in coordinated(20, seed=1)))
    found = [[mention.plain() for mention in mentions(doc)] for doc in docs]
    return docs, [Document(doc.text, own, f"d{i}") for i, (doc, own) in enumerate(zip(docs, found, strict=True))]


def test_what_is_found_is_considered(trained):
    name, nlp = trained
    _, found = annotated(nlp)
    assert sum(len(document.mentions) for document in found) > 15
    assert any(m.fragments for document in found for m in document.mentions) == ("in parts" in name)
    for document, (_, probable) in zip(found, by_pipeline(nlp, found), strict=True):
        held = {(m.parts, m.label): m.score for m in document.mentions}
        assert {shape: probable.mentions.get(shape) for shape in held} == pytest.approx(held, abs=1e-4)


def test_a_gold_that_is_what_the_model_finds_has_no_likely_errors(trained, tmp_path):
    _, nlp = trained
    _, found = annotated(nlp)
    sure = [document.with_mentions(m for m in document.mentions if m.score > 0.5) for document in found]
    for i, (document, (_, probable)) in enumerate(zip(sure, by_pipeline(nlp, sure), strict=True)):
        assert list(model_findings(document, i, probable)) == []
    write_run(Run(tmp_path / "one", "x", "c"), {"ents_f": 1.0}, sure, sure, {})
    assert by_predictions(read_runs([tmp_path]))[1] == []


def test_what_is_found_with_doubt_is_informative(trained):
    _, nlp = trained
    docs, found = annotated(nlp)
    unsure = 0
    for document, candidate in zip(found, Informativeness(nlp, "segment")(docs), strict=True):
        for mention in document.mentions:
            if 1 - abs(2 * mention.score - 1) > LEAST:
                unsure += 1
                assert get_string_id(f"{mention.label} {document.text_of(mention).lower()}") in candidate.items
    assert unsure


def test_the_command_finds_no_errors_either(trained, tmp_path):
    _, nlp = trained
    _, found = annotated(nlp)
    nlp.to_disk(tmp_path / "model")
    write(found, tmp_path / "found.jsonl")
    runner("check")(tmp_path / "found.jsonl", "--model", tmp_path / "model", "--errors", tmp_path / "errors.json")
    findings = json.loads((tmp_path / "errors.json").read_text())["findings"]
    assert not [row for row in findings if "the model finds" in row["reason"]]


@pytest.mark.parametrize("system", SYSTEMS)
def test_white_space_is_no_edge_of_a_mention(system):
    """What is learned to be two words is one where the other is white space: the gold has none at its edges, either."""
    factory, config = SYSTEMS[system]
    fix_random_seed(0)
    draw = random.Random(0)
    nlp = spacy.blank("en")
    nlp.add_pipe(factory, config={**config, **({"max_iterations": 30} if factory == "bioner_crf" else {})})

    def word():
        return "".join(draw.choices("abcdefgh", k=5))

    examples = [
        Example.from_dict(nlp.make_doc(f"Then the {word()} {word()} ended."), {"entities": [(9, 20, "Drug")]})
        for _ in range(40)
    ]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.02
    for _ in range(0 if factory == "bioner_crf" else 25):
        nlp.update(examples, sgd=optimizer)
    for text in ("Then the {}\n\nended.", "Then the\n\n{} ended."):
        name = word()
        assert [mention.text for mention in mentions(nlp(text.format(name)))] == [name]
    docs = [
        nlp.make_doc(text) for text in ("Then the\n\n\n\nended.", "\n\n", "the\n\n", f"the\n\n\n\n{word()} \n\nended")
    ]
    found = nlp.get_pipe(factory).predict([*docs])
    edges = [
        doc[i]
        for doc, own in zip(docs, found, strict=True)
        for ps, *_ in own.candidates()
        for a, b in ps
        for i in (a, b - 1)
    ]
    assert not any(token.is_space for token in edges)
