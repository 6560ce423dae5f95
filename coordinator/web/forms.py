"""What all forms of pages have in common: what they send, how they are taken, where they lead back to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Annotated, Final, TypeAlias
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from coordinator.api.common import Reason
from coordinator.service.application import Application
from core.errors import InputError

__all__ = ["LOCAL", "Choice", "Currency", "Money", "Plain", "Sent", "back_to", "cents_of", "end_of_day", "taken_by"]

LOCAL: Final = r"^/([^/\\\x00-\x1f\x7f][^\\\x00-\x1f\x7f]*)?$"
Money = Annotated[str, StringConstraints(pattern=r"^\d{1,7}([.,]\d{1,2})?$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
_Door: TypeAlias = Callable[..., Response]


class Sent(BaseModel):
    """What every form sends: why, and the page that it stands on."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    why: Reason = ""
    back: Annotated[str, StringConstraints(max_length=500, pattern=LOCAL)] = "/"


class Choice(Sent):
    """A form with two buttons."""

    yes: bool


Plain = Annotated[Sent, Form()]


def back_to(address: str) -> Response:
    """Where the browser goes after an act; loading that again repeats nothing."""
    return RedirectResponse(address, 303)


def taken_by(router: APIRouter) -> Callable[[str], Callable[[_Door], _Door]]:
    """The decorator of a router's acts: each takes the forms that are sent to a path."""
    return lambda path: router.post(path, response_class=RedirectResponse, status_code=303)


def cents_of(amount: str) -> int:
    """An amount of money as a form sends it, such as 12 or 12,50, in hundredths."""
    whole, _, part = amount.replace(",", ".").partition(".")
    return 100 * int(whole) + int(part.ljust(2, "0") if part else 0)


def end_of_day(application: Application, due: str) -> datetime | None:
    """A date is meant until its evening, in the zone of the first lab."""
    if not due:
        return None
    with application.house.reading() as session:
        network = application.house.networks.of(session)
    zone = ZoneInfo(network.labs[0].zone) if network is not None else UTC
    try:
        return datetime.combine(datetime.fromisoformat(due), time(23, 59), zone)
    except ValueError:
        raise InputError(f"{due} is no date", where="due") from None
