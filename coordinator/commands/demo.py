"""`fabcommons demo`: the example, on virtual machines."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from coordinator.commands.make import carry_out, say_result
from coordinator.commands.output import console, say
from coordinator.folder import OrderFolder
from coordinator.make.making import Order
from coordinator.make.workshop import Workshop
from coordinator.plans.opening import open_all
from core.errors import InputError, StateError
from firmware_bridge.twin.faults import Faults

__all__ = ["run"]

_DESIGN = "seedling-station"
_LABS = "labs.yaml"


def run(root: Path, *, keep: bool, speed: float, faults: Faults | None) -> None:
    """Make the example; a demo that was killed goes on where it stopped."""
    examples, folder = _examples(), OrderFolder(root)
    with folder.held(), open_all(str(examples / _DESIGN), None, examples / _LABS, 1) as opened:
        if not folder.interrupted:
            Workshop(opened.network, folder.machines, speed=1).stop_machines()
            folder.clear()
        labs, machines = len(opened.network.labs), len(opened.network.machines)
        say(f"{opened.design.name}: {len(opened.bill.lines)} lines in the bill, {labs} labs, {machines} machines.")
        order = Order(opened.design, opened.graph, opened.network, str(examples / _LABS), plan_seconds=3.0)
        report = carry_out(order, folder, speed=speed, faults=faults)
        if not keep:
            folder.forget_store()
    if report is None:
        raise StateError("the demo found a complete order that it had not begun", where=str(root))
    _print_pieces(report["pieces"], ZoneInfo(opened.network.labs[0].zone))
    say_result(report)
    say(f"as-built report: {folder.report.resolve()}")
    say(f"Gantt chart:     {folder.chart.resolve()}")
    say(f"machines' logs:  {folder.machines.resolve()}")
    if keep:
        say(f"database:        {folder.database.resolve()}")


def _examples() -> Path:
    """Beside the packages in a checkout, inside this one in an installed wheel."""
    room = Path(__file__).resolve().parents[1]
    for folder in (room / "examples", room.parent / "examples"):
        if (folder / _LABS).exists():
            return folder
    raise InputError("the example is not installed", hint="run from a checkout of fabcommons")


def _print_pieces(pieces: list[dict[str, Any]], zone: ZoneInfo) -> None:
    """A line for each run; the report itself has one for each piece."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("made", "on", "start", "end", "file", "G-code", "outcome"):
        table.add_column(heading, overflow="fold")
    for _, run in groupby(pieces, key=lambda piece: piece["piece"].partition("/")[0]):
        first, *others = run
        name = first["name"] if not others else f"{1 + len(others)} x {first['name']}"
        start, end = (_clock(first[key], zone) for key in ("start", "end"))
        hashes = ((first[key] or "-")[:8] for key in ("file_sha256", "toolpath_sha256"))
        cells = (name, first["machine"], start, end, *hashes, first["outcome"])
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


def _clock(moment: str | None, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(zone):%a %H:%M}" if moment else "-"
