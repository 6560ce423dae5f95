"""A plan as JSON: what `fabcommons plan --json` prints and the store keeps; `docs/plan.md` describes it."""

from __future__ import annotations

from typing import Any

from coordinator.plans.costs import Costs
from coordinator.plans.planning import BuildPlan
from coordinator.plans.work import Candidate, Lot

__all__ = ["costs_document", "plan_document"]

VERSION = "fabcommons-plan/1"


def plan_document(plan: BuildPlan) -> dict[str, Any]:
    """The plan in JSON values; moments in ISO 8601 UTC, durations in seconds."""
    return {
        "version": VERSION,
        "origin": plan.problem.origin.isoformat(),
        "makespan_s": plan.plan.makespan_s,
        "lower_bound_s": plan.plan.lower_bound_s,
        "gap": round(plan.plan.gap, 6),
        "status": plan.plan.status,
        "solver": plan.plan.solver,
        "runs": [_lot(plan, lot) for lot in plan.workload.lots],
        "materials": [
            {
                "lab": each.lab,
                "material": each.material,
                "thickness_mm": each.thickness_mm,
                "amount": round(each.amount, 4),
                "unit": str(each.unit),
                "listed": each.has,
            }
            for each in plan.supplies
        ],
        "unplaceable": [
            {"task": each.task.id, "name": each.task.name, "reason": each.reason} for each in plan.workload.unplaceable
        ],
        "findings": [
            {
                "code": each.code,
                "severity": str(each.severity),
                "file": each.file,
                "message": each.message,
                "fix": each.fix,
            }
            for each in plan.workload.findings
        ],
    }


def costs_document(costs: Costs) -> dict[str, Any]:
    """What a plan costs, in JSON values."""
    return {
        "costs": [
            {
                "currency": currency,
                "sum": round(total, 2),
                "machines": round(costs.machines.get(currency, 0.0), 2),
                "materials": round(costs.materials.get(currency, 0.0), 2),
            }
            for currency, total in costs.sums.items()
        ],
        "energy_kwh": round(costs.energy_kwh, 3),
        "costs_unknown": list(costs.unknown),
    }


def _lot(plan: BuildPlan, lot: Lot) -> dict[str, Any]:
    placed, candidate = plan.placement(lot.id), plan.candidate(lot)
    return {
        "id": lot.id,
        "task": lot.task.id,
        "name": lot.task.name,
        "kind": str(lot.task.kind),
        "pieces": lot.pieces,
        "quantity": lot.task.quantity,
        "unit": lot.task.unit,
        "file": lot.task.file,
        "material": candidate.match.instead or lot.task.material if candidate else lot.task.material,
        "machine": placed.machine,
        "lab": candidate.machine.lab if candidate else None,
        "start": plan.moment(placed.start_s).isoformat(),
        "run_end": plan.moment(placed.run_end_s).isoformat(),
        "end": plan.moment(placed.end_s).isoformat(),
        **_terms(candidate),
    }


def _terms(candidate: Candidate | None) -> dict[str, Any]:
    """Why there and for how long; the same keys for a purchase and for what already stands, where most are null."""
    if candidate is None:
        keys = ("toolpath", "verdict", "why", "duration_s", "duration_low_s", "duration_high_s")
        return {**dict.fromkeys(keys), "duration_basis": "an assumed lead time, or what already stands"}
    return {
        "toolpath": candidate.program.path if candidate.program else None,
        "verdict": str(candidate.match.verdict),
        "why": "; ".join(reason.text for reason in candidate.match.reasons),
        "duration_s": round(candidate.estimate.duration_s),
        "duration_low_s": round(candidate.estimate.low_s),
        "duration_high_s": round(candidate.estimate.high_s),
        "duration_basis": candidate.estimate.basis,
    }
