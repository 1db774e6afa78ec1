"""A pipeline saved as a whole: the folder has its name when all of it is written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..formats.whole_folder import whole_folder

_OWN = {"config.cfg", "meta.json", "README.md", "tokenizer", "vocab"}


@contextmanager
def pipeline_folder(path: Path, overwrite: bool) -> Iterator[Path]:
    """Yield a temporary folder to save a pipeline in; it gets its name at the end: see ``whole_folder``.

    overwrite: replace a pipeline that is there. Raises B175, B178 (the folder holds more than a pipeline) and B101.
    """
    root = Path(os.path.realpath(path))
    own = _parts(root)
    with whole_folder(path, overwrite, lambda file: file.relative_to(root).parts[0] in own) as folder:
        yield folder


def _parts(folder: Path) -> set[str]:
    """Return the names of the files and folders of a pipeline; none if the folder holds no pipeline."""
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf8"))
        return {*_OWN, *meta["pipeline"], *meta["components"], *meta["disabled"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
