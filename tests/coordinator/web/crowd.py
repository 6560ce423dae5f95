"""A network in which there is so much of everything, as rows: with few of them and with many, pages read alike."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from commons.decisions import Rule, Word
from coordinator.schema.builds import (
    BuildRow,
    BuildState,
    DesignRow,
    EventRow,
    JobRow,
    JobState,
    LotRow,
    OfferRow,
    OfferState,
    PieceRow,
    PieceState,
    PlanRow,
    RunRow,
    TaskEdgeRow,
    TaskRow,
    TaskState,
)
from coordinator.schema.change import SubstitutionKind, SubstitutionRow, SubstitutionState, TaskSettingsRow
from coordinator.schema.credit import CreditAccountRow, CreditChoiceRow, CreditEntryRow, ObligationRow, ObligationState
from coordinator.schema.federation import NeighbourRow, RefusedRow
from coordinator.schema.flow import RateRow
from coordinator.schema.governance import ProposalRow, ProposalState, VoiceRow
from coordinator.schema.machine import HeldRow
from coordinator.schema.photo import PhotoRow
from coordinator.schema.pledge import (
    CampaignRow,
    Cause,
    GoalRow,
    GoalState,
    JoinRow,
    PledgeRow,
    RoundRow,
    RoundState,
    WantRow,
)
from coordinator.schema.service import ClaimRow, ClaimState, ImportRow, OrderRow, ProgressRow
from coordinator.schema.shipment import ShipmentItemRow, ShipmentRow, ShipmentState
from coordinator.schema.stock import NeedRow, NeedUnit, Place, StockKind, StockRow
from coordinator.schema.supply import ArrivalRow, PurchaseItemRow, PurchaseRow, PurchaseState, SourceRow
from coordinator.service.application import KEEPER, Application
from coordinator.service.house import Call

__all__ = ["crowd"]

_LAB = "north"
_STATES = (
    JobState.SCHEDULED,
    JobState.RUNNING,
    JobState.MADE,
    JobState.FAILED,
    JobState.LOST_CONTACT,
    JobState.WAITING_FOR_TOOLPATH,
)
_BEGUN = (JobState.RUNNING, JobState.MADE, JobState.FAILED, JobState.LOST_CONTACT)


def crowd(application: Application, many: int, now: datetime) -> None:
    """So many machines, designs, builds, tasks of each kind, jobs in each state, purchases, and so on."""
    benches = {"processes": ["manual_cutting", "assembly"]}
    printers = {"processes": ["fdm"], "unattended": True, "envelope_mm": [200, 200, 200]}
    machines = [{**printers, "id": f"printer-{number}", "name": f"Printer {number}"} for number in range(many)]
    machines += [{**benches, "id": f"bench-{number}", "name": f"Bench {number}"} for number in range(many)]
    lab = {"id": _LAB, "name": "North", "timezone": "UTC", "opening_hours": {"daily": "08:00-20:00"}}
    south = {**lab, "id": "south", "name": "South", "machines": [{**printers, "id": "south-1", "name": "South 1"}]}
    application.labs.put(Call(KEEPER), {"labs": [{**lab, "machines": machines}, south]})
    with application.house.store.transaction() as session:
        designs = [_design(session, number, now) for number in range(many)]
        for number in range(many):
            build = _build(session, designs[0], number, now)
            for _ in range(many if number == 0 else 1):
                _work(session, build, now)
        _reached(session, designs, now)
        _economy(session, designs, many, now)
        _governed(session, many, now)
        _neighbours(session, many, now)


def _photographed(session: Session, piece: PieceRow, now: datetime) -> None:
    digest = "0" * 64
    for number in range(2):
        _put(session, PhotoRow(
            piece_id=piece.id, file_sha256=digest, thumbnail_sha256=digest, width_px=9, height_px=9,
            caption=str(number), added_by="p", added_at=now,
        ))  # fmt: skip


def _put(session: Session, *rows: Any) -> None:
    session.add_all(rows)
    session.flush()


def _design(session: Session, number: int, now: datetime) -> DesignRow:
    design = DesignRow(name=f"lamp {number}", location=".", content_hash=f"{number:064}", licence="CERN-OHL-S-2.0")
    _put(session, design)
    facts = {"kind": "folder", "files": 1, "lines": 1, "tasks": 1, "questions": [], "findings": []}
    _put(
        session,
        ImportRow(design_id=design.id, archive_sha256="0" * 64, imported_at=now, imported_by="p", facts=facts),
        EventRow(at=now, kind="design.imported", subject=f"design {design.id}", who="p", why="", data={}),
    )
    return design


def _build(session: Session, design: DesignRow, number: int, now: datetime) -> BuildRow:
    build = BuildRow(design=design, quantity=1, state=BuildState.OPEN, labs_file="", opened_at=now)
    _put(session, build)
    order = OrderRow(
        build_id=build.id, ordered_by="p", lead_days=0, checked=True, plan_wanted=0, plan_made=0, plan_why=""
    )
    document = {"runs": [], "materials": [], "makespan_s": 60, "lower_bound_s": 60, "gap": 0.0}
    _put(session, order, PlanRow(build_id=build.id, made_at=now, why="", document=document))
    waits = BuildRow(design=design, quantity=1, state=BuildState.WAITING, labs_file="", opened_at=now)
    _put(session, waits)
    order = OrderRow(
        build_id=waits.id, ordered_by="p", lead_days=0, checked=False, plan_wanted=0, plan_made=0, plan_why=""
    )
    until = now + timedelta(days=9)
    goal = GoalRow(
        build_id=waits.id, cents=900, currency="EUR", until=until, state=GoalState.PLEDGING, opened_by="p",
        pledges=[PledgeRow(who="p", cents=100, at=now)],
    )  # fmt: skip
    campaign = CampaignRow(
        what=f"Together {number}", design_id=design.id, wanted=5, until=until, state=GoalState.PLEDGING, opened_at=now,
        opened_by="p", joins=[JoinRow(design_id=design.id, who="p", pieces=1, at=now)],
    )  # fmt: skip
    want = WantRow(cause=Cause.BUILD, subject=str(build.id), cents=100, why="", asked_at=now, asked_by="p")
    held = RoundRow(
        name="Round", cents=900, currency="EUR", until=until, state=RoundState.ALLOTTING, opened_at=now, opened_by="p",
        wants=[want],
    )  # fmt: skip
    _put(session, order, goal, campaign, held)
    return build


def _task(session: Session, build: BuildRow, kind: str, **facts: Any) -> TaskRow:
    usual = {"quantity": 1, "unit": "piece", "state": TaskState.OPEN}
    task = TaskRow(build=build, key="?", kind=kind, name=f"{kind} it", **{**usual, **facts})
    _put(session, task)
    task.key = f"t{task.id}"
    return task


def _work(session: Session, build: BuildRow, now: datetime) -> None:
    """A job in each state, an offer, a claim, a purchase that is late, and an assembly of all that."""
    bought = _task(session, build, "purchase", state=TaskState.ORDERED, arrives_at=now - timedelta(days=1))
    _bought(session, build, bought, now)
    made = [_task(session, build, "fabricate", process="fdm", material="pla") for _ in _STATES]
    jobs = [_job(session, build, task, state, now) for task, state in zip(made, _STATES, strict=True)]
    together = _task(session, build, "assemble")
    for part in (bought, *made):
        _put(session, TaskEdgeRow(before_id=part.id, after_id=together.id, quantity=1))
    _job(session, build, together, JobState.SCHEDULED, now, "bench")
    _offer(session, build, _task(session, build, "fabricate", process="fdm", material="pla"), now)
    wanted = _offer(session, build, _task(session, build, "fabricate", process="fdm"), now, OfferState.DECLINED)
    claim = ClaimRow(
        lot_id=wanted.lot_id, lab=_LAB, machine="printer-0", state=ClaimState.OPEN, claimed_at=now, claimed_by="p",
        why="",
    )  # fmt: skip
    asked = SubstitutionRow(
        task_id=made[0].id, lab=_LAB, kind=SubstitutionKind.MATERIAL, wanted="pla", instead="petg", why="?",
        state=SubstitutionState.ASKED, asked_at=now, asked_by="p", for_all=False,
    )  # fmt: skip
    set_by = TaskSettingsRow(task_id=made[0].id, stated={}, document={"walls": 3}, why="")
    held = HeldRow(job_id=jobs[0].id, why="nothing is loaded", since=now)
    _put(session, claim, asked, set_by, held, _stock(now))
    _put(session, _shipment(build, jobs[2], made[2], bought, now))


def _stock(now: datetime) -> StockRow:
    return StockRow(
        lab=_LAB, kind=StockKind.SPOOL, name="PLA", material="pla", diameter_mm=1.75, left=500, added_at=now,
        added_by="p",
    )  # fmt: skip


def _bought(session: Session, build: BuildRow, task: TaskRow, now: datetime) -> None:
    item = PurchaseItemRow(task=task, quantity=1, price=2.0)
    item.arrivals.append(ArrivalRow(good=0.5, surplus=0, bad=0, at=now, by="p", why=""))
    purchase = PurchaseRow(
        buyer="p", state=PurchaseState.SHORT, supplier="Shop", currency="EUR", carriage=1.0, opened_at=now,
        ordered_at=now, items=[item],
    )  # fmt: skip
    _put(session, purchase, SourceRow(task_id=task.id, links=[], price="2 EUR"))


def _offer(
    session: Session, build: BuildRow, task: TaskRow, now: datetime, state: OfferState = OfferState.OFFERED,
    machine: str = "printer",
) -> OfferRow:  # fmt: skip
    plan = session.query(PlanRow).filter(PlanRow.build_id == build.id).one()
    lot = LotRow(build_id=build.id, task=task, key=f"{task.key}-1", pieces=1)
    offer = OfferRow(
        plan_id=plan.id, lot=lot, lab=_LAB, machine=f"{machine}-0", verdict="yes", terms="", planned_start=now,
        planned_end=now + timedelta(hours=1), state=state,
    )  # fmt: skip
    _put(session, lot, offer)
    need = NeedRow(
        offer_id=offer.id, place=Place.MATERIAL, slot=0, kind=StockKind.SPOOL, material="pla", amount=10,
        unit=NeedUnit.GRAM, basis="stated",
    )  # fmt: skip
    _put(session, need)
    return offer


def _job(
    session: Session, build: BuildRow, task: TaskRow, state: JobState, now: datetime, machine: str = "printer"
) -> JobRow:
    offer = _offer(session, build, task, now, OfferState.ACCEPTED, machine)
    job = JobRow(
        id=f"J{offer.id}", build_id=build.id, lot_id=offer.lot_id, offer_id=offer.id, lab=_LAB, machine=offer.machine,
        state=state, planned_start=offer.planned_start, planned_end=offer.planned_end,
    )  # fmt: skip
    made = state is JobState.MADE
    piece = PieceRow(job=job, number=1, state=PieceState.MADE if made else PieceState.PLANNED, made_at=now)
    _put(session, job, piece)
    _photographed(session, piece, now)
    _put(session, EventRow(at=now, kind="job.noted", subject=f"job {job.id}", who="p", why="", data={}))
    if state in _BEGUN:
        ended = None if state is JobState.RUNNING else now
        progress = ProgressRow(job_id=job.id, at=now, lines_done=1, lines_total=9, state="running")
        _put(session, RunRow(job_id=job.id, started_at=now - timedelta(hours=1), ended_at=ended), progress)
    return job


def _shipment(build: BuildRow, job: JobRow, task: TaskRow, bought: TaskRow, now: datetime) -> ShipmentRow:
    (piece,) = job.pieces
    items = [
        ShipmentItemRow(task_id=task.id, piece_id=piece.id, open_piece_id=piece.id, quantity=1),
        ShipmentItemRow(task_id=bought.id, quantity=0.1),
    ]
    return ShipmentRow(
        from_lab="south", to_lab=_LAB, build_id=build.id, state=ShipmentState.SENT, packed_at=now, packed_by="p",
        sent_at=now, items=items,
    )  # fmt: skip


def _reached(session: Session, designs: list[DesignRow], now: datetime) -> None:
    """Builds of each design, so that lists of builds name several."""
    for design in designs[1:]:
        build = BuildRow(design=design, quantity=1, state=BuildState.OPEN, labs_file="", opened_at=now)
        _put(session, build)
        order = OrderRow(
            build_id=build.id, ordered_by="p", lead_days=0, checked=False, plan_wanted=0, plan_made=0, plan_why=""
        )
        _put(session, order)
        _task(session, build, "fabricate", state=TaskState.UNPLACEABLE, reason="nobody can")


def _economy(session: Session, designs: list[DesignRow], many: int, now: datetime) -> None:
    for number in range(many):
        rate = RateRow(lab=_LAB, machine=f"printer-{number}", kind="machine", cents_per_hour=100, currency="EUR",
                       since=now, set_at=now, set_by="p")  # fmt: skip
        _put(session, rate)
    _put(session, CreditChoiceRow(id=1, enabled=True, unit="h", changed_at=now, changed_by="p"))
    for number in range(many + 1):
        account = CreditAccountRow(
            holder=f"person p{number}", credit_limit=100, balance=0, frozen_why="", opened_at=now, opened_by="p"
        )
        _put(session, account)
    for number in range(1, many + 1):
        entry = CreditEntryRow(at=now, payer_id=number, payee_id=number + 1, amount=1, why="for it", made_by="p")
        owed = ObligationRow(
            debtor_id=number, creditor_id=number + 1, amount=5, left=5, why="", state=ObligationState.OWED, made_at=now,
            made_by="p",
        )  # fmt: skip
        _put(session, entry, owed)


def _governed(session: Session, many: int, now: datetime) -> None:
    for number in range(many):
        voice = VoiceRow(person=f"p{number}", word=Word.YES, why="", at=now)
        _put(
            session,
            ProposalRow(
                kind="code", scope="", what=f"A code {number}", why="", document={"text": "Be kind."},
                rule=Rule.MAJORITY, quorum_percent=0, opened_at=now, opened_by="p", closes_at=now + timedelta(days=3),
                state=ProposalState.OPEN, outcome="", voices=[voice],
            ),
        )  # fmt: skip


def _neighbours(session: Session, many: int, now: datetime) -> None:
    for number in range(many):
        name = f"net-{number}"
        neighbour = NeighbourRow(
            name=name, url="https://net.example", network=f"{number}".ljust(43, "A"), confirmed_at=now, added_at=now,
            added_by="p", cursor=0, next_at=now, failures=0, last_answer="",
        )  # fmt: skip
        refused = RefusedRow(neighbour=name, way="line", sha256="0" * 64, why="forged", begins="", came_at=now)
        _put(session, neighbour, refused)
