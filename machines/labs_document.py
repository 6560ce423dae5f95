"""The labs file as pydantic reads it: keys, types and bounds; `docs/labs.md` describes every key.

Unknown keys are errors, so that a typing slip never becomes a silent default. `machines.network` says what words mean.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from core.makers import Maker
from machines.carriage import Reach
from machines.lab import FirstArticle, Policy
from machines.machine import Access, AfterAlarm, Confirmation, Driver, Mode
from machines.people import PrivateFact
from machines.stock import Form, Unit

__all__ = [
    "AddressDocument",
    "CarriageDocument",
    "ConnectionDocument",
    "ContactDocument",
    "Document",
    "LabDocument",
    "LabsDocument",
    "LimitsDocument",
    "MachineDocument",
    "MotionDocument",
    "PeriodDocument",
    "PersonDocument",
    "PlaceDocument",
    "PolicyDocument",
    "StockDocument",
    "TransportDocument",
]

ID = r"^[a-z0-9][a-z0-9-]{0,39}$"
_MOST_MACHINES = 2_000
_MOST_LABS = 10_000


def _number(value: Any) -> Any:
    """Refuse true and false where a number is expected: pydantic would take them for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("a number is expected here")
    return value


def _no_number(value: Any) -> Any:
    """Refuse a number where a day is expected: pydantic would take it for seconds since 1970."""
    if isinstance(value, (int, float)):
        raise ValueError("a day is expected here (2026-12-24)")
    return value


Day = Annotated[date, BeforeValidator(_no_number)]
Moment = Annotated[datetime, BeforeValidator(_no_number)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=2_000)]
Skill = Annotated[str, Field(pattern=ID)]
Minutes = Annotated[float, Field(ge=0, le=10_080)]
Positive = Annotated[float, Field(gt=0, le=1e9)]
Length = Annotated[float, BeforeValidator(_number), Field(ge=-1e7, le=1e7)]
Coordinate = Annotated[float, Field(ge=-1e5, le=1e5)]
Amount = Annotated[float, Field(ge=0, le=1e9)]


