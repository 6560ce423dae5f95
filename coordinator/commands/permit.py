"""`fabcommons machine arm|confirm`: what a person says of a machine, for the `make` that waits for it.

Needs the base install only.
"""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path

from agent.permits import Permit, PermitKind, Permits
from coordinator.commands.output import print_json, say
from core.errors import InputError

__all__ = ["confirm"]

_ORDERS = Path(".fabcommons")
_LOCK = "fabcommons.lock"
_SAID = {
    PermitKind.ARMED: "{machine} is armed for {job}",
    PermitKind.BED_CLEAR: "the bed of {machine} is clear for {job}",
    PermitKind.FIRST_LAYER: "the first layer on {machine} is {good}, for {job}",
}


def confirm(
    machine: str, kind: str, folder: Path | None, job: str | None, who: str | None, *, good: bool, as_json: bool
) -> None:
    """Write a confirmation beside the machine's journal.

    Args:
        machine: its id in the order's labs file.
        kind: one of `agent.permits.PermitKind`.
        folder: of the order; None: the only one here.
        job: for which it counts alone, or None for the next.
        who: says so; None: the name of this computer's user.
        good: False when the answer is no, which only a first layer can have.
        as_json: print JSON.

    Raises:
        InputError: the kind is not known, there is no such order or machine, or no was said of something else.
    """
    try:
        known = PermitKind(kind)
    except ValueError:
        names = ", ".join(each for each in PermitKind if each is not PermitKind.ARMED)
        raise InputError(f"{kind!r} cannot be confirmed", hint=f"known are {names}") from None
    if not good and known is not PermitKind.FIRST_LAYER:
        raise InputError("only a first layer is confirmed to be bad", hint="say nothing, and the job does not start")
    place = folder or _only_order()
    if not (place / _LOCK).is_file():
        raise InputError("this is no folder of an order", where=str(place), hint="name that of `make --dir`")
    permit = Permit(known, who or getpass.getuser(), job, good)
    Permits(place / "machines" / f"{_machine_id(machine)}.permits").give(permit, datetime.now(UTC))
    if as_json:
        print_json({"machine": machine, "permit": known, "who": permit.who, "job": job, "good": good})
    else:
        say(_SAID[known].format(machine=machine, job=job or "its next job", good="good" if good else "bad"))


def _machine_id(machine: str) -> str:
    if not machine.replace("-", "").isalnum() or not machine.isascii() or len(machine) > 40:
        raise InputError(f"{machine!r} is no id of a machine")
    return machine


def _only_order() -> Path:
    found = sorted(path.parent for path in _ORDERS.glob(f"*/{_LOCK}"))
    if len(found) == 1:
        return found[0]
    what = "there is no order here" if not found else f"there are {len(found)} orders here"
    raise InputError(what, where=str(_ORDERS), hint="name the order's folder with --dir")
