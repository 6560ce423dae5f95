"""Plans count on what labs list: stock, people who are trained, and who may run what."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coordinator.cli import app
from coordinator.plans.opening import open_all
from coordinator.plans.planning import BuildPlan, plan_build
from coordinator.plans.supplies import Supply, shortages, supplies
from coordinator.plans.visiting import Visit
from coordinator.plans.work import form_lots
from core.errors import InputError
from machines.lab import Unit
from machines.matching import Verdict

from .conftest import block_stl, print_program

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)
STOCK = "    stock: [{material: pla, form: filament, amount: %s, unit: kg}]\n"
ROW = "Foot,4,3D printing,PLA,foot.stl,"
OTHER_PRINTER = """
      - id: south-printer
        name: Printer
        processes: [fdm]
        materials: [pla]
        envelope_mm: [220, 220, 250]
        unattended: true
        connection: {driver: marlin, port: virtual}
        limits: {nozzle_c: 240, bed_c: 90}
"""


def labs_with(labs: Path, lab: str, more: str) -> Path:
    """The labs file with keys added to one lab."""
    key = f"    name: {lab.capitalize()}\n"
    labs.write_text(labs.read_text().replace(key, key + more))
    return labs


def plan(folder: Path, labs: Path, visit: Visit | None = None) -> BuildPlan:
    with open_all(str(folder), None, labs, 1) as opened:
        visitor = visit.visitor(opened.network, labs) if visit else None
        workload = form_lots(opened.design, opened.graph, opened.network, visitor=visitor)
        return plan_build(workload, opened.graph, opened.network, NOW, lead_days=1, seconds=0.2)


@pytest.fixture
def foot(design: Callable[..., Path]) -> Path:
    return design(ROW, foot__stl=block_stl(60, 60, 60))


@pytest.fixture
def two_printers(labs: Path) -> Path:
    labs.write_text(labs.read_text().replace("      - id: south-bench", OTHER_PRINTER[1:] + "      - id: south-bench"))
    return labs


def chosen(found: BuildPlan) -> set[str]:
    places = {lot.task.name: found.candidate(lot) for lot in found.workload.lots}
    return {each.machine.id for name, each in places.items() if each is not None and name == "Foot"}


def test_work_goes_where_the_material_is(foot: Path, two_printers: Path) -> None:
    labs_with(two_printers, "north", STOCK % 0.01)
    labs_with(two_printers, "south", STOCK % 5)
    found = plan(foot, two_printers)
    assert chosen(found) == {"south-printer"}
    assert not found.workload.findings
    (taken,) = found.supplies
    assert (taken.lab, taken.material, taken.has) == ("south", "pla", 5)
    assert 0.1 < taken.amount < 0.6


def test_where_nobody_has_enough_a_person_is_asked(foot: Path, labs: Path) -> None:
    labs_with(labs, "north", STOCK % 0.01)
    found = plan(foot, labs)
    lots = [each for each in found.workload.lots if each.task.name == "Foot"]
    assert {each.candidates[0].match.verdict for each in lots} == {Verdict.UNKNOWN}
    assert lots[0].candidates[0].match.text.startswith("short: about ")
    assert [each.code for each in found.workload.findings] == ["stock-short"]


def test_what_a_plan_takes_is_added_up(design: Callable[..., Path], labs: Path) -> None:
    one, two = (f"{name},2,3D printing,PLA,{name}.stl," for name in ("foot", "arm"))
    folder = design(one, two, foot__stl=block_stl(60, 60, 60), arm__stl=block_stl(60, 60, 61))
    labs_with(labs, "north", STOCK % 0.15)  # enough for either, too little for both
    found = plan(folder, labs)
    verdicts = {each.match.verdict for lot in found.workload.lots for each in lot.candidates}
    assert verdicts == {Verdict.YES}
    (finding,) = found.workload.findings
    assert finding.code == "stock-short"
    assert "which lists 0.15 kg" in finding.message


def test_a_lab_that_lists_no_stock_is_not_asked_but_told(foot: Path, labs: Path) -> None:
    found = plan(foot, labs)
    assert [each.has for each in found.supplies] == [None]
    assert "which lists no stock" in found.supplies[0].text
    assert not shortages(found.supplies)


def test_nobody_is_given_a_machine_for_which_nobody_is_trained(foot: Path, two_printers: Path) -> None:
    text = two_printers.read_text()
    two_printers.write_text(
        text.replace("        processes: [fdm]", "        training: printing\n        processes: [fdm]")
    )
    labs_with(two_printers, "north", "    people: [{id: n-1, training: [welding]}]\n")
    labs_with(two_printers, "south", "    people: [{id: s-1, training: [printing]}]\n")
    assert chosen(plan(foot, two_printers)) == {"south-printer"}
    two_printers.write_text(two_printers.read_text().replace("training: [printing]", "training: [sewing]"))
    (left,) = (each for each in plan(foot, two_printers).workload.unplaceable if each.task.name == "Foot")
    assert "demands training that nobody listed in north holds: printing" in left.reason


def test_a_visitor_runs_only_what_labs_allow(foot: Path, two_printers: Path) -> None:
    labs_with(two_printers, "north", "    access: members\n")
    labs_with(two_printers, "south", "    access: operators\n")
    assert chosen(plan(foot, two_printers, Visit(member_of=("north",)))) == {"north-printer"}
    found = plan(foot, two_printers, Visit(in_person=True))
    (left,) = (each for each in found.workload.unplaceable if each.task.name == "Foot")
    assert "only members of north may run north-printer" in left.reason
    with pytest.raises(InputError, match="there is no lab 'west'"):
        plan(foot, two_printers, Visit(member_of=("west",)))


def test_the_commands_say_it(foot: Path, labs: Path) -> None:
    labs_with(labs, "north", STOCK % 0.01)
    done = CliRunner().invoke(app, ["plan", str(foot), "--labs", str(labs), "--seconds", "1", "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    (row,) = document["materials"]
    assert (row["lab"], row["material"], row["unit"], row["listed"]) == ("north", "pla", "kg", 0.01)
    done = CliRunner().invoke(app, ["match", str(foot), "--labs", str(labs), "--json", "-n", "3", "--visitor"])
    assert done.exit_code == 0, done.output
    answer = next(each for each in json.loads(done.stdout)["needs"] if each["name"] == "Foot")["matches"][0]
    aspects = {each["aspect"]: each["verdict"] for each in answer["reasons"]}
    assert (aspects["access"], aspects["stock"]) == ("unknown", "unknown")
    assert "supply" in {each["kind"] for each in answer["changes"]}


def test_amounts_are_numbers_from_zero_up() -> None:
    with pytest.raises(ValueError, match="from 0 up"):
        Supply("north", "pla", None, -1.0, Unit.KG, None)
    one = Supply("north", "pla", None, 1.0, Unit.KG, 1.5)
    (both,) = supplies([one, one])
    assert both.short == pytest.approx(0.5)


def test_a_plan_that_takes_too_much_in_one_lab_is_made_again_within_its_stock(
    design: Callable[..., Path], two_printers: Path
) -> None:
    names = ("foot", "arm", "leg")
    rows = (f"{name},2,3D printing,PLA,{name}.stl," for name in names)
    files = {f"{name}__stl": block_stl(60, 60, 60 + number) for number, name in enumerate(names)}
    folder = design(*rows, **files)
    free = {each.lab: each.amount for each in plan(folder, two_printers).supplies}
    lab, taken = max(free.items(), key=lambda pair: pair[1])
    other = next(each for each in ("north", "south") if each != lab)
    labs_with(two_printers, lab, STOCK % round(taken * 0.75, 3))  # enough for the largest task, not for all of it
    labs_with(two_printers, other, STOCK % 5)
    found = plan(folder, two_printers)
    assert {each.match.verdict for lot in found.workload.lots for each in lot.candidates} == {Verdict.YES}
    assert not found.workload.findings
    assert all(each.amount <= (each.has or 0) for each in found.supplies)


def test_a_program_says_what_it_feeds(design: Callable[..., Path], labs: Path) -> None:
    folder = design("Foot,2,3D printing,PLA,foot.stl,", foot__stl=block_stl(60, 60, 60), foot__gcode=print_program())
    (taken,) = plan(folder, labs).supplies
    section_mm2 = math.pi / 4 * 1.75**2
    assert taken.amount == pytest.approx(2 * 3.9 * section_mm2 * 1.24e-6, rel=1e-6)  # the program feeds E3.90
