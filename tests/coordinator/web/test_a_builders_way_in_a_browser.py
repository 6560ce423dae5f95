"""A builder's whole way in real browsers: ordered, watched live to the end, and what goes with it printed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from coordinator.schema.builds import BuildState, RunOutcome
from coordinator.schema.network import Role
from coordinator.service.access import Actor
from tests.coordinator.service.conftest import ROWS, Town
from tests.coordinator.web.browsing import Visit, bring_in, invite, lay_out

_MOST_ROUNDS = 8


def order_checked(visit: Callable[..., Visit], town: Town, folder: Path) -> Visit:
    """A builder comes in, brings a design, and orders it with a check of every piece."""
    builder = visit()
    builder.join(invite(town, Role.BUILDER), "bea")
    bring_in(builder, ROWS, folder)
    builder.page.get_by_label("A peer checks every piece").check()
    builder.page.get_by_label("What it is for").select_option("own use")
    builder.press("Order")
    assert builder.page.url.endswith("/builds/1")
    town.plan()
    builder.page.get_by_label("Where it is to be sent").fill("Rúa do Príncipe 1, Vigo")
    builder.press("Keep")
    return builder


def buy(builder: Visit) -> None:
    """The builder buys the screws, and they come."""
    builder.page.get_by_role("checkbox", name="buy 4").check()
    builder.press("I buy what is ticked")
    builder.page.get_by_label("Supplier", exact=True).fill("Shop")
    builder.press("I have ordered it")
    builder.press("It came (no number: all of it)")
    builder.sees("arrived")


def print_out(town: Town, agent: Actor, operator: Visit) -> None:
    """The operator clears the printer as often as its agent has something to make."""
    while True:
        operator.go("/machines/north-printer")
        work = town.application.attempts.claim(agent, "north", ["north-printer"])
        if work is None:
            return
        town.application.attempts.start(agent, work.attempt_id, work.fence)
        town.application.attempts.end(
            agent, work.attempt_id, work.fence, RunOutcome.FINISHED, lines=40, message="finished"
        )


def press_all(who: Visit, path: str, *words: str) -> None:
    """Press these buttons as long as the page has them."""
    for each in words:
        who.go(path)
        while who.page.get_by_role("button", name=each, exact=True).count():
            who.press(each)


def ship(operator: Visit, lab: str) -> None:
    """Pack and send whatever the page of the lab wants packed."""
    operator.go(f"/labs/{lab}")
    while operator.page.get_by_role("button", name="It is packed", exact=True).count():
        operator.press("It is packed")
        operator.page.get_by_label("Carrier").fill("Correos")
        operator.press("It is on its way")
        operator.go(f"/labs/{lab}")


def receive(town: Town, who: Visit, lab: str | None) -> None:
    """Say that what travels to a lab, or to the builder, is here."""
    keeper = town.people["north"]
    for each in town.application.shipments.all(keeper, limit=50).items:
        if each.state == "sent" and each.to_lab == lab:
            who.go(f"/shipments/{each.id}")
            who.press("It is here")


def work_a_round(town: Town, agent: Actor, operators: dict[str, Visit], peer: Visit) -> None:
    """What everybody but the builder does in half an hour."""
    for lab, operator in operators.items():
        press_all(operator, f"/labs/{lab}", "Accept")
    town.plan()
    print_out(town, agent, operators["north"])
    for lab, operator in operators.items():
        receive(town, operator, lab)
        lay_out(town, operator, lab)
        press_all(operator, f"/labs/{lab}", "We begin", "It is made")
    press_all(peer, "/", "Accept")
    for lab, operator in operators.items():
        ship(operator, lab)
    town.clock.move(minutes=30)
    town.plan()


def test_a_builder_orders_watches_to_the_end_and_prints(
    visit: Callable[..., Visit], asking: Town, tmp_path: Path
) -> None:
    """Made, checked, assembled and delivered; a passer-by sees the same, and no button that is pressed is refused."""
    builder, passer_by, peer = order_checked(visit, asking, tmp_path), visit(), visit()
    passer_by.go("/builds/1")
    passer_by.sees("0 of 4 tasks done")
    buy(builder)
    operators = {lab: visit() for lab in ("north", "south")}
    for lab, operator in operators.items():
        operator.join(invite(asking, Role.OPERATOR, lab), f"op-{lab}")
    asking.join("north", Role.OPERATOR, "north")
    agent = asking.agent("north")
    peer.join(invite(asking, Role.BUILDER), "pia")
    rounds = 0
    while asking.application.builds.one(1).state is BuildState.OPEN:
        work_a_round(asking, agent, operators, peer)
        rounds += 1
        assert rounds < _MOST_ROUNDS, asking.application.tasks.of(1).items
    for each in (builder, passer_by):
        each.sees("4 of 4 tasks done")
    for lab, operator in operators.items():
        ship(operator, lab)
    builder.go("/builds/1")
    passer_by.page.evaluate("window.stayed = true")
    receive(asking, builder, None)
    builder.go("/builds/1")
    for each in (builder, passer_by):
        each.sees("delivered")
    assert passer_by.page.evaluate("window.stayed") is True
    assert builder.page.locator("#summary").inner_text() == passer_by.page.locator("#summary").inner_text()
    for words in ("Traveller to print", "Labels for what is made"):
        address = builder.page.get_by_role("link", name=words).get_attribute("href")
        answer = builder.context.request.get(f"{builder.address}{address}")
        assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.body().startswith(b"%PDF-")
