"""What changes under builds, on PostgreSQL."""

from __future__ import annotations

from .test_cancelling import (
    test_a_lease_is_taken_back_and_its_agent_refused as test_a_lease_is_taken_back,
)
from .test_cancelling import (
    test_all_of_it_happens_and_nothing_begins_again as test_all_of_it_happens,
)
from .test_on_postgresql import bare as bare
from .test_substitutions import (
    test_each_piece_says_what_it_is_made_of_and_who_allowed_it as test_each_piece_says_what_it_is_made_of,
)
from .test_substitutions import (
    test_settings_of_the_design_and_of_the_builder_reach_the_sheet as test_settings_reach_the_sheet,
)
from .test_substitutions import (
    test_the_designer_is_told_what_happened_and_of_nobody as test_the_designer_is_told,
)
from .test_versions import (
    test_an_answer_makes_a_version_that_builds_are_told_of as test_an_answer_makes_a_version,
)
from .test_versions import (
    test_moved_in_part_the_others_are_made_of_the_version_they_follow as test_moved_in_part,
)
from .test_versions import (
    test_moved_wholly_old_pieces_are_superseded_and_never_delivered as test_moved_wholly,
)

__all__ = [
    "test_a_lease_is_taken_back",
    "test_all_of_it_happens",
    "test_an_answer_makes_a_version",
    "test_each_piece_says_what_it_is_made_of",
    "test_moved_in_part",
    "test_moved_wholly",
    "test_settings_reach_the_sheet",
    "test_the_designer_is_told",
]
