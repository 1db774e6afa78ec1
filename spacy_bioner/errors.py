"""Coded messages: what went wrong, where, and how to mend it.

Codes by floor: B0 tags, spans, scoring; B1 formats; B2 tokenizers and corpora; B3 dictionary and lexicon;
B4 CRF; B5 neural layers and tagger; B6 language models and transfer; B7 transformers; B8 experiments; B9 commands.
"""

from __future__ import annotations

from typing import Any

MESSAGES: dict[str, str] = {
    "B001": "unknown tag scheme '{scheme}': use one of {known}",
    "B002": "'{tag}' at position {position} is not a {scheme} tag: expected {expected}",
    "B003": "span ({start}, {end}, {label!r}) does not fit a sequence of {length} tokens",
    "B004": "spans ({first}) and ({second}) overlap: tags hold flat spans only; resolve the overlap first",
    "B005": "{scheme} does not allow '{tag}' at position {position} after '{previous}': repair the tags first",
    "B006": "unknown merge policy '{policy}': use one of {known}",
    "B007": "{spans} spans but {scores} scores: give one score for each span",
    "B900": "this needs the package '{module}': pip install 'spacy-bioner[{extra}]'",
}


class BionerError(ValueError):
    """A problem that the user can mend; ``code`` names it, ``str()`` says what, where and how."""

    def __init__(self, code: str, **values: Any) -> None:
        self.code = code
        super().__init__(f"[{code}] {MESSAGES[code].format(**values)}")


def require(module: str, extra: str, code: str = "B900") -> Any:
    """Import and return an optional module; raise a BionerError that names the extra to install when absent."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as err:
        raise BionerError(code, module=module, extra=extra) from err
