"""The whole ways of an operator and of a designer in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from coordinator.schema.network import Role
from coordinator.service.access import Actor
from coordinator.service.runs.attempts import Told, WorkView
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.conftest import town as town
from tests.coordinator.web.browsing import Visit, bring_in, invite

MESSY = ("Foot,2,3D printing,PLA,foot.stl,", "Panel,,Manual cutting,Plywood,,", "Screw,4,,,,Shop")


def tell(town: Town, agent: Actor, work: WorkView, state: str) -> None:
    """The agent says how far a machine is."""
    told = Told(attempt_id=work.attempt_id, fence=work.fence, lines_done=20, lines_total=40, state=state)
    town.application.attempts.progress(agent, [told])


def test_an_operator_registers_a_lab_and_a_machine_and_runs_a_job(
    visit: Callable[..., Visit], bare: Town, tmp_path: Path
) -> None:
    first = bare.application.invitations.first_steward()
    assert first is not None
    steward, operator = visit(), visit()
    steward.join(first.code, "ste")
    steward.sees("First steps")
    steward.page.get_by_label("Name of the network").fill("Ria network")
    steward.press("Keep this")
    steward.sees("First steps of Ria network")
    steward.page.get_by_label("Name of the lab").fill("Ria lab")
    steward.page.get_by_label("Time zone").fill("Europe/Madrid")
    steward.page.get_by_label("Town", exact=True).fill("Vigo")
    steward.page.get_by_label("Latitude, degrees").fill("42.23")
    steward.page.get_by_label("Longitude, degrees").fill("-8.72")
    steward.press("Add the lab")
    steward.press("Invite an operator")
    code = re.search(r"code=(\S+)", steward.page.locator(".code").inner_text())
    assert code is not None
    operator.join(code[1], "ola")
    operator.go("/labs/ria-lab/set-up")
    operator.page.get_by_label("Model", exact=True).fill("Prusa MK3S")
    operator.page.get_by_label("How it is driven").select_option("virtual")
    operator.page.get_by_label("It may go on while the lab is closed").check()
    operator.press("Add the machine")
    operator.page.get_by_label("What people call it").fill("Bench")
    operator.page.get_by_text("It is not in the list").click()
    operator.page.get_by_label("It does").select_option("manual_cutting")
    operator.press("Add the machine")
    bare.join("ada", Role.BUILDER)
    bare.order()
    operator.go("/labs/ria-lab")
    while operator.page.get_by_role("button", name="Accept", exact=True).count():
        operator.press("Accept")
    bare.plan()
    operator.go("/machines/prusa-mk3s")
    bare.join("ole", Role.OPERATOR, "ria-lab")
    agent = bare.agent("ria-lab", "ole")
    bare.clock.move(minutes=30)
    work = bare.application.attempts.claim(agent, "ria-lab", ["prusa-mk3s"])
    assert work is not None
    bare.application.attempts.start(agent, work.attempt_id, work.fence)
    tell(bare, agent, work, "running")
    operator.press("Pause")
    tell(bare, agent, work, "paused")
    operator.sees("It moves again at once")
    operator.press("Go on")
    operator.go("/labs/ria-lab")
    operator.press("We begin")
    operator.press("It is made")
    operator.go("/builds/1")
    assert operator.page.get_by_role("row", name="Panel").get_by_text("done", exact=True).count() == 1


def test_a_designer_brings_a_messy_bill_and_sees_the_clean_one(
    visit: Callable[..., Visit], town: Town, tmp_path: Path
) -> None:
    designer = visit()
    designer.join(invite(town, Role.DESIGNER), "dora")
    bring_in(designer, MESSY, tmp_path)
    designer.sees("How much or how many of Panel does one product need?")
    designer.page.get_by_label("Answer").first.fill("3")
    designer.press("Answer")
    designer.page.get_by_role("link", name=re.compile("lines, .* tasks")).click()
    designer.sees("Which file is Panel?")
    designer.page.get_by_label("Answer").fill("foot.stl")
    designer.press("Answer")
    designer.sees("Nothing is left to ask.")
    assert designer.page.url.endswith("/bill")
    row = designer.page.get_by_role("row", name="Panel")
    row.get_by_text("Why it is read so").click()
    assert row.get_by_text("answered:").first.is_visible()
    assert row.get_by_role("cell").nth(1).inner_text() == "3"
