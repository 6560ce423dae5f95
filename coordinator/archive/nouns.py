"""Which tables an archive holds, and how private each is. A table that no list names counts as secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["CARE", "Care", "Scope", "care_of"]


class Care(StrEnum):
    """How much care a table asks for."""

    OPEN = "open"  # in every archive
    PERSONAL = "personal"  # says who people are
    SECRET = "secret"  # noqa: S105 (a word, no password): hashes and keys that let people and programs in
    PASSING = "passing"  # of no use elsewhere: answers that are kept for two days
    NEVER = "never"  # belongs to running processes


_OPEN = (
    "agents attempts builds checks claims designs events first_articles grants imports jobs labs lots machines"
    " network offers orders people pieces plans progress readings requests runs task_edges tasks ways"
)
_SUPPLIES = "arrivals kit_ticks kit_waivers purchase_items purchases shipment_items shipments sources"
_AGREED = "adoptions codes design_changes distributions forks formulas proposals share_payments shares voices"
_CREDIT = "credit_accounts credit_disputes credit_entries netting_consents netting_strikes obligations"
CARE: Final = {
    **dict.fromkeys(_OPEN.split(), Care.OPEN),
    **dict.fromkeys(("stock", "bookings", "loaded", "needs", "uses", "waivers"), Care.OPEN),
    **dict.fromkeys(("upkeeps", "locks", "care", "reservations", "outside_work", "held"), Care.OPEN),
    **dict.fromkeys(("alert_matters", "alert_people", "alert_watches"), Care.OPEN),
    **dict.fromkeys(("cancellations", "compatibilities", "design_answers", "lot_versions"), Care.OPEN),
    **dict.fromkeys(("offer_substitutions", "substitutions", "task_settings", "task_versions"), Care.OPEN),
    "version_decisions": Care.OPEN,
    "photos": Care.OPEN,
    **dict.fromkeys(_AGREED.split(), Care.OPEN),
    **dict.fromkeys(("economic_events", "flow_book"), Care.OPEN),
    "flow_rates": Care.PERSONAL,
    "making_permissions": Care.OPEN,
    "personal_data": Care.PERSONAL,
    **dict.fromkeys(("alert_habits", "alert_wishes"), Care.PERSONAL),
    **dict.fromkeys(("alert_addresses", "alert_keeper", "alert_notes", "identities"), Care.SECRET),
    **dict.fromkeys(("accounts", "forges", "hooks", "invitations", "resets", "sessions", "tokens"), Care.SECRET),
    **dict.fromkeys(("campaigns", "goals", "quotes", "rounds", "wants"), Care.OPEN),
    **dict.fromkeys(("allotments", "joins", "pledges", "returns"), Care.PERSONAL),  # who gives how much
    **dict.fromkeys(("brought_in", "heard", "neighbours", "published", "publishing", "refused"), Care.OPEN),
    "network_keys": Care.SECRET,
    **dict.fromkeys(("mutual_credit", "netting_rounds", "network_forks"), Care.OPEN),
    **dict.fromkeys(_CREDIT.split(), Care.PERSONAL),  # who owes whom how much
    "answers": Care.PASSING,
    "drivers": Care.NEVER,
    "holds": Care.NEVER,
    "uploads": Care.NEVER,
    **dict.fromkeys(_SUPPLIES.split(), Care.OPEN),
    "delivery_addresses": Care.PERSONAL,
    "journeys": Care.NEVER,
}
"""By table."""


def care_of(table: str) -> Care:
    """How much care a table asks for; what is not known is secret."""
    return CARE.get(table, Care.SECRET)


@dataclass(frozen=True, slots=True)
class Scope:
    """What an archive is to hold beside what is open."""

    personal: bool = False
    secret: bool = False
    passing: bool = False

    def holds(self, table: str) -> bool:
        """Whether a table belongs in."""
        care = care_of(table)
        wanted = {Care.PERSONAL: self.personal, Care.SECRET: self.secret, Care.PASSING: self.passing}
        return care is Care.OPEN or wanted.get(care, False)

    def left_out(self, tables: Iterable[str]) -> list[str]:
        """Those that do not."""
        return sorted(each for each in tables if not self.holds(each))
