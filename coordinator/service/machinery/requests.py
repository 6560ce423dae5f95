"""What people ask of machines at work: pause, resume, end, stop, leave an object out, unlock.

A request is good for seconds, and for the attempt that runs when it is asked: an agent that was away must not stop a
later job. Its agent hears of it by a call that waits, carries it out, and says what came of it; what it does not say in
time is expired, which tells the person to go to the machine. Firmware owns safety: nothing here replaces its switch.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from coordinator.moves import advance
from coordinator.schema.builds import JobRow, JobState
from coordinator.schema.network import MachineRow
from coordinator.schema.request import RequestKind, RequestRow, RequestState
from coordinator.schema.service import AttemptRow, AttemptState, OrderRow, ProgressRow
from coordinator.service.access import Actor, Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.refusals import StaleError, UnknownError
from coordinator.service.runs.left_out import objects_in, piece_of, scrap_left_out
from core.errors import InputError, StateError
from gcode.plate import Marking, PlateObject
from machines.lab import Driver, Machine, Mode

__all__ = ["GOOD_FOR_S", "ObjectView", "RequestView", "Requests", "RunView", "ToldRequestView"]

GOOD_FOR_S = 10.0
_WORD_WITHIN_S = 180.0  # of an agent that was told; homing takes its time
_SHOWN = 20
_OPEN = (RequestState.ASKED, RequestState.TOLD)
_MARKINGS = {
    Driver.MARLIN: (Marking.NUMBERED,),
    Driver.OCTOPRINT: (Marking.NUMBERED, Marking.NAMED),
    Driver.MOONRAKER: (Marking.NAMED,),
    Driver.DUET: (Marking.NUMBERED,),
}
"""How the firmware behind a driver knows objects; behind any other nobody can leave one out."""
_MY_OPEN = (
    select(RequestRow)
    .join(AttemptRow, AttemptRow.id == RequestRow.attempt_id)
    .where(AttemptRow.agent_id == bindparam("agent"))
    .where(or_(*(RequestRow.state == state for state in _OPEN)))
    .order_by(RequestRow.id)
)


class RequestView(View):
    """Something that a person asks of a running job, and what came of it."""

    id: int
    machine: str
    lab: str
    job_id: str
    kind: RequestKind
    object: str | None
    state: RequestState
    asked_at: datetime
    asked_by: str
    why: str
    told_at: datetime | None
    ended_at: datetime | None
    answer: str


class ToldRequestView(View):
    """A request for the agent that is to carry it out, within `good_for_s` seconds from now or not at all.

    `any_pause` says that a machine that has paused by itself (M0, M600, no filament) may be resumed from afar.
    """

    id: int
    attempt_id: int
    fence: int
    machine: str
    kind: RequestKind
    object: str | None
    good_for_s: float
    any_pause: bool
    asked_by: str


class RunView(View):
    """A run that may be steered; `state` is what its agent last said of it."""

    job_id: str
    state: str


class ObjectView(View):
    """One object of a plate."""

    label: str
    name: str


class Requests:
    """What is asked of machines at work."""

    def __init__(self, house: House) -> None:
        self._house = house

    def ask(
        self, call: Call, machine_id: str, kind: RequestKind, *, object_label: str | None = None, why: str = ""
    ) -> RequestView:
        """Ask something of the job that a machine runs; asked twice while it is open, it is one request.

        Args:
            call: who asks; an operator of the machine's lab.
            machine_id: of the machine.
            kind: what is asked.
            object_label: which object of the plate is to be left out.
            why: the reason, one sentence.

        Raises:
            UnknownError: there is no such machine.
            ForbiddenError: who asks is no operator of its lab.
            StateError: no agent runs a job on it, or the job or the machine cannot do this.
            InputError: an object is named where none is asked for, or the plate has no such object.
        """

        def work(change: Change) -> RequestView:
            session = change.session
            row = session.get(MachineRow, machine_id)
            if row is None:
                raise UnknownError(f"there is no machine {machine_id[:60]!r}")
            call.actor.require(Right.ANSWER, row.lab)
            attempt = _running(session, machine_id)
            self._refuse_unfit(session, attempt.job, kind, object_label)
            known = session.scalars(_same(attempt, kind, object_label)).first()
            if known is not None and known.expires_at > self._house.real.now():
                return _view(known)
            asked = RequestRow(
                machine=machine_id, lab=row.lab, job_id=attempt.job_id, attempt_id=attempt.id, kind=kind,
                object=object_label, state=RequestState.ASKED, asked_at=change.at, asked_by=change.who, why=why,
                expires_at=self._house.real.now() + timedelta(seconds=GOOD_FOR_S), answer="",
            )  # fmt: skip
            session.add(asked)
            session.flush()
            _record(change, asked, why)
            return _view(asked)

        return self._house.perform(call, RequestView, work)

    def of(self, machine_id: str | None = None, job_id: str | None = None) -> list[RequestView]:
        """The last requests of a machine or a job, the newest first."""
        query = select(RequestRow).order_by(RequestRow.id.desc()).limit(_SHOWN)
        if machine_id is not None:
            query = query.where(RequestRow.machine == machine_id)
        if job_id is not None:
            query = query.where(RequestRow.job_id == job_id)
        with self._house.reading() as session:
            return [_view(each) for each in session.scalars(query)]

    def run_on(self, machine_id: str) -> RunView | None:
        """What an agent runs on a machine now and can be asked of, or None."""
        with self._house.reading() as session:
            attempt = session.scalars(_started_on(machine_id)).first()
            if attempt is None or attempt.job.state is not JobState.RUNNING:
                return None
            progress = session.get(ProgressRow, attempt.job_id)
            return RunView(job_id=attempt.job_id, state=progress.state if progress is not None else "connecting")

    def objects(self, job_id: str) -> list[ObjectView]:
        """The objects on the plate of a job that its machine could leave out; none where it cannot.

        Raises:
            UnknownError: there is no such job.
        """
        with self._house.reading() as session:
            job = session.get(JobRow, job_id)
            if job is None or session.get(OrderRow, job.build_id) is None:
                raise UnknownError(f"there is no job {job_id[:60]!r}")
            return [ObjectView(label=each.label, name=each.name) for each in self._objects(session, job)]

    # -- for agents

    def pending(self, actor: Actor, known: Sequence[int]) -> list[ToldRequestView]:
        """What an agent is to carry out now, without what it says it knows; from then on it counts as told.

        Raises:
            ForbiddenError: who asks is no agent.
        """
        actor.require(Right.DRIVE)
        with self._house.looking() as session:
            found = any(self._is_good(each) and each.id not in known for each in self._mine(session, actor))
        if not found:
            return []
        with self._house.change(actor.id) as change:
            rows = [each for each in self._mine(change.session, actor) if self._is_good(each) and each.id not in known]
            for row in rows:
                if row.state is RequestState.ASKED:
                    advance(row, RequestState.TOLD, f"request {row.id}")
                    row.told_at = change.at
                    _record(change, row, "its agent was told")
            return [self._told(change.session, row) for row in rows]

    def answer(self, actor: Actor, request_id: int, *, done: bool, text: str) -> RequestView:
        """An agent's word on what came of a request; told again, it is recorded once.

        Raises:
            UnknownError: the agent was told of no such request.
            StaleError: it has said something else before.
        """
        actor.require(Right.DRIVE)
        after = RequestState.DONE if done else RequestState.REFUSED
        with self._house.change(actor.id) as change:
            row = change.session.get(RequestRow, request_id)
            if row is None or row.attempt.agent_id != actor.id or row.told_at is None:
                raise UnknownError(f"{actor.id} was told of no request {request_id}")
            if row.state in (RequestState.DONE, RequestState.REFUSED):
                if row.state is not after:
                    raise StaleError(f"this request is {row.state}", where=f"request {request_id}")
                return _view(row)
            if done and row.kind is RequestKind.CANCEL_OBJECT:
                text = self._left_out(row, text)
            _end(change, row, after, text)
            change.session.flush()
            scrap_left_out(change, self._house, row.job)
            return _view(row)

    def sweep(self) -> int:
        """Expire what was not carried out in time; returns how many."""
        now = self._house.real.now()
        silent = now - timedelta(seconds=_WORD_WITHIN_S)
        late = select(RequestRow).where(
            ((RequestRow.state == RequestState.ASKED) & (RequestRow.expires_at < now))
            | ((RequestRow.state == RequestState.TOLD) & (RequestRow.expires_at < silent))
        )
        with self._house.reading() as session:
            if session.scalars(late.limit(1)).first() is None:
                return 0
        with self._house.change("coordinator") as change:
            rows = change.session.scalars(late).all()
            for row in rows:
                _end(change, row, RequestState.EXPIRED, _NOT_TOLD if row.told_at is None else _NO_WORD)
        return len(rows)

    # -- steps

    def _left_out(self, row: RequestRow, text: str) -> str:
        """What an agent said of an object that was left out, and what a person has still to do about it."""
        if piece_of(self._house, row.job, row.object) is not None:
            return text
        return f"{text}; which pieces that is nobody knows here: reject those that are missing"

    def _mine(self, session: Session, actor: Actor) -> Sequence[RequestRow]:
        return session.scalars(_MY_OPEN, {"agent": actor.id}).all()

    def _is_good(self, row: RequestRow) -> bool:
        return row.expires_at > self._house.real.now()

    def _told(self, session: Session, row: RequestRow) -> ToldRequestView:
        machine = self._machine(session, row.machine)
        left = row.expires_at - self._house.real.now()
        network = self._house.networks.of(session)
        mode = network.lab(machine.lab).mode(machine) if network is not None and machine is not None else Mode.ARMED
        return ToldRequestView(
            id=row.id, attempt_id=row.attempt_id, fence=row.attempt.fence, machine=row.machine, kind=row.kind,
            object=row.object, good_for_s=max(0.0, left.total_seconds()), any_pause=mode is Mode.AUTOMATIC,
            asked_by=row.asked_by,
        )  # fmt: skip

    def _refuse_unfit(self, session: Session, job: JobRow, kind: RequestKind, label: str | None) -> None:
        """See that the job and its machine can do what is asked, as far as that is known here."""
        if (label is not None) != (kind is RequestKind.CANCEL_OBJECT):
            raise InputError(f"{kind} {'takes no' if label is not None else 'needs an'} object", where="object")
        if kind in (RequestKind.HOME, RequestKind.UNLOCK):
            progress = session.get(ProgressRow, job.id)
            if progress is None or progress.state != "locked":
                raise StateError(f"{job.machine} does not wait to be unlocked", where=f"job {job.id}")
        if label is not None and label not in {each.label for each in self._objects(session, job, refuse=True)}:
            raise InputError(f"the plate has no object {label[:60]!r}", where=f"job {job.id}")

    def _objects(self, session: Session, job: JobRow, *, refuse: bool = False) -> tuple[PlateObject, ...]:
        """The objects that the job's machine could leave out.

        Raises:
            StateError: there is none, where that is to be refused.
        """
        machine = self._machine(session, job.machine)
        markings = _MARKINGS.get(machine.connection.driver, ()) if machine is not None else ()
        found = objects_in(self._house, job) if markings else ()
        fit = tuple(each for each in found if each.marking in markings)
        if refuse and not fit:
            raise StateError(_why_none(machine, markings, found), where=f"job {job.id}")
        return fit

    def _machine(self, session: Session, machine_id: str) -> Machine | None:
        network = self._house.networks.of(session)
        return network.find(machine_id) if network is not None else None


_NOT_TOLD = "its agent did not ask in time, so nothing was done: go to the machine"
_NO_WORD = "its agent was told and has said nothing since: look at the machine"


def _why_none(machine: Machine | None, markings: Sequence[Marking], found: Sequence[PlateObject]) -> str:
    if machine is None or not markings:
        driver = "no agent" if machine is None else machine.connection.driver
        return f"what drives this machine ({driver}) cannot leave an object out"
    if found:
        return f"the program marks its objects by {found[0].marking}, which this machine does not know"
    return "the program does not mark its objects; slice it with labels of objects"


def _running(session: Session, machine_id: str) -> AttemptRow:
    """The attempt that runs on a machine.

    Raises:
        StateError: no agent runs a job there, or it is out of contact.
    """
    found = session.scalars(_started_on(machine_id)).first()
    if found is None:
        raise StateError("no agent runs a job on it", where=f"machine {machine_id}")
    if found.job.state is JobState.LOST_CONTACT:
        hint = "go to the machine"
        raise StateError(
            "its agent is out of contact and would not hear of it", where=f"machine {machine_id}", hint=hint
        )
    return found


def _started_on(machine_id: str) -> Select[AttemptRow]:
    return (
        select(AttemptRow)
        .join(JobRow, JobRow.id == AttemptRow.job_id)
        .where(JobRow.machine == machine_id, AttemptRow.state == AttemptState.STARTED)
        .where(or_(JobRow.state == JobState.RUNNING, JobRow.state == JobState.LOST_CONTACT))
        .order_by(AttemptRow.id.desc())
        .limit(1)
    )


def _same(attempt: AttemptRow, kind: RequestKind, label: str | None) -> Select[RequestRow]:
    return select(RequestRow).where(
        RequestRow.attempt_id == attempt.id, RequestRow.kind == kind, RequestRow.state.in_(_OPEN),
        RequestRow.object == label if label is not None else RequestRow.object.is_(None),
    )  # fmt: skip


def _end(change: Change, row: RequestRow, state: RequestState, text: str) -> None:
    advance(row, state, f"request {row.id}")
    row.ended_at, row.answer = change.at, text
    _record(change, row, text)


def _record(change: Change, row: RequestRow, why: str) -> None:
    facts = {"machine": row.machine, "job": row.job_id, "what": str(row.kind)}
    change.record(f"request.{row.state}", f"request {row.id}", why, **facts)


def _view(row: RequestRow) -> RequestView:
    names = RequestView.model_fields
    return RequestView(**{name: getattr(row, name) for name in names})
