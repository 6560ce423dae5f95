"""The whole application: one object for each noun, over one house. No HTTP is needed to use it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from coordinator.network_tables import Role
from coordinator.service.access import Actor, Grant
from coordinator.service.accounts import Accounts
from coordinator.service.attempts import Attempts
from coordinator.service.board import Board
from coordinator.service.builds import Builds
from coordinator.service.choices import Choices
from coordinator.service.claims import Claims
from coordinator.service.designs import Designs
from coordinator.service.driven import Driven
from coordinator.service.forges import Forges
from coordinator.service.hooks import Hooks
from coordinator.service.house import House
from coordinator.service.invitations import Invitations
from coordinator.service.jobs import Jobs
from coordinator.service.labs import Labs
from coordinator.service.log import Log
from coordinator.service.metrics import Metrics
from coordinator.service.offers import Offers
from coordinator.service.passwords import Passwords
from coordinator.service.people import People
from coordinator.service.pieces import Pieces
from coordinator.service.sessions import Sessions
from coordinator.service.tail import Tail
from coordinator.service.tasks import Tasks
from coordinator.service.timetable import Timetable
from coordinator.service.tokens import Tokens

if TYPE_CHECKING:
    from coordinator.service.planner import Planner

__all__ = ["KEEPER", "Application"]

KEEPER = Actor("coordinator", frozenset({Grant(Role.STEWARD)}))
"""Who runs the server, at its own computer."""


class Application:
    """Everything that can be done, by noun."""

    def __init__(self, house: House, passwords: Passwords | None = None) -> None:
        """Args: house: what it stands on; passwords: how they are kept, where not in the usual way."""
        self.house = house
        self.choices = Choices(house)
        self.people = People(house)
        self.sessions = Sessions(house)
        self.accounts = Accounts(house, self.sessions, passwords or Passwords())
        self.tokens = Tokens(house)
        self.invitations = Invitations(house)
        self.labs = Labs(house)
        self.designs = Designs(house)
        self.builds = Builds(house, self.designs)
        self.tasks = Tasks(house)
        self.offers = Offers(house)
        self.claims = Claims(house)
        self.jobs = Jobs(house)
        self.pieces = Pieces(house)
        self.attempts = Attempts(house)
        self.driven = Driven(house)
        self.log = Log(house)
        self.tail = Tail(house, self.log)
        self.hooks = Hooks(house)
        self.forges = Forges(house, self.designs)
        self.board = Board(house)
        self.timetable = Timetable(house)
        self.metrics = Metrics(house)

    @cached_property
    def planner(self) -> Planner:
        """Plans; its packages take seconds to load, so that is done by whoever plans first."""
        from coordinator.service.planner import Planner

        return Planner(self.house, self.designs)

    def close(self) -> None:
        """Let go of what planning keeps open; nobody may plan any more."""
        if "planner" in self.__dict__:  # made by whoever planned first
            self.planner.close()
