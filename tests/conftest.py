"""Settings for all tests."""

import os
import sys
from functools import cache
from types import SimpleNamespace

# Threads of a tiny network wait for one another: several take several times the processor time where cores are busy.
# Before torch and numpy are imported, which read it once; what a test starts inherits it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The package is not to be compiled anew in each process that a test starts.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

import catalogue  # noqa: E402
import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402
from thinc.api import fix_random_seed  # noqa: E402

# spaCy looks names up dozens of times for a pipeline, each time among the entry points of all packages: a third of the
# time in which a small one is loaded. They stay what they are.
catalogue.AVAILABLE_ENTRY_POINTS = SimpleNamespace(select=cache(catalogue.AVAILABLE_ENTRY_POINTS.select))

# Machines that run the tests are shared: an example that waits for a core is no failure.
# CI draws the same examples each time, so that it never fails by the draw; everywhere else new ones are tried.
settings.register_profile("shared", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("shared")


# What a test learns must not depend on the tests that ran before it in the same process. Hooks, because a fixture that
# seeds would come after those of a wider scope, some of which train.


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef, request):
    """Seed the generators of Python, numpy and torch before each fixture is made."""
    fix_random_seed(0)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Seed them before each test."""
    fix_random_seed(0)
