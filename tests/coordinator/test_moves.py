"""Every move of every kind of state: the legal ones happen, every other is impossible and changes nothing."""

from __future__ import annotations

from enum import StrEnum
from types import SimpleNamespace

import pytest

from coordinator.moves import MOVES, advance, may_become
from core.errors import StateError

ALL = [(before, after) for kind in MOVES for before in kind for after in kind]
# Written a second time, in words, so that a slip in the table shows.
LEGAL = """
BuildState: open>finished finished>reported finished>open finished>delivered
TaskState: open>unplaceable open>ordered open>done unplaceable>open unplaceable>ordered unplaceable>done ordered>done
TaskState: done>open
OfferState: offered>accepted offered>declined offered>expired offered>withdrawn
JobState: waiting_for_toolpath>scheduled waiting_for_toolpath>withdrawn
JobState: scheduled>dispatched scheduled>running scheduled>withdrawn
JobState: dispatched>running dispatched>scheduled running>made running>failed running>lost_contact
JobState: failed>made failed>scrapped lost_contact>running lost_contact>made lost_contact>scrapped
PieceState: planned>made planned>scrapped made>accepted made>rejected accepted>delivered
PieceState: made>delivered made>scrapped accepted>scrapped delivered>scrapped
PurchaseState: wanted>ordered wanted>cancelled ordered>short ordered>arrived ordered>cancelled
PurchaseState: short>ordered short>arrived short>cancelled arrived>short
ShipmentState: packed>sent packed>unpacked sent>arrived sent>damaged sent>lost sent>returned
AttemptState: leased>started leased>released started>ended
FirstArticleState: wanted>accepted wanted>waived accepted>wanted waived>wanted
RequestState: asked>told asked>refused asked>expired told>done told>refused told>expired
RequestState: expired>done expired>refused
BuildState: open>cancelled waiting>open waiting>cancelled
ObligationState: claimed>owed claimed>refused owed>settled
NettingState: proposed>done proposed>refused proposed>lapsed
GoalState: pledging>reached pledging>lapsed
RoundState: allotting>granted
TaskState: open>cancelled unplaceable>cancelled ordered>cancelled done>cancelled ordered>open cancelled>open
PieceState: made>superseded accepted>superseded
SubstitutionState: asked>approved asked>declined asked>withdrawn
ChangeState: proposed>accepted proposed>declined proposed>withdrawn
ClaimState: open>honoured open>refused open>withdrawn
"""
WRITTEN = {
    (kind, *move.split(">"))
    for line in LEGAL.split("\n")
    if line
    for kind, moves in [line.split(": ")]
    for move in moves.split()
}


@pytest.mark.parametrize(("before", "after"), ALL, ids=lambda each: f"{type(each).__name__}.{each.name}")
def test_only_legal_moves_are_possible(before: StrEnum, after: StrEnum) -> None:
    row = SimpleNamespace(state=before)
    legal = (type(before).__name__, before.name.lower(), after.name.lower()) in WRITTEN
    assert may_become(before, after) is legal
    if legal:
        assert advance(row, after, "thing 1") is before
        assert row.state is after
    else:
        with pytest.raises(StateError, match=f"is {before} and cannot become {after}"):
            advance(row, after, "thing 1")
        assert row.state is before


def test_the_table_names_every_state_once_and_no_stranger() -> None:
    for kind, table in MOVES.items():
        assert set(table) == set(kind)
        assert all(isinstance(after, kind) for afters in table.values() for after in afters)
    assert len(WRITTEN) == sum(len(afters) for table in MOVES.values() for afters in table.values())


def test_nothing_that_has_happened_to_a_piece_or_a_run_is_undone() -> None:
    """From no state does any way lead back to a job that may be started once it has run."""
    jobs = next(kind for kind in MOVES if kind.__name__ == "JobState")
    running = jobs["RUNNING"]
    reached, todo = set(), [running]
    while todo:
        for after in MOVES[jobs][todo.pop()] - reached:
            reached.add(after)
            todo.append(after)
    assert {each.name for each in reached} == {"RUNNING", "MADE", "FAILED", "LOST_CONTACT", "SCRAPPED"}
