"""`fabcommons settings`."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from coordinator.commands.output import console, print_json, say, warn
from coordinator.settings import files, found, strange_variables

__all__ = ["show"]


def show(*, as_json: bool) -> None:
    """Print every setting, its value as people may see it, and where that comes from.

    Raises:
        InputError: a file of settings cannot be used.
    """
    settings = found()
    for name, near in strange_variables():
        warn(f"{name} is set and is no setting{f'; did you mean {near}?' if near else ''}")
    if as_json:
        print_json(
            [
                {
                    "section": each.setting.section,
                    "key": each.setting.key,
                    "variable": each.setting.variable,
                    "value": each.shown if each.setting.secret or isinstance(each.value, str) else each.value,
                    "source": each.source,
                }
                for each in settings
            ]
        )
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("setting", "value", "from"):
        table.add_column(heading, overflow="fold")
    for each in settings:
        table.add_row(*map(Text, (f"[{each.setting.section}] {each.setting.key}", each.shown, each.source)))
    console.print(table)
    say("files: " + (", ".join(str(each) for each in files()) or "none"))
