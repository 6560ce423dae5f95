"""How long to wait for a machine, and how often to try."""

from __future__ import annotations

from dataclasses import dataclass, fields

from core.errors import InputError

__all__ = ["GrblTiming", "MarlinTiming"]


class _Positive:
    """Every duration is above 0, every count 1 or more."""

    def __post_init__(self) -> None:
        for each in fields(self):  # type: ignore[arg-type]
            value = getattr(self, each.name)
            if not value > 0 or (isinstance(value, int) and value < 1):
                raise InputError(f"{each.name} must be above 0, got {value}")


@dataclass(frozen=True, slots=True)
class MarlinTiming(_Positive):
    """Seconds and counts for Marlin.

    Attributes:
        quiet_s: of silence that ends the machine's greeting after the port was opened.
        connect_s: for a first answer.
        answer_s: for an answer to a quick command before asking whether it was lost; above the firmware's keep-alive.
        drain_s: the same for commands that wait for the end of motion, on a firmware that never said that it is busy.
        homing_s: the same for homing, levelling and tool changes.
        heating_s: the same for heating.
        person_s: the same for commands that wait for a person.
        resend_ok_s: for the ok that belongs to a resend request.
        settle_s: of silence after a resend request with several lines in flight.
        error_s: for the resend request that explains an error.
        safe_end_s: for the machine to confirm a safe end.
        stop_s: for the machine to confirm an emergency stop.
        probes: unanswered questions until the machine counts as lost.
        line_resends: of one line until the wire counts as unusable.
        resends_per_100: of the last hundred lines, the same.
        stop_again_s: between repeats of an emergency stop that nothing confirms.
        lines_in_flight: at most so many without an answer, never more than the firmware has room for, and one from the
            first refused line on. With more than one, a firmware that flushes its buffer at that first error may take
            the rest of a cut line for a line without number and run it unchecked: for wires that are known to be good.
        receive_bytes: that the firmware's receive buffer surely holds; 128 less one on the smallest boards.
    """

    quiet_s: float = 0.3
    connect_s: float = 10.0
    answer_s: float = 4.0
    drain_s: float = 600.0
    homing_s: float = 600.0
    heating_s: float = 1200.0
    person_s: float = 14400.0
    resend_ok_s: float = 0.5
    settle_s: float = 0.05
    error_s: float = 1.0
    safe_end_s: float = 30.0
    stop_s: float = 2.0
    stop_again_s: float = 0.2
    probes: int = 5
    line_resends: int = 10
    resends_per_100: int = 20
    lines_in_flight: int = 1
    receive_bytes: int = 127


@dataclass(frozen=True, slots=True)
class GrblTiming(_Positive):
    """Seconds for GRBL.

    Attributes:
        quiet_s: of silence that ends the machine's greeting after the port was opened.
        connect_s: for a first answer.
        report_every_s: between status reports.
        report_s: for a status report until the link counts as lost.
        idle_s: an idle machine with answers outstanding has lost one after this, dwells added.
        hold_s: for a feed hold to come to rest.
        reset_s: for the banner after a reset.
        homing_s: for a homing cycle.
    """

    quiet_s: float = 0.3
    connect_s: float = 10.0
    report_every_s: float = 0.25
    report_s: float = 2.0
    idle_s: float = 3.0
    hold_s: float = 10.0
    reset_s: float = 2.0
    homing_s: float = 180.0
