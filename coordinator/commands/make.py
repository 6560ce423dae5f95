"""`fabcommons make`."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coordinator.as_built_page import write_gantt
from coordinator.commands.output import console, say, warn, write_json
from coordinator.folder import OrderFolder
from coordinator.making import Making, Order, last_moment
from coordinator.opening import open_all
from coordinator.pace import FastPace, Pace, RealPace
from coordinator.person import AtTerminal, Person, StandIn
from coordinator.watch import Watch
from coordinator.workshop import Workshop
from firmware_bridge.twin.faults import Faults
from machines.lab import Network

__all__ = ["carry_out", "make", "say_result"]


def make(
    location: str,
    labs: Path,
    revision: str | None,
    *,
    quantity: int,
    lead_days: float,
    seconds: float,
    folder: Path | None,
    speed: float,
) -> None:
    """Make a design with the machines of these labs."""
    with open_all(location, revision, labs, quantity) as opened:
        design = opened.design
        place = OrderFolder(folder or Path(".fabcommons") / f"{_slug(design.name)}-{design.content_hash[:8]}")
        order = Order(
            design, opened.graph, opened.network, str(labs.resolve()), quantity, lead_days, plan_seconds=seconds
        )
        with place.held():
            report = carry_out(order, place, speed=speed, faults=None)
    say_result(report)
    say(f"kept in {place.root}")


def carry_out(order: Order, folder: OrderFolder, *, speed: float, faults: Faults | None) -> dict[str, Any]:
    """Make an order in a folder, with live progress; return the as-built report, which is also written there."""
    pace: Pace
    person: Person
    if _all_virtual(order.network):
        pace = FastPace(max(datetime.now(UTC), last_moment(folder) or datetime.min.replace(tzinfo=UTC)), speed)
        person = StandIn(pace)
    else:
        pace, person = RealPace(), AtTerminal()
    workshop = Workshop(order.network, folder.machines, speed=speed, faults=faults)
    making = Making(folder, order, workshop, pace, person)
    try:
        rejoined = workshop.rejoined
        if making.prepare():
            running = f"; still running: {', '.join(rejoined)}" if rejoined else ""
            say(f"An earlier start of this order was interrupted: it goes on{running}.")
        say(_plan_in_words(making.plan()))
        asyncio.run(_run(making, workshop, order.network, pace))
        report = making.report()
        write_gantt(making.store, making.build_id, order.network, folder.chart, pace.now())
        write_json(folder.report, report)
        making.mark_reported()
    except KeyboardInterrupt:
        warn("Interrupted. The same command goes on from here.")
        raise SystemExit(130) from None
    finally:
        making.close()
    return report


def say_result(report: dict[str, Any]) -> None:
    """The outcome in a few lines."""
    made = sum(piece["outcome"] == "made" for piece in report["pieces"])
    scrapped = sum(piece["outcome"] == "scrapped" for piece in report["pieces"])
    again = f", {scrapped} scrapped and made again" if scrapped else ""
    say(f"{made} pieces made{again}; {len(report['bought'])} purchases arrived.")
    if report["complete"]:
        say(f"{report['quantity']} x {report['design']} is complete.")
    waiting: dict[str, list[str]] = {}
    for each in report["waiting"]:
        waiting.setdefault(each["why"], []).append(each["name"])
    for why, names in waiting.items():
        say(f"{len(names)} left, {why}: {', '.join(dict.fromkeys(names))}")


async def _run(making: Making, workshop: Workshop, network: Network, pace: Pace) -> None:
    watch = Watch(console, making.store, making.build_id, network, making.live, pace, table=_all_virtual(network))
    following = asyncio.create_task(watch.follow())
    try:
        await making.carry_out()
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await workshop.close()
        workshop.stop_machines()


def _plan_in_words(plan: dict[str, Any]) -> str:
    runs = sum(run["machine"] is not None for run in plan["runs"])
    bought, left = len(plan["runs"]) - runs, len(plan["unplaceable"])
    days = plan["makespan_s"] / 86400
    rest = f", {left} tasks without a place" if left else ""
    gap = f"at most {plan['gap']:.1%} longer than it could be" if plan["gap"] else "and no plan is shorter"
    return f"The plan: {runs} runs, {bought} purchases{rest}; {days:.1f} days, {gap}."


def _all_virtual(network: Network) -> bool:
    return all(machine.connection.virtual for machine in network.machines if machine.connection.port is not None)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40] or "design"
