"""`fabcommons doctor`: looks at everything that can be wrong, and says how to mend it. Needs the base install only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from coordinator.checkup import Check, State
from coordinator.checkup.here import look_here
from coordinator.checkup.reach import look_there
from coordinator.commands.output import console, print_json, say

__all__ = ["run"]


def run(coordinator: str | None, token: str | None, folder: Path | None, timeout_s: float, *, as_json: bool) -> int:
    """Look, and print what was found.

    Args:
        coordinator: an address, or None for that of the settings.
        token: to show there, or None for that of settings or log-in.
        folder: of a coordinator, or None.
        timeout_s: for each thing outside this process.
        as_json: print JSON.

    Returns:
        1 where something is wrong, else 0.
    """
    checks = [*look_here(folder, timeout_s), *look_there(coordinator, token, timeout_s)]
    wrong = [each for each in checks if each.state is State.WRONG]
    if as_json:
        print_json([each.document for each in checks])
    else:
        _print(checks)
        say(f"{len(wrong)} of {len(checks)} things are wrong" if wrong else "nothing is wrong")
    return 1 if wrong else 0


def _print(checks: Sequence[Check]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    styles = {State.GOOD: "green", State.NOTE: "yellow", State.WRONG: "bold red"}
    for each in checks:
        found = f"{each.found}\n-> {each.mend}" if each.mend else each.found
        table.add_row(Text(str(each.state), style=styles[each.state]), Text(each.what), Text(found))
    console.print(table)
