"""``spacy bioner``: one command per file, which parses, calls and prints.

Every ``spacy`` command imports this package. Therefore each command imports what it needs inside its function.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from functools import partial, wraps
from math import isfinite
from typing import Any

from spacy.cli._util import app as spacy_app
from typer import BadParameter, Exit, Typer
from typer.core import TyperCommand

from ..errors import BionerError
from .options import ARGUMENTS

app = Typer(
    name="bioner",
    help="Biomedical text mining: check and convert annotated files, train, score exact spans, annotate new texts.",
    no_args_is_help=True,
)


def command(function: Callable[..., Any], cls: type[TyperCommand] | None = None) -> Callable[..., Any]:
    """Register a function as a command under its name.

    A BionerError prints its message to stderr and ends the command with exit code 1. A number that is not finite (nan,
    inf) is a wrong value: comparisons with the limits of an option may let it pass. cls: the class of the command, if
    it is not typer's own.
    """

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        for name, value in kwargs.items():
            if isinstance(value, float) and not isfinite(value):
                raise BadParameter(f"{value} is not a finite number", param_hint=f"--{name.replace('_', '-')}")
        ARGUMENTS.set(kwargs)
        try:
            return function(*args, **kwargs)
        except BionerError as error:
            _tell(error)
            raise Exit(1) from None

    app.command(function.__name__.replace("_", "-"), cls=cls)(run)
    return function


def _format_warning(default_format: Callable[..., str], message: Warning | str, *place: Any, **more: Any) -> str:
    """Format a warning with a code as its message alone: its place in the code says nothing to a user at a terminal."""
    text = str(message)
    return f"⚠ {text}\n" if text.startswith("[B") else default_format(message, *place, **more)


# In spaCy's own commands too: most warnings come up in `spacy train`. Only commands import this module.
warnings.formatwarning = partial(_format_warning, warnings.formatwarning)


def _show_error(usual: Callable[..., Any], kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """Show a BionerError that ends a command of spaCy's, such as `spacy train`, as its message, not as a traceback."""
    if not isinstance(error, BionerError):
        usual(kind, error, trace)
        return
    _tell(error)


def _tell(error: BionerError) -> None:
    """Print the message of an error to stderr."""
    from wasabi import color

    # wasabi's own printer would break lines at 80 characters, and so the commands and paths that a user copies.
    text = f"✘ {error}"
    print(color(text, fg="red") if sys.stderr.isatty() else text, file=sys.stderr)


sys.excepthook = partial(_show_error, sys.excepthook)
spacy_app.add_typer(app)

from . import (  # noqa: E402, F401 (each registers itself)
    adjudicate,
    annotate,
    ask,
    card,
    check,
    compare,
    convert,
    crossval,
    curve,
    evaluate,
    harmonize,
    init,
    merge,
    new,
    once,
    overlap,
    pretrain_mlm,
    report,
    score,
    scoreboard,
    serve,
    settle,
    split,
    suggest,
    table,
    verify,
)
