"""What a piece and a build took so far: time of machines and people, material, energy, ways, and what that costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from coordinator.lots import ENDED_FOR_NOTHING
from coordinator.schema.builds import JobRow, PieceRow, PieceState
from coordinator.schema.service import CheckRow, OrderRow
from coordinator.schema.shipment import ShipmentItemRow, ShipmentState
from coordinator.service.costing.entered import entered_work
from coordinator.service.costing.figures import PARTS, Figure, Measure, figures_of, share_of_figure, share_of_line
from coordinator.service.costing.journeys import Journey, journeys_in, of_build
from coordinator.service.costing.lines import Kind, Line
from coordinator.service.costing.outcome import run_lines
from coordinator.service.costing.rates import rates_in
from coordinator.service.costing.runs import booked_in, runs_in, unbooked_in
from coordinator.service.costing.views import CostLine, MoneyView, line_views, sum_views
from coordinator.service.house import House, View
from coordinator.service.refusals import UnknownError
from coordinator.service.runs.left_out import left_out_of
from coordinator.service.work.builds import order_in
from machines.lab import Network

__all__ = ["BuildEffort", "Efforts", "FigureView", "JourneyView", "PieceEffort", "TotalView"]

_UNITS: Final[Mapping[Measure, str]] = {
    Measure.MACHINE: "s", Measure.PEOPLE: "s", Measure.MATERIAL: "g", Measure.ENERGY: "kWh"
}  # fmt: skip


class FigureView(View):
    """One number with its source; null where it is not known, and then `source` says why.

    `whole` is the amount of the whole run, of which a piece has its share.
    """

    measure: Measure
    what: str
    source: str
    amount: float | None
    whole: float | None
    unit: str


class JourneyView(View):
    """A shipment that something went with, without `from_lab` from the builder, without `to_lab` to there.

    `things` went with it in all; `cents` is what falls on the piece or the build, null while nobody noted what sending
    it cost.
    """

    shipment_id: int
    state: ShipmentState
    from_lab: str | None
    to_lab: str | None
    carrier: str | None
    sent_at: datetime
    things: int
    cents: int | None
    currency: str | None


class PieceEffort(View):
    """What a piece took. Its run is shared alike by `shared_by` pieces of it: all that a person did not have left out.

    `unknown` and `costs_unknown` are in no sum. What went into it is counted with the parts themselves.
    """

    piece_id: int
    job_id: str
    state: PieceState
    left_out: bool
    shared_by: int
    figures: list[FigureView]
    unknown: list[FigureView]
    journeys: list[JourneyView]
    costs: list[CostLine]
    costs_unknown: list[CostLine]
    sums: list[MoneyView]


class TotalView(View):
    """All that is known of one measure in one unit; null where nothing is. `unknown` numbers are not in it."""

    measure: Measure
    unit: str
    amount: float | None
    unknown: int


class BuildEffort(View):
    """What a build took so far: all its runs that have ended. What it costs stands in its quote."""

    build_id: int
    totals: list[TotalView]
    figures: list[FigureView]
    unknown: list[FigureView]
    journeys: list[JourneyView]


class Efforts:
    """What things took."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of_piece(self, piece_id: int) -> PieceEffort:
        """What a piece took, a scrapped one too.

        Raises:
            UnknownError: there is no such piece.
        """
        with self._house.reading() as session:
            piece = session.get(PieceRow, piece_id)
            if piece is None or session.get(OrderRow, piece.job.build_id) is None:
                raise UnknownError(f"there is no piece {piece_id}")
            left = {each.id for _, each in left_out_of(session, self._house, piece.job)}
            every = sorted(each.id for each in piece.job.pieces)
            sharing = [each for each in every if each not in left] or every  # where all were left out, all of them
            figures, lines = self._of_run(session, piece.job)
            if piece_id in sharing:
                figures = [share_of_figure(each, sharing, piece_id) for each in figures]
                lines = [share_of_line(each, sharing, piece_id) for each in lines]
            else:
                figures, lines = [], []
            figures += _checks(session, CheckRow.piece_id == piece_id)
            ways = journeys_in(session, ShipmentItemRow.piece_id == piece_id)
            journeys = [_journey_view(each, each.of_piece(piece_id, piece.job.build_id)) for each in ways]
            lines += [_journey_line(each) for each in journeys]
            return PieceEffort(
                piece_id=piece_id, job_id=piece.job_id, state=piece.state, left_out=piece_id not in sharing,
                shared_by=len(sharing), figures=_views(figures, known=True), unknown=_views(figures, known=False),
                journeys=journeys, costs=line_views(lines, known=True), costs_unknown=line_views(lines, known=False),
                sums=sum_views(lines),
            )  # fmt: skip

    def of_build(self, build_id: int) -> BuildEffort:
        """What a build took so far.

        Raises:
            UnknownError: there is no such build.
        """
        with self._house.reading() as session:
            order_in(session, build_id)
            which = JobRow.build_id == build_id
            network = self._network(session)
            figures = figures_of(
                runs_in(session, network, which), booked_in(session, which), unbooked_in(session, which), network
            )
            figures += _entered(entered_work(session, build_id))
            figures += _checks(session, CheckRow.piece_id.in_(select(PieceRow.id).join(JobRow).where(which)))
            ways = journeys_in(session, of_build(build_id))
            return BuildEffort(
                build_id=build_id, totals=_totals(figures), figures=_views(figures, known=True),
                unknown=_views(figures, known=False),
                journeys=[_journey_view(each, each.of_build(build_id)) for each in ways],
            )  # fmt: skip

    def _of_run(self, session: Session, job: JobRow) -> tuple[list[Figure], list[Line]]:
        """What the run of a job took and what that costs; of one that has not ended, that it has not."""
        if job.run is None or job.run.ended_at is None:
            return [Figure(each, "its run", _not_yet(job), _UNITS[each]) for each in _UNITS], []
        which, network = JobRow.id == job.id, self._network(session)
        figures = figures_of(
            runs_in(session, network, which), booked_in(session, which), unbooked_in(session, which), network
        )
        return figures, run_lines(session, network, which, rates_in(session, self._house.clock.now()))

    def _network(self, session: Session) -> Network:
        return self._house.networks.of(session) or Network(())


