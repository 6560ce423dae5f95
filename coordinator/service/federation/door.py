"""Everything about other networks, behind one door."""

from __future__ import annotations

from coordinator.service.designs.designs import Designs
from coordinator.service.federation.bringing import Bringing
from coordinator.service.federation.facts import Attesting
from coordinator.service.federation.neighbours import Neighbours
from coordinator.service.federation.publishing import Publishing
from coordinator.service.federation.pulling import Pulling
from coordinator.service.federation.stick import Stick
from coordinator.service.house import House

__all__ = ["Federation"]


class Federation:
    """Other networks."""

    def __init__(self, house: House, designs: Designs, attesting: Attesting) -> None:
        """Args: house, designs: what it stands on; attesting: says what was observed of designs."""
        self.publishing = Publishing(house, attesting)
        self.neighbours = Neighbours(house)
        self.pulling = Pulling(house)
        self.bringing = Bringing(house, designs)
        self.stick = Stick(house)
