"""Messages with codes: what went wrong, where, and how to correct it.

The first digit of a code is its area: ``corpora`` has B0 to B2, ``components`` B3 to B7 without B72, B73 and B78, which
are in ``curation``, and ``commands`` B8 and B9.
"""

from __future__ import annotations

from typing import Any

from . import commands, components, corpora, curation

MESSAGES: dict[str, str] = {**corpora.MESSAGES, **components.MESSAGES, **curation.MESSAGES, **commands.MESSAGES}


class BionerError(Exception):
    """A problem that the user can correct, with its ``code``."""

    def __init__(self, code: str, **values: Any) -> None:
        self.code = code
        super().__init__(f"[{code}] {MESSAGES[code].format(**values)}")

    def __reduce__(self) -> tuple[Any, ...]:
        # By default an exception is unpickled by calling its class with the message, but this class takes a code and
        # values. Without this method an error in a worker process would break the whole pool.
        return _restored, (self.code, str(self))


def _restored(code: str, message: str) -> BionerError:
    error = BionerError.__new__(BionerError, message)
    error.code = code
    return error


def require(module: str, extra: str = "") -> Any:
    """Import and return a module; if it is missing, raise a BionerError with the command that installs it.

    extra: the extra of this package that installs the module; "" if the package itself depends on it (B926).
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as err:
        raise BionerError("B900" if extra else "B926", module=module, extra=extra) from err
