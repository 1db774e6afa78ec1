"""Messages with codes: what went wrong, where, and how to correct it.

The first digit of a code stands for an area: ``corpora`` has B0 to B2, ``components`` B3 to B7, ``commands`` B8 and B9.
"""

from __future__ import annotations

from typing import Any

from . import commands, components, corpora

MESSAGES: dict[str, str] = {**corpora.MESSAGES, **components.MESSAGES, **commands.MESSAGES}


class BionerError(Exception):
    """A problem that the user can correct, with its ``code``."""

    def __init__(self, code: str, **values: Any) -> None:
        self.code = code
        super().__init__(f"[{code}] {MESSAGES[code].format(**values)}")


def require(module: str, extra: str = "", code: str = "B900") -> Any:
    """Import and return a module; if it is missing, raise a BionerError with the command that installs it.

    extra: the extra of this package that installs the module; "" if the package itself depends on it (B926).
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as err:
        raise BionerError(code if extra else "B926", module=module, extra=extra) from err
