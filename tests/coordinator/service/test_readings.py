"""What machines were last seen doing, and which agent drives them."""

from __future__ import annotations

import pytest

from coordinator.service.access import Actor
from coordinator.service.machinery.readings import MOST_POINTS, Seen
from coordinator.service.refusals import ForbiddenError, UnknownError

from .conftest import Town

PRINTER = ["north-printer"]


def see(town: Town, agent: Actor, state: str = "running", hotend_c: float = 200.0, **how: object) -> None:
    heat = {"T": (hotend_c, 205.0)}
    town.application.readings.note(agent, [Seen(machine="north-printer", state=state, temperatures_c=heat, **how)])


def test_the_last_reading_is_kept_with_a_short_history(town: Town) -> None:
    agent = town.agent("north")
    assert town.application.readings.of("north-printer") is None
    for step in range(MOST_POINTS + 20):
        see(town, agent, hotend_c=20.0 + step)
        town.clock.move(seconds=5)
    found = town.application.readings.of("north-printer")
    assert found is not None
    assert (found.state, found.temperatures_c) == ("running", {"T": (20.0 + MOST_POINTS + 19, 205.0)})
    assert len(found.history) == (MOST_POINTS + 20) / 2, "one point each ten seconds"
    assert [point.temperatures_c["T"] for point in found.history[:2]] == [20.0, 22.0]
    for _ in range(MOST_POINTS):
        town.clock.move(seconds=60)
        see(town, agent)
    found = town.application.readings.of("north-printer")
    assert found is not None
    assert len(found.history) == MOST_POINTS, "it is bounded"


def test_work_from_outside_is_an_event_when_it_begins_and_ends(town: Town) -> None:
    agent = town.agent("north")
    for state in ("idle", "busy outside", "busy outside", "idle", "idle"):
        see(town, agent, state, outside="benchy.gcode" if state != "idle" else None)
    events = [event for event in town.application.log.after(0, 1000) if event.kind.startswith("machine.")]
    assert [(event.kind, event.why) for event in events] == [
        ("machine.busy-outside", "benchy.gcode"),
        ("machine.free-again", ""),
    ]


def test_only_the_labs_own_agents_tell_of_a_machine(town: Town) -> None:
    other = town.agent("south", by="south")
    with pytest.raises(UnknownError):
        see(town, other)
    with pytest.raises(UnknownError):
        town.application.readings.of("nowhere")
    assert town.application.readings.of("north-printer") is None


def test_a_machine_is_driven_by_one_agent_until_that_is_silent(town: Town) -> None:
    one, other = town.agent("north"), town.agent("north")
    town.order()
    drivers = town.application.drivers
    assert drivers.held(one.id, "north", PRINTER) == ("north-printer",)
    assert drivers.held(other.id, "north", PRINTER) == ()
    assert town.application.attempts.claim(other, "north", PRINTER) is None, "though there is a job"
    for _ in range(10):
        town.real.move(seconds=10)
        assert drivers.held(one.id, "north", PRINTER) == ("north-printer",)
    see(town, one)
    town.real.move(seconds=29)
    assert drivers.held(other.id, "north", PRINTER) == ()
    town.real.move(seconds=10)
    assert drivers.held(other.id, "north", PRINTER) == ("north-printer",), "the first was silent"
    assert drivers.held(one.id, "north", PRINTER) == ()


def test_an_agent_that_ends_leaves_its_machines_to_others(town: Town) -> None:
    one, other = town.agent("north"), town.agent("north")
    town.order()
    assert town.application.drivers.held(one.id, "north", PRINTER)
    assert not town.application.drivers.held(other.id, "north", PRINTER)
    town.application.drivers.drop(one.id)
    town.real.move(seconds=8)
    assert town.application.attempts.claim(other, "north", PRINTER) is not None
    with pytest.raises(ForbiddenError):
        town.application.attempts.claim(other, "south", ["south-bench"])


def test_an_agent_of_another_lab_takes_no_machine(town: Town) -> None:
    north, south = town.agent("north"), town.agent("south", by="south")
    assert town.application.drivers.held(south.id, "south", PRINTER) == ()
    assert town.application.drivers.held(north.id, "north", PRINTER) == tuple(PRINTER)
