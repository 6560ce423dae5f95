"""What machines are loaded with, and when they are not to be had, on PostgreSQL."""

from __future__ import annotations

from .test_machine_times import (
    test_a_job_does_not_run_into_a_reservation,
    test_hours_are_added_up_by_what_the_machine_did,
    test_no_job_starts_on_a_machine_that_is_locked_and_all_know_why,
    test_upkeep_by_hours_run_is_told_once_and_locks_until_it_is_done,
    test_work_from_outside_is_seen_and_planned_around_until_it_ends,
)
from .test_on_postgresql import bare as bare
from .test_stock import (
    test_a_failed_run_took_as_much_as_it_did_of_its_program,
    test_a_job_is_held_until_what_it_needs_is_loaded,
    test_a_machine_that_leaves_gives_back_what_is_on_it,
    test_a_person_may_let_it_start_all_the_same_and_says_why,
    test_a_spool_that_is_changed_in_the_midst_pays_for_its_part,
)

__all__ = [
    "test_a_failed_run_took_as_much_as_it_did_of_its_program",
    "test_a_job_does_not_run_into_a_reservation",
    "test_a_job_is_held_until_what_it_needs_is_loaded",
    "test_a_machine_that_leaves_gives_back_what_is_on_it",
    "test_a_person_may_let_it_start_all_the_same_and_says_why",
    "test_a_spool_that_is_changed_in_the_midst_pays_for_its_part",
    "test_hours_are_added_up_by_what_the_machine_did",
    "test_no_job_starts_on_a_machine_that_is_locked_and_all_know_why",
    "test_upkeep_by_hours_run_is_told_once_and_locks_until_it_is_done",
    "test_work_from_outside_is_seen_and_planned_around_until_it_ends",
]
