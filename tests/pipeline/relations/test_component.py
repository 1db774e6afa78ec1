"""The component: learns, is saved, tells what it cannot learn."""

import copy
import pickle

import pytest
import spacy
from invented import blank, documents, examples
from spacy.tokens import Doc
from thinc.api import fix_random_seed

from spacy_bioner.documents.document import Document, Mention, Relation
from spacy_bioner.errors import BionerError

SMALL = {"hidden": 32, "tok2vec": {"width": 32, "depth": 1, "embed_size": 300}}


@pytest.fixture(scope="module")
def trained():
    fix_random_seed(0)
    nlp = blank()
    nlp.add_pipe("bioner_relations", config={"model": SMALL})
    train = examples(nlp, documents(40))
    optimizer = nlp.initialize(lambda: train)
    optimizer.learn_rate = 0.01
    losses = []
    for _ in range(20):
        losses.append(nlp.get_pipe("bioner_relations").update(train, sgd=optimizer)["bioner_relations"])
    assert losses[-1] < losses[0] / 4
    return nlp


def found(doc):
    return [(r.head.text, r.tail.text, r.label, round(r.score, 3), r.id) for r in doc._.relations]


def predicted(nlp, n=10, seed=1):
    pipe = nlp.get_pipe("bioner_relations")
    return [found(pipe(example.predicted)) for example in examples(nlp, documents(n, seed))]


def test_it_finds_what_it_was_shown(trained):
    test = examples(trained, documents(20, seed=1))
    pipe = trained.get_pipe("bioner_relations")
    for example in test:
        pipe(example.predicted)
    scores = pipe.score(test)
    assert scores["relations_f"] > 0.9
    assert scores["relations_per_type"].keys() == {"causes"}
    assert scores["relations_lost"] == {}
    assert pipe.labels == ("causes",)
    assert pipe.cfg["pairs"] == [["Drug", "Effect"]]
    assert all(0.5 <= r.score <= 1 for example in test for r in example.predicted._.relations)


def test_without_entities_it_finds_nothing_and_says_what_was_lost(trained):
    test = examples(trained, documents(5), gold_entities=False)
    pipe = trained.get_pipe("bioner_relations")
    list(pipe.pipe(example.predicted for example in test))
    scores = pipe.score(test)
    gold = sum(len(document.relations) for document in documents(5))
    assert (scores["relations_f"], scores["relations_lost"]) == (0.0, {"not_found": gold})
    assert scores["relations_counts"] == {"tp": 0, "fp": 0, "fn": gold}


def test_batches_give_what_documents_give(trained):
    pipe = trained.get_pipe("bioner_relations")
    docs = [example.predicted for example in examples(trained, documents(10, 1))]
    pipe.pairs_at_once = 3
    try:
        in_batches = [found(doc) for doc in pipe.pipe(docs, batch_size=4)]
    finally:
        pipe.pairs_at_once = 512
    assert in_batches == predicted(trained)


@pytest.mark.parametrize(
    "travel",
    [
        lambda nlp: spacy.util.load_model_from_config(nlp.config, auto_fill=True).from_bytes(nlp.to_bytes()),
        lambda nlp: pickle.loads(pickle.dumps(nlp)),
        copy.deepcopy,
    ],
    ids=["bytes", "pickle", "deepcopy"],
)
def test_a_copy_finds_the_same(trained, travel):
    assert predicted(travel(trained)) == predicted(trained)


def test_from_disk_it_finds_the_same(trained, tmp_path):
    trained.to_disk(tmp_path / "model")
    assert predicted(spacy.load(tmp_path / "model")) == predicted(trained)


def test_pair_types_that_are_given_at_load_hold(trained, tmp_path):
    trained.to_disk(tmp_path / "model")
    given = {"components": {"bioner_relations": {"pairs": ["Cell -> Organ"]}}}
    loaded = spacy.load(tmp_path / "model", config=given)
    assert [*loaded.get_pipe("bioner_relations").scope.pairs] == [("Cell", "Organ")]
    assert not any(predicted(loaded))
    loaded.to_disk(tmp_path / "again")
    assert not any(predicted(spacy.load(tmp_path / "again")))


def test_a_second_time_nothing_is_added(trained):
    pipe = trained.get_pipe("bioner_relations")
    (example,) = examples(trained, documents(1, 3))
    assert found(pipe(pipe(example.predicted))) == found(pipe(example.predicted))


def test_a_low_threshold_takes_more(trained):
    pipe = trained.get_pipe("bioner_relations")
    numbers = []
    for threshold in (1e-30, None):
        pipe.threshold = threshold
        numbers.append(sum(map(len, predicted(trained))))
    pipe.threshold = None
    assert numbers[0] == 20 > numbers[1] > 0  # two pairs a document


def test_documents_of_one_entity_or_none_are_no_trouble(trained):
    pipe = trained.get_pipe("bioner_relations")
    assert [doc._.relations for doc in pipe.pipe([Doc(trained.vocab), trained.make_doc("aspirin")])] == [[], []]
    empty = examples(trained, [Document("Nothing here.")])
    assert pipe.update(empty)["bioner_relations"] == 0.0


def initialised(made, **config):
    nlp = blank()
    pipe = nlp.add_pipe("bioner_relations", config={"model": SMALL, **config})
    nlp.initialize(lambda: examples(nlp, made))
    return pipe


def test_a_corpus_without_relations_is_told():
    with pytest.raises(BionerError, match="B433"):
        initialised([Document("Nothing here.")])


def test_a_pair_type_that_the_data_never_has_is_told():
    with pytest.raises(BionerError, match=r"B434.*'Drug -> Gene'.*Drug -> Effect"):
        initialised(documents(4), pairs=["Drug -> Gene"])


@pytest.mark.parametrize("code", ["B433", "B437"])
def test_data_that_is_refused_changes_nothing(trained, code):
    """A trained component goes on with its own labels and pairs."""
    pipe = trained.get_pipe("bioner_relations")
    before, found_before = pipe.to_bytes(), predicted(trained)
    mentions = [Mention(0, 5, "Gene", id="T1"), Mention(11, 16, "Organ", id="T2")]
    related = [Relation("seen in", (("Arg1", "T1"), ("Arg2", "T2")))] if code == "B437" else []
    refused = examples(trained, [Document("BRCA1 ran. Liver grew.", mentions, relations=related)])
    with pytest.raises(BionerError, match=code):
        pipe.initialize(lambda: refused, nlp=trained)
    assert pipe.to_bytes() == before
    assert predicted(trained) == found_before


def test_relations_that_cannot_be_learned_are_counted():
    made = documents(10)
    related = [document for document in made if document.relations]
    one = related[0]
    one.relations = [one.relations[0].__class__("causes", (("Arg1", "T1"), ("Arg2", "T99")))]
    with pytest.warns(UserWarning, match=r"B438.* 1 of the \d+ gold relations .* 1 of a mention that is not among"):
        initialised(made)


@pytest.mark.parametrize("option", [{"threshold": 0.0}, {"threshold": 2.0}, {"pairs_at_once": 0}])
def test_options_that_are_none(option):
    with pytest.raises(BionerError, match="B436"):
        blank().add_pipe("bioner_relations", config=option)


def test_a_listener_is_no_network_of_its_own():
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96}
    with pytest.raises(BionerError, match="B435"):
        blank().add_pipe("bioner_relations", config={"model": {"tok2vec": listener}})
