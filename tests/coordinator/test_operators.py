"""What labs say of people, prices and energy, in plans."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from coordinator.plans.costs import costs_of
from coordinator.plans.opening import open_all
from coordinator.plans.plan_document import costs_document
from coordinator.plans.planning import BuildPlan, plan_build
from coordinator.plans.work import NOTHING_FIRM, Firm, form_lots
from machines.lab import Network
from scheduler.validator import violations

from .conftest import block_stl, print_program

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)  # a Monday
Make = Callable[..., Path]

HEAD = """
labs:
  - id: north
    name: North
    timezone: UTC
    currency: EUR
    opening_hours: {daily: "08:00-18:00"}
    policy: {accepts: automatically}
    people: PEOPLE
    stock: [{material: pla, form: filament, amount: 5, unit: kg, thickness_mm: 1.75, unit_cost: 20}]
    machines:
      - {id: bench, name: Bench, processes: [assembly], materials: [pla], envelope_mm: [500, 500, 500]}
"""
PRINTER = """
      - id: printer-NUMBER
        name: Printer
        processes: [fdm]
        materials: [pla]
        envelope_mm: [220, 220, 250]
        unattended: true
        set_up_min: 20
        take_off_min: 30
        hourly_cost: 3
        energy_w: 100
        connection: {driver: marlin, port: virtual}
        limits: {nozzle_c: 240, bed_c: 90}
"""


def _labs(tmp_path: Path, people: str) -> Path:
    path = tmp_path / "crew.yaml"
    printers = "".join(PRINTER.replace("NUMBER", str(number)) for number in range(3))
    path.write_text(HEAD.replace("PEOPLE", people) + printers.replace("\n\n", "\n"), encoding="utf-8")
    return path


def _planned(folder: Path, labs: Path, firm: Firm = NOTHING_FIRM) -> tuple[BuildPlan, Network]:
    with open_all(str(folder), None, labs, 1) as opened:
        workload = form_lots(opened.design, opened.graph, opened.network, firm)
        plan = plan_build(workload, opened.graph, opened.network, NOW, lead_days=1, seconds=1, firm=firm)
        assert violations(plan.problem, plan.plan) == ()
        return plan, opened.network


def _prints(plan: BuildPlan) -> list[tuple[datetime, datetime]]:
    """Starts and ends of the lots that printers make, in order of start."""
    found = [plan.placement(lot.id) for lot in plan.workload.lots]
    printed = [each for each in found if each.machine is not None and each.machine.startswith("printer")]
    return sorted((plan.moment(each.start_s), plan.moment(each.end_s)) for each in printed)


@pytest.mark.parametrize(("people", "apart"), [("[{id: ann}]", True), ("[]", False)])
def test_one_person_sets_up_one_printer_after_the_other_and_where_nobody_is_named_there_are_enough(
    design: Make, tmp_path: Path, people: str, apart: bool
) -> None:
    folder = design("Clip,6,3D printing,PLA,clip.stl,", clip__stl=block_stl(10, 10, 10), clip_x2__gcode=print_program())
    plan, _ = _planned(folder, _labs(tmp_path, people))
    prints = _prints(plan)
    assert len(prints) == 3
    starts = [start for start, _ in prints]
    if apart:
        assert all(later - earlier >= timedelta(minutes=20) for earlier, later in pairwise(starts))
        ends = sorted(end for _, end in prints)
        assert all(later - earlier >= timedelta(minutes=30) for earlier, later in pairwise(ends))
    else:
        assert starts == [NOW] * 3


def test_what_already_stands_keeps_its_person(design: Make, tmp_path: Path) -> None:
    folder = design("Clip,4,3D printing,PLA,clip.stl,", clip__stl=block_stl(10, 10, 10), clip_x2__gcode=print_program())
    labs = _labs(tmp_path, "[{id: ann}]")
    plan, _ = _planned(folder, labs)
    first = next(lot for lot in plan.workload.lots if lot.candidates and lot.pieces == 2)
    stands = ("printer-0", NOW, NOW + timedelta(minutes=55))
    sizes = {first.task.id: [(lot.id, lot.pieces) for lot in plan.workload.lots if lot.task.id == first.task.id]}
    again, _ = _planned(folder, labs, Firm(sizes=sizes, placed={first.id: stands}))
    (_, one), (other, _) = _prints(again)
    assert one == NOW + timedelta(minutes=55)
    # The person sets the first printer up for 20 minutes and takes its pieces off in the last 30 of its 55.
    assert other == one


def test_costs_add_up_machine_hours_material_and_energy_and_say_what_is_not_known(design: Make, tmp_path: Path) -> None:
    folder = design("Foot,1,3D printing,PLA,foot.stl,", foot__stl=block_stl(30, 30, 30))
    plan, network = _planned(folder, _labs(tmp_path, "[]"))
    costs = costs_of(plan, network)
    chosen = [each for lot in plan.workload.lots if (each := plan.candidate(lot)) is not None]
    hours = sum(each.estimate.duration_s for each in chosen if each.machine.hourly_cost) / 3600
    kilograms = sum(each.takes.amount for each in chosen if each.takes is not None)
    assert costs.machines == {"EUR": pytest.approx(3 * hours)}
    assert costs.materials == {"EUR": pytest.approx(20 * kilograms)}
    assert costs.energy_kwh == pytest.approx(0.1 * hours)
    assert costs.unknown == ("an hour of bench", "the energy of bench")
    document = costs_document(costs)
    assert document["costs"][0]["sum"] == round(3 * hours + 20 * kilograms, 2)
    text = (Path(__file__).parents[2] / "docs" / "plan.md").read_text(encoding="utf-8")
    for key in (*document, *document["costs"][0]):
        assert f"`{key}`" in text, key
