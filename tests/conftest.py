"""Settings of the whole suite."""

import os
import tempfile

from hypothesis import settings

# What tests measure is kept in a folder of the run, never in the user's.
os.environ.setdefault("FABCOMMONS_CACHE", tempfile.mkdtemp(prefix="fabcommons-test-cache-"))

# The check command gives the same answer each time; to look for new examples:
# ./dev pytest --hypothesis-profile=explore
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile("repeatable")
