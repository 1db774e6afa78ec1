"""What every component must stand: each way to copy, save, share and interrupt it, with the same result.

Each test gets texts whose words no other test has used, so that no vocabulary and no cache has met them.
"""

import copy
import gzip
import json
import multiprocessing
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count

import pytest
import spacy
import srsly
from every_component import BUILDERS, blank, reload, result, texts
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.transformer import word_pieces
from spacy_bioner.pipeline import sealed
from spacy_bioner.pipeline.crf import emissions
from spacy_bioner.pipeline.dictionary import component as dictionary_component
from spacy_bioner.pipeline.dictionary import term_finder
from spacy_bioner.pipeline.sealed import META

SEEDS = count(100)
WRITES = {"bioner_bilm": 3, "bioner_sentences": 4, "bioner_answers": 5, "bioner_relations": 7}
"""Which part of a ``result`` a component writes that finds no entities."""


@pytest.fixture(scope="module", params=list(BUILDERS))
def trained(request, built):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    return built(request.param)


def name_of(nlp):
    """Relations and concepts need entities: a component that gives them stands before."""
    return nlp.pipe_names[-1]


def results(docs):
    return [result(doc) for doc in docs]


@pytest.fixture
def case(trained):
    """Texts, and what a copy of the pipeline that nobody else uses finds in them."""
    some = texts(6, next(SEEDS))
    expected = results(reload(trained).pipe(some))
    if name_of(trained) != "bioner_abbreviations":  # of which a text may have none
        assert sum(len(found[WRITES.get(name_of(trained), 0)]) for found in expected) > 10
    return some, expected


def by_disk(nlp, folder):
    nlp.to_disk(folder / "model")
    return spacy.load(folder / "model")


def by_component(nlp, copied):
    other = blank()
    for name in nlp.pipe_names:
        other.add_pipe(name, source=nlp)
    other._components = [(name, copied(nlp.get_pipe(name))) for name in nlp.pipe_names]
    return other


COPIES = {
    "bytes": lambda nlp, folder: reload(nlp),
    "disk": by_disk,
    "pickle": lambda nlp, folder: pickle.loads(pickle.dumps(nlp)),
    "deepcopy": lambda nlp, folder: copy.deepcopy(nlp),
    "pickled component": lambda nlp, folder: by_component(nlp, lambda pipe: pickle.loads(pickle.dumps(pipe))),
    "copied component": lambda nlp, folder: by_component(nlp, copy.deepcopy),
    "source": lambda nlp, folder: by_component(nlp, lambda pipe: pipe),
}


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_finds_the_same(trained, case, way, tmp_path):
    some, expected = case
    list(trained.pipe(texts(2, next(SEEDS))))  # caches that are not empty
    copied = COPIES[way](trained, tmp_path)
    assert results(copied.pipe(some)) == expected
    assert [pipe.name for _, pipe in copied.pipeline] == trained.pipe_names


def test_one_by_one_or_in_batches_of_any_size(trained, case):
    some, expected = case
    assert results(map(trained, some)) == expected
    assert results(trained.pipe(some, batch_size=4)) == expected


def test_what_it_found_survives_docbin_and_bytes(trained, case):
    some, expected = case
    docs = list(trained.pipe(some))
    stored = DocBin(store_user_data=True, docs=docs).to_bytes()
    assert results(DocBin().from_bytes(stored).get_docs(Vocab())) == expected
    assert results(Doc(Vocab()).from_bytes(doc.to_bytes()) for doc in docs) == expected


def test_documents_of_other_vocabularies(trained, case):
    some, expected = case
    others = [blank(), blank(), trained]
    assert results(trained.pipe(map(others[0].make_doc, some))) == expected
    assert results(trained.pipe(others[i % 3].make_doc(text) for i, text in enumerate(some))) == expected
    assert results(trained(others[1].make_doc(text)) for text in some) == expected


