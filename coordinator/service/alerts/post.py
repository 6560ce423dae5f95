"""All of alerts: what people do about them, and one turn of the process that keeps them."""

from __future__ import annotations

from coordinator.service.alerts.addresses import Addresses
from coordinator.service.alerts.desk import Desk
from coordinator.service.alerts.matters import Matters
from coordinator.service.alerts.outbox import Outbox
from coordinator.service.house import House

__all__ = ["Alerts"]


class Alerts:
    """Who is told of what."""

    def __init__(self, house: House) -> None:
        self.addresses = Addresses(house)
        self.desk = Desk(house)
        self.matters = Matters(house)
        self.outbox = Outbox(house)

    def catch_up(self) -> int:
        """Take in everything that has happened; returns how much that was."""
        count = 0
        while read := self.matters.read_on():
            count += read
        return count + self.matters.look_round() + self.matters.pass_on() + self.matters.forget()
