"""What the tests of components share."""

import pytest
from every_component import BUILDERS


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """What gives a component of ``BUILDERS``, trained once for all tests of a process: change a copy of it only."""
    made = {}

    def get(name):
        if name not in made:
            made[name] = BUILDERS[name](tmp_path_factory.mktemp("component"))
        return made[name]

    return get
