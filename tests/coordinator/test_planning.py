"""From a design to a plan: what a run is, where it goes, and what is said when it cannot go anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coordinator.plans.opening import open_all
from coordinator.plans.plan_document import plan_document
from coordinator.plans.planning import plan_build
from coordinator.plans.work import NOTHING_FIRM, Firm, form_lots
from core.errors import InputError
from gcode.inspection import check
from gcode.program import Program
from gcode.safety import Violation
from gcode.safety_policy import SafetyPolicy
from scheduler.validator import violations

from .conftest import block_stl, print_program

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)  # a Monday
Make = Callable[..., Path]


def planned(folder: Path, labs: Path, quantity: int = 1, firm: Firm = NOTHING_FIRM) -> dict[str, Any]:
    with open_all(str(folder), None, labs, quantity) as opened:
        workload = form_lots(opened.design, opened.graph, opened.network, firm)
        plan = plan_build(workload, opened.graph, opened.network, NOW, lead_days=1, seconds=2, firm=firm)
        assert violations(plan.problem, plan.plan) == ()
        return plan_document(plan)


def runs_of(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [run for run in document["runs"] if run["name"] == name]


def why_not(document: dict[str, Any], name: str) -> str:
    return next(str(each["reason"]) for each in document["unplaceable"] if each["name"] == name)


def test_parts_go_to_machines_and_purchases_to_nobody(design: Make, labs: Path) -> None:
    folder = design("Foot,2,3D printing,PLA,foot.stl,", "Screw,8,,,,Shop", foot__stl=block_stl(30, 30, 30))
    document = planned(folder, labs)
    (foot,) = runs_of(document, "Foot")
    assert (foot["machine"], foot["verdict"], foot["pieces"]) == ("north-printer", "yes", 2)
    assert "north-printer: fits" in foot["why"]
    (screw,) = runs_of(document, "Screw")
    assert screw["machine"] is None
    assert datetime.fromisoformat(screw["end"]) - NOW == timedelta(days=1)
    last = max(document["runs"], key=lambda run: run["end"])
    assert last["kind"] == "assemble"
    assert last["start"] >= screw["end"]
    assert document["gap"] == 0


def test_a_plate_holds_what_fits_and_the_rest_takes_more_runs(design: Make, labs: Path) -> None:
    folder = design("Cube,10,3D printing,PLA,cube.stl,", cube__stl=block_stl(100, 100, 6))
    cubes = runs_of(planned(folder, labs), "Cube")
    assert [run["pieces"] for run in cubes] == [4, 4, 2]
    margins = labs.with_name("margins.yaml")  # 200 x 200 mm are left, and two cubes need 205
    margins.write_text(re.sub(r"( +)(envelope_mm: \[220)", r"\1margin_mm: 10\n\1\2", labs.read_text()))
    assert [run["pieces"] for run in runs_of(planned(folder, margins), "Cube")] == [1] * 10


def test_programs_say_how_many_they_make(design: Make, labs: Path) -> None:
    folder = design(
        "Clip,6,3D printing,PLA,clip.stl,",
        clip__stl=block_stl(10, 10, 10),
        clip_x3__gcode=print_program(),
        clip_x9__gcode=print_program(),
        other__gcode=print_program(),
    )
    clips = runs_of(planned(folder, labs), "Clip")
    assert [(run["pieces"], run["toolpath"]) for run in clips] == [(3, "clip_x3.gcode")] * 2


def test_a_stored_lot_takes_the_program_that_makes_just_its_pieces(design: Make, labs: Path) -> None:
    """What is remade is one piece: the program of three would make two too many, and a lot of two has none."""
    folder = design(
        "Clip,6,3D printing,PLA,clip.stl,",
        clip__stl=block_stl(10, 10, 10),
        clip__gcode=print_program(),
        clip_x3__gcode=print_program(),
    )
    task = runs_of(planned(folder, labs), "Clip")[0]["task"]
    stored = [(f"{task}-1", 3), (f"{task}-2", 1), (f"{task}-3", 2)]
    firm = Firm(sizes={task: stored}, missing={task: 2})
    clips = {run["id"]: (run["pieces"], run["toolpath"]) for run in runs_of(planned(folder, labs, firm=firm), "Clip")}
    assert clips == {
        f"{task}-1": (3, "clip_x3.gcode"),
        f"{task}-2": (1, "clip.gcode"),
        f"{task}-3": (2, None),
        f"{task}-4": (1, "clip.gcode"),  # of what is missing none is made that nobody wants
        f"{task}-5": (1, "clip.gcode"),
    }


def test_a_program_that_the_machine_must_not_run_is_refused_by_line(design: Make, labs: Path) -> None:
    folder = design(
        "Foot,1,3D printing,PLA,foot.stl,", foot__stl=block_stl(30, 30, 30), foot__gcode=print_program(nozzle_c=300)
    )
    document = planned(folder, labs)
    (foot,) = runs_of(document, "Foot")
    assert foot["toolpath"] is None
    (finding,) = document["findings"]
    assert finding["code"] == "program-refused"
    assert "foot.gcode:4" in finding["message"]
    assert "300" in finding["message"]


def test_a_part_too_long_is_left_out_with_its_numbers_and_what_waits_for_it_says_so(design: Make, labs: Path) -> None:
    folder = design(
        "Beam,1,3D printing,PLA,beam.stl,", "Foot,1,3D printing,PLA,foot.stl,",
        beam__stl=block_stl(900, 20, 20), foot__stl=block_stl(20, 20, 20),
    )  # fmt: skip
    document = planned(folder, labs)
    assert re.search(r"900\.0 mm on the longest side, the envelope has 250\.0 mm", why_not(document, "Beam"))
    assert why_not(document, "design") == "waits for 'Beam'"
    assert runs_of(document, "Foot")


def test_no_machine_for_a_process_and_no_process_at_all_are_told_apart(design: Make, labs: Path) -> None:
    folder = design("Frame,1,Welding,Steel,,", "Thing,1,3D printing,PLA,,")
    document = planned(folder, labs)
    assert why_not(document, "Frame") == "no machine of these labs does welding"
    (thing,) = runs_of(document, "Thing")
    assert thing["verdict"] == "unknown"
    assert "no part file" in thing["why"] or "links no part file" in thing["why"]


def test_declined_work_goes_elsewhere_or_says_that_nobody_wants_it(design: Make, labs: Path) -> None:
    folder = design("Panel,1,Manual cutting,Plywood,,")
    (panel,) = runs_of(planned(folder, labs), "Panel")
    lot, first = panel["id"], panel["machine"]
    sizes = {panel["task"]: [(lot, 1)]}
    (elsewhere,) = runs_of(planned(folder, labs, firm=Firm(sizes, barred=frozenset({(lot, first)}))), "Panel")
    assert elsewhere["machine"] not in (first, None)
    both = frozenset({(lot, "north-bench"), (lot, "south-bench")})
    refused = planned(folder, labs, firm=Firm(sizes, barred=both))
    assert why_not(refused, "Panel") == "every lab that could has declined or failed"
    assert why_not(refused, "design") == "waits for 'Panel'"


def test_a_lot_keeps_its_size_whoever_declines_it(design: Make, labs: Path) -> None:
    """A smaller plate is no candidate; a machine that accepted stays, whatever else it declined."""
    labs.write_text(labs.read_text().replace("      - id: north-bench", SMALL_PRINTER + "      - id: north-bench"))
    folder = design("Cube,8,3D printing,PLA,cube.stl,", cube__stl=block_stl(100, 100, 6))
    task = runs_of(planned(folder, labs), "Cube")[0]["task"]
    sizes = {task: [(f"{task}-1", 4), (f"{task}-2", 4)]}
    firm = Firm(sizes, machines={f"{task}-1": "north-printer"}, barred=frozenset({(f"{task}-2", "north-printer")}))
    document = planned(folder, labs, firm=firm)
    assert [(run["pieces"], run["machine"]) for run in runs_of(document, "Cube")] == [(4, "north-printer")]
    assert why_not(document, "Cube") == "every lab that could has declined or failed"


SMALL_PRINTER = """      - id: small-printer
        name: Small printer
        processes: [fdm]
        materials: [pla]
        envelope_mm: [120, 120, 120]
        connection: {driver: marlin, port: virtual}
