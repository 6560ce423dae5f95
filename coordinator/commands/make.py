"""`fabcommons make`."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from commons.licences.parties import Purpose
from coordinator.charts.as_built_page import write_gantt
from coordinator.commands.calibrate import taught_by
from coordinator.commands.output import console, print_questions, say, warn, write_json
from coordinator.folder import OrderFolder
from coordinator.make.making import Begin, Making, Order, last_moment
from coordinator.make.pace import FastPace, Pace, RealPace
from coordinator.make.person import AtTerminal, Person, StandIn
from coordinator.make.watch import Watch
from coordinator.make.workshop import Workshop
from coordinator.plans.opening import open_all
from coordinator.plans.programs import PROGRAM_CODES
from coordinator.plans.supplies import SUPPLY_CODES
from coordinator.plans.toolpaths import TOOLPATH_CODES
from coordinator.plans.visiting import LABS_PEOPLE, Visit
from core.hashes import sha256_of_file
from firmware_bridge.twin.faults import Faults
from machines.lab import Network

__all__ = ["carry_out", "make", "say_result"]

_GOOD = ("made", "accepted", "delivered")


def make(
    location: str,
    labs: Path,
    revision: str | None,
    answers: Path | None = None,
    runs: Path | None = None,
    visit: Visit = LABS_PEOPLE,
    *,
    quantity: int,
    lead_days: float,
    seconds: float,
    folder: Path | None,
    speed: float,
    again: bool,
    wait_min: float = 0.0,
    purpose: Purpose | None = None,
    permitted: str = "",
) -> None:
    """Make a design with the machines of these labs; a start waits so long for `machine arm` or `confirm`."""
    learned = taught_by(runs)
    with open_all(location, revision, labs, quantity, answers) as opened:
        design = opened.design
        other = f"-{sha256_of_file(answers)[:8]}" if answers else ""  # other answers make it another order
        name = f"{_slug(design.name)}-{design.content_hash[:8]}-x{quantity}{other}"
        place = OrderFolder(folder or Path(".fabcommons") / name)
        order = Order(
            design, opened.graph, opened.network, str(labs.resolve()), quantity, lead_days, seconds, learned,
            visit.visitor(opened.network, labs), purpose, permitted,
        )  # fmt: skip
        print_questions(opened.bill.questions)
        with place.held():
            report = carry_out(order, place, speed=speed, again=again, wait_min=wait_min)
    if report is None:
        say(f"This order is complete since an earlier run: {place.report}. Make it once more with --again.")
        return
    say_result(report)
    say(f"kept in {place.root}")


def carry_out(
    order: Order,
    folder: OrderFolder,
    *,
    speed: float,
    faults: Faults | None = None,
    again: bool = False,
    wait_min: float = 0.0,
) -> dict[str, Any] | None:
    """Make an order in a folder that is held, with live progress.

    Returns:
        The as-built report, which is also written there; None when the order was complete already.
    """
    simulated = _simulated(order.network)
    pace: Pace
    person: Person
    if simulated:
        say(f"The machines are virtual and {speed:g} times as fast; a stand-in plays the people.")
        pace = FastPace(max(datetime.now(UTC), last_moment(folder) or datetime.min.replace(tzinfo=UTC)), speed)
        person = StandIn(pace)
    else:
        pace, person = RealPace(), AtTerminal(60 * wait_min)
    workshop = Workshop(order.network, folder.machines, speed=speed, faults=faults)
    making = Making(folder, order, workshop, pace, person)
    try:
        return asyncio.run(_run(making, workshop, order.network, pace, folder, again=again))
    except KeyboardInterrupt:
        warn("Interrupted. The same command goes on from here.")
        raise SystemExit(130) from None
    finally:
        making.close()


def say_result(report: dict[str, Any]) -> None:
    """The outcome in a few lines."""
    made = sum(piece["outcome"] in _GOOD for piece in report["pieces"])
    scrapped = sum(piece["outcome"] == "scrapped" for piece in report["pieces"])
    again = f", {scrapped} scrapped and made again" if scrapped else ""
    say(f"{made} pieces made{again}; {len(report['bought'])} purchases arrived.")
    if report["simulated"]:
        say("All of this was simulated: virtual machines, and a stand-in for the people.")
    if report["complete"]:
        say(f"{report['quantity']} x {report['design']} is complete.")
    waiting: dict[str, list[str]] = {}
    for each in report["waiting"]:
        waiting.setdefault(each["why"], []).append(each["name"])
    for why, names in waiting.items():
        say(f"{len(names)} left, {why}: {', '.join(dict.fromkeys(names))}")


async def _run(
    making: Making, workshop: Workshop, network: Network, pace: Pace, folder: OrderFolder, *, again: bool
) -> dict[str, Any] | None:
    rejoined = workshop.rejoined
    begin = await making.prepare(again=again)
    if begin is Begin.COMPLETE:
        return None
    if begin is Begin.TAKEN_UP:
        running = f"; still running: {', '.join(rejoined)}" if rejoined else ""
        say(f"An earlier start of this order was interrupted: it goes on{running}.")
    plan = making.plan()
    say(_plan_in_words(plan))
    for line in making.licence_lines():
        say(line)
    for line in _doubts_in_words(plan):
        say(line)
    watch = Watch(console, making.store, making.build_id, network, making.live, pace, table=_simulated(network))
    following = asyncio.create_task(watch.follow())
    try:
        await making.carry_out()
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await workshop.close()
        workshop.stop_machines()
    report = making.report()
    write_gantt(making.store, making.build_id, network, folder.chart, pace.now())
    write_json(folder.report, report)
    making.mark_reported()
    return report


def _simulated(network: Network) -> bool:
    """Whether this is a simulation: there are driven machines, and all of them are virtual."""
    driven = [machine for machine in network.machines if machine.connection.port is not None]
    return bool(driven) and all(machine.connection.virtual for machine in driven)


def _plan_in_words(plan: dict[str, Any]) -> str:
    runs = sum(run["kind"] != "purchase" for run in plan["runs"])
    bought, left = len(plan["runs"]) - runs, len(plan["unplaceable"])
    days = plan["makespan_s"] / 86400
    rest = f", {left} tasks without a place" if left else ""
    gap = f"at most {plan['gap']:.1%} longer than it could be" if plan["gap"] else "and no plan is shorter"
    return f"The plan: {runs} runs, {bought} purchases{rest}; {days:.1f} days, {gap}."


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40] or "design"


def _doubts_in_words(plan: dict[str, Any]) -> list[str]:
    """What is odd about programs, why parts have no toolpath, what material is short; alike reasons together."""
    parts: dict[str, list[str]] = {}
    for each in plan["findings"]:
        if each["code"] in TOOLPATH_CODES | SUPPLY_CODES | PROGRAM_CODES:
            advice = f" ({each['fix']})" if each.get("fix") else ""
            parts.setdefault(f"{each['message']}{advice}", []).append(PurePosixPath(each["file"] or "").name)
    return [f"{_some(names)}: {reason}" if any(names) else reason for reason, names in parts.items()]


def _some(names: list[str]) -> str:
    shown = ", ".join(sorted(set(names))[:4])
    return f"{len(names)} files ({shown}{', ...' if len(set(names)) > 4 else ''})" if len(names) > 1 else shown
