"""XML files read element by element, in bounded memory, and safe for untrusted files.

defusedxml refuses entities and external references; this module bounds the depth and the size of one element.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from ..text_tables import size_text
from .problems import ProblemLog
from .text_io import faults, open_bytes

MAX_DEPTH = 200
"""Most elements nested in one another. Real files of the field have about 20."""

MAX_ELEMENT = 256 * 2**20
"""Most bytes of XML between the ends of two documents. A full text has less than one million."""


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
            raise _TooMuch(f"a document of more than {size_text(MAX_ELEMENT)} of XML")
        return self.file.read(size)


def read_elements(path: Path, tag: str, report: ProblemLog, *, root: list[Element] | None = None) -> Iterator[Element]:
    """Yield each complete element of this tag; it is freed when the next one is requested.

    path: an XML file, packed if its name ends in .gz or .xz.
    root: a list to which the root element is appended, so that the children before the first document can be read.
    Reports XML that is malformed, declares entities, or is too deep or too large (B264), after which the rest of the
    file is not read, and damaged packed files (B116). Raises B101.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    with faults(path, report), open_bytes(path) as file:
        counted = _Counted(file)
        above: list[Element] = []  # the open elements, the root first
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
                        # Freed from its parent, or the tree would grow to the size of the file.
                        above[-1].remove(element)
        except ParseError as err:
            report.add("B264", path, err.position[0], reason=str(err))
        except DefusedXmlException as err:
            report.add("B264", path, reason=f"it declares entities ({type(err).__name__})")
        except (_TooMuch, LookupError, ValueError) as err:
            # LookupError, ValueError: an encoding in the XML declaration that Python or expat does not know.
            report.add("B264", path, reason=str(err))
