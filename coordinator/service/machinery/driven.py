"""Which machines an agent drives, and how they are reached: told to agents of the lab, and to nobody else."""

from __future__ import annotations

from coordinator.schema.network import AgentRow
from coordinator.service.access import Actor, Right
from coordinator.service.house import House, View
from coordinator.service.runs.clearing import by_hand

__all__ = ["Driven", "DrivenView"]


class DrivenView(View):
    """A machine as its agent needs it. `port` is "virtual" for a virtual twin; a key is only named, never told.

    `after_alarm` says whether a machine that an alarm has locked waits for a person ("ask") or is homed ("home").
    """

    id: str
    name: str
    driver: str
    port: str | None
    baud: int
    address: str | None
    key_variable: str | None
    after_alarm: str


class Driven:
    """What agents drive."""

    def __init__(self, house: House) -> None:
        self._house = house

    def lab_of(self, actor: Actor) -> str:
        """The lab of an agent.

        Raises:
            UnauthenticatedError: a visitor asks.
            ForbiddenError: a person asks.
        """
        actor.require(Right.DRIVE)
        return next(each.lab for each in actor.grants if each.lab)

    def of(self, actor: Actor) -> list[DrivenView]:
        """The driven machines of the agent's lab; what people start is not among them.

        Raises:
            UnauthenticatedError: a visitor asks.
            ForbiddenError: a person asks.
        """
        lab_id = self.lab_of(actor)
        with self._house.reading() as session:
            session.get_one(AgentRow, actor.id)
            network = self._house.networks.of(session)
        if network is None:
            return []
        return [
            DrivenView(
                id=each.id,
                name=each.name,
                driver=str(each.connection.driver),
                port=each.connection.port,
                baud=each.connection.baud,
                address=each.connection.address,
                key_variable=each.connection.key_variable,
                after_alarm=str(each.connection.after_alarm),
            )
            for each in network.lab(lab_id).machines
            if not by_hand(network, each)
        ]
