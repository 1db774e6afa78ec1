"""Published figures, for comparison with the measured ones.

A JSON object with, for each system, its F1 in percent, or an object, or a list of objects, one for each corpus:

    {"crf": 72.05,
     "bilstm_crf": {"f1": 73.65, "p": 71.1, "r": 76.4, "source": "Symeonidou et al. 2019, Table 2",
                    "differs": "other word vectors; folds drawn anew", "corpus": "ADE"}}

Figures for BioASQ have ``strict``, ``lenient`` and ``mrr`` in place of ``f1``. A figure without ``corpus`` applies to
every corpus of the report; figures of other corpora are left out. A figure with ``type`` is that of one entity type:

    {"BERT": [{"f1": 91.16, "corpus": "BC5CDR", "type": "Chemical"},
              {"f1": 82.41, "corpus": "BC5CDR", "type": "Disease"}]}
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import BionerError

_TEXTS = ("corpus", "type", "source", "differs")
_FIGURES = ("f1", "p", "r", "strict", "lenient", "mrr")


@dataclass(frozen=True, slots=True)
class Published:
    """A paper's figures for a system, in percent.

    corpus: "" for every corpus. type: the entity type, "" for all types together. differs: how the setup differs from
    that of the measured runs.
    """

    system: str
    f1: float | None = None
    p: float | None = None
    r: float | None = None
    strict: float | None = None
    lenient: float | None = None
    mrr: float | None = None
    corpus: str = ""
    type: str = ""
    source: str = ""
    differs: str = ""

    def is_of(self, corpus: str) -> bool:
        """Return whether the figures are of this corpus."""
        return self.corpus in ("", corpus)


def read_published(path: Path) -> list[Published]:
    """Read a file, or all ``.json`` files of a folder. Raises B801 if it does not exist, B820 for invalid content."""
    if path.is_dir():
        return [given for file in sorted(path.glob("*.json")) for given in read_published(file)]
    if not path.is_file():
        raise BionerError("B801", path=path)
    try:
        content = json.loads(path.read_text(encoding="utf8"))
    except (ValueError, RecursionError) as err:
        raise BionerError("B820", path=path, fault=f"it is not JSON ({err})") from err
    if not isinstance(content, dict):
        raise BionerError("B820", path=path, fault="it is not an object of systems")
    return [
        _published(system, entry, path)
        for system, given in content.items()
        for entry in (given if isinstance(given, list) else [given])
    ]


def _published(system: str, entry: Any, path: Path) -> Published:
    if _is_percent(entry):
        return Published(system, float(entry))
    if not isinstance(entry, dict) or not ({"f1"} <= set(entry) or {"strict", "lenient", "mrr"} <= set(entry)):
        raise BionerError("B820", path=path, fault=f"'{system}' has no f1")
    unknown = sorted(set(entry) - {*_TEXTS, *_FIGURES})
    if unknown:
        raise BionerError("B820", path=path, fault=f"'{system}' has the unknown member '{unknown[0]}'")
    for name in _FIGURES:
        if name in entry and not _is_percent(entry[name]):
            raise BionerError("B820", path=path, fault=f"{name} of '{system}' is {entry[name]!r}, not a number to 100")
    for name in _TEXTS:
        if not isinstance(entry.get(name, ""), str):
            raise BionerError("B820", path=path, fault=f"{name} of '{system}' is not a string")
    return Published(system, **entry)


def _is_percent(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100