"""


def test_amounts_that_are_not_counted_are_one_lot(design: Make, labs: Path) -> None:
    folder = design("Hose,1200 mm,Manual cutting,PLA,,")
    (hose,) = runs_of(planned(folder, labs), "Hose")
    assert (hose["pieces"], hose["quantity"], hose["unit"]) == (1, 1200, "mm")


def test_an_unknown_amount_is_never_surely_a_yes(design: Make, labs: Path) -> None:
    rows = ("Foot,,3D printing,PLA,foot.stl,", "Screw,2,,,,Shop")
    folder = design(*rows, foot__stl=block_stl(30, 30, 30))
    (foot,) = runs_of(planned(folder, labs), "Foot")
    assert foot["verdict"] == "unknown"
    assert "does not say how many" in foot["why"]


def test_a_program_elsewhere_in_the_design_is_not_taken_for_the_parts_own(design: Make, labs: Path) -> None:
    folder = design("Foot,1,3D printing,PLA,foot.stl,", foot__stl=block_stl(30, 30, 30))
    (folder / "old").mkdir()
    (folder / "old" / "foot.gcode").write_text(print_program())
    (foot,) = runs_of(planned(folder, labs), "Foot")
    assert foot["toolpath"] is None


def test_work_longer_than_any_opening_is_named(design: Make, labs: Path) -> None:
    labs.write_text(labs.read_text().replace("08:00-18:00", "08:00-08:03"))
    reason = why_not(planned(design("Panel,1,Manual cutting,Plywood,,"), labs), "Panel")
    assert "machine north-bench: an attended run of 5 min is longer than any opening of lab north (3 min)" in reason


def test_hand_work_is_cut_into_half_days(design: Make, labs: Path) -> None:
    panels = runs_of(planned(design("Panel,100,Manual cutting,Plywood,,"), labs), "Panel")
    assert [run["pieces"] for run in panels] == [48, 48, 4]
    assert {run["machine"] for run in panels} == {"north-bench", "south-bench"}


def test_a_design_without_a_bill_is_refused_with_what_to_add(tmp_path: Path, labs: Path) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "part.stl").write_text(block_stl(1, 1, 1))
    with (
        pytest.raises(InputError, match=r"no bill of materials found; 1 part file"),
        open_all(str(folder), None, labs, 1),
    ):
        raise AssertionError("it must not open")


def test_the_documents_of_the_plan_are_true(design: Make, labs: Path) -> None:
    folder = design("Foot,1,3D printing,PLA,foot.stl,", foot__stl=block_stl(30, 30, 30))
    document = planned(folder, labs)
    text = (Path(__file__).parents[2] / "docs" / "plan.md").read_text(encoding="utf-8")
    (foot,) = runs_of(document, "Foot")
    for key in (*document, *foot):
        assert f"`{key}`" in text, key
    for key in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", text, re.MULTILINE):
        for word in re.findall(r"`(\w+)`", key):
            assert word in document or word in foot, word


def with_maintenance(labs: Path, period: str, hours: str = "08:00-18:00") -> None:
    text = labs.read_text(encoding="utf-8").replace("08:00-18:00", hours)
    labs.write_text(
        text.replace("unattended: true", f"unattended: true\n        maintenance: [{period}]"), encoding="utf-8"
    )


def test_work_starts_after_a_closure_and_in_a_special_opening(design: Make, labs: Path) -> None:
    text = labs.read_text(encoding="utf-8")
    shut = "closures: [{first_day: 2030-01-07, last_day: 2030-01-20}]"
    labs.write_text(text.replace("    policy", f"    {shut}\n    policy"), encoding="utf-8")
    folder = design("Foot,1,3D printing,PLA,foot.stl,", foot__stl=block_stl(30, 30, 30))
    assert runs_of(planned(folder, labs), "Foot")[0]["start"].startswith("2030-01-21T08:00")
    opening = "special_openings: [{start: 2030-01-12 06:00, end: 2030-01-12 20:00}]"
    labs.write_text(text.replace("    policy", f"    {shut}\n    {opening}\n    policy"), encoding="utf-8")
    assert runs_of(planned(folder, labs), "Foot")[0]["start"].startswith("2030-01-12T06:00")


def test_maintenance_holds_up_its_machine(design: Make, labs: Path) -> None:
    with_maintenance(labs, "{start: 2030-01-07 08:00, end: 2030-01-07 15:00}")
    folder = design(
        "Foot,1,3D printing,PLA,foot.stl,", "Panel,1,Manual cutting,Plywood,,", foot__stl=block_stl(9, 9, 9)
    )
    document = planned(folder, labs)
    assert runs_of(document, "Foot")[0]["start"].startswith("2030-01-07T15:00")
    assert runs_of(document, "Panel")[0]["start"].startswith("2030-01-07T09:00")


def test_no_unattended_run_reaches_into_maintenance(design: Make, labs: Path) -> None:
    with_maintenance(labs, "{start: 2030-01-08 02:00, end: 2030-01-08 03:00, why: nightly}")
    folder = design("Block,1,3D printing,PLA,block.stl,", block__stl=block_stl(150, 150, 150))
    (block,) = runs_of(planned(folder, labs), "Block")
    start, end = datetime.fromisoformat(block["start"]), datetime.fromisoformat(block["run_end"])
    assert end - start > timedelta(hours=17), "the test needs a run that would reach into the night"
    assert start >= datetime(2030, 1, 8, 3, tzinfo=UTC)


def test_a_run_that_never_fits_between_maintenance_is_named(design: Make, labs: Path) -> None:
    with_maintenance(labs, "{start: 2030-01-01 02:00, end: 2030-01-01 03:00, rrule: FREQ=DAILY;COUNT=800}")
    folder = design("Block,1,3D printing,PLA,block.stl,", block__stl=block_stl(200, 200, 240))
    assert "north (north-printer)" in why_not(planned(folder, labs), "Block")


def stock_program() -> str:
    """A purge line beside the bed and a motor's current, as the stock profile of an MK3S has them."""
    return print_program().replace("G92 E0\n", "G92 E0\nG1 Y-3 F1000\nG1 X60 E9 F1000\nG92 E0\nM907 E538\n")


