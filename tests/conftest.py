"""Settings for all tests."""

import os

import pytest
from hypothesis import settings
from thinc.api import fix_random_seed

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