def _not_yet(job: JobRow) -> str:
    if job.run is not None:
        return "it has not ended"
    return "it never began" if job.state in ENDED_FOR_NOTHING else "it has not begun"


def _checks(session: Session, which: ColumnElement[bool]) -> list[Figure]:
    """That nobody notes how long a look at a piece takes."""
    count = session.scalar(select(func.count()).select_from(CheckRow).where(which)) or 0
    what = f"{count} check{'' if count == 1 else 's'} by peers"
    return [Figure(Measure.PEOPLE, what, "how long a check takes is not noted")] if count else []


def _entered(seconds: Mapping[str, int]) -> list[Figure]:
    source = "entered in the ledger for the build as a whole"
    return [Figure(Measure.PEOPLE, kind or "work", source, "s", each, each) for kind, each in seconds.items()]


def _totals(figures: Iterable[Figure]) -> list[TotalView]:
    """By measure and unit, in the order of measures; units of which nothing is known only where there is no other."""
    known: dict[tuple[Measure, str], int] = {}
    unknown: Counter[tuple[Measure, str]] = Counter()
    for each in figures:
        key = each.measure, each.unit
        if each.parts is None:
            unknown[key] += 1
        else:
            known[key] = known.get(key, 0) + each.parts
    order = list(Measure)
    keys = sorted({*known, *unknown}, key=lambda key: (order.index(key[0]), key[1]))
    return [
        TotalView(
            measure=measure, unit=unit, unknown=unknown[measure, unit],
            amount=known[measure, unit] / PARTS[unit] if (measure, unit) in known else None,
        )
        for measure, unit in keys
    ]  # fmt: skip


def _views(figures: Iterable[Figure], *, known: bool) -> list[FigureView]:
    return [
        FigureView(
            measure=each.measure, what=each.what, source=each.source, unit=each.unit,
            amount=None if each.parts is None else each.parts / PARTS[each.unit],
            whole=None if each.whole is None else each.whole / PARTS[each.unit],
        )
        for each in figures
        if (each.parts is not None) == known
    ]  # fmt: skip


def _journey_view(journey: Journey, cents: int | None) -> JourneyView:
    row = journey.row
    assert row.sent_at is not None  # noqa: S101 - only what was sent is a journey
    return JourneyView(
        shipment_id=row.id, state=row.state, from_lab=row.from_lab, to_lab=row.to_lab, carrier=row.carrier,
        sent_at=row.sent_at, things=sum(journey.things.values()), cents=None if row.currency is None else cents,
        currency=row.currency,
    )  # fmt: skip


def _journey_line(journey: JourneyView) -> Line:
    what = f"shipment {journey.shipment_id}"
    if journey.cents is None or journey.currency is None:
        return Line(Kind.TRANSPORT, what, "nobody has noted what it cost", lab=journey.from_lab)
    source = "as noted for it" if journey.things == 1 else f"as noted for it, one of {journey.things} things"
    return Line.of(Kind.TRANSPORT, what, source, journey.cents, journey.currency, lab=journey.from_lab)
