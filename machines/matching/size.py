"""Does the piece fit, how must it be turned, and how many stand on one plate?"""

from __future__ import annotations

import math

from core.trees import processes
from geometry.fit import Fit, FitVerdict, Lengths, cuts_to_fit, fit, pieces_per_plate
from machines.lab import Machine
from machines.matching.answer import Change, ChangeKind, Reason, Verdict
from machines.matching.requirement import Requirement

__all__ = ["VERDICTS", "find_fit", "laid_out", "passes_through", "plate_reason", "room_of", "size_reason"]

VERDICTS = {FitVerdict.YES: Verdict.YES, FitVerdict.NO: Verdict.NO, FitVerdict.UNKNOWN: Verdict.UNKNOWN}
_SPACING_MM = 5.0
_SHEET_TOLERANCE = 0.1  # of its thickness: sheets are sold so
_HEIGHT_TOLERANCE_MM = 1e-3  # as in geometry.fit
_ANY_LENGTH_MM = 100_000.0
_MOST_PIECES = 12  # beyond this a split is no help


def find_fit(need: Requirement, machine: Machine) -> Fit | None:
    """Whether the piece fits, or None when a size is not known."""
    room = room_of(need, machine)
    return None if room is None else _fit_room(need, room, machine.margin_mm)


def passes_through(need: Requirement, machine: Machine) -> bool:
    """Whether a flat piece that the bed does not hold goes through the machine, moved on step by step."""
    room = room_of(need, machine)
    if machine.feed_through is None or room is None or not need.lies_flat:
        return False
    x, y, z = room
    longer = (_ANY_LENGTH_MM, y, z) if machine.feed_through == "x" else (x, _ANY_LENGTH_MM, z)
    found = _fit_room(need, longer, machine.margin_mm)
    return found is not None and found.verdict is FitVerdict.YES


def _fit_room(need: Requirement, room: Lengths, margin_mm: float) -> Fit | None:
    if need.extents_mm is None or need.is_a_drawing or need.is_no_flat_piece:
        return None
    extents, flat = laid_out(need), need.lies_flat
    found = fit(extents, room, margin_mm, hull=need.hull, flat=flat, square=need.turns_about_its_axis)
    low_enough = extents[2] <= room[2] + _HEIGHT_TOLERANCE_MM
    body = need.hull() if flat and low_enough and found.verdict is FitVerdict.UNKNOWN and need.hull else None
    if body is None:
        return found
    from machines.matching.outlines import turned_to_fit  # numpy is loaded only when a box does not fit

    first, second, _ = _axes(need)
    width, depth = (max(0.0, length - 2 * margin_mm) for length in room[:2])
    fits, angle = turned_to_fit(body.vertices[:, [first, second]], (width, depth))
    if fits:
        return Fit(FitVerdict.YES, (0, 1, 2), f"fits turned by {angle:.1f} degrees about z", angle)
    if fits is None:
        return found
    reason = found.reason.removesuffix("; it may fit turned")
    return Fit(FitVerdict.NO, None, f"{reason}; however it is turned in its plane, it does not fit")


def room_of(need: Requirement, machine: Machine) -> Lengths | None:
    """The space in which the piece is made; None when it is not known."""
    return machine.sheet_room_mm if need.lies_flat else machine.envelope_mm


def laid_out(need: Requirement) -> Lengths:
    """The extents of the piece; of one that is cut out of a sheet with the sheet in x and y.

    A drawing lies so. A mesh may stand: its axis that is as long as the sheet is thick goes along z, else its shortest.

    Raises:
        ValueError: the extents are not known.
    """
    if need.extents_mm is None:
        raise ValueError("the extents are not known")
    first, second, across = _axes(need)
    return need.extents_mm[first], need.extents_mm[second], need.extents_mm[across]


def _axes(need: Requirement) -> tuple[int, int, int]:
    """Which axes of the piece (0 x, 1 y, 2 z) lie along x, y and z of the machine."""
    if not need.lies_flat or need.extents_mm is None:
        return 0, 1, 2
    extents, thickness = need.extents_mm, need.thickness_mm

    def unlike_a_thickness(axis: int) -> tuple[bool, float, bool]:
        length = extents[axis]
        return thickness is None or abs(length - thickness) > _SHEET_TOLERANCE * thickness, length, axis != 2

    across = min((2, 0, 1), key=unlike_a_thickness)
    first, second = (axis for axis in range(3) if axis != across)
    return first, second, across


