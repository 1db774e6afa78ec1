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
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from spacy.language import Language

from ..corpus.annotation.stream import Selection, annotate, check_pipeline
from ..errors import BionerError, require
from ..formats import Document, ProblemLog
from ..formats.bioc.documents import from_document, to_document
from .bodies import Refused, bare, decoded, documents_of, length_of, records_of


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the service.

    characters, documents: maximum numbers per request; larger requests are rejected (413). seconds: time after which a
    request is given up: until its body has come (408), and then until it is answered (504). waiting: maximum number of
    requests that are read, in the queue or in work; more are rejected (503). threads: number of requests that are
    processed at once.
    """

    characters: int = 1_000_000
    documents: int = 1_000
    seconds: float = 60.0
    waiting: int = 2_000
    threads: int = 4


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

    async def failed(request: Request, err: Exception) -> JSONResponse:
        said = str(err) if isinstance(err, BionerError) else "the service failed: its log has the reason"
        return JSONResponse({"error": said}, 500)

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
    app.add_exception_handler(Exception, failed)
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
        """Read the body of a request, and decode it and run ``work`` on it in a thread. Raises Refused."""
        # Before the body is read: bodies that come slowly are held in memory, too.
        if self.waiting >= self.limits.waiting:
            raise Refused(503, f"{self.waiting} requests are waiting: try again later")
        self.waiting += 1
        try:
            content = await self._within(self._content(request), 408, "the body was not sent")
            loop = asyncio.get_running_loop()
            # A thread cannot be interrupted: after the time it finishes its work, and the result is dropped.
            work_done = loop.run_in_executor(self.pool, lambda: work(decoded(content)))
            return await self._within(work_done, 504, "not done")
        finally:
            self.waiting -= 1

    async def _within(self, awaited: Awaitable[Any], status: int, what: str) -> Any:
        """Return what is awaited. Raises Refused of this status if it takes too long."""
        try:
            return await asyncio.wait_for(awaited, self.limits.seconds)
        except (TimeoutError, asyncio.TimeoutError):
            raise Refused(status, f"{what} in {self.limits.seconds:g} s: send less text at once") from None

    async def _content(self, request: Any) -> bytearray:
        from starlette.requests import ClientDisconnect

        content = bytearray()
        # JSON takes up to six bytes per character ("\u00e9"), and more for keys and punctuation. The bytes are counted
        # as they arrive, because Content-Length may be missing or wrong.
        most = 8 * self.limits.characters + 1_000_000
        try:
            async for chunk in request.stream():
                content += chunk
                if len(content) > most:
                    raise Refused(413, f"the body has more than {most:,} bytes")
        except ClientDisconnect:
            raise Refused(400, "the client left before the end of the body") from None  # nobody reads it
        return content

    def annotate_texts(self, body: Any) -> dict[str, Any]:
        """Return the documents of a body with their entities. Raises Refused."""
        documents = documents_of(body)
        self._check_size([len(document.text) for document in documents])
        return {"documents": [_record(document) for document in annotate(self.nlp, documents, self.selection)]}

    def annotate_bioc(self, body: Any) -> dict[str, Any]:
        """Return a BioC JSON collection with the pipeline's annotations in place of its own. Raises Refused."""
        records = records_of(body)
        # Before the texts are built: offsets may place a few characters far apart.
        self._check_size([length_of(record) for record in records])
        report = ProblemLog("error")
        try:
            # Annotations that are replaced need not be read: many that cover the whole text would take minutes.
            given = records if self.selection.keep else bare(records)
            documents = [to_document(record, ("the body", 0), report) for record in given]
        except BionerError as err:
            raise Refused(422, str(err)) from None
        read = [document for document in documents if document is not None]
        annotated = annotate(self.nlp, read, self.selection)
        result = [from_document(document, number) for number, document in enumerate(annotated, 1)]
        return {**body, "documents": result}

    def _check_size(self, lengths: list[int]) -> None:
        """Raise Refused (413) for too many documents, and for texts of these lengths that are too long."""
        if len(lengths) > self.limits.documents:
            raise Refused(413, f"{len(lengths):,} documents: {self.limits.documents:,} at most in a request")
        if sum(lengths) > self.limits.characters:
            raise Refused(413, f"{sum(lengths):,} characters: {self.limits.characters:,} at most in a request")
        if max(lengths, default=0) > self.nlp.max_length:
            raise Refused(413, f"{max(lengths):,} characters: {self.nlp.max_length:,} at most in a document")


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
