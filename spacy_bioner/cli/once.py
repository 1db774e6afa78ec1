"""``spacy bioner once``: runs another command only if its inputs have changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Context, Exit
from typer.core import TyperCommand

from . import command

COMMAND = "spacy_bioner.command"


class WithCommand(TyperCommand):
    """A command whose arguments after ``--`` are another command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Split off the arguments after ``--`` and parse the others."""
        cut = args.index("--") if "--" in args else len(args)
        ctx.meta[COMMAND] = args[cut + 1 :]
        return super().parse_args(ctx, args[:cut])


def once(
    ctx: Context,
    output: Annotated[
        Path, Argument(metavar="OUTPUT", help="File or folder that the command creates", show_default=False)
    ],
) -> None:
    """Run a spaCy command (after --) unless it has already created OUTPUT from the same inputs.

    The inputs are the files and folders named by the arguments and by the settings of a config, and the versions of the
    packages. Files are compared by content: one corrected annotation repeats the training. The output of the command
    (-o, --output) and the files that it creates are not inputs; in a folder that contains OUTPUT, it is ignored. The
    inputs are recorded in OUTPUT.once.json. A training that was killed continues from OUTPUT.saved, if its inputs have
    not changed.

    Example:

    spacy bioner once out/model-last -- train configs/crf.cfg --output out --paths.train train --paths.dev dev
    """
    import shutil
    import subprocess

    from wasabi import msg

    from ..errors import BionerError
    from ..experiments.once import program, run_once, saved_at

    given = ctx.meta[COMMAND]
    if not given:
        raise BionerError("B920", output=output)
    status, why = run_once(output, given, lambda record: subprocess.call(program(output, record)))
    if status:
        raise Exit(status)
    shutil.rmtree(saved_at(output), ignore_errors=True)
    if why:
        msg.good(f"{output}: created, because {'; '.join(why)}")
    else:
        msg.info(f"{output}: kept, because its inputs have not changed")


command(once, cls=WithCommand)
