"""Settings for all tests."""

from hypothesis import settings

# Machines that run the tests are shared: an example that waits for a core is no failure.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")
