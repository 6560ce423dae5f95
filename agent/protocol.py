"""What agent and coordinator tell each other, as values; JSON in between.

`coordinator.api.agents` is the other end. What comes from there is checked like any input: a coordinator may be newer,
older or not one at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from agent.control import Act
from agent.devices import MachineAddress
from core.errors import InputError
from gcode.extent import Bounds
from gcode.safety import SafetyPolicy
from gcode.safety_policy import Tool

__all__ = [
    "Request",
    "Standing",
    "Work",
    "policy_document",
    "read_machines",
    "read_policy",
    "read_requests",
    "read_standings",
    "read_work",
]

_WHERE = "the coordinator's answer"
_HINT = "agent and coordinator may be of different versions"


@dataclass(frozen=True, slots=True)
class Work:
    """A job under a lease.

    Attributes:
        attempt_id, fence: which attempt; both are told with each step.
        job_id: never used for another run.
        machine: that is to run it.
        what: it makes, in words.
        program_sha256: of the program, which is fetched by it.
        policy: what the machine may be asked for.
        first_layer: whether a person is to look at the first layer.
    """

    attempt_id: int
    fence: int
    job_id: str
    machine: str
    what: str
    program_sha256: str
    policy: SafetyPolicy
    first_layer: bool

    def __post_init__(self) -> None:
        if len(self.program_sha256) != 64 or not set(self.program_sha256) <= set("0123456789abcdef"):
            raise InputError("the job names no program by its SHA-256", where=_WHERE, hint=_HINT)

    def document(self) -> dict[str, Any]:
        """As JSON values, which `read_work` reads back."""
        return asdict(self) | {"policy": policy_document(self.policy)}


@dataclass(frozen=True, slots=True)
class Standing:
    """An attempt as the coordinator knows it.

    Attributes:
        attempt_id, fence: which attempt.
        job_id: its job.
        machine: of the job.
        started: whether the coordinator holds it for started and not ended.
        leased: whether it may still be started.
    """

    attempt_id: int
    fence: int
    job_id: str
    machine: str
    started: bool
    leased: bool


@dataclass(frozen=True, slots=True)
class Request:
    """Something that a person asks of a running job.

    Attributes:
        id: of the request.
        attempt_id, fence: of the run that is meant, and no other.
        machine: of the run.
        act: what is asked.
        label: of the object that is to be left out, or None.
        any_pause: whether a machine that has paused by itself may be resumed.
        who: asks, by a pseudonym.
        until_s: when it ends to be good, on the clock that was given when it was read.
    """

    id: int
    attempt_id: int
    fence: int
    machine: str
    act: Act
    label: str | None
    any_pause: bool
    who: str
    until_s: float


def policy_document(policy: SafetyPolicy) -> dict[str, Any]:
    """A safety policy as JSON values."""
    document = asdict(policy)
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in document.items()}


def read_policy(document: Mapping[str, Any]) -> SafetyPolicy:
    """The policy that `policy_document` wrote.

    Raises:
        InputError: it says something that is not known here: what is not understood is never left out in silence.
    """
    unknown = set(document) - {each.name for each in fields(SafetyPolicy)}
    if unknown:
        raise InputError(f"the safety policy says {sorted(unknown)[0]!r}", where=_WHERE, hint=_HINT)
    try:
        values = dict(document)
        for name in ("extra_commands", "overrides"):
            values[name] = frozenset(str(each) for each in values.get(name, ()))
        box, tool = values.get("envelope_mm"), values.get("tool")
        if box is not None:
            values["envelope_mm"] = Bounds(_corner(box["minimum"]), _corner(box["maximum"]))
        values["tool"] = None if tool is None else Tool(tool)
        return SafetyPolicy(**values)
    except (TypeError, ValueError, KeyError) as error:
        raise InputError(f"the safety policy cannot be read: {error}", where=_WHERE, hint=_HINT) from None


def read_work(document: Mapping[str, Any]) -> Work:
    """A job under a lease.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return Work(
            int(document["attempt_id"]), int(document["fence"]), str(document["job_id"]), str(document["machine"]),
            str(document["what"]), str(document["program_sha256"]), read_policy(document["policy"]),
            document["first_layer"] is True,
        )  # fmt: skip
    except (TypeError, ValueError, KeyError) as error:
        raise _unread("job", error) from None


def read_standings(document: Any) -> tuple[Standing, ...]:
    """Attempts as the coordinator knows them.

    Raises:
        InputError: they cannot be read.
    """
    try:
        return tuple(_standing(each) for each in document)
    except (TypeError, ValueError, KeyError) as error:
        raise _unread("attempts", error) from None


def read_requests(document: Any, sent_s: float) -> tuple[Request, ...]:
    """What people ask of running jobs.

    Args:
        document: the answer, which says how long it had waited and for how long each request is good from then on.
        sent_s: when the question was sent: what is good so long after it is good now, however long the answer took.

    Raises:
        InputError: they cannot be read.
    """
    try:
        answered_s = sent_s + float(document["waited_s"])
        return tuple(_request(each, answered_s) for each in document["requests"])
    except (TypeError, ValueError, KeyError) as error:
        raise _unread("requests", error) from None


def read_machines(document: Any) -> tuple[MachineAddress, ...]:
    """The machines that the agent drives.

    Raises:
        InputError: they cannot be read.
    """
    try:
        return tuple(_machine(each) for each in document)
    except (TypeError, ValueError, KeyError) as error:
        raise _unread("machines", error) from None


def _standing(each: Mapping[str, Any]) -> Standing:
    started, leased = each["state"] == "started", each["state"] == "leased"
    job_id, machine = str(each["job_id"]), str(each["machine"])
    return Standing(int(each["attempt_id"]), int(each["fence"]), job_id, machine, started, leased)


def _request(each: Mapping[str, Any], answered_s: float) -> Request:
    label = None if each["object"] is None else str(each["object"])
    return Request(
        int(each["id"]), int(each["attempt_id"]), int(each["fence"]), str(each["machine"]), Act(each["kind"]), label,
        each["any_pause"] is True, str(each["asked_by"]), answered_s + float(each["good_for_s"]),
    )  # fmt: skip


def _machine(each: Mapping[str, Any]) -> MachineAddress:
    reached = (each["port"], int(each["baud"]), each["address"], each["key_variable"])
    return MachineAddress(str(each["id"]), str(each["driver"]), *reached, str(each.get("after_alarm", "ask")))


def _corner(values: Any) -> tuple[float, float, float]:
    x, y, z = (float(each) for each in values)
    return x, y, z


def _unread(what: str, error: Exception) -> InputError:
    return InputError(f"the {what} cannot be read: {type(error).__name__} {error}", where=_WHERE, hint=_HINT)
