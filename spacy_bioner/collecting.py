"""Python's garbage collector, which stays off after srsly has read damaged msgpack."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def keep_collecting() -> Iterator[None]:
    """Switch the garbage collector on again at the end of the context, also after an error, if it was on before.

    ``srsly.msgpack_loads``, which spaCy uses as well, switches it off to read faster, and on again only if the bytes
    were whole.
    """
    collects = gc.isenabled()
    try:
        yield
    finally:
        if collects:
            gc.enable()
