"""What the stewards choose for the whole network: its name, and how people come in."""

from __future__ import annotations

from coordinator.schema.account import NetworkRow, SignUp
from coordinator.schema.network import Role
from coordinator.service.access import Right
from coordinator.service.alerts.services import require_services
from coordinator.service.house import Call, Change, House, View
from core.errors import InputError

__all__ = ["Choices", "NetworkView", "choices_in"]

_NEWCOMERS = frozenset({Role.BUILDER, Role.DESIGNER})


class NetworkView(View):
    """The network; `newcomer_role` is what somebody has who signed up where sign-up is open, null for none.

    `alert_services` are the services by which people may be told, by the schemes of their addresses; null for all that
    are known here. With `link_by_email`, whom the OpenID provider knows by a verified e-mail address is the person that
    has this address here; without, people link the two themselves.
    """

    name: str = "fabcommons"
    sign_up: SignUp = SignUp.INVITATION
    newcomer_role: Role | None = None
    alert_services: list[str] | None = None
    link_by_email: bool = False


class Choices:
    """What holds in this network."""

    def __init__(self, house: House) -> None:
        self._house = house

    def now(self) -> NetworkView:
        """What holds now."""
        with self._house.reading() as session:
            return choices_in(session.get(NetworkRow, 1))

    def put(self, call: Call, chosen: NetworkView) -> NetworkView:
        """Choose.

        Raises:
            ForbiddenError: who asks is no steward.
            InputError: newcomers would have a role that must be given by a person, or people would be told by a
                service that is not known.
        """
        call.actor.require(Right.KEEP_PEOPLE)
        if chosen.newcomer_role is not None and chosen.newcomer_role not in _NEWCOMERS:
            allowed = " or ".join(sorted(_NEWCOMERS))
            raise InputError(f"nobody becomes a {chosen.newcomer_role} by signing up", hint=f"{allowed}, or none")
        require_services(chosen.alert_services or ())

        def work(change: Change) -> NetworkView:
            row = change.session.get(NetworkRow, 1) or NetworkRow(id=1)
            row.name, row.sign_up, row.newcomer_role = chosen.name, chosen.sign_up, chosen.newcomer_role
            row.alert_services, row.link_by_email = chosen.alert_services, chosen.link_by_email
            change.session.add(row)
            change.record("network.changed", "network", **chosen.model_dump(mode="json"))
            return chosen

        return self._house.perform(call, NetworkView, work)


def choices_in(row: NetworkRow | None) -> NetworkView:
    """What a row says, or what holds while nothing was chosen."""
    if row is None:
        return NetworkView()
    return NetworkView(
        name=row.name,
        sign_up=row.sign_up,
        newcomer_role=row.newcomer_role,
        alert_services=row.alert_services,
        link_by_email=row.link_by_email,
    )
