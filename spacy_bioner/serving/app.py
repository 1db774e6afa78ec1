"""The HTTP service: annotates text or documents and returns entities as JSON or BioC JSON.

    POST /annotate   {"text": "..."}, {"texts": [...]} or {"documents": [{"id": "1", "text": "..."}]}
    POST /bioc       a BioC JSON collection; returns it with the pipeline's annotations
    GET  /health     the status of the service and the name, version and components of its pipeline
    GET  /card       the pipeline's meta.json
    GET  /           a page with a form for text

One pipeline serves all requests from several threads: the components of this package are thread-safe in prediction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any

from spacy.language import Language

from ..corpus.annotation.stream import Selection, annotate, check_pipeline
from ..errors import BionerError, require
from ..formats import Document, ProblemLog
from ..formats.bioc.documents import from_document, to_document


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the service.

    characters, documents: maximum numbers per request; larger requests are rejected (413). seconds: time after which a
    request is given up (504). waiting: maximum number of requests in work or in the queue; more are rejected (503).
    threads: number of requests that are processed at once.
    """

    characters: int = 1_000_000
    documents: int = 1_000
    seconds: float = 60.0
    waiting: int = 2_000
    threads: int = 4


class Refused(Exception):
    """A rejected request: the status of the response and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def make_app(nlp: Language, limits: Limits | None = None, selection: Selection | None = None) -> Any:
    """Return the service as an ASGI application (FastAPI).

    Raises B272 for a pipeline that sets no entities, and B900 if FastAPI is not installed.
    """
    require("fastapi", "serve")
    from fastapi import FastAPI, Request
    from fastapi.responses import HTMLResponse, JSONResponse

    check_pipeline(nlp)
    service = Service(nlp, limits or Limits(), selection or Selection())
    app = FastAPI(title=f"{nlp.meta['lang']}_{nlp.meta['name']}", version=nlp.meta["version"])

    async def answer(request: Request, work: Callable[[Any], Any]) -> JSONResponse:
        try:
            return JSONResponse(await service.run(request, work))
        except Refused as refused:
            return JSONResponse({"error": str(refused)}, refused.status)

    # FastAPI reads the annotations of handlers. ``from __future__ import annotations`` makes them strings, which
    # FastAPI resolves in the module's namespace, where Request is not imported. Therefore they are set as objects
    # below.
    async def annotate_texts(request: Any) -> JSONResponse:
        return await answer(request, service.annotate_texts)

    async def annotate_bioc(request: Any) -> JSONResponse:
        return await answer(request, service.annotate_bioc)

    async def health() -> dict[str, Any]:
        return {"status": "ok", "pipeline": app.title, "version": app.version, "components": nlp.pipe_names}

    async def card() -> dict[str, Any]:
        return dict(nlp.meta)

    async def page() -> HTMLResponse:
        return HTMLResponse(files(__package__).joinpath("page.html").read_text(encoding="utf-8"))

    for handler in (annotate_texts, annotate_bioc):
        handler.__annotations__ = {"request": Request}
    for getter in (health, card, page):
        getter.__annotations__ = {}
    app.post("/annotate")(annotate_texts)
    app.post("/bioc")(annotate_bioc)
    app.get("/health")(health)
    app.get("/card")(card)
    app.get("/", response_class=HTMLResponse)(page)
    return app


class Service:
    """Annotates the bodies of requests, within limits."""

    def __init__(self, nlp: Language, limits: Limits, selection: Selection) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self.nlp, self.limits, self.selection = nlp, limits, selection
        self.waiting = 0  # needs no lock: only the event loop's thread reads and changes it
        self.pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="bioner")

    async def run(self, request: Any, work: Callable[[Any], Any]) -> Any:
        """Read the body of a request and run ``work`` on it in a thread. Raises Refused."""
        body = await self._body(request)
        if self.waiting >= self.limits.waiting:
            raise Refused(503, f"{self.waiting} requests are waiting: try again later")
        self.waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await asyncio.wait_for(loop.run_in_executor(self.pool, partial(work, body)), self.limits.seconds)
        except (TimeoutError, asyncio.TimeoutError):
            # A thread cannot be interrupted: it finishes its work, and the result is dropped.
            raise Refused(504, f"not done in {self.limits.seconds:g} s: send less text at once") from None
        finally:
            self.waiting -= 1

    async def _body(self, request: Any) -> Any:
        import json

        content = b""
        # JSON takes up to six bytes per character ("\u00e9"), and more for keys and punctuation. The bytes are counted
        # as they arrive, because Content-Length may be missing or wrong.
        most = 8 * self.limits.characters + 1_000_000
        async for chunk in request.stream():
            content += chunk
            if len(content) > most:
                raise Refused(413, f"the body has more than {most:,} bytes")
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as err:
            raise Refused(400, f"the body is not JSON: {err}") from None

    def annotate_texts(self, body: Any) -> dict[str, Any]:
        """Return the documents of a body with their entities."""
        documents = self._documents(body)
        found = [_record(document) for document in self._annotated(documents)]
        return {"documents": found}

    def annotate_bioc(self, body: Any) -> dict[str, Any]:
        """Return a BioC JSON collection with the pipeline's annotations in place of its own."""
        records = body.get("documents") if isinstance(body, dict) else None
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise Refused(422, 'expected a BioC collection: {"documents": [{"id": ..., "passages": [...]}]}')
        report = ProblemLog("error")
        try:
            documents = [to_document(record, ("the body", 0), report) for record in records]
        except BionerError as err:
            raise Refused(422, str(err)) from None
        annotated = self._annotated([document for document in documents if document is not None])
        result = [from_document(document, number) for number, document in enumerate(annotated, 1)]
        return {**body, "documents": result}

    def _documents(self, body: Any) -> list[Document]:
        if isinstance(body, dict) and isinstance(body.get("text"), str):
            return [Document(body["text"])]
        if isinstance(body, dict) and isinstance(body.get("texts"), list):
            given = [{"text": text} for text in body["texts"]]
        else:
            given = body.get("documents") if isinstance(body, dict) else None  # type: ignore[assignment]
        if not isinstance(given, list) or not all(_is_document(item) for item in given):
            raise Refused(422, 'expected {"text": ...}, {"texts": [...]} or {"documents": [{"id": ..., "text": ...}]}')
        return [Document(item["text"], id=item.get("id", "")) for item in given]

    def _annotated(self, documents: list[Document]) -> list[Document]:
        if len(documents) > self.limits.documents:
            raise Refused(413, f"{len(documents):,} documents: {self.limits.documents:,} at most in a request")
        characters = sum(len(document.text) for document in documents)
        if characters > self.limits.characters:
            raise Refused(413, f"{characters:,} characters: {self.limits.characters:,} at most in a request")
        if any("\ud800" <= char <= "\udfff" for document in documents for char in document.text):
            raise Refused(422, "a text holds an unpaired surrogate")
        return list(annotate(self.nlp, documents, self.selection))


def _is_document(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("text"), str) and isinstance(item.get("id", ""), str)


def _record(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "text": document.text,
        "entities": [
            {
                **mention.record(),
                "text": document.text_of(mention),
                **({"fragments": mention.fragments} if mention.fragments else {}),
            }
            for mention in document.mentions
        ],
    }
