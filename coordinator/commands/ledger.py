"""`fabcommons ledger export` and `import`: what they do."""

from __future__ import annotations

from pathlib import Path

from coordinator.client.values import plain
from coordinator.commands.output import print_json, say
from coordinator.commands.remote import asked, show
from coordinator.commands.sending import bar
from coordinator.commands.where import Where
from core.errors import InputError

__all__ = ["take_in", "write"]


def write(where: Where, target: Path, form: str, build_id: int | None, *, as_json: bool) -> None:
    """Write the ledger of a coordinator into a file, which is there whole or not at all.

    Raises:
        InputError: the file cannot be written, or there is no such build.
    """
    with asked(where) as client:
        if form == "beancount":
            data = client.export_beancount(build_id=build_id).encode()
        else:
            data = client.export_valueflows(build_id=build_id)
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(data)
        part.replace(target)
    except OSError as error:
        raise InputError(f"the file cannot be written: {error.strerror}", where=str(target)) from None
    told = {"file": str(target), "format": form, "bytes": len(data)}
    print_json(told) if as_json else say(f"{target}: {len(data):,} bytes")


def take_in(where: Where, document: Path, source: str | None, *, as_json: bool) -> None:
    """Have a coordinator take in a file of economic events.

    Raises:
        InputError: the file cannot be read, or is refused: where, and why.
    """
    with asked(where) as client, bar() as told:
        found = client.import_ledger(document, source, progress=told)
    print_json(plain(found)) if as_json else show(found)
