"""What the scripts of this folder share that run in a peer's environment: standard library alone.

A script holds one class a system. Its methods are the tasks: each does the work and returns how much it was. A method
``before_TASK``, if there is one, runs first and is not timed. ``result`` returns what the system has found, as rows.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

Sentence = tuple[list[str], list[str]]
Span = tuple[int, int, str]


def read_columns(path: str | Path, label: str | None = None) -> list[Sentence]:
    """Read a column file, `token TAB tag`, a blank line between sentences; ``label`` is that of bare tags (B, I)."""
    sentences: list[Sentence] = []
    for block in Path(path).read_text(encoding="utf-8").split("\n\n"):
        rows = [line.split("\t") for line in block.splitlines() if line.strip()]
        if rows:
            tags = [f"{row[-1]}-{label}" if label and row[-1] in ("B", "I") else row[-1] for row in rows]
            sentences.append(([row[0] for row in rows], tags))
    return sentences


def spans_of(tags: list[str]) -> list[Span]:
    """Return the (start, end, label) of BIO tags; an I that continues nothing starts a mention."""
    spans: list[Span] = []
    for i, tag in enumerate(tags):
        kind, _, label = tag.partition("-")
        if kind == "O":
            continue
        if kind == "I" and spans and spans[-1][1:] == (i, label):
            spans[-1] = (spans[-1][0], i + 1, label)
        else:
            spans.append((i, i + 1, label))
    return spans


def number(sentences: list[list[Span]]) -> list[list[Any]]:
    """Return rows of (number of the sentence, start, end, label)."""
    return [[i, *span] for i, spans in enumerate(sentences) for span in spans]


def offsets(words: list[str]) -> tuple[list[int], list[int]]:
    """Return where words start and end in the text that joins them by blanks."""
    starts, ends, at = [], [], 0
    for word in words:
        starts.append(at)
        ends.append(at + len(word))
        at += len(word) + 1
    return starts, ends


def load(*modules: str) -> None:
    """Import modules, so that the time of a task does not count it."""
    for module in modules:
        importlib.import_module(module)


def answer(system: Any, question: dict[str, Any]) -> dict[str, Any]:
    task, given = question["task"], question.get("given", {})
    if task == "result":
        return {"result": system.result()}
    if before := getattr(system, f"before_{task}", None):
        before()
    wall, cpu = time.perf_counter(), time.process_time()
    amount = getattr(system, task)(**given)
    return {"amount": amount, "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def serve(systems: dict[str, Callable[..., Any]]) -> None:
    """Answer questions, a line of JSON each: ``python SCRIPT SYSTEM '{"setting": …}'``.

    What libraries print goes to the log: answers have the standard output for themselves.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(message: dict[str, Any]) -> None:
        print(json.dumps(message), file=out, flush=True)

    try:
        system = systems[sys.argv[1]](**json.loads(sys.argv[2]))
        say({})
        for line in sys.stdin:
            say(answer(system, json.loads(line)))
    except Exception as error:
        traceback.print_exc()
        say({"error": f"{type(error).__name__}: {error}"})
        sys.exit(1)
