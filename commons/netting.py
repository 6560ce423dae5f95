"""Multilateral netting: debts that go round in circles are struck out before any money moves.

As much as possible is struck out: the largest circulation within the debts, which is a minimum-cost flow (as in
Fleischman, Dini and Littera, "Liquidity-saving through obligation-clearing and mutual credit", 2020). Whoever is owed
more than they owe stays so by the same sum, and the other way round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

__all__ = ["Debt", "Netting", "net_positions", "netted"]


@dataclass(frozen=True, slots=True)
class Debt:
    """Somebody owes something to somebody.

    Attributes:
        debtor: who owes.
        creditor: to whom.
        amount: in the smallest unit, above zero.
    """

    debtor: str
    creditor: str
    amount: int

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError("a debt is above zero")
        if self.debtor == self.creditor:
            raise ValueError("nobody owes to themselves")


@dataclass(frozen=True, slots=True)
class Netting:
    """A round of netting.

    Attributes:
        debts: as they were.
        struck: of each debt, in the same order, how much is struck out.
    """

    debts: tuple[Debt, ...]
    struck: tuple[int, ...]

    @property
    def total(self) -> int:
        """How much is struck out altogether."""
        return sum(self.struck)

    @property
    def left(self) -> tuple[Debt, ...]:
        """What is still owed."""
        return tuple(
            Debt(debt.debtor, debt.creditor, debt.amount - struck)
            for debt, struck in zip(self.debts, self.struck, strict=True)
            if debt.amount > struck
        )


def net_positions(debts: Sequence[Debt]) -> Mapping[str, int]:
    """What each is owed, less what each owes."""
    found: dict[str, int] = defaultdict(int)
    for debt in debts:
        found[debt.debtor] -= debt.amount
        found[debt.creditor] += debt.amount
    return dict(found)


def netted(debts: Sequence[Debt]) -> Netting:
    """Strike out as much as can be, without changing anybody's net position.

    Raises:
        OverflowError: the amounts are larger than the solver's whole numbers.
    """
    if not debts:
        return Netting((), ())
    if sum(debt.amount for debt in debts) >= 2**53:
        raise OverflowError("the debts are too large to be netted in one round")
    numbers = {
        name: number
        for number, name in enumerate(dict.fromkeys(name for debt in debts for name in (debt.debtor, debt.creditor)))
    }
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        np.array([numbers[debt.debtor] for debt in debts]),
        np.array([numbers[debt.creditor] for debt in debts]),
        np.array([debt.amount for debt in debts]),
        np.full(len(debts), -1),
    )
    flow.set_nodes_supplies(np.arange(len(numbers)), np.zeros(len(numbers), dtype=np.int64))
    status = flow.solve()
    if status != flow.OPTIMAL:  # a circulation of nothing is always there
        raise RuntimeError(f"the solver answered {status} to a problem that has an answer")
    return Netting(tuple(debts), tuple(int(each) for each in flow.flows(arcs)))
