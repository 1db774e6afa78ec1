"""``spacy bioner new``: creates a project folder that is ready to run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument

from . import command


@command
def new(
    folder: Annotated[Path, Argument(help="Folder to create; if it exists, it must be empty", show_default=False)],
) -> None:
    """Create a project: project.yml, all configs, the experiments of five papers, a small corpus, README.md.

    Examples:

    spacy bioner new my_project

    spacy project run corpus my_project
    """
    from wasabi import msg

    from ..experiments.project_files import write_project

    write_project(folder)
    msg.good(str(folder))
    print(f"python -m spacy project run corpus {folder}")
