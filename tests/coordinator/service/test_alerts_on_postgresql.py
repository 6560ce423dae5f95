"""Alerts on PostgreSQL: told once, passed on, tried again."""

from __future__ import annotations

from .test_alerts import job as job
from .test_alerts import services as services
from .test_alerts import (
    test_an_urgent_matter_goes_to_the_next_until_somebody_says_i_see_to_it as test_an_urgent_matter_goes_to_the_next,
)
from .test_alerts import test_two_applications_keep_one_order as test_two_applications_keep_one_order
from .test_alerts import test_what_happens_again_is_one_alert_until_it_was_seen_to as test_what_happens_again_is_one
from .test_alerts import test_what_was_not_taken_comes_again_and_not_for_ever as test_what_was_not_taken_comes_again
from .test_alerts import test_wishes_are_heard_and_of_two_the_one_that_says_more as test_wishes_are_heard
from .test_on_postgresql import bare as bare

__all__ = [
    "test_an_urgent_matter_goes_to_the_next",
    "test_what_happens_again_is_one",
    "test_what_was_not_taken_comes_again",
    "test_wishes_are_heard",
]
