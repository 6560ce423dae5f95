"""What pieces and builds took is the same on PostgreSQL."""

from __future__ import annotations

from .test_effort import powered, split
from .test_effort import test_a_build_adds_up_its_runs_and_what_was_entered_for_it as test_a_build
from .test_effort import test_a_piece_tells_the_ways_that_it_went_and_its_share_of_them as test_ways
from .test_effort import test_pieces_of_a_run_share_alike_what_it_took_and_each_number_has_a_source as test_shares
from .test_effort import test_what_is_not_known_says_why as test_unknown
from .test_effort import test_work_by_hand_counts_once_also_where_the_ledger_tells_it as test_work_counts_once
from .test_on_postgresql import bare

__all__ = [
    "bare",
    "powered",
    "split",
    "test_a_build",
    "test_shares",
    "test_unknown",
    "test_ways",
    "test_work_counts_once",
]
