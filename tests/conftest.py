"""Settings of the whole suite."""

from hypothesis import settings

# The check command gives the same answer each time; to look for new examples:
# ./dev pytest --hypothesis-profile=explore
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile("repeatable")