class Document(BaseModel):
    """What every part has in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PlaceDocument(Document):
    """Where a lab is."""

    latitude: float
    longitude: float
    city: str | None = None


class PolicyDocument(Document):
    """What a lab does with an offer."""

    accepts: Policy = Policy.ASKS
    unattended_starts: bool = False
    first_article: FirstArticle = FirstArticle.NEW


class ConnectionDocument(Document):
    """How a machine is reached."""

    driver: Driver = Driver.HANDS
    port: str | None = None
    baud: int = 115200
    address: str | None = Field(default=None, max_length=200)
    key_variable: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")
    after_alarm: AfterAlarm = AfterAlarm.ASK


class LimitsDocument(Document):
    """What a machine may be asked for at most."""

    nozzle_c: float | None = Field(default=None, ge=0, le=600)
    bed_c: float | None = Field(default=None, ge=0, le=300)
    feed_mm_min: float | None = Field(default=None, gt=0, le=1_000_000)
    spindle_s: float | None = Field(default=None, ge=0, le=1_000_000)


class MotionDocument(Document):
    """How fast a machine moves."""

    travel_mm_s: Positive | None = None
    work_mm_s: Positive | None = None
    acceleration_mm_s2: Positive | None = None
    travel_acceleration_mm_s2: Positive | None = None
    junction_deviation_mm: Positive | None = None
    jerk_mm_s: Positive | None = None


class PeriodDocument(Document):
    """A closure, a special opening or maintenance: a `day`, `first_day` to `last_day`, or `start` to `end`."""

    day: Day | None = None
    first_day: Day | None = None
    last_day: Day | None = None
    start: Moment | None = None
    end: Moment | None = None
    rrule: str | None = Field(default=None, max_length=500)
    exdate: list[Day] = Field(default=[], max_length=1_000)
    why: Text | None = None


class MachineDocument(Document):
    """One machine."""

    id: str = Field(pattern=ID)
    name: Name | None = None
    model: Name | None = None
    processes: list[str] | None = None
    materials: list[str] = []
    thickness_mm: dict[str, tuple[Length, Length]] = {}
    envelope_mm: tuple[Length, Length, Length] | None = None
    bed_mm: tuple[Length, Length] | None = None
    feed_through: Literal["x", "y"] | None = None
    reach_mm: dict[Literal["x", "y", "z"], tuple[Coordinate, Coordinate]] = {}
    margin_mm: Amount = 0.0
    nozzles_mm: list[Positive] = []
    tools_mm: list[Positive] = []
    tolerance_mm: Amount | None = None
    power_w: Amount | None = None
    axes: Annotated[int, BeforeValidator(_number), Field(ge=1, le=12)] | None = None
    motion: MotionDocument = MotionDocument()
    unattended: bool = False
    mode: Mode | None = None
    confirm: list[Confirmation] | None = Field(default=None, max_length=4)
    allow: list[Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_.]{0,63}$")]] = Field(default=[], max_length=200)
    set_up_min: Minutes = 0.0
    take_off_min: Minutes = 0.0
    changeover_min: dict[str, Minutes] = {}
    certificates: list[str] = []
    access: Access | None = None
    training: Skill | None = None
    hourly_cost: Amount | None = None
    energy_w: Amount | None = None
    maintenance: list[PeriodDocument] = Field(default=[], max_length=200)
    connection: ConnectionDocument = ConnectionDocument()
    limits: LimitsDocument = LimitsDocument()


class ContactDocument(Document):
    """How people of a lab are reached."""

    name: Name | None = None
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)] | None = None
    phone: Name | None = None


class AddressDocument(Document):
    """Where the door is."""

    street: Name | None = None
    postcode: Name | None = None
    region: Name | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None


class PersonDocument(Document):
    """One of the people, by pseudonym."""

    id: str = Field(pattern=ID)
    training: list[Skill] = []


class StockDocument(Document):
    """Material at hand."""

    material: str
    form: Form
    amount: Amount
    unit: Unit
    colour: Name | None = None
    thickness_mm: Positive | None = None
    size_mm: tuple[Positive, Positive] | None = None
    unit_cost: Amount | None = None


class CarriageDocument(Document):
    """What is asked for sending things."""

    to: Reach = Reach.ANYWHERE
    per_parcel: Amount | None = None
    per_kg: Amount | None = None
    parcel_kg: Positive | None = None
    since: Day | None = None
    pick_up_only: bool = False


class LabDocument(Document):
    """One lab."""

    id: str = Field(pattern=ID)
    name: Name
    timezone: str
    opening_hours: dict[str, str | list[str]]
    closures: list[PeriodDocument] = Field(default=[], max_length=1_000)
    special_openings: list[PeriodDocument] = Field(default=[], max_length=1_000)
    place: PlaceDocument | None = None
    address: AddressDocument | None = None
    contact: ContactDocument | None = None
    website: Name | None = None
    public: list[PrivateFact] = []
    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]] = []
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    access: Access | None = None
    maker: Maker | None = None
    policy: PolicyDocument = PolicyDocument()
    people: list[PersonDocument] = Field(default=[], max_length=10_000)
    stock: list[StockDocument] = Field(default=[], max_length=10_000)
    carriage: list[CarriageDocument] = Field(default=[], max_length=100)
    machines: list[MachineDocument] = Field(default=[], max_length=_MOST_MACHINES)


class TransportDocument(Document):
    """How long pieces travel between two labs."""

    between: tuple[str, str]
    minutes: float = Field(ge=0, le=525_600)


class LabsDocument(Document):
    """The whole file."""

    labs: list[LabDocument] = Field(min_length=1, max_length=_MOST_LABS)
    transport: list[TransportDocument] = []
