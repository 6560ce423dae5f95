"""Everything about mutual credit, behind one door."""

from __future__ import annotations

from coordinator.service.credit import effects  # registers what proposals may change
from coordinator.service.credit.accounts import Accounts
from coordinator.service.credit.netting import Netting
from coordinator.service.credit.obligations import Obligations
from coordinator.service.credit.payments import Payments
from coordinator.service.house import House

__all__ = ["Credit", "effects"]


class Credit:
    """Mutual credit."""

    def __init__(self, house: House) -> None:
        self.accounts = Accounts(house)
        self.payments = Payments(house)
        self.obligations = Obligations(house)
        self.netting = Netting(house)
