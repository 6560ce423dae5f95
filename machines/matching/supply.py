"""Whether a lab has the material at hand: what the pieces take, held against its list of stock.

Materials can be bought, so what is short is never a *no*: it is *unknown*, with the amount that is missing. Of a lab
that lists no stock at all nothing is known either; it is asked, but that alone does not make its answer unknown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.trees import materials, processes
from geometry.fit import pieces_per_plate
from machines.lab import Lab, Stock, Unit
from machines.matching.answer import Change, ChangeKind, Reason, Verdict
from machines.matching.requirement import Requirement
from machines.matching.size import laid_out
from machines.matching.words import Work

__all__ = ["FILAMENT_MM", "needed", "supply_reason", "told", "usable_stock"]

FILAMENT_MM = 1.75
"""The usual diameter."""
_SPACING_MM = 5.0  # between pieces on one sheet
_SHEET_TOLERANCE = 0.1  # of its thickness: sheets are sold so
_ENOUGH = 1 - 1e-9
_LENGTHS = ("bar", "tube", "profile", "wire")
_SMALL_KG = 0.1


@dataclass(frozen=True, slots=True)
class _Entry:
    """What one entry of the stock is good for.

    Attributes:
        stock: the entry.
        wanted: what the pieces take, in its unit; None where that cannot be said.
    """

    stock: Stock
    wanted: float | None

    @property
    def share(self) -> float:
        """Which part of the need it covers; 0 where that is not known."""
        if self.wanted is None:
            return 0.0
        return self.stock.amount / self.wanted if self.wanted > 0 else math.inf


def supply_reason(need: Requirement, lab: Lab, work: Work) -> Reason | None:
    """Hold what the pieces take against what the lab has; None where nothing is shaped or no material is known."""
    if not need.shapes_a_part or need.material is None or need.material not in materials():
        return None
    if not lab.stock:
        return _no_list(need, lab)
    usable = usable_stock(need, lab, work)
    if usable:
        return _held(need, lab, [_Entry(each, needed(need, each)) for each in usable])
    same = _same_material(need, lab, work)
    return _other_thickness(need, lab, same) if same else _without(need, lab, _of_form(lab, work))


def usable_stock(need: Requirement, lab: Lab, work: Work) -> list[Stock]:
    """What the lab lists of the needed material, in a form from which the work starts and in the needed thickness."""
    return [each for each in _same_material(need, lab, work) if _thick_enough(each, need)]


def needed(need: Requirement, stock: Stock) -> float | None:
    """What all pieces take of a material, in the unit of a stock; None where size, density or unit do not tell."""
    match stock.unit:
        case Unit.KG:
            return _mass_kg(need, stock.material)
        case Unit.LITRE:
            volume = _volume_mm3(need)
            return None if volume is None else volume / 1e6
        case Unit.METRE:
            return _length_m(need, stock)
        case Unit.SQUARE_METRE:
            return None if not need.cuts_a_sheet or need.extents_mm is None else _area_mm2(need) * need.quantity / 1e6
    return _sheets(need, stock)


def told(amount: float, unit: Unit) -> str:
    """An amount in words: "0.4 kg", "35 g", "3 pieces"."""
    if unit is Unit.KG and amount < _SMALL_KG - 1e-9:
        return f"{1000 * amount:.0f} g" if amount >= 0.0005 or not amount else "less than 1 g"
    if unit is Unit.PIECE:  # nobody sells a part of a sheet
        whole = math.ceil(amount - 1e-9)
        return f"{whole} piece{'' if whole == 1 else 's'}"
    return f"{amount:.2f}".rstrip("0").rstrip(".") + f" {unit}"


def _same_material(need: Requirement, lab: Lab, work: Work) -> list[Stock]:
    tree, wanted = materials(), need.material
    if wanted is None or wanted not in tree:
        return []
    return [each for each in _of_form(lab, work) if tree.is_a(each.material, wanted)]


def _of_form(lab: Lab, work: Work) -> list[Stock]:
    takes = _forms(work)
    return [each for each in lab.stock if takes is None or each.form in takes]


def _forms(work: Work) -> frozenset[str] | None:
    """The forms from which the machine's work starts; None where a process does not say."""
    found = [processes().fact(each, "forms") for each in work.processes]
    return None if None in found or not found else frozenset(word for each in found for word in each)


def _volume_mm3(need: Requirement) -> float | None:
    """What all pieces take: what is laid down, the sheet's part, or the block that is cut down."""
    if need.material_mm3 is not None:
        return need.material_mm3 * need.quantity
    if need.extents_mm is None or (need.process is not None and processes().is_a(need.process, "additive")):
        return None
    if need.cuts_a_sheet:
        thickness = need.sheet_mm or need.extents_mm[2]
        return _area_mm2(need) * thickness * need.quantity if thickness else None
    return math.prod(need.extents_mm) * need.quantity


def _mass_kg(need: Requirement, material: str) -> float | None:
    density, volume = materials().fact(material, "density_g_cm3"), _volume_mm3(need)
    return None if density is None or volume is None else volume * density / 1e6


