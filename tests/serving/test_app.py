"""The service: right answers to many at once, refusals that say why, and a page that shows what was found."""

import asyncio
import copy
import json
import threading
import time

import pytest
import spacy
from browser import BROWSER, Browser

from spacy_bioner.corpus.annotation.stream import Selection
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention
from spacy_bioner.formats.bioc.documents import from_document
from spacy_bioner.serving.app import Limits, make_app

httpx = pytest.importorskip("httpx")
pytest.importorskip("fastapi")
TERMS = {"rash": ("ADR", ["D005076"]), "nausea": ("ADR", []), "aspirin": ("Drug", ["D001241"])}


@pytest.fixture(scope="module")
def nlp():
    nlp = spacy.blank("en")
    nlp.meta["name"] = "toy"
    nlp.add_pipe("bioner_dictionary").add_terms([(term, *values) for term, values in TERMS.items()])
    return nlp


def talk(app, *requests, fails=False):
    """Send all requests at once and return the responses in their order.

    fails: exceptions, which a server logs beside its response, are expected.
    """

    async def send():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=not fails)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=120) as client:
            return await asyncio.gather(*(client.request(method, path, **more) for method, path, more in requests))

    return asyncio.run(send())


def post(path, body):
    return "POST", path, {"json": body}


def test_texts_and_documents(nlp):
    app = make_app(nlp)
    text, many, named = talk(
        app,
        post("/annotate", {"text": "😀 A rash after aspirin."}),
        post("/annotate", {"texts": ["No rash.", ""]}),
        post("/annotate", {"documents": [{"id": "7", "text": "Nausea"}]}),
    )
    rash = {"start": 4, "end": 8, "text": "rash", "label": "ADR", "score": 1.0, "concepts": ["D005076"]}
    assert text.json()["documents"][0]["entities"][0] == rash
    assert [len(d["entities"]) for d in many.json()["documents"]] == [1, 0]
    assert named.json()["documents"][0]["id"] == "7"


def test_bioc_comes_back_annotated(nlp):
    document = Document("A rash.\nAfter aspirin.", [Mention(0, 1, "Old")], "1")
    (answer,) = talk(make_app(nlp), post("/bioc", {"source": "x", "documents": [from_document(document, 1)]}))
    passages = answer.json()["documents"][0]["passages"]
    found = [(a["text"], a["infons"]["type"], a["locations"][0]["offset"]) for p in passages for a in p["annotations"]]
    assert found == [("rash", "ADR", 2), ("aspirin", "Drug", 14)]
    assert answer.json()["source"] == "x"


def test_health_and_card(nlp):
    health, card = talk(make_app(nlp), ("GET", "/health", {}), ("GET", "/card", {}))
    assert health.json() == {
        "status": "ok",
        "pipeline": "en_toy",
        "version": nlp.meta["version"],
        "components": ["bioner_dictionary"],
    }
    assert card.json()["name"] == "toy"


@pytest.mark.parametrize(
    ("path", "request_", "status", "says"),
    [
        ("/annotate", {"content": b"{"}, 400, "not JSON"),
        ("/annotate", {"json": {"words": 1}}, 422, "expected"),
        ("/annotate", {"json": [1]}, 422, "expected"),
        ("/annotate", {"json": {"documents": [{"text": 1}]}}, 422, "documents[0]: its text is not a string"),
        (
            "/annotate",
            {"json": {"documents": [{"text": "a"}, {"id": 5, "text": "b"}]}},
            422,
            "documents[1]: its id is not",
        ),
        ("/annotate", {"json": {"texts": ["a", None]}}, 422, "texts[1]: its text is not a string"),
        ("/annotate", {"json": {"text": ["a"]}}, 422, "text: its text is not a string"),
        ("/annotate", {"json": {"documents": "a"}}, 422, "documents has another type"),
        ("/annotate", {"json": {"text": "x" * 51}}, 413, "50 at most"),
        ("/annotate", {"json": {"texts": ["x"] * 4}}, 413, "3 at most"),
        ("/annotate", {"content": b'{"text": "' + b"x" * 1_100_000 + b'"}'}, 413, "bytes"),
        ("/annotate", {"content": b'{"text": "\\ud800"}'}, 422, "surrogate"),
        ("/annotate", {"content": b'{"text": "a", "x": "\\ud800"}'}, 422, "surrogate"),
        ("/annotate", {"content": b'{"text": "a", "x": NaN}'}, 400, "NaN"),
        ("/annotate", {"content": b'{"text": "a", "x": -1e999}'}, 422, "too large"),
        ("/annotate", {"content": b'{"text": "a", "x": ' + b"[" * 200 + b"]" * 200 + b"}"}, 422, "inside each other"),
        ("/annotate", {"json": {"text": "a", "documents": [{"text": "b"}]}}, 422, "but there is text and documents"),
        ("/bioc", {"json": {"documents": [{"id": "1", "passages": [{"offset": "x", "text": ""}]}]}}, 422, "B265"),
        ("/bioc", {"json": {}}, 422, "BioC"),
    ],
)
def test_what_is_refused_says_why(path, request_, status, says, nlp):
    app = make_app(nlp, Limits(characters=50, documents=3))
    (answer,) = talk(app, ("POST", path, request_))
    assert answer.status_code == status
    assert says in answer.json()["error"]


