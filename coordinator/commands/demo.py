"""`fabcommons demo`: the example, on virtual machines."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text

from coordinator.commands.make import carry_out, say_result
from coordinator.commands.output import console, say
from coordinator.folder import OrderFolder
from coordinator.making import Order
from coordinator.opening import open_all
from coordinator.workshop import Workshop
from core.errors import InputError
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
        say(f"The machines are virtual and {speed:g} times as fast; a stand-in plays the people.")
        order = Order(opened.design, opened.graph, opened.network, str(examples / _LABS), plan_seconds=3.0)
        report = carry_out(order, folder, speed=speed, faults=faults)
        if not keep:
            folder.forget_store()
    _print_pieces(report["pieces"])
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


def _print_pieces(pieces: list[dict[str, str | None]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("piece", "part", "machine", "start", "end", "file", "G-code", "outcome"):
        table.add_column(heading)
    for piece in pieces:
        start, end = ((piece[key] or "")[:16].replace("T", " ") for key in ("start", "end"))
        hashes = ((piece[key] or "-")[:8] for key in ("file_sha256", "toolpath_sha256"))
        cells = (piece["piece"], piece["name"], piece["machine"], start, end, *hashes, piece["outcome"])
        table.add_row(*(Text(cell or "") for cell in cells))
    console.print(table)
