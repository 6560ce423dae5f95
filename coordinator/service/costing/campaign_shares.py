"""What each who joined a campaign saves: as reckoned before there is a plan, afterwards as the plan really shares it.

Two things are shared. Orders of one design share plates and sheets: fewer runs are set up and taken off. Builds of
several designs share a machine that stands as the next run needs it: of a row only the first pays for the change-over.
Both together are one game of all who joined, so that what each pays of a currency is one value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from commons.scope import Saving, saving
from coordinator.schema.pledge import JoinRow
from coordinator.service.costing.keeping import PLANNED, Quoted, newest_quote
from coordinator.service.costing.scope import SharedRow, shared_rows
from coordinator.service.costing.set_ups import Batch, cost_of
from coordinator.service.house import View
from machines.lab import Network

__all__ = ["Pool", "ShareView", "planned_pool", "share_views"]


class ShareView(View):
    """What the set-ups would cost somebody alone and together, in hundredths; below zero nobody saves.

    `planned` tells whether that is of the plan that was made, or reckoned before there is one.
    """

    who: str
    currency: str
    alone_cents: int
    share_cents: int
    saved_cents: int
    way: str
    planned: bool


@dataclass(frozen=True, slots=True)
class Pool:
    """What those who joined share.

    Attributes:
        orders: by build, products by who ordered.
        batches: by build, what its parts take to set up each run.
        rows: runs in a row of several of the builds.
    """

    orders: Mapping[int, Mapping[str, int]]
    batches: Mapping[int, Sequence[Batch]]
    rows: Sequence[SharedRow] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """Who joined."""
        return tuple(dict.fromkeys(who for orders in self.orders.values() for who in orders))

    def savings(self) -> dict[str, Saving]:
        """By currency, what each pays alone and together."""
        batches = [each.currency for mine in self.batches.values() for each in mine]
        currencies = sorted({*batches, *(each.currency for each in self.rows)})
        return {each: self._saving(each) for each in currencies}

    def _saving(self, currency: str) -> Saving:
        batches = {build: [e for e in mine if e.currency == currency] for build, mine in self.batches.items()}
        rows = [each for each in self.rows if each.currency == currency]

        def cost(group: frozenset[str]) -> int:
            total = 0
            for build, orders in self.orders.items():
                products = sum(count for who, count in orders.items() if who in group)
                total += cost_of(batches.get(build, ()), products)
            there = {build for build, orders in self.orders.items() if group & orders.keys()}
            return total + sum(row.cents for row in rows if there & row.builds)

        return saving(self.people, cost)


def planned_pool(session: Session, network: Network, joins: Iterable[JoinRow], at: datetime) -> Pool | None:
    """What the plans of a campaign's builds share; None as long as one of them has no plan.

    Args:
        session: to read with.
        network: the labs.
        joins: of the campaign.
        at: whose rates count for change-overs.
    """
    orders: dict[int, dict[str, int]] = {}
    for each in joins:
        if each.withdrawn_at is None and each.build_id is not None:
            mine = orders.setdefault(each.build_id, {})
            mine[each.who] = mine.get(each.who, 0) + each.pieces
    batches = {}
    for build in orders:
        row = newest_quote(session, build)
        quote = Quoted.of(row.document) if row is not None else None
        if quote is None or quote.basis != PLANNED:
            return None
        batches[build] = quote.batches
    return Pool(orders, batches, shared_rows(session, network, orders.keys(), at)) if orders else None


def share_views(pool: Pool, *, planned: bool) -> list[ShareView]:
    """What each pays and saves; nothing where one alone has joined."""
    if len(pool.people) < 2:
        return []
    return [
        ShareView(
            who=who, currency=currency, alone_cents=each.alone[who], share_cents=each.shares[who],
            saved_cents=each.saved[who], way=str(each.way), planned=planned,
        )
        for currency, each in pool.savings().items()
        for who in each.alone
    ]  # fmt: skip