def size_reason(need: Requirement, machine: Machine) -> Reason:
    """Hold the piece's size against the envelope."""
    if need.extents_mm is None:
        text = f"the part's size is unknown: {need.why_unmeasured or 'no part file'}"
        return Reason("size", Verdict.UNKNOWN, text, Change(ChangeKind.ASK, "say how large it is"))
    if need.is_a_drawing:
        x, y, z = laid_out(need)
        text = f"what was measured is {x:g} x {y:g} x {z:g} mm, a drawing: its height is not known"
        return Reason("size", Verdict.UNKNOWN, text, Change(ChangeKind.ASK, "say how high it is"))
    if need.is_no_flat_piece:
        text = (
            f"the part is {min(need.extents_mm):g} mm high at least, which no sheet of {need.thickness_mm:g} mm gives"
        )
        return Reason(
            "size", Verdict.UNKNOWN, text, Change(ChangeKind.ASK, "give its size before it is bent or joined")
        )
    found = find_fit(need, machine)
    if found is None:
        return Reason("size", Verdict.UNKNOWN, f"{machine.id} states no envelope")
    if found.verdict is not FitVerdict.YES and passes_through(need, machine):
        return _passed_on(machine, found)
    change = None
    if found.verdict is FitVerdict.YES and not found.as_modelled:
        change = Change(ChangeKind.TURN, f"turn it: it {found.reason}")
    elif found.verdict is not FitVerdict.YES:
        change = _split(need, machine)
    text = f"{machine.id}: {found.reason}"
    if found.verdict is not FitVerdict.YES and _within_reach(need, machine):
        text += "; its tool reaches as far, but nothing is made outside the envelope"
    return Reason("size", VERDICTS[found.verdict], text, change)


def _passed_on(machine: Machine, found: Fit) -> Reason:
    """Of a piece longer than the bed: cuts that meet where the sheet was moved on are the lab's to judge."""
    text = f"{machine.id}: {found.reason}; sheets pass through along {machine.feed_through}, and are cut in steps then"
    ask = Change(ChangeKind.ASK, f"ask {machine.lab} to move the sheet on through {machine.id}")
    return Reason("size", Verdict.UNKNOWN, text, ask)


def _within_reach(need: Requirement, machine: Machine) -> bool:
    """Whether a piece that the envelope does not hold would lie where the tool still goes."""
    if not machine.reach_mm or machine.travel_mm is None:
        return False
    x, y, z = (greatest - least for least, greatest in machine.travel_mm)
    return fit(laid_out(need), (x, y, z), flat=need.lies_flat).verdict is FitVerdict.YES


def _split(need: Requirement, machine: Machine) -> Change | None:
    """Into how many pieces to cut the part, where pieces can be joined again as a habit: prints and sheets."""
    envelope = room_of(need, machine)
    joined = need.process is not None and (processes().is_a(need.process, "additive") or need.cuts_a_sheet)
    if need.extents_mm is None or envelope is None or not joined:
        return None
    extents = laid_out(need)
    if need.cuts_a_sheet and extents[2] > envelope[2]:
        return None
    cuts = cuts_to_fit(extents, envelope, machine.margin_mm, flat=need.cuts_a_sheet)
    if cuts is None or not 1 < math.prod(cuts) <= _MOST_PIECES:
        return None
    x, y, z = (length / count for length, count in zip(extents, cuts, strict=True))
    return Change(ChangeKind.SPLIT, f"split it into {math.prod(cuts)} pieces of {x:.0f} x {y:.0f} x {z:.0f} mm")


def plate_reason(need: Requirement, machine: Machine) -> Reason | None:
    """How many of several pieces stand on one plate, as the part is turned; None when that is not known."""
    found = find_fit(need, machine) if need.quantity > 1 and need.shapes_a_part else None
    room = room_of(need, machine)
    if found is None or found.verdict is not FitVerdict.YES or room is None:
        return None
    laid = laid_out(need)
    way = found.orientation if found.orientation is not None and not found.turn_deg else None
    x, y, z = ((length - 2 * machine.margin_mm) for length in room)
    height = room[2] if need.lies_flat else z
    extents = (laid[way[0]], laid[way[1]], laid[way[2]]) if way is not None else None
    on_one = pieces_per_plate(extents, (x, y, height), _SPACING_MM) if extents else 1
    on_one = max(1, min(on_one, need.quantity))
    runs = math.ceil(need.quantity / on_one)
    plural = "s" if runs > 1 else ""
    return Reason("quantity", Verdict.YES, f"{on_one} at once in {runs} run{plural} for {need.quantity} pieces")
