"""Plans of the service are made by workers; one whose process ends is made by the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coordinator.computing import Computer, Elsewhere, Here, Processes
from coordinator.plans.measuring import measure_sent
from coordinator.plans.planning import plan_build
from coordinator.service.log import Log
from tests.coordinator.conftest import block_stl, print_program

from .conftest import Town


class Noting:
    """Passes work on, and notes what it was."""

    def __init__(self, computer: Computer, *, far: bool = False) -> None:
        self._computer = computer
        self.far = far
        self.works: list[Callable[..., Any]] = []

    def run(self, limit_s: float, work: Callable[..., Any], /, *args: Any, **how: Any) -> Any:
        self.works.append(work)
        return self._computer.run(limit_s, work, *args, **how)

    def close(self) -> None:
        self._computer.close()


def set_computer(town: Town, computer: Computer) -> None:
    object.__setattr__(town.application.house, "computer", computer)


def test_a_build_is_planned_by_a_process_of_its_own(town: Town) -> None:
    computer = Noting(Elsewhere(lambda: Processes(1)))
    set_computer(town, computer)
    build = town.order()
    assert computer.works == [plan_build]
    assert town.application.offers.all(build_id=build.id).items
    computer.close()


def test_a_plan_that_is_given_up_for_the_end_of_the_process_is_still_wanted(town: Town) -> None:
    computer = Elsewhere(lambda: Processes(1))
    computer.close()
    set_computer(town, computer)
    design = town.upload()
    town.plan()
    last = Log(town.application.house).newest()
    set_computer(town, computer)
    town.order(design)
    planned = [each.kind for each in town.application.log.after(last, 100)]
    assert planned == ["build.opened"], "nothing is said to be impossible"
    set_computer(town, Here())
    town.plan()
    assert town.application.offers.all().items


def test_far_workers_measure_before_they_plan(town: Town) -> None:
    noting = Noting(Here(), far=True)
    set_computer(town, noting)
    town.order(
        town.upload("Foot,1,3D printing,PLA,foot.stl,", foot__stl=block_stl(21, 22, 23), foot__gcode=print_program())
    )
    assert noting.works == [measure_sent, plan_build]
