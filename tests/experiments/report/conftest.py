"""What the tests of the report share."""

import pytest
from runs_on_disk import add_run


@pytest.fixture
def add(tmp_path):
    """Return a function that writes a run under ``tmp_path / "runs"``."""
    return lambda name, *args, **kwargs: add_run(tmp_path / "runs" / name, *args, **kwargs)