NASTY = [
    *(None, True, 0, -1, 1.5, 10**30, 10**4000, "", "x", "7", "9" * 5000, "\ud800", float("nan"), float("inf")),
    *([], {}, [[]], [0], [None], [{}], {"a": {"b": [1]}}, {"": 1}, {"\udc00": 1}),
]
LEFT_OUT, DOUBLED = object(), object()
ANNOTATION = {"id": "0", "infons": {"type": "ADR"}, "text": "rash", "locations": [{"offset": 2, "length": 4}]}
NODES = [{"refid": "0", "role": "a"}, {"refid": "0", "role": "b"}]
BIOC = {
    "source": "s",
    "infons": {"a": "b"},
    "documents": [
        {
            "id": "1",
            "infons": {"x": "y"},
            "relations": [{"id": "R", "infons": {"type": "r"}, "nodes": NODES}],
            "passages": [
                {"offset": 0, "infons": {"type": "title"}, "text": "A rash.", "annotations": [ANNOTATION]},
                {"offset": 9, "sentences": [{"offset": 9, "text": "No rash.", "infons": {}}]},
            ],
        }
    ],
}
BODIES = [
    ("/annotate", {"text": "A rash."}),
    ("/annotate", {"texts": ["A rash.", "x"]}),
    ("/annotate", {"documents": [{"id": "1", "text": "A rash"}, {"id": "1", "text": "rash"}]}),
    ("/bioc", BIOC),
]


def places_in(value, at=()):
    """Yield the path of each part of a JSON value."""
    yield at
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places_in(value[key], (*at, key))


def spoilt(body):
    """Yield the body with each of its parts replaced by each nasty value, doubled, or left out."""
    yield from NASTY
    for *above, last in filter(None, places_in(body)):
        for nasty in [*NASTY, LEFT_OUT, DOUBLED]:
            new = copy.deepcopy(body)
            owner = new
            for key in above:
                owner = owner[key]
            owner[last] = [owner[last]] * 2 if nasty is DOUBLED else nasty
            if nasty is LEFT_OUT:
                del owner[last]
            yield new


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize(("path", "body"), BODIES)
def test_no_body_makes_it_fail(path, body, keep, nlp):
    """Every answer is JSON, and one that is no result has a reason that is the client's."""
    bodies = [json.dumps(one).encode() for one in spoilt(body)]
    bodies += [b"", b"\xff", b"\0", b"[" * 100_000, b"1" * 5000, b"1e999", b'{"text": "\xed\xa0\x80"}']
    answers = talk(make_app(nlp, selection=Selection(keep=keep)), *(("POST", path, {"content": one}) for one in bodies))
    for content, answer in zip(bodies, answers, strict=True):
        assert answer.status_code in (200, 400, 413, 422), content
        assert ("error" in answer.json()) == (answer.status_code != 200), content


def passage(offset, text="x", **more):
    return {"offset": offset, "text": text, **more}


FAR = [number * 1_000_000 for number in range(300)]


@pytest.mark.parametrize(
    "passages",
    [
        [passage(offset) for offset in FAR],
        [*(passage(offset) for offset in FAR), passage(0)],
        [passage(offset, None) for offset in FAR],
        [{"sentences": [passage(str(offset)) for offset in FAR]}],
    ],
)
def test_a_small_body_of_a_long_text_is_refused_before_the_text_is_built(passages, nlp, monkeypatch):
    """Passages may lie far apart; the text would have all that is between them."""
    monkeypatch.setattr("spacy_bioner.serving.app.to_document", None)
    (answer,) = talk(make_app(nlp), post("/bioc", {"documents": [{"id": "1", "passages": passages}]}))
    assert answer.status_code == 413
    assert answer.json()["error"].startswith("299,000,00")


def test_the_lengths_of_all_documents_count(nlp):
    documents = [{"id": "1", "passages": [passage(0), passage(20)]}] * 3
    answers = talk(
        make_app(nlp, Limits(characters=62)),
        post("/bioc", {"documents": documents}),
        post("/bioc", {"documents": documents[1:]}),
    )
    assert [answer.status_code for answer in answers] == [413, 200]


