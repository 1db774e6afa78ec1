"""``spacy bioner init``: a config to change and to train with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command


@command
def init(
    name: Annotated[
        str | None, Argument(metavar="[NAME]", help="Which config; without it they are listed", show_default=False)
    ] = None,
    output: Annotated[
        Path | None, Argument(metavar="[OUTPUT]", help="File to write; NAME.cfg by default", show_default=False)
    ] = None,
    overwrite: Annotated[bool, Option("--overwrite", help="Write over a file that is there")] = False,
) -> None:
    """Write a config, complete and with its comments.

    Examples:

    spacy bioner init crf my.cfg

    spacy train my.cfg --output out --paths.train train --paths.dev dev
    """
    from wasabi import msg

    from ..experiments.project_files import config_names, write_config

    if name is None:
        print("\n".join(config_names()))
        return
    file = output or Path(f"{name}.cfg")
    write_config(name, file, overwrite)
    msg.good(f"{file}: python -m spacy train {file} --output out --paths.train TRAIN --paths.dev DEV")