def test_a_failure_leaves_nothing_half_done(trained, case):
    """A document whose words no string store knows fails, or not; then all others are right."""
    some, expected = case
    orphan = blank().make_doc(some[0])
    orphan.vocab.strings._reset_and_load([])  # spaCy's own way to forget strings
    failed = []
    trained.set_error_handler(lambda name, pipe, docs, error: failed.append(error))
    try:
        list(trained.pipe([orphan, *(trained.make_doc(text) for text in some[1:])]))
    finally:
        trained.set_error_handler(spacy.util.raise_error)
    assert results(trained.pipe(some)) == expected
    assert results(map(trained, some)) == expected


def test_threads_share_it(trained, monkeypatch):
    """Eight threads, new words in documents of three vocabularies, and memories so small that they restart often."""
    for module, name, value in (
        (emissions, "_KEPT_WORDS", 60),
        (emissions, "_KEPT_PAIRS", 60),
        (term_finder, "_MEMO_SIZE", 60),
        (dictionary_component, "_MEMO_SIZE", 3),
        (word_pieces, "_REMEMBERED", 60),
    ):
        monkeypatch.setattr(module, name, value)
    shared = reload(trained)
    for node in layers(shared):
        if "cache" in node.attrs:
            node.attrs["cache"].size = 60
    some = texts(60, next(SEEDS), sentences_each=2)
    expected = results(map(reload(trained), some))
    makers = [shared, blank(), blank()]  # of documents of several vocabularies

    def annotate(i):
        return result(shared(makers[i % 3].make_doc(some[i])))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(annotate, range(len(some)), timeout=60))
    finally:
        sys.setswitchinterval(interval)
    assert together == expected
    assert results(map(shared, some[::5])) == expected[::5]  # nothing wrong is left behind


def test_words_that_were_forgotten_are_found_again(trained):
    """Words new in a memory zone are freed at its end; what the components remember of them must not point there."""
    shared = reload(trained)
    some = texts(40, next(SEEDS), sentences_each=2)
    expected = results(map(reload(trained), some))
    strings = len(shared.vocab.strings)
    for order in (1, -1, 1):
        found = []
        for i in range(0, len(some), 8)[::order]:
            with shared.memory_zone():
                found = [(i, results(shared.pipe(some[i : i + 8]))), *found]
        assert [one for _, batch in sorted(found) for one in batch] == expected
        assert len(shared.vocab.strings) == strings
    with ThreadPoolExecutor(4) as pool:  # outside of zones, with memories that were filled in them
        assert list(pool.map(lambda text: result(shared(text)), some, timeout=60)) == expected


def test_processes_that_are_started_afresh(built, monkeypatch):
    """``n_process`` where a process is spawned, as on macOS and Windows: what it runs is pickled."""
    nlp = reload(built("bioner_crf"))
    for name in ("bioner_dictionary", "bioner_sentences", "bioner_relations"):
        nlp.add_pipe(name, source=reload(built(name)))
    some = texts(6, next(SEEDS))
    monkeypatch.setattr("spacy.language.mp", multiprocessing.get_context("spawn"))
    assert results(nlp.pipe(some, n_process=2, batch_size=3)) == results(reload(nlp).pipe(some))


def layers(nlp):
    model = getattr(nlp.get_pipe(name_of(nlp)), "model", None)
    return list(model.walk()) if model is not None else []


def damaged(value, depth=3):
    """Yield copies of a value that is JSON or msgpack with something in it missing, or of another kind."""
    if isinstance(value, dict):
        for key in value:
            yield {name: each for name, each in value.items() if name != key}
            yield from ({**value, key: other} for other in (damaged(value[key], depth - 1) if depth else [None]))
    elif isinstance(value, list) and value:
        yield value[:-1]
        yield from ([*value[:-1], other] for other in (damaged(value[-1], depth - 1) if depth else [None]))
    yield None