def test_a_stock_program_passes_where_its_lab_vouches_for_it_and_is_told(
    design: Callable[..., Path], labs: Path
) -> None:
    folder = design("Foot,1,3D printing,PLA,foot.stl,", foot__stl=block_stl(30, 30, 30), foot__gcode=stock_program())
    plain = labs.read_text()
    reach = "        reach_mm: {y: [-4, 250]}\n        processes: [fdm]"

    def found() -> list[tuple[str, str]]:
        with open_all(str(folder), None, labs, 1) as opened:
            workload = form_lots(opened.design, opened.graph, opened.network)
        return [(each.code, each.message) for each in workload.findings]

    ((code, message),) = found()
    assert (code, "outside 0 to 220" in message) == ("program-refused", True)
    labs.write_text(plain.replace("        processes: [fdm]", reach))
    ((code, message),) = found()
    assert code == "program-refused"
    assert "M907: changes the current of the motors" in message
    assert "north may vouch for it with allow: [M907] at north-printer" in message
    labs.write_text(plain.replace("        processes: [fdm]", f"        allow: [M907, START_PRINT]\n{reach}"))
    told = "north-printer may be sent M907, because north vouches for it"
    assert found() == [("program-vouched", told)]


def test_a_macro_of_klipper_is_refused_by_name_unless_its_lab_declares_it(
    design: Callable[..., Path], labs: Path
) -> None:
    macro = print_program().replace("G28\n", "START_PRINT BED=60 EXTRUDER=210\nG28\n")
    folder = design("Foot,1,3D printing,PLA,foot.stl,", foot__stl=block_stl(30, 30, 30), foot__gcode=macro)
    klipper = labs.read_text().replace(
        "connection: {driver: marlin, port: virtual}", "connection: {driver: moonraker, address: 'http://p.local'}"
    )

    def found(more: str) -> list[tuple[str, str]]:
        labs.write_text(klipper.replace("        processes: [fdm]", f"{more}        processes: [fdm]"))
        with open_all(str(folder), None, labs, 1) as opened:
            findings = form_lots(opened.design, opened.graph, opened.network).findings
        return [(each.code, each.message) for each in findings]

    ((code, message),) = found("")
    assert code == "program-refused"
    assert "foot.gcode:1: START_PRINT" in message
    assert "north may vouch for it with allow: [START_PRINT] at north-printer" in message
    hot = macro.replace("BED=60", "BED=150")
    (folder / "foot.gcode").write_text(hot)
    ((code, message),) = found("        allow: [START_PRINT]\n")
    assert (code, "BED=150 is more than the 90 C of the machine's bed" in message) == ("program-refused", True), message


def test_a_program_is_checked_once_for_all_its_lots(design: Make, labs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counting(program: Program, policy: SafetyPolicy) -> tuple[Violation, ...]:
        asked.append(program.name)
        return check(program, policy)

    monkeypatch.setattr("coordinator.plans.programs.check", counting)
    folder = design("Foot,12,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 20), foot__gcode=print_program())
    assert len(runs_of(planned(folder, labs), "Foot")) == 12
    assert len(asked) == 1, "one machine prints, with one policy"
