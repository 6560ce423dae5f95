"""What changes under builds that take weeks, by noun; the application has one of these."""

from __future__ import annotations

from coordinator.service.changes.cancelling import Cancellations
from coordinator.service.changes.moving import Moving
from coordinator.service.changes.part_settings import TaskSettings
from coordinator.service.changes.substitutions import Substitutions
from coordinator.service.changes.versions import Versions
from coordinator.service.designs.answering import Answering
from coordinator.service.designs.designs import Designs
from coordinator.service.designs.feedback import Feedback
from coordinator.service.house import House

__all__ = ["Changes"]


class Changes:
    """Cancellations, versions, substitutions, settings, answers, and what the designer is told."""

    def __init__(self, house: House, designs: Designs) -> None:
        self.cancellations = Cancellations(house)
        self.versions = Versions(house, designs)
        self.moving = Moving(house, designs, self.versions)
        self.answering = Answering(house, designs)
        self.settings = TaskSettings(house)
        self.feedback = Feedback(house)
        self.substitutions = Substitutions(house)
