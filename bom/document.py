"""A bill as plain data for JSON."""

from __future__ import annotations

from typing import Any

from bom.bill import Bill, BillLine
from core.provenance import Provenance

__all__ = ["bill_document"]


def bill_document(bill: Bill) -> dict[str, Any]:
    """The bill as a JSON document.

    Returns:
        ``{"design", "lines": [...], "assemblies": [...], "excluded": [...], "questions": [...], "findings": [...],
        "sources": [...]}``; each line has key, name, quantity (number or null), unit, make, make_reason, status,
        process, material, thickness_mm, alternatives (other materials), tolerance_mm, feature_mm, files (best first),
        assembly, uses, notes, supplier, steps (ids of the processes that follow), tool and provenance (field to
        origin, rule, file, place), links (web addresses), price (as written under its title, or null) and settings
        (how it is printed, those that are stated).
    """
    return {
        "design": bill.design,
        "lines": [_line(line) for line in bill.lines],
        "assemblies": [{"name": a.name, "quantity": a.quantity, "parent": a.parent} for a in bill.assemblies],
        "excluded": [{"name": e.name, "why": e.why, "provenance": _provenance(e.provenance)} for e in bill.excluded],
        "questions": [{"item": q.item, "question": q.question, "options": list(q.options)} for q in bill.questions],
        "findings": [
            {"code": f.code, "severity": f.severity.value, "message": f.message, "file": f.file, "fix": f.fix}
            for f in bill.findings
        ],
        "sources": list(bill.sources),
    }


def _line(line: BillLine) -> dict[str, Any]:
    return {
        "key": line.key,
        "name": line.name,
        "quantity": _number(line.quantity),
        "unit": line.unit,
        "make": line.make.value,
        "make_reason": line.make_reason,
        "status": line.status.value,
        "process": line.process,
        "material": line.material,
        "thickness_mm": line.thickness_mm,
        "alternatives": list(line.alternatives),
        "tolerance_mm": line.tolerance_mm,
        "feature_mm": line.feature_mm,
        "settings": line.settings.document(),
        "files": list(line.files),
        "assembly": line.assembly,
        "uses": {name: _number(quantity) for name, quantity in line.uses.items()},
        "notes": line.notes,
        "supplier": line.supplier,
        "steps": list(line.steps),
        "tool": line.tool,
        "links": list(line.links),
        "price": line.price,
        "provenance": {fact: _provenance(place) for fact, place in line.provenance.items()},
    }


def _number(value: float | None) -> float | int | None:
    """Whole amounts without a decimal point."""
    return int(value) if value is not None and value == int(value) else value


def _provenance(place: Provenance) -> dict[str, str | None]:
    return {"origin": place.origin.value, "rule": place.rule, "file": place.file, "place": place.place}
