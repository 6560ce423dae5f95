"""The whole application: one object for each noun, over one house. No HTTP is needed to use it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from coordinator.schema.network import Role
from coordinator.service.access import Actor, Grant
from coordinator.service.alerts.post import Alerts
from coordinator.service.benefits.formulas import Formulas
from coordinator.service.cameras.pictures import Pictures
from coordinator.service.changes.changes import Changes
from coordinator.service.costing.campaigns import Campaigns
from coordinator.service.costing.effort import Efforts
from coordinator.service.costing.fund import Fund
from coordinator.service.costing.pledges import Pledges
from coordinator.service.costing.quotes import Quotes
from coordinator.service.costing.scope import Scope
from coordinator.service.credit.door import Credit
from coordinator.service.designs.bills import Bills
from coordinator.service.designs.designs import Designs
from coordinator.service.designs.forges import Forges
from coordinator.service.designs.shapes import Shapes
from coordinator.service.designs.uploads import Uploads
from coordinator.service.gathering import Gathering
from coordinator.service.governance.attestations import Attestations
from coordinator.service.governance.codes import Codes
from coordinator.service.governance.design_changes import DesignChanges
from coordinator.service.governance.forks import Forks
from coordinator.service.governance.membership import Members
from coordinator.service.governance.proposals import Proposals
from coordinator.service.house import House
from coordinator.service.licensing.desk import Licensing
from coordinator.service.log import Log
from coordinator.service.machinery.atlas import Atlas
from coordinator.service.machinery.driven import Driven
from coordinator.service.machinery.drivers import Drivers
from coordinator.service.machinery.held import Held
from coordinator.service.machinery.labs import Labs
from coordinator.service.machinery.loads import Loads
from coordinator.service.machinery.locks import Locks
from coordinator.service.machinery.outside_work import OutsideWork
from coordinator.service.machinery.readings import Readings
from coordinator.service.machinery.requests import Requests
from coordinator.service.machinery.reservations import Reservations
from coordinator.service.machinery.running import Running
from coordinator.service.machinery.stock import Stock
from coordinator.service.machinery.upkeep import Upkeep
from coordinator.service.membership.accounts import Accounts
from coordinator.service.membership.choices import Choices
from coordinator.service.membership.contacts import Contacts
from coordinator.service.membership.identities import Identities
from coordinator.service.membership.invitations import Invitations
from coordinator.service.membership.passwords import Passwords
from coordinator.service.membership.people import People
from coordinator.service.membership.sessions import Sessions
from coordinator.service.membership.tokens import Tokens
from coordinator.service.metrics import Metrics
from coordinator.service.planning.timetable import Timetable
from coordinator.service.reaching.hooks import Hooks
from coordinator.service.reasons.places import Places
from coordinator.service.runs.attempts import Attempts
from coordinator.service.runs.jobs import Jobs
from coordinator.service.runs.programs import Programs
from coordinator.service.supplies.delivery import Deliveries
from coordinator.service.supplies.kits import Kits
from coordinator.service.supplies.parcels import Parcels
from coordinator.service.supplies.postage import Postages
from coordinator.service.supplies.purchases import Purchases
from coordinator.service.supplies.shipments import Shipments
from coordinator.service.supplies.shopping import Shopping
from coordinator.service.tail import Tail
from coordinator.service.work.board import Board
from coordinator.service.work.builds import Builds
from coordinator.service.work.claims import Claims
from coordinator.service.work.offers import Offers
from coordinator.service.work.photos import Photos
from coordinator.service.work.pieces import Pieces
from coordinator.service.work.tasks import Tasks

if TYPE_CHECKING:
    from coordinator.service.benefits.distributions import Distributions
    from coordinator.service.benefits.trials import FormulaTrials
    from coordinator.service.federation.door import Federation
    from coordinator.service.flows.asked import Rates
    from coordinator.service.flows.door import Flows
    from coordinator.service.flows.exchange import Exchange
    from coordinator.service.flows.summary import Summaries
    from coordinator.service.flows.work import Work
    from coordinator.service.planning.planner import Planner
    from coordinator.service.planning.trials import Trials

__all__ = ["KEEPER", "Application"]

KEEPER = Actor("coordinator", frozenset({Grant(Role.STEWARD)}))
"""Who runs the server, at its own computer."""

_TOLD_EVERY_S = 0.2  # progress that comes within that shares a transaction


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
        self.bills = Bills(self.designs)
        self.builds = Builds(house, self.designs)
        self.changes = Changes(house, self.designs)
        self.tasks = Tasks(house)
        self.offers = Offers(house)
        self.claims = Claims(house)
        self.jobs = Jobs(house)
        self.programs = Programs(house)
        self.uploads = Uploads(house)
        self.pieces = Pieces(house)
        self.photos = Photos(house)
        self.shopping = Shopping(house)
        self.purchases = Purchases(house)
        self.kits = Kits(house)
        self.shipments = Shipments(house)
        self.postages = Postages(house)
        self.parcels = Parcels(house, self.shipments)
        self.deliveries = Deliveries(house)
        self.drivers = Drivers(house)
        self.attempts = Attempts(house, self.drivers)
        self.showing = Gathering(self.tokens.actors)
        self.claiming = Gathering(self.attempts.claims)
        self.telling = Gathering(self.attempts.progress_of_all, every_s=_TOLD_EVERY_S)
        self.driven = Driven(house)
        self.requests = Requests(house)
        self.readings = Readings(house, self.drivers)
        self.stock = Stock(house)
        self.loads = Loads(house)
        self.locks = Locks(house)
        self.upkeep = Upkeep(house)
        self.reservations = Reservations(house)
        self.outside_work = OutsideWork(house)
        self.held = Held(house)
        self.running = Running(house)
        self.seeing = Gathering(self.readings.note_all, every_s=_TOLD_EVERY_S)
        self.log = Log(house)
        self.tail = Tail(house, self.log)
        self.hooks = Hooks(house)
        self.alerts = Alerts(house)
        self.identities = Identities(house, self.sessions)
        self.contacts = Contacts(house)
        self.forges = Forges(house, self.designs)
        self.shapes = Shapes(house)
        self.atlas = Atlas(house)
        self.board = Board(house)
        self.timetable = Timetable(house)
        self.places = Places(house)
        self.pictures = Pictures(house)
        self.metrics = Metrics(house)

    @cached_property
    def formulas(self) -> Formulas:
        """By what incomes are shared."""
        return Formulas(self.house, self.proposals)

    @cached_property
    def formula_trials(self) -> FormulaTrials:
        """Who would get what, if."""
        from coordinator.service.benefits.trials import FormulaTrials

        return FormulaTrials(self.house, self.flows)

    @cached_property
    def distributions(self) -> Distributions:
        """Incomes, shared."""
        from coordinator.service.benefits.distributions import Distributions

        return Distributions(self.house, self.flows)

    @cached_property
    def forks(self) -> Forks:
        """Designs that began as others."""
        return Forks(self.house, self.designs)

    @cached_property
    def design_changes(self) -> DesignChanges:
        """What is proposed to the maintainers of designs."""
        return DesignChanges(self.house, self.designs)

    @cached_property
    def codes(self) -> Codes:
        """What the network has agreed on."""
        return Codes(self.house)

    @cached_property
    def proposals(self) -> Proposals:
        """What is decided together."""
        return Proposals(self.house)

    @cached_property
    def members(self) -> Members:
        """Who is to belong to the network, as proposals."""
        return Members(self.proposals)

    @cached_property
    def attestations(self) -> Attestations:
        """What making designs has shown."""
        return Attestations(self.house)

    @cached_property
    def licensing(self) -> Licensing:
        """What licences ask of whom, and who permits more."""
        return Licensing(self.house)

    @cached_property
    def planner(self) -> Planner:
        """Plans; its packages take seconds to load, so that is done by whoever plans first."""
        from coordinator.service.planning.planner import Planner

        return Planner(self.house, self.designs)

    @cached_property
    def quotes(self) -> Quotes:
        """What things are reckoned to cost."""
        return Quotes(self.house, self.designs)

    @cached_property
    def pledges(self) -> Pledges:
        """Builds that wait until enough is pledged."""
        return Pledges(self.house, self.builds, self.quotes)

    @cached_property
    def campaigns(self) -> Campaigns:
        """Orders that wait until enough join."""
        return Campaigns(self.house, self.builds, self.quotes)

    @cached_property
    def scope(self) -> Scope:
        """What builds save that follow each other on a machine."""
        return Scope(self.house)

    @cached_property
    def efforts(self) -> Efforts:
        """What pieces and builds took."""
        return Efforts(self.house)

    @cached_property
    def fund(self) -> Fund:
        """A common fund, shared in rounds."""
        return Fund(self.house)

    @cached_property
    def trials(self) -> Trials:
        """What would change, worked out by the packages that plan."""
        from coordinator.service.planning.trials import Trials

        return Trials(self.house, self.designs)

    @cached_property
    def flows(self) -> Flows:
        """What was made, used, given and handed on, as economic events."""
        from coordinator.service.flows.door import Flows

        return Flows(self.house)

    @cached_property
    def exchange(self) -> Exchange:
        """The ledger, taken out and in."""
        from coordinator.service.flows.exchange import Exchange

        return Exchange(self.house, self.flows)

    @cached_property
    def summaries(self) -> Summaries:
        """What people and labs gave and received."""
        from coordinator.service.flows.summary import Summaries

        return Summaries(self.house)

    @cached_property
    def work(self) -> Work:
        """What people enter in the ledger themselves."""
        from coordinator.service.flows.work import Work

        return Work(self.house)

    @cached_property
    def rates(self) -> Rates:
        """What people and labs ask for an hour."""
        from coordinator.service.flows.asked import Rates

        return Rates(self.house)

    @cached_property
    def credit(self) -> Credit:
        """Mutual credit, where the network has chosen it."""
        return Credit(self.house)

    @cached_property
    def federation(self) -> Federation:
        """Other networks: what is told to them, and what they say."""
        from coordinator.service.federation.door import Federation

        return Federation(self.house, self.designs, self.attestations)

    def close(self) -> None:
        """Let go of what planning keeps open; nobody may plan any more."""
        if "planner" in self.__dict__:  # made by whoever planned first
            self.planner.close()