def _area_mm2(need: Requirement) -> float:
    x, y, _ = laid_out(need)
    return x * y


def _length_m(need: Requirement, stock: Stock) -> float | None:
    if stock.form in _LENGTHS and need.extents_mm is not None:
        return max(need.extents_mm) * need.quantity / 1000
    volume = _volume_mm3(need) if stock.form == "filament" else None
    section = math.pi / 4 * (stock.thickness_mm or FILAMENT_MM) ** 2
    return None if volume is None else volume / section / 1000


def _sheets(need: Requirement, stock: Stock) -> float | None:
    """How many sheets of its size the pieces take, or which part of one; infinite where a piece is larger than one."""
    if stock.size_mm is None or need.extents_mm is None or not need.cuts_a_sheet:
        return None
    x, y, _ = laid_out(need)
    if not x + y:
        return None
    on_one = pieces_per_plate((x, y, 0.0), (*stock.size_mm, 0.0), _SPACING_MM)
    return need.quantity / on_one if on_one else math.inf


def _thick_enough(stock: Stock, need: Requirement) -> bool:
    """Whether a sheet has the thickness that is needed; what is not stated may have."""
    if not need.cuts_a_sheet or need.sheet_mm is None or stock.thickness_mm is None:
        return True
    return abs(stock.thickness_mm - need.sheet_mm) <= _SHEET_TOLERANCE * need.sheet_mm


def _held(need: Requirement, lab: Lab, entries: Sequence[_Entry]) -> Reason:
    name = materials()[str(need.material)].label
    known = [each for each in entries if each.wanted is not None]
    if not known:
        return Reason("stock", Verdict.UNKNOWN, f"{lab.id} lists {name}, and it is not known whether that is enough")
    first = next((each for each in known if each.wanted is not None and math.isfinite(each.wanted)), known[0])
    unit, wanted = first.stock.unit, first.wanted or 0.0
    if math.isinf(wanted):
        x, y = first.stock.size_mm or (0.0, 0.0)
        text = f"one piece is larger than the sheets of {name} that {lab.id} lists, {x:g} x {y:g} mm"
        return Reason("stock", Verdict.UNKNOWN, text, _buy(f"a larger sheet of {name}", lab))
    share = sum(each.share for each in known)
    has = wanted * share if wanted else first.stock.amount
    words = f"about {told(wanted, unit)} of {name} needed, {lab.id} has {told(has, unit)}"
    if share >= _ENOUGH:
        return Reason("stock", Verdict.YES, words)
    if len(known) < len(entries):
        return Reason("stock", Verdict.UNKNOWN, f"{words} and more of which it is not known how much it makes")
    return Reason("stock", Verdict.UNKNOWN, f"short: {words}", _buy(f"{told(wanted - has, unit)} of {name}", lab))


def _without(need: Requirement, lab: Lab, listed: Sequence[Stock]) -> Reason:
    """Why nothing of the material is there; a broader word in the list may mean it."""
    tree, material = materials(), str(need.material)
    name = tree[material].label
    broader = [each for each in listed if tree.is_a(material, each.material)]
    if broader:
        text = f"{lab.id} lists only {tree[broader[0].material].label} in stock, and {name} is needed: ask the lab"
        return Reason("stock", Verdict.UNKNOWN, text)
    amount = _usual_amount(need)
    text = f"short: {amount}{name} needed, {lab.id} has none in stock"
    return Reason("stock", Verdict.UNKNOWN, text, _buy(f"{amount.removeprefix('about ')}{name}", lab))


def _no_list(need: Requirement, lab: Lab) -> Reason:
    thickness = f" of {need.sheet_mm:g} mm" if need.cuts_a_sheet and need.sheet_mm else ""
    what = f"{_usual_amount(need)}{materials()[str(need.material)].label}{thickness}"
    text = f"{lab.id} lists no stock: whether it has {what} is not known"
    ask = Change(ChangeKind.ASK, f"ask {lab.id} whether it has {what}")
    return Reason("stock", Verdict.UNKNOWN, text, ask, weighs=False)


def _other_thickness(need: Requirement, lab: Lab, same: Sequence[Stock]) -> Reason:
    name = materials()[str(need.material)].label
    there = " and ".join(f"{each:g}" for each in sorted({each.thickness_mm for each in same if each.thickness_mm}))
    text = f"short: {name} of {need.sheet_mm:g} mm needed, {lab.id} has it of {there} mm"
    return Reason("stock", Verdict.UNKNOWN, text, _buy(f"{name} of {need.sheet_mm:g} mm", lab))


def _usual_amount(need: Requirement) -> str:
    """What is needed in kilograms, as the beginning of a clause; empty where it is not known."""
    if need.cuts_a_sheet and need.sheet_mm is not None:
        return ""
    amount = _mass_kg(need, str(need.material))
    return f"about {told(amount, Unit.KG)} of " if amount is not None else ""


def _buy(what: str, lab: Lab) -> Change:
    return Change(ChangeKind.SUPPLY, f"get {what} for {lab.id}")
