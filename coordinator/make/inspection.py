"""A program before a machine: which machine is meant, how it moves, and whether it may be sent the program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from coordinator.plans.programs import policy_for
from core.errors import InputError
from gcode.extent import Bounds
from gcode.inspection import Inspection, check_data, inspect_data
from gcode.limits import DEFAULT_JERK_MM_S, MotionLimits
from gcode.program import read_bytes
from gcode.safety import Violation
from gcode.safety_rules import DIALECTS
from gcode.slicer import read_notes
from machines.library import library
from machines.machine import Connection, Driver, Machine, Motion
from machines.network import read_network

__all__ = ["MachineVerdict", "choose_machine", "inspect_for", "motion_limits"]

_TOLERANCE_MM = 0.01
_DIALECTS = {
    "marlin": "marlin", "prusa_buddy": "marlin", "klipper": "klipper",
    "grbl": "grbl", "grblhal": "grbl", "reprapfirmware": "reprap",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MachineVerdict:
    """A program against a machine; None is unknown.

    Attributes:
        machine: the one that is meant.
        fits: whether all moves stay in its envelope.
        reason: why it does not fit, or why that is not known; "" when it fits.
        violations: what speaks against sending it; None where the machine speaks no firmware that is checked for.
    """

    machine: Machine
    fits: bool | None
    reason: str
    violations: tuple[Violation, ...] | None


def choose_machine(text: str, labs: Path | None) -> Machine:
    """The machine of a labs file by its id, or a model of the library by its name.

    Args:
        text: "prusa-mk3s", "Prusa MK3S", "ria-printer-1", "LABS.yaml:ria-printer-1", or a labs file of one machine.
        labs: a labs file in which ids are looked for first.

    Raises:
        InputError: there is no such machine, or several.
    """
    path, _, machine_id = text.rpartition(":")
    if path and Path(path).is_file():
        labs, text = Path(path), machine_id
    elif text.lower().endswith((".yaml", ".yml")) and Path(text).is_file():
        return _only_machine(Path(text))
    if labs is not None:
        network = read_network(labs)
        found = network.find(text)
        if found is not None:
            return found
        if path:
            known = ", ".join(machine.id for machine in network.machines[:20])
            raise InputError(f"there is no machine {text!r}", where=str(labs), hint=f"there are {known}")
    model = library().require(text, where="--machine")
    return model.machine(model.id, "library", _connection(model.driver))


def _only_machine(path: Path) -> Machine:
    machines = read_network(path).machines
    if len(machines) != 1:
        hint = f"write {path}:ID with one of {', '.join(machine.id for machine in machines[:20])}"
        raise InputError(f"holds {len(machines)} machines", where=str(path), hint=hint)
    return machines[0]


def _connection(driver: Driver | None) -> Connection:
    return Connection(Driver.HANDS) if driver is None else Connection(driver, port="virtual")


def motion_limits(motion: Motion, sliced: MotionLimits | None) -> tuple[MotionLimits, tuple[str, ...]]:
    """How a program's axes are driven by a machine, and the names of what its profile says of that.

    Args:
        motion: of the machine: the most that it does.
        sliced: for which the program was sliced, if it says; the lower of both counts.
    """
    limits, said = sliced or MotionLimits(), []
    fastest = _highest(motion.travel_mm_s, motion.work_mm_s)
    if fastest is not None:
        said.append("speeds")
        x, y, z, e = limits.max_speed_mm_s
        x, y = (min(x, fastest), min(y, fastest)) if sliced else (fastest, fastest)
        limits = replace(limits, max_speed_mm_s=(x, y, z, e))
    strongest = _highest(motion.acceleration_mm_s2, motion.travel_acceleration_mm_s2)
    if strongest is not None:
        said.append("accelerations")
        x, y, z, e = limits.acceleration_mm_s2
        x, y = (min(x, strongest), min(y, strongest)) if sliced else (strongest, strongest)
        limits = replace(
            limits,
            acceleration_mm_s2=(x, y, z, e),
            print_acceleration_mm_s2=_lowest(motion.acceleration_mm_s2, limits.print_acceleration_mm_s2),
            travel_acceleration_mm_s2=_lowest(
                motion.travel_acceleration_mm_s2 or motion.acceleration_mm_s2, limits.travel_acceleration_mm_s2
            ),
        )
    if motion.jerk_mm_s is not None:
        said.append("corners")
        _, _, z, e = limits.jerk_mm_s or DEFAULT_JERK_MM_S
        limits = replace(limits, jerk_mm_s=(motion.jerk_mm_s, motion.jerk_mm_s, z, e))
    elif motion.junction_deviation_mm is not None:
        said.append("corners")
        limits = replace(limits, jerk_mm_s=None, junction_deviation_mm=motion.junction_deviation_mm)
    return limits, tuple(said)


def _highest(*values: float | None) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _lowest(*values: float | None) -> float | None:
    return min((value for value in values if value is not None), default=None)


def inspect_for(path: Path, machine: Machine | None, dialect: str | None) -> tuple[Inspection, MachineVerdict | None]:
    """Look at a program file, for a machine if one is named.

    Raises:
        InputError: the file is no program.
    """
    data = read_bytes(path)
    if machine is None:
        return _inspect(data, path.name, dialect), None
    noted = read_notes(data).limits
    limits, said = motion_limits(machine.motion, noted)
    rest = "assumed" if noted is None else "the slicer's notes in the file"
    basis = f"{', '.join(said)} of {machine.name}; the rest {rest}" if said else rest
    inspection = _inspect(data, path.name, dialect, limits, basis)
    return inspection, _verdict(data, path.name, machine, inspection)


def _inspect(
    data: bytes, name: str, dialect: str | None, limits: MotionLimits | None = None, basis: str = "stated"
) -> Inspection:
    """Look at a program, and refuse what is none: a drawing or a text has lines, and none of them moves anything."""
    inspection = inspect_data(data, name=name, dialect=dialect, limits=limits, limits_basis=basis)
    facts = inspection.facts
    if facts.bounds_mm is None and 2 * facts.unfollowed_count > facts.line_count:
        what = f"is no G-code: {facts.unfollowed_count:,} of {facts.line_count:,} lines are not understood"
        raise InputError(f"{what}, and nothing moves", where=name, hint="name a program for a machine")
    return inspection


def _verdict(data: bytes, name: str, machine: Machine, inspection: Inspection) -> MachineVerdict:
    fits, reason = _fit(machine, inspection)
    violations = None
    spoken = machine.connection.driver.dialect
    if machine.connection.driver is Driver.HANDS:
        spoken = _of_model(machine) or inspection.dialect.name or ""
    if spoken in DIALECTS:
        violations = check_data(data, policy_for(machine, dialect=spoken), name=name)
    return MachineVerdict(machine, fits, reason, violations)


def _of_model(machine: Machine) -> str | None:
    """The dialect of the firmware that a machine of this model has when it is bought, where that is published."""
    model = library().find(machine.model) if machine.model else None
    return None if model is None else _DIALECTS.get(model.firmware or "")


def _on_bed(machine: Machine, bed_mm: tuple[float, float], bounds: Bounds) -> tuple[bool | None, str]:
    """A bed without a height can only be too small."""
    for axis, size, room in zip("XY", bounds.size_mm, bed_mm, strict=False):
        if size > room + _TOLERANCE_MM:
            return False, f"the way along {axis} is {size:g} mm long, the bed of {machine.name} {room:g} mm"
    return None, f"the height of {machine.name} is not stated"


def _fit(machine: Machine, inspection: Inspection) -> tuple[bool | None, str]:
    """Whether the moves stay in reach; on a router, whose zero the operator sets, whether they are no larger."""
    bounds, envelope = inspection.facts.bounds_mm, machine.envelope_mm
    if envelope is None and machine.bed_mm is not None and bounds is not None:
        return _on_bed(machine, machine.bed_mm, bounds)
    if envelope is None or machine.travel_mm is None:
        return None, f"the envelope of {machine.name} is not stated"
    if inspection.facts.unfollowed_count:
        return None, f"{inspection.facts.unfollowed_count} lines are not understood"
    if bounds is None:
        return True, ""
    set_zero = inspection.dialect.name == "grbl"
    box = Bounds((0.0, 0.0, 0.0), bounds.size_mm) if set_zero else bounds
    spans = tuple((0.0, room) for room in envelope) if set_zero else machine.travel_mm
    for axis, low, high, (least, greatest) in zip("XYZ", box.minimum, box.maximum, spans, strict=True):
        if low < least - _TOLERANCE_MM or high > greatest + _TOLERANCE_MM:
            what = "reach" if axis.lower() in machine.reach_mm and not set_zero else "envelope"
            room = f"the {what} of {machine.name} from {least:g} to {greatest:g}"
            return False, f"{axis} runs from {low:g} to {high:g} mm, {room}"
    return True, ""