def test_annotations_that_are_replaced_are_not_read(nlp):
    """A thousand of them that cover the text would take as long as a thousand texts."""
    wrong = {**ANNOTATION, "text": "fever", "locations": [{"offset": 0, "length": 7}] * 9}
    given = {"documents": [{"id": "1", "passages": [passage(0, "A rash.", annotations=[wrong])], "relations": [5]}]}
    answer, kept = (
        talk(make_app(nlp, selection=Selection(keep=keep)), post("/bioc", given))[0] for keep in (False, True)
    )
    (found,) = answer.json()["documents"][0]["passages"][0]["annotations"]
    assert found["text"] == "rash"
    assert kept.status_code == 422


def test_infons_stay_whatever_their_names(nlp):
    infons = {"annotations": "gold", "relations": "none", "passages": "[]"}
    given = {"documents": [{"id": "1", "infons": infons, "passages": [passage(0, "A rash.", infons=infons)]}]}
    (answer,) = talk(make_app(nlp), post("/bioc", given))
    (document,) = answer.json()["documents"]
    assert document["infons"] == document["passages"][0]["infons"] == infons


def test_a_text_that_the_pipeline_does_not_take_is_refused(nlp, monkeypatch):
    monkeypatch.setattr(nlp, "max_length", 10)
    texts = talk(make_app(nlp), post("/annotate", {"texts": ["x" * 10] * 3}), post("/annotate", {"text": "x" * 11}))
    assert [answer.status_code for answer in texts] == [200, 413]
    assert "10 at most in a document" in texts[1].json()["error"]


def test_a_failure_of_the_pipeline_is_json_too(nlp):
    def broken(doc):
        raise ValueError("secret") if doc.text == "broken" else BionerError("B139", id="7")

    spacy.Language.component("broken_component", func=broken)
    nlp.add_pipe("broken_component")
    try:
        requests = [post("/annotate", {"text": text}) for text in ("broken", "other")]
        answers = talk(make_app(nlp), *requests, fails=True)
    finally:
        nlp.remove_pipe("broken_component")
    assert [answer.status_code for answer in answers] == [500, 500]
    assert "log" in answers[0].json()["error"]
    assert "B139" in answers[1].json()["error"]


def test_a_request_that_takes_too_long_is_given_up_and_the_service_goes_on(nlp):
    def slow(doc):
        time.sleep(0.5 * (doc.text == "slow"))
        return doc

    spacy.Language.component("slow_component", func=slow)
    nlp.add_pipe("slow_component")
    try:
        app = make_app(nlp, Limits(seconds=0.05, threads=2))
        answers = talk(app, post("/annotate", {"text": "slow"}))
        assert [a.status_code for a in answers] == [504]
        busy = make_app(nlp, Limits(waiting=1, threads=1))
        answers = talk(busy, *[post("/annotate", {"text": "slow"})] * 3)
        assert sorted(a.status_code for a in answers) == [200, 503, 503]
    finally:
        nlp.remove_pipe("slow_component")


def test_a_thousand_at_once_get_their_own_answers(nlp):
    words = [f"{'rash' if i % 2 else 'nausea'} number{i}" for i in range(1000)]
    answers = talk(make_app(nlp), *[post("/annotate", {"text": text}) for text in words])
    assert {a.status_code for a in answers} == {200}
    for text, answer in zip(words, answers, strict=True):
        (document,) = answer.json()["documents"]
        assert document["text"] == text
        assert [e["text"] for e in document["entities"]] == [text.split()[0]]


def test_a_pipeline_without_entities_is_refused():
    with pytest.raises(BionerError, match="B272"):
        make_app(spacy.blank("en"))


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_the_page_shows_entities_at_their_places(nlp):
    uvicorn = pytest.importorskip("uvicorn")
    server = uvicorn.Server(uvicorn.Config(make_app(nlp), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    browser = Browser()
    try:
        browser("Page.navigate", url=f"http://127.0.0.1:{port}/")
        while not browser.run("document.getElementById('model')?.textContent"):
            time.sleep(0.05)
        browser.run(
            "document.getElementById('text').value = '😀 <b>A rash, </b>'; document.getElementById('go').click()"
        )
        for _ in range(200):
            if "entities" in browser.run("document.getElementById('state').textContent"):
                break
            time.sleep(0.05)
        shown = browser.run("document.getElementById('state').textContent")
        assert shown == "1 entities", (shown, browser.messages)
        assert browser.run("[...document.querySelectorAll('#result mark')].map(m => m.textContent)") == ["rashADR 1.00"]
        assert browser.run("document.getElementById('result').textContent") == "😀 <b>A rashADR 1.00, </b>"
        # A browser asks for an icon on its own; nothing else goes wrong.
        assert [message for message in browser.messages if "favicon" not in message and "404" not in message] == []
    finally:
        browser.close()
        server.should_exit = True
        thread.join(timeout=10)
