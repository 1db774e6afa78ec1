"""The service: right answers to many at once, refusals that say why, and a page that shows what was found."""

import asyncio
import threading
import time

import pytest
import spacy
from browser import BROWSER, Browser

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


def talk(app, *requests):
    """Send all requests at once and return the responses in their order."""

    async def send():
        transport = httpx.ASGITransport(app=app)
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
        ("/annotate", {"json": {"documents": [{"text": 1}]}}, 422, "expected"),
        ("/annotate", {"json": {"text": "x" * 51}}, 413, "50 at most"),
        ("/annotate", {"json": {"texts": ["x"] * 4}}, 413, "3 at most"),
        ("/annotate", {"content": b'{"text": "' + b"x" * 1_100_000 + b'"}'}, 413, "bytes"),
        ("/annotate", {"content": b'{"text": "\\ud800"}'}, 422, "surrogate"),
        ("/bioc", {"json": {"documents": [{"id": "1", "passages": [{"offset": "x", "text": ""}]}]}}, 422, "B265"),
        ("/bioc", {"json": {}}, 422, "BioC"),
    ],
)
def test_what_is_refused_says_why(path, request_, status, says, nlp):
    app = make_app(nlp, Limits(characters=50, documents=3))
    (answer,) = talk(app, ("POST", path, request_))
    assert answer.status_code == status
    assert says in answer.json()["error"]


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
