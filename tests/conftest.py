"""Settings for all tests."""

import os

from hypothesis import settings

# Machines that run the tests are shared: an example that waits for a core is no failure.
# CI draws the same examples each time, so that it never fails by the draw; everywhere else new ones are tried.
settings.register_profile("shared", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("shared")
