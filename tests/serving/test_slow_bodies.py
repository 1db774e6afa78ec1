"""Bodies of requests that come slowly, or never: they are counted, timed, and no failure of the service."""

import asyncio

import pytest
import spacy

from spacy_bioner.serving.app import Limits, make_app

httpx = pytest.importorskip("httpx")
pytest.importorskip("fastapi")


@pytest.fixture(scope="module")
def nlp():
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR")])
    return nlp


def half_a_body(app, *after):
    """Send half of a body, then these messages, then nothing more; return the status of the response."""
    messages = [{"type": "http.request", "body": b'{"text": ', "more_body": True}, *after]
    scope = {"type": "http", "method": "POST", "path": "/annotate", "headers": [], "query_string": b"", "root_path": ""}
    sent = []

    async def receive():
        return messages.pop(0) if messages else await asyncio.sleep(3600)

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent[0]["status"]


def test_a_body_that_does_not_come_is_given_up(nlp):
    assert half_a_body(make_app(nlp, Limits(seconds=0.05))) == 408


def test_a_client_that_leaves_is_no_failure_of_the_service(nlp):
    assert half_a_body(make_app(nlp), {"type": "http.disconnect"}) == 400


def test_a_request_whose_body_still_comes_counts_as_waiting(nlp):
    async def send_two():
        answered = asyncio.Event()

        async def slow():
            yield b'{"text": '
            await answered.wait()
            yield b'"A rash."}'

        transport = httpx.ASGITransport(app=make_app(nlp, Limits(waiting=1)))
        async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=120) as client:
            first = asyncio.create_task(client.post("/annotate", content=slow()))
            await asyncio.sleep(0.1)
            second = await client.post("/annotate", json={"text": "A rash."})
            answered.set()
            return (await first).status_code, second.status_code

    assert asyncio.run(send_two()) == (200, 503)
