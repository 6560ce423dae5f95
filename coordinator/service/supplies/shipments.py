"""Shipments between labs and to builders: packed, sent, and how they ended; addresses are for those in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from coordinator.moves import advance
from coordinator.schema.builds import TaskRow
from coordinator.schema.network import LabRow
from coordinator.schema.shipment import Outcome, ShipmentItemRow, ShipmentRow, ShipmentState
from coordinator.service.access import Actor
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.planning.orders import want_plan
from coordinator.service.refusals import UnknownError
from coordinator.service.supplies.delivery import address_for, deliver_if_there, may_act, may_see
from coordinator.service.supplies.shippable import pack_bought, pack_pieces
from coordinator.service.supplies.supply import settle_supply
from coordinator.service.work.builds import order_in
from coordinator.service.work.remaking import scrap_piece
from core.errors import InputError, StateError

__all__ = ["ItemView", "Packed", "Sent", "ShipmentView", "Shipments", "shipment_in", "shipment_view"]

Step = Callable[[Change, ShipmentRow], str]


@dataclass(frozen=True, slots=True)
class Packed:
    """What is to travel from where to where; a lab that is not named is the builder of the build.

    Attributes:
        from_lab, to_lab: ids.
        build_id: of the builder.
        pieces: ids.
        bought: how much of what was bought, by task id.
    """

    from_lab: str | None
    to_lab: str | None
    build_id: int | None = None
    pieces: Sequence[int] = ()
    bought: Mapping[int, float] | None = None

    def __post_init__(self) -> None:
        if self.from_lab == self.to_lab:
            raise InputError("a shipment goes to another place", where="to_lab")
        if (self.from_lab is None or self.to_lab is None) and self.build_id is None:
            raise InputError("a shipment from or to a builder names the build", where="build_id")
        if not self.pieces and not self.bought:
            raise InputError("there is something in a shipment", where="pieces")
        if len(set(self.pieces)) < len(self.pieces):
            raise InputError("a piece stands twice", where="pieces")


@dataclass(frozen=True, slots=True)
class Sent:
    """How it travels; number and link are shown to those in the shipment only."""

    carrier: str | None = None
    tracking_number: str | None = None
    tracking_link: str | None = None
    expected_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.tracking_link is not None and not self.tracking_link.startswith("https://"):
            raise InputError("a link begins with https://", where="tracking_link")


class ItemView(View):
    """A piece, or so much of what was bought."""

    id: int
    build_id: int
    task_id: int
    task: str
    piece_id: int | None
    number: int | None
    quantity: float
    unit: str
    outcome: Outcome | None


class ShipmentView(View):
    """Things that travel together; without `from_lab` from the builder of the build, without `to_lab` to there.

    Tracking and address are null for who is neither in the labs that send and receive it nor its builder; the address
    is shown until it has come to its end. `cost_cents` is what sending it cost, in hundredths; null while nobody said.
    """

    id: int
    state: ShipmentState
    from_lab: str | None
    to_lab: str | None
    build_id: int | None
    carrier: str | None
    tracking_number: str | None
    tracking_link: str | None
    address: str | None
    packed_at: datetime
    packed_by: str
    sent_at: datetime | None
    expected_at: datetime | None
    ended_at: datetime | None
    cost_cents: int | None
    currency: str | None
    items: list[ItemView]


class Shipments:
    """What travels."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(
        self, actor: Actor, lab: str | None = None, build_id: int | None = None, state: ShipmentState | None = None,
        *, after: str | None = None, limit: int = 50,
    ) -> Page[ShipmentView]:  # fmt: skip
        """Shipments from or to a lab, with things of a build, in a state; or all."""
        items = selectinload(ShipmentRow.items)
        read = (items.joinedload(ShipmentItemRow.task), items.joinedload(ShipmentItemRow.piece))
        query = select(ShipmentRow).options(*read)
        if lab is not None:
            query = query.where(or_(ShipmentRow.from_lab == lab, ShipmentRow.to_lab == lab))
        if build_id is not None:
            mine = select(ShipmentItemRow.shipment_id).join(TaskRow).where(TaskRow.build_id == build_id)
            query = query.where(ShipmentRow.id.in_(mine))
        if state is not None:
            query = query.where(ShipmentRow.state == state)
        with self._house.reading() as session:
            return page_of(
                session, query, ShipmentRow.id, lambda row: shipment_view(session, row, actor), after=after, limit=limit
            )

    def one(self, actor: Actor, shipment_id: int) -> ShipmentView:
        """One shipment.

        Raises:
            UnknownError: there is no such shipment.
        """
        with self._house.reading() as session:
            return shipment_view(session, shipment_in(session, shipment_id), actor)

    def pack(self, call: Call, packed: Packed) -> ShipmentView:
        """Put things into a shipment.

        Raises:
            UnknownError: there is no such lab, build, piece or task.
            ForbiddenError: who asks neither operates the lab that sends it nor is its builder.
            StateError: a thing is not there, is no good, or is in another shipment.
        """

        def work(change: Change) -> ShipmentView:
            session = change.session
            for lab in filter(None, (packed.from_lab, packed.to_lab)):
                if session.get(LabRow, lab) is None:
                    raise UnknownError(f"there is no lab {lab!r}")
            if packed.build_id is not None:
                order_in(session, packed.build_id)
            row = ShipmentRow(
                from_lab=packed.from_lab, to_lab=packed.to_lab, build_id=packed.build_id, state=ShipmentState.PACKED,
                packed_at=change.at, packed_by=change.who,
            )  # fmt: skip
            may_act(session, call.actor, row, row.from_lab)
            row.items = [
                *pack_pieces(session, row, packed.pieces),
                *pack_bought(session, row, packed.bought or {}),
            ]
            session.add(row)
            session.flush()
            change.record("shipment.packed", f"shipment {row.id}", to=row.to_lab, things=len(row.items))
            return shipment_view(session, row, call.actor)

        return self._house.perform(call, ShipmentView, work)

    def send(self, call: Call, shipment_id: int, sent: Sent) -> ShipmentView:
        """Say that it is on its way.

        Raises:
            UnknownError: there is no such shipment.
            ForbiddenError: who asks neither operates the lab that sends it nor is its builder.
            StateError: it is not packed.
        """

        def step(change: Change, row: ShipmentRow) -> str:
            may_act(change.session, call.actor, row, row.from_lab)
            advance(row, ShipmentState.SENT, f"shipment {row.id}")
            row.carrier, row.sent_at, row.expected_at = sent.carrier, change.at, sent.expected_at
            row.tracking_number, row.tracking_link = sent.tracking_number, sent.tracking_link
            expected = row.expected_at.isoformat() if row.expected_at else None
            change.record("shipment.sent", f"shipment {row.id}", carrier=sent.carrier, expected_at=expected)
            return "was sent"

        return self._step(call, shipment_id, step)

    def expect(self, call: Call, shipment_id: int, expected_at: datetime, why: str) -> ShipmentView:
        """Say when it is expected now; what waits for it is planned anew.

        Raises:
            UnknownError: there is no such shipment.
            ForbiddenError: who asks is neither at the place that sends it nor at the one that receives it.
            StateError: it is not on its way.
        """

        def step(change: Change, row: ShipmentRow) -> str:
            may_act(change.session, call.actor, row, row.from_lab, row.to_lab)
            _require_sent(row)
            row.expected_at = expected_at
            change.record("shipment.expected", f"shipment {row.id}", why, expected_at=expected_at.isoformat())
            return "is expected at another time"

        return self._step(call, shipment_id, step)

    def arrive(
        self, call: Call, shipment_id: int, damaged: Mapping[int, Outcome] | None = None, why: str = ""
    ) -> ShipmentView:
        """Say that it is here, and what of it is damaged.

        Args:
            call: who asks.
            shipment_id: of which.
            damaged: by item id, whether it is made again (of what was bought: bought again) or repaired.
            why: what is wrong.

        Raises:
            UnknownError: there is no such shipment or item.
            ForbiddenError: who asks neither operates the lab that receives it nor is its builder.
            StateError: it is not on its way.
            InputError: something is damaged and nobody says how, or is neither to be made again nor repaired.
        """
        bad = dict(damaged or {})
        if bad and not why.strip():
            raise InputError("say what is wrong", where="why")
        if not set(bad.values()) <= {Outcome.REMADE, Outcome.REPAIR}:
            raise InputError("a damaged thing is made again or repaired", where="damaged")

        def step(change: Change, row: ShipmentRow) -> str:
            may_act(change.session, call.actor, row, row.to_lab)
            strange = bad.keys() - {item.id for item in row.items}
            if strange:
                raise UnknownError(f"shipment {row.id} has no item {min(strange)}")
            state = ShipmentState.DAMAGED if bad else ShipmentState.ARRIVED
            _end(change, row, state, why, {item.id: bad.get(item.id, Outcome.ARRIVED) for item in row.items})
            return "arrived damaged" if bad else "arrived"

        return self._step(call, shipment_id, step)

    def lose(self, call: Call, shipment_id: int, why: str) -> ShipmentView:
        """Say that it is lost: its pieces are made again.

        Raises:
            UnknownError: there is no such shipment.
            ForbiddenError: who asks is neither at the place that sends it nor at the one that receives it.
            StateError: it is not on its way.
        """

        def step(change: Change, row: ShipmentRow) -> str:
            may_act(change.session, call.actor, row, row.from_lab, row.to_lab)
            _end(change, row, ShipmentState.LOST, why, {item.id: Outcome.LOST for item in row.items})
            return "was lost"

        return self._step(call, shipment_id, step)

    def take_back(self, call: Call, shipment_id: int, why: str) -> ShipmentView:
        """Say that it is back where it was sent from, or, where it was never sent, that it is unpacked.

        Raises:
            UnknownError: there is no such shipment.
            ForbiddenError: who asks neither operates the lab that sent it nor is its builder.
            StateError: it has come to its end.
        """

        def step(change: Change, row: ShipmentRow) -> str:
            may_act(change.session, call.actor, row, row.from_lab)
            sent = row.state is ShipmentState.SENT
            state, outcome = (
                (ShipmentState.RETURNED, Outcome.RETURNED) if sent else (ShipmentState.UNPACKED, Outcome.UNPACKED)
            )
            _end(change, row, state, why, {item.id: outcome for item in row.items})
            return "came back" if sent else "was unpacked"

        return self._step(call, shipment_id, step)

    def repaired(self, call: Call, shipment_id: int, item_id: int, why: str) -> ShipmentView:
        """Say that something that came damaged is repaired, and can be used.

        Raises:
            UnknownError: there is no such shipment or item.
            ForbiddenError: who asks neither operates the lab that received it nor is its builder.
            StateError: it is not to be repaired.
        """

        def step(change: Change, row: ShipmentRow) -> str:
            may_act(change.session, call.actor, row, row.to_lab)
            item = next((each for each in row.items if each.id == item_id), None)
            if item is None:
                raise UnknownError(f"shipment {row.id} has no item {item_id}")
            if item.outcome is not Outcome.REPAIR:
                raise StateError("it is not to be repaired", where=f"item {item_id}")
            item.outcome = Outcome.REPAIRED
            change.record("shipment.repaired", f"shipment {row.id}", why, item=item_id)
            if item.piece is not None:
                deliver_if_there(change, item.piece)
            return "was repaired"

        return self._step(call, shipment_id, step)

    def _step(self, call: Call, shipment_id: int, step: Step) -> ShipmentView:
        """One step of a shipment; the builds that have something in it are planned anew."""

        def work(change: Change) -> ShipmentView:
            row = shipment_in(change.session, shipment_id)
            told = step(change, row)
            for build_id in sorted({item.task.build_id for item in row.items}):
                want_plan(change, build_id, f"shipment {row.id} {told}")
            change.session.flush()
            return shipment_view(change.session, row, call.actor)

        return self._house.perform(call, ShipmentView, work)


