"""What sending a shipment really cost, as who paid for it notes it; public, as what builds cost is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from coordinator.schema.shipment import ShipmentState
from coordinator.service.house import Call, Change, House
from coordinator.service.supplies.delivery import may_act
from coordinator.service.supplies.shipments import ShipmentView, shipment_in, shipment_view
from core.errors import InputError, StateError

__all__ = ["MOST_POSTAGE_CENTS", "Postage", "Postages"]

MOST_POSTAGE_CENTS: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class Postage:
    """An amount in hundredths of a currency (ISO 4217); zero where who went there anyway took it along."""

    cents: int
    currency: str

    def __post_init__(self) -> None:
        if not 0 <= self.cents <= MOST_POSTAGE_CENTS:
            raise InputError(f"sending costs from 0 to {MOST_POSTAGE_CENTS} hundredths", where="cents")


class Postages:
    """What shipments cost."""

    def __init__(self, house: House) -> None:
        self._house = house

    def note(self, call: Call, shipment_id: int, postage: Postage) -> ShipmentView:
        """Say what sending it cost; said again, the newer word counts, and both stay in the log.

        Raises:
            UnknownError: there is no such shipment.
            ForbiddenError: who asks is neither at the place that sends it nor at the one that receives it.
            StateError: it was never sent.
        """

        def work(change: Change) -> ShipmentView:
            row = shipment_in(change.session, shipment_id)
            may_act(change.session, call.actor, row, row.from_lab, row.to_lab)
            if row.state in (ShipmentState.PACKED, ShipmentState.UNPACKED):
                raise StateError(f"it is {row.state}: nothing was sent", where=f"shipment {row.id}")
            row.cost_cents, row.currency = postage.cents, postage.currency
            about = f"shipment {row.id}"
            change.record("shipment.cost", about, cents=postage.cents, currency=postage.currency)
            change.session.flush()
            return shipment_view(change.session, row, call.actor)

        return self._house.perform(call, ShipmentView, work)
