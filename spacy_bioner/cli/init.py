"""``spacy bioner init``: writes a config."""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten
from typing import Annotated

from typer import Argument, Option

from . import command

WIDTH = 110
"""Characters of a line in the list of configs."""


@command
def init(
    name: Annotated[
        str | None, Argument(metavar="[NAME]", help="Name of a config; without it, all are listed", show_default=False)
    ] = None,
    output: Annotated[
        Path | None, Argument(metavar="[OUTPUT]", help="File to write; NAME.cfg by default", show_default=False)
    ] = None,
    overwrite: Annotated[bool, Option("--overwrite", help="Replace an existing file")] = False,
) -> None:
    """Write a complete config with comments; without a name, list all configs.

    Examples:

    spacy bioner init crf my.cfg

    spacy train my.cfg --output out --paths.train train --paths.dev dev
    """
    from wasabi import msg

    from ..experiments.project_files import config_subjects, write_config

    if name is None:
        subjects = config_subjects()
        width = max(map(len, subjects))
        for one, subject in subjects.items():
            print(f"{one:{width}}  {shorten(subject, WIDTH - width, placeholder=' ...')}")
        return
    file = output or Path(f"{name}.cfg")
    write_config(name, file, overwrite)
    msg.good(str(file))
    print(f"python -m spacy train {file} --output out --paths.train TRAIN --paths.dev DEV")  # to be copied: not wrapped
