"""Builds that follow each other on a machine that stands as both need it: what that saves, and whose it is."""

from __future__ import annotations

from datetime import timedelta

import yaml
from hypothesis import given
from hypothesis import strategies as st

from coordinator.schema.stock import StockKind
from coordinator.service.application import KEEPER
from coordinator.service.costing.scope import Run, rows_of
from coordinator.service.house import Call
from tests.coordinator.conftest import block_stl, print_program

from .conftest import NOW, Town
from .test_quotes import PRICED

CHANGED = PRICED.replace("        set_up_min: 10\n", "        set_up_min: 10\n        changeover_min: {material: 20}\n")
PLA = ((StockKind.SPOOL, 0, "pla", 0.0, 0.0),)
PETG = ((StockKind.SPOOL, 0, "petg", 0.0, 0.0),)


def test_builds_share_the_change_over_of_a_machine(town: Town) -> None:
    town.application.labs.put(Call(KEEPER), yaml.safe_load(CHANGED))
    files = {"foot__stl": block_stl(20, 20, 20), "foot__gcode": print_program()}
    design = town.upload("Foot,1,3D printing,PLA,foot.stl,", **files)
    builds = [town.order(design) for _ in range(3)]
    for build in builds:
        (found,) = town.application.scope.of(build.id)
        assert (found.machine, found.set_up, found.builds) == ("north-printer", "PLA", [each.id for each in builds])
        assert (found.alone_cents, found.share_cents, found.saved_cents) == (
            100,
            found.share_cents,
            100 - (found.share_cents or 0),
        )
        assert found.way == "Shapley value"
    assert sum(town.application.scope.of(each.id)[0].share_cents or 0 for each in builds) == 100
    alone = town.order(town.upload("Panel,1,Manual cutting,,,"))
    assert town.application.scope.of(alone.id) == []


def test_what_a_machine_does_not_state_is_said(town: Town) -> None:
    town.application.labs.put(Call(KEEPER), yaml.safe_load(PRICED))
    files = {"foot__stl": block_stl(20, 20, 20), "foot__gcode": print_program()}
    design = town.upload("Foot,1,3D printing,PLA,foot.stl,", **files)
    first, _ = (town.order(design) for _ in range(2))
    (found,) = town.application.scope.of(first.id)
    assert (found.saved_cents, found.lacks) == (None, "North does not say how long Printer takes to change over")


RUNS = st.lists(
    st.builds(
        Run, st.integers(1, 4), st.integers(0, 20).map(lambda hours: NOW + timedelta(hours=hours)),
        st.sampled_from([PLA, PETG, None]),
    ),
    max_size=15,
)  # fmt: skip


@given(RUNS)
def test_a_row_is_unbroken_of_one_set_up_and_of_two_builds_at_least(runs: list[Run]) -> None:
    ordered = sorted(runs, key=lambda each: (each.start, each.build_id))
    rows = list(rows_of(runs))
    for row in rows:
        assert len({each.build_id for each in row}) > 1
        assert {each.key for each in row} < {PLA, PETG, frozenset()} | {row[0].key}
        first = next(n for n in range(len(ordered)) if ordered[n] is row[0])
        assert ordered[first : first + len(row)] == list(row)
    assert sum(map(len, rows)) <= sum(each.key is not None for each in runs)
