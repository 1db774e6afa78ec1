"""XML files element by element, in bounded memory, and safe for untrusted files.

Entities and external references are refused by defusedxml; depth and the size of one element are bounded here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from .problems import ProblemLog
from .text_io import faults, open_bytes

MAX_DEPTH = 200
"""Elements inside one another. Real files of the field have about 20."""

MAX_ELEMENT = 256 * 2**20
"""Bytes of XML between the ends of two documents. A full text has less than one million."""


class _TooMuch(Exception):
    """The reason for rejecting a file."""


class _Counted:
    """A file that counts the bytes read since the last document."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.since = 0

    def read(self, size: int) -> bytes:
        self.since += size
        if self.since > MAX_ELEMENT:
            raise _TooMuch(f"a document of more than {MAX_ELEMENT // 2**20} MB of XML")
        return self.file.read(size)


def read_elements(path: Path, tag: str, report: ProblemLog, *, root: list[Element] | None = None) -> Iterator[Element]:
    """Yield each element of this tag, whole, and forget it when the next is asked for.

    path: an XML file, packed where its name ends in .gz or .xz.
    root: gains the root element, whose first children (what stands before the documents) can then be read.
    Reports XML that is not well-formed, declares entities or is too deep or too large (B264), after which nothing more
    of the file is read, and damaged packed files (B116). Raises B101.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    with faults(path, report), open_bytes(path) as file:
        counted = _Counted(file)
        above: list[Element] = []
        try:
            for event, element in iterparse(counted, events=("start", "end")):
                if event == "start":
                    if not above and root is not None:
                        root.append(element)
                    above.append(element)
                    if len(above) > MAX_DEPTH:
                        raise _TooMuch(f"more than {MAX_DEPTH} elements inside one another")
                    continue
                above.pop()
                if element.tag == tag:
                    counted.since = 0
                    yield element
                    if above:
                        above[-1].remove(element)
        except ParseError as err:
            report.add("B264", path, err.position[0], reason=str(err))
        except DefusedXmlException as err:
            report.add("B264", path, reason=f"it declares entities ({type(err).__name__})")
        except (_TooMuch, LookupError, ValueError) as err:
            # LookupError, ValueError: an encoding in the XML declaration that Python or expat does not know.
            report.add("B264", path, reason=str(err))