def _require_sent(row: ShipmentRow) -> None:
    if row.state is not ShipmentState.SENT:
        raise StateError(f"it is {row.state}, not on its way", where=f"shipment {row.id}")


def _end(change: Change, row: ShipmentRow, state: ShipmentState, why: str, outcomes: Mapping[int, Outcome]) -> None:
    """The end of a shipment, thing by thing."""
    advance(row, state, f"shipment {row.id}")
    row.ended_at = change.at
    counts: dict[str, int] = {}
    for item in row.items:
        item.outcome, item.open_piece_id = outcomes[item.id], None
        counts[str(item.outcome)] = counts.get(str(item.outcome), 0) + 1
    change.record(f"shipment.{state}", f"shipment {row.id}", why, things=counts)
    change.session.flush()
    for item in row.items:
        if item.outcome is Outcome.ARRIVED and item.piece is not None:
            deliver_if_there(change, item.piece)
        elif item.outcome in (Outcome.LOST, Outcome.REMADE):
            told = f"{'lost' if item.outcome is Outcome.LOST else 'damaged'} on its way"
            if item.piece is not None:
                scrap_piece(change, item.piece, why, told)
            else:
                settle_supply(change, item.task, told)


def shipment_in(session: Session, shipment_id: int) -> ShipmentRow:
    """A shipment's row.

    Raises:
        UnknownError: there is no such shipment.
    """
    found = session.get(ShipmentRow, shipment_id)
    if found is None:
        raise UnknownError(f"there is no shipment {shipment_id}")
    return found


def shipment_view(session: Session, row: ShipmentRow, actor: Actor) -> ShipmentView:
    """A shipment as who reads may see it."""
    inside = may_see(session, actor, row)
    return ShipmentView(
        id=row.id, state=row.state, from_lab=row.from_lab, to_lab=row.to_lab, build_id=row.build_id,
        carrier=row.carrier, tracking_number=row.tracking_number if inside else None,
        tracking_link=row.tracking_link if inside else None,
        address=address_for(session, row) if inside else None, packed_at=row.packed_at, packed_by=row.packed_by,
        sent_at=row.sent_at, expected_at=row.expected_at, ended_at=row.ended_at, cost_cents=row.cost_cents,
        currency=row.currency, items=[_item_view(each) for each in row.items],
    )  # fmt: skip


def _item_view(item: ShipmentItemRow) -> ItemView:
    return ItemView(
        id=item.id, build_id=item.task.build_id, task_id=item.task_id, task=item.task.name, piece_id=item.piece_id,
        number=item.piece.number if item.piece else None, quantity=item.quantity, unit=item.task.unit,
        outcome=item.outcome,
    )  # fmt: skip
