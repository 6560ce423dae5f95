"""The papers of a build: what its traveller and its labels say, read from the application."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from coordinator.lots import live_job, open_offer
from coordinator.papers.content import Label, Step, Traveller
from coordinator.schema.builds import BuildRow, JobRow, LotRow, PieceRow, PieceState, TaskEdgeRow, TaskRow, TaskState
from coordinator.schema.service import OrderRow
from coordinator.service.application import Application
from coordinator.service.licensing.asking import Asker, WithCredit
from coordinator.service.work.builds import order_in
from coordinator.web.languages import ENGLISH, Language, mark
from coordinator.web.names import Names, material_name, process_name
from coordinator.web.words import amount, clause, moment
from core.errors import LimitError

__all__ = ["MOST_LABELS", "labels_of", "traveller_of"]

MOST_LABELS = 240
_MOST_STEPS = 2_000
_MOST_PLACES = 6
_MADE = (PieceState.MADE, PieceState.ACCEPTED, PieceState.DELIVERED)


def traveller_of(application: Application, build_id: int, origin: str, spoken: Language = ENGLISH) -> Traveller:
    """The traveller of a build.

    Args:
        application: what knows the build.
        build_id: of an order.
        origin: under which people reach this coordinator, such as "https://fab.example".
        spoken: the language of who asks.

    Raises:
        UnknownError: there is no such build.
        LimitError: it has more steps than anybody prints.
    """
    house = application.house
    with house.reading() as session:
        order, names = order_in(session, build_id), Names(house.networks.of(session))
        now, asker = house.clock.now(), Asker(session, None)
        said = partial(moment, now=now, zone=names.zone, spoken=spoken)

        tasks = _in_order(session, build_id)
        if len(tasks) > _MOST_STEPS:
            raise LimitError(f"this build has {len(tasks)} steps: more than {_MOST_STEPS} are not printed")
        return Traveller(
            title=f"{order.build.quantity} \u00d7 {order.build.design.name}",
            facts=_facts(order, names, said, asker.notices_of_build(order.build, origin), spoken),
            steps=[_step(task, names, said, asker, spoken) for task in tasks if task.kind != "purchase"],
            bought=[
                (task.name, amount(task.quantity, task.unit, spoken), task.state is TaskState.DONE)
                for task in tasks
                if task.kind == "purchase"
            ],
            address=f"{origin}/builds/{build_id}",
            printed=f"{now.astimezone(names.zone):%Y-%m-%d %H:%M %Z}",
            spoken=spoken,
        )


def labels_of(
    application: Application, build_id: int, origin: str, after: int = 0, spoken: Language = ENGLISH
) -> list[Label]:
    """Labels for the pieces of a build that are made and not rejected, by number.

    Args:
        application: what knows the build.
        build_id: of an order.
        origin: under which people reach this coordinator.
        after: only pieces with a higher number, to go on where the last sheets ended.
        spoken: the language of who asks.

    Raises:
        UnknownError: there is no such build.
    """
    house = application.house
    query = (
        select(PieceRow)
        .join(JobRow)
        .where(JobRow.build_id == build_id, PieceRow.state.in_(_MADE), PieceRow.id > after)
        .options(joinedload(PieceRow.job).joinedload(JobRow.lot).joinedload(LotRow.task))
        .order_by(PieceRow.id)
        .limit(MOST_LABELS)
    )
    with house.reading() as session:
        build, names = order_in(session, build_id).build, Names(house.networks.of(session))
        asker = Asker(session, None)
        return [_label(piece, build, names, origin, asker, spoken) for piece in session.scalars(query)]


def _label(piece: PieceRow, build: BuildRow, names: Names, origin: str, asker: Asker, spoken: Language) -> Label:
    job, say = piece.job, spoken.gettext
    facts = {"design": build.design.name, "build": build.id, "number": piece.number, "job": job.id}
    lines = (
        say(mark("%(design)s, build %(build)s, piece %(number)s of job %(job)s")) % facts,
        f"{names.lab(job.lab)}, {names.machine(job.machine)}",
    )
    notices = [f"{say(name)}: {value}" for name, value in _notices(asker.notices_of(job.lot.task, origin), spoken)]
    return Label(job.lot.task.name, lines, f"{origin}/pieces/{piece.id}", notices)


def _notices(found: WithCredit, spoken: Language) -> list[tuple[str, str]]:
    """What licences ask for on a paper: licence, source, who made the design; names in English."""
    said, credit = found
    licence = said.licence if said.is_stated else spoken.gettext(said.licence)
    facts = [(mark("Licence"), licence), (mark("Source"), said.source), (mark("Design by"), credit or "")]
    return [(name, value) for name, value in facts if value]


def _facts(
    order: OrderRow, names: Names, said: Callable[[datetime], str], found: WithCredit, spoken: Language
) -> list[tuple[str, str]]:
    build, design, say = order.build, order.build.design, spoken.gettext
    hashed = say(mark("content %(content)s")) % {"content": design.content_hash}
    ordered = {"build": build.id, "at": said(build.opened_at), "who": order.ordered_by}
    facts = [
        (mark("Build"), say(mark("%(build)s, ordered %(at)s by %(who)s")) % ordered),
        (mark("Wanted by"), said(order.due_at) if order.due_at else ""),
        (mark("To"), names.lab(order.deliver_to) if order.deliver_to else ""),
        (mark("For"), say(build.purpose) if build.purpose else ""),
        (mark("Design"), design.name),
        (mark("Version"), hashed if design.commit is None else f"{design.commit} ({hashed})"),
        *_notices(found, spoken),
        (mark("Goes along, by"), "; ".join(clause(each, spoken) for each in found[0].asked_by)),
    ]
    return [(say(name), value) for name, value in facts if value]


def _step(task: TaskRow, names: Names, said: Callable[[datetime], str], asker: Asker, spoken: Language) -> Step:
    how = [
        process_name(task.process, spoken) if task.process else "",
        material_name(task.material, spoken) if task.material else "",
    ]
    return Step(
        what=task.name,
        file=task.file or "",
        amount=amount(task.quantity, task.unit, spoken),
        how=", ".join(each for each in how if each),
        where="; ".join(_place(lot, names, said, spoken) for lot in task.lots[:_MOST_PLACES])
        if task.lots
        else task.reason or "",
        done=task.state is TaskState.DONE,
        licence=asker.own_licence_of(task) or "",
    )


def _place(lot: LotRow, names: Names, said: Callable[[datetime], str], spoken: Language) -> str:
    work = live_job(lot) or open_offer(lot)
    if work is None:
        return spoken.gettext(mark("%(pieces)s open")) % {"pieces": lot.pieces}
    facts = {"pieces": lot.pieces, "machine": names.machine(work.machine), "lab": names.lab(work.lab)}
    return spoken.gettext(mark("%(pieces)s on %(machine)s, %(lab)s, %(at)s")) % {
        **facts,
        "at": said(work.planned_start),
    }


def _in_order(session: Session, build_id: int) -> Sequence[TaskRow]:
    """The tasks of a build, each after those that it needs, else as the design lists them."""
    lots = selectinload(TaskRow.lots)
    query = select(TaskRow).where(TaskRow.build_id == build_id).order_by(TaskRow.id)
    rows = {
        row.id: row
        for row in session.scalars(query.options(lots.selectinload(LotRow.jobs), lots.selectinload(LotRow.offers)))
    }
    edges = select(TaskEdgeRow).join(TaskRow, TaskRow.id == TaskEdgeRow.after_id).where(TaskRow.build_id == build_id)
    return [rows[each] for each in _sorted(rows, ((edge.before_id, edge.after_id) for edge in session.scalars(edges)))]


def _sorted(ids: Iterable[int], edges: Iterable[tuple[int, int]]) -> Iterable[int]:
    """Topological order, the smallest id first among those that may come (Kahn 1962)."""
    followers: dict[int, list[int]] = defaultdict(list)
    waits: Counter[int] = Counter()
    for before, after in edges:
        followers[before].append(after)
        waits[after] += 1
    ready = [each for each in ids if not waits[each]]
    heapq.heapify(ready)
    while ready:
        found = heapq.heappop(ready)
        yield found
        for each in followers[found]:
            waits[each] -= 1
            if not waits[each]:
                heapq.heappush(ready, each)