def damaged_files(about, parts):
    """Yield what a component saves with one file, or the description, damaged: their seal is right."""
    yield from ((other, parts) for other in damaged(about, 1) if isinstance(other, dict))
    for name, content in parts.items():
        yield from ((about, {**parts, name: other}) for other in (b"", content[: len(content) // 2]))
        for load, dump in ((json.loads, lambda value: json.dumps(value).encode()), PACKED, ZIPPED):
            with suppress(Exception):
                found = load(content)
                if isinstance(found, dict | list):
                    yield from ((about, {**parts, name: dump(other)}) for other in damaged(found))
                    break


PACKED = srsly.msgpack_loads, srsly.msgpack_dumps
ZIPPED = (
    lambda data: srsly.msgpack_loads(gzip.decompress(data)),
    lambda value: gzip.compress(srsly.msgpack_dumps(value)),
)


def with_other_weights(pipe):
    """Change all weights of a component in place."""
    for model in (getattr(pipe, "model", None), getattr(getattr(pipe, "rerank", None), "encoder", None)):
        for node in model.walk() if model else ():
            for name in node.param_names:
                if node.has_param(name):
                    node.set_param(name, node.get_param(name) * 1.5)
            for shim in node.shims:
                for parameter in shim._model.parameters():
                    parameter.data.mul_(1.5)
    return pipe


def untrained(trained):
    """Return a pipeline like a trained one whose last component was never trained."""
    nlp = spacy.util.load_model_from_config(trained.config, auto_fill=True)
    for name in nlp.pipe_names[:-1]:
        if hasattr(nlp.get_pipe(name), "from_bytes"):
            nlp.get_pipe(name).from_bytes(trained.get_pipe(name).to_bytes())
    return nlp


def outcome(nlp, some):
    """Return what a pipeline finds, or the error."""
    try:
        return results(nlp.pipe(some))
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("way", ["bytes", "disk"])
def test_a_component_that_was_saved_untrained_is_untrained_again(trained, way, tmp_path):
    """Loading replaces all that training made: over a trained component as over a new one."""
    nlp, new = reload(trained), untrained(trained)
    pipe, saved = nlp.get_pipe(name_of(nlp)), new.get_pipe(name_of(nlp))
    if not hasattr(pipe, "from_bytes"):
        pytest.skip("it saves nothing")
    some = texts(2, next(SEEDS))
    list(nlp.pipe(some))  # caches that are not empty
    if way == "bytes":
        pipe.from_bytes(saved.to_bytes())
    else:
        saved.to_disk(tmp_path / "saved")
        pipe.from_disk(tmp_path / "saved")
    assert pipe.to_bytes() == saved.to_bytes() != trained.get_pipe(name_of(nlp)).to_bytes()
    assert getattr(pipe, "labels", ()) == getattr(saved, "labels", ())
    expected = outcome(new, some)
    assert outcome(nlp, some) == expected
    assert outcome(pickle.loads(pickle.dumps(nlp)), some) == expected
    pipe.from_bytes(trained.get_pipe(name_of(nlp)).to_bytes())
    assert results(nlp.pipe(some)) == results(reload(trained).pipe(some))


def test_damaged_files_leave_a_component_as_it_was(trained):
    """Whatever is found to be wrong at whatever point of loading: nothing of the new files is taken."""
    nlp = reload(trained)
    pipe = nlp.get_pipe(name_of(nlp))
    if not hasattr(pipe, "from_bytes") or not (held := pipe.to_bytes()):
        pytest.skip("it saves nothing")
    vocab = pipe._read_vocab() if hasattr(pipe, "_read_vocab") else None
    some = texts(2, next(SEEDS))
    expected = results(reload(trained).pipe(some))
    cases = []
    for other in (
        with_other_weights(reload(trained).get_pipe(name_of(nlp))),
        untrained(trained).get_pipe(name_of(nlp)),
    ):
        new = srsly.msgpack_loads(other.to_bytes())
        damages = list(damaged_files(json.loads(new.pop(META))["about"], new))
        cases += damages[:: max(1, len(damages) // 12)]
    refused = 0
    for other, parts in cases:
        try:
            pipe.from_bytes(sealed.to_bytes(parts, other, vocab))
        except BionerError:
            refused += 1
            assert pipe.to_bytes() == held
        else:
            pipe.from_bytes(held)
    assert refused > 5
    assert results(nlp.pipe(some)) == expected
