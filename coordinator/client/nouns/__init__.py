"""Every request of the API as a method.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from coordinator.client.nouns.accounts import Accounts
from coordinator.client.nouns.agent import Agent
from coordinator.client.nouns.alerts import Alerts
from coordinator.client.nouns.benefits import Benefits
from coordinator.client.nouns.builds import Builds
from coordinator.client.nouns.campaigns import Campaigns
from coordinator.client.nouns.claims import Claims
from coordinator.client.nouns.credit import Credit
from coordinator.client.nouns.designs import Designs
from coordinator.client.nouns.events import Events
from coordinator.client.nouns.federation import Federation
from coordinator.client.nouns.fund import Fund
from coordinator.client.nouns.invitations import Invitations
from coordinator.client.nouns.jobs import Jobs
from coordinator.client.nouns.kits import Kits
from coordinator.client.nouns.labs import Labs
from coordinator.client.nouns.ledger import Ledger
from coordinator.client.nouns.licences import Licences
from coordinator.client.nouns.machines import Machines
from coordinator.client.nouns.network import Network
from coordinator.client.nouns.offers import Offers
from coordinator.client.nouns.people import People
from coordinator.client.nouns.photos import Photos
from coordinator.client.nouns.pieces import Pieces
from coordinator.client.nouns.pledges import Pledges
from coordinator.client.nouns.proposals import Proposals
from coordinator.client.nouns.purchases import Purchases
from coordinator.client.nouns.quotes import Quotes
from coordinator.client.nouns.service import Service
from coordinator.client.nouns.shipments import Shipments
from coordinator.client.nouns.stock import Stock
from coordinator.client.nouns.tasks import Tasks
from coordinator.client.nouns.tokens import Tokens
from coordinator.client.nouns.uploads import Uploads
from coordinator.client.nouns.webhooks import Webhooks

__all__ = ["Nouns"]


class Nouns(
    Accounts,
    Agent,
    Alerts,
    Benefits,
    Builds,
    Campaigns,
    Claims,
    Credit,
    Designs,
    Events,
    Federation,
    Fund,
    Invitations,
    Jobs,
    Kits,
    Labs,
    Ledger,
    Licences,
    Machines,
    Network,
    Offers,
    People,
    Photos,
    Pieces,
    Pledges,
    Proposals,
    Purchases,
    Quotes,
    Service,
    Shipments,
    Stock,
    Tasks,
    Tokens,
    Uploads,
    Webhooks,
):
    """All of them in one; methods are named as the operations of the OpenAPI document."""
