"""What people are told of, as data: from a kind of event to a topic, to who is concerned, to a sentence.

Every kind of event that the program records is in `RULES`, in `CLOSES` or in `NO_ALERT`; a test holds them to the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["CLOSES", "CONDITIONS", "NO_ALERT", "RULES", "TOPICS", "Concerned", "Rule", "Topic"]


class Topic(StrEnum):
    """What a person may want to be told of."""

    JOB_FAILED = "job-failed"
    LOST_CONTACT = "lost-contact"
    MACHINE_WAITS = "machine-waits"
    FIRST_LAYER = "first-layer"
    FIRST_ARTICLE = "first-article"
    OFFER = "offer"
    OFFER_ENDING = "offer-ending"
    PURCHASE_LATE = "purchase-late"
    STOCK_LOW = "stock-low"
    MAINTENANCE = "maintenance"
    SHIPMENT = "shipment"
    QUESTION = "question"
    BUILD_STUCK = "build-stuck"
    DATE_MOVED = "date-moved"
    BUILD_DONE = "build-done"
    AGENT_SILENT = "agent-silent"
    PROPOSAL = "proposal"
    PROPOSAL_ENDING = "proposal-ending"
    DECIDED = "decided"
    DISTRIBUTION = "distribution"
    DESIGN_CHANGE = "design-change"
    CAMPAIGN = "campaign"
    CAMPAIGN_OVER = "campaign-over"
    CREDIT = "credit"
    NEIGHBOUR = "neighbour"


TOPICS: Final[Mapping[Topic, str]] = {
    Topic.JOB_FAILED: "a job has failed and waits for a verdict",
    Topic.LOST_CONTACT: "nobody knows what a machine does",
    Topic.MACHINE_WAITS: "a machine waits for a person, is paused or its door is open",
    Topic.FIRST_LAYER: "a first layer is to be confirmed",
    Topic.FIRST_ARTICLE: "a first article is to be checked",
    Topic.OFFER: "an offer is to be answered",
    Topic.OFFER_ENDING: "an offer runs out soon",
    Topic.PURCHASE_LATE: "a purchase is late",
    Topic.STOCK_LOW: "material runs low",
    Topic.MAINTENANCE: "maintenance is due",
    Topic.SHIPMENT: "something was shipped, is late or came damaged",
    Topic.QUESTION: "a change of a build is to be decided",
    Topic.BUILD_STUCK: "a build cannot be planned",
    Topic.DATE_MOVED: "the date by which a build is expected has moved",
    Topic.BUILD_DONE: "a build is done",
    Topic.AGENT_SILENT: "the program beside a lab's machines is silent",
    Topic.PROPOSAL: "a proposal waits for a word of yours",
    Topic.PROPOSAL_ENDING: "a proposal ends soon, and you have said nothing",
    Topic.DECIDED: "a proposal, or a change of a design that you proposed, is decided",
    Topic.DISTRIBUTION: "an income is to be shared, and a second person confirms it",
    Topic.DESIGN_CHANGE: "a change is proposed for a design that you maintain",
    Topic.CAMPAIGN: "a campaign or a pledge that you are in is near its date",
    Topic.CAMPAIGN_OVER: "a campaign or a pledge that you are in is over",
    Topic.CREDIT: "a payment of mutual credit is in dispute, or an account is frozen",
    Topic.NEIGHBOUR: "documents of another network were refused, or contradict each other",
}
"""In words, as pages show them."""


class Concerned(StrEnum):
    """Who is told where nobody says otherwise."""

    LAB = "the operators of the lab"
    ORDERER = "who ordered the build"
    BOTH = "the operators of the lab, and who ordered the build"
    NAMED = "those for whom it is, by name"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is told.

    Attributes:
        topic: of it.
        concerned: who is told.
        sentence: in braces the facts of `coordinator.service.alerts.facts`; a fact that is not known reads "unknown".
        urgent: may break through quiet hours, is to be acknowledged, and goes to the next person where it is not.
    """

    topic: Topic
    concerned: Concerned
    sentence: str
    urgent: bool = False


_LAB, _ORDERER, _BOTH, _NAMED = Concerned.LAB, Concerned.ORDERER, Concerned.BOTH, Concerned.NAMED
RULES: Final[Mapping[str, Rule]] = {
    "job.failed": Rule(
        Topic.JOB_FAILED, _LAB, "{task} failed on {machine}: {why}. Say whether its pieces are good.", urgent=True
    ),
    "job.lost-contact": Rule(
        Topic.LOST_CONTACT, _LAB, "Contact with {machine} was lost while it made {task}. Look at it.", urgent=True
    ),
    "job.held": Rule(Topic.MACHINE_WAITS, _LAB, "{task} cannot begin on {machine}: {why}."),
    "first-article.made": Rule(
        Topic.FIRST_ARTICLE, _BOTH, "The first of {task} for build {build} is made. A peer checks it: the rest waits."
    ),
    "stock.low": Rule(Topic.STOCK_LOW, _LAB, "Stock runs low in {lab}: {why}."),
    "upkeep.due": Rule(Topic.MAINTENANCE, _LAB, "{machine} is due for maintenance: {why}."),
    "purchase.short": Rule(
        Topic.PURCHASE_LATE, _ORDERER, "What {supplier} sent for build {build} of {design} is not all: {why}."
    ),
    "purchase.bad": Rule(Topic.PURCHASE_LATE, _ORDERER, "Something that {supplier} sent is no good: {why}."),
    "shipment.sent": Rule(Topic.SHIPMENT, _BOTH, "Shipment {shipment} of {things} things is on its way by {carrier}."),
    "shipment.damaged": Rule(Topic.SHIPMENT, _BOTH, "Shipment {shipment} came damaged: {why}."),
    "shipment.lost": Rule(Topic.SHIPMENT, _BOTH, "Shipment {shipment} is lost: {why}."),
    "substitution.approved": Rule(Topic.QUESTION, _LAB, "What {lab} asked for {task} of build {build} is approved."),
    "substitution.declined": Rule(
        Topic.QUESTION, _LAB, "What {lab} asked for {task} of build {build} is declined: {why}."
    ),
    "build.cancelled": Rule(Topic.BUILD_STUCK, _ORDERER, "Build {build} of {design} was cancelled: {why}."),
    "build.delivered": Rule(Topic.BUILD_DONE, _ORDERER, "Build {build} of {design} is delivered."),
    "plan.failed": Rule(Topic.BUILD_STUCK, _ORDERER, "Build {build} of {design} cannot be planned: {why}."),
    "job.stop-asked": Rule(
        Topic.QUESTION, _LAB, "Build {build} was cancelled while {machine} makes {task}: end that run, or let it end."
    ),
    "substitution.asked": Rule(
        Topic.QUESTION, _ORDERER, "{lab} asks to use something else for build {build} of {design}: {why}."
    ),
    "build.version-here": Rule(
        Topic.QUESTION, _ORDERER, "A newer version of {design} is here: say whether build {build} follows it."
    ),
    "build.finished": Rule(Topic.BUILD_DONE, _ORDERER, "Build {build} of {design} is done."),
    "proposal.opened": Rule(Topic.PROPOSAL, _NAMED, "It waits for a word of yours, until {closes}: {what}."),
    "proposal.passed": Rule(Topic.DECIDED, _NAMED, "It has passed: {what}. {why}."),
    "proposal.refused": Rule(Topic.DECIDED, _NAMED, "It was refused: {what}. {why}."),
    "proposal.lapsed": Rule(Topic.DECIDED, _NAMED, "It has lapsed: {what}. {why}."),
    "proposal.void": Rule(Topic.DECIDED, _NAMED, "It has passed and changes nothing: {what}. {why}."),
    "proposal.withdrawn": Rule(Topic.DECIDED, _NAMED, "It was taken back: {what}. {why}."),
    "distribution.proposed": Rule(
        Topic.DISTRIBUTION, _NAMED, "An income of {amount} for {design} is to be shared. A second person confirms it."
    ),
    "change.proposed": Rule(
        Topic.DESIGN_CHANGE, _NAMED, "A change of {design} is proposed: {why}. Accept it, or say why not."
    ),
    "change.accepted": Rule(Topic.DECIDED, _NAMED, "Your change of {design} was accepted. {why}."),
    "change.declined": Rule(Topic.DECIDED, _NAMED, "Your change of {design} was declined: {why}."),
    "campaign.reached": Rule(Topic.CAMPAIGN_OVER, _NAMED, "Enough have joined: {what}. It is made."),
    "goal.reached": Rule(Topic.CAMPAIGN_OVER, _NAMED, "Enough is pledged: {what}. It is made, and all pledges bind."),
    "goal.lapsed": Rule(Topic.CAMPAIGN_OVER, _NAMED, "Not enough was pledged: {what}. Nobody owes anything."),
    "campaign.lapsed": Rule(Topic.CAMPAIGN_OVER, _NAMED, "Not enough have joined: {what}. Nobody owes anything."),
    "credit.disputed": Rule(
        Topic.CREDIT, _NAMED, "A payment of mutual credit is in dispute. What it brought is held until that is settled."
    ),
    "credit.frozen": Rule(Topic.CREDIT, _NAMED, "An account of mutual credit of yours is frozen: {why}."),
    "neighbour.refused": Rule(Topic.NEIGHBOUR, _NAMED, "Something that came from {neighbour} was refused: {why}."),
    "neighbour.contradicts": Rule(
        Topic.NEIGHBOUR, _NAMED, "Two documents of {neighbour} contradict each other. Neither is used."
    ),
}
"""By kind of event."""

CONDITIONS: Final[Mapping[Topic, Rule]] = {
    Topic.OFFER: Rule(Topic.OFFER, _LAB, "{task} for {design} is offered to {machine}. Answer by {until}. {licence}"),
    Topic.OFFER_ENDING: Rule(Topic.OFFER_ENDING, _LAB, "The offer of {task} for {design} runs out {until}."),
    Topic.PURCHASE_LATE: Rule(
        Topic.PURCHASE_LATE, _ORDERER, "{task} for build {build} of {design} was expected {until} and is not there."
    ),
    Topic.AGENT_SILENT: Rule(
        Topic.AGENT_SILENT, _LAB, "The agent of {lab} has been silent since {until} and has work to do.", urgent=True
    ),
    Topic.MACHINE_WAITS: Rule(
        Topic.MACHINE_WAITS,
        _LAB,
        "{machine} is paused in the midst of {task}, and nobody asked it to. Look at it.",
        urgent=True,
    ),
    Topic.FIRST_LAYER: Rule(
        Topic.FIRST_LAYER,
        _LAB,
        "{machine} is paused early in {task}. It asks for a look at the first layer.",
        urgent=True,
    ),
    Topic.DATE_MOVED: Rule(Topic.DATE_MOVED, _ORDERER, "Build {build} of {design} is now expected {until}: {why}."),
    Topic.PROPOSAL_ENDING: Rule(Topic.PROPOSAL_ENDING, _NAMED, "It ends {closes}, and you have said nothing: {what}."),
    Topic.CAMPAIGN: Rule(Topic.CAMPAIGN, _NAMED, "It ends {closes}, and {lacks} is still wanted: {what}."),
}
"""What no event tells of by itself: it is looked for, see `coordinator.service.alerts.conditions`."""

CLOSES: Final[Mapping[str, frozenset[Topic]]] = {
    "job.made": frozenset({Topic.JOB_FAILED, Topic.LOST_CONTACT, Topic.MACHINE_WAITS, Topic.FIRST_LAYER}),
    "job.scrapped": frozenset({Topic.JOB_FAILED, Topic.LOST_CONTACT, Topic.MACHINE_WAITS, Topic.FIRST_LAYER}),
    "job.running": frozenset({Topic.LOST_CONTACT, Topic.MACHINE_WAITS}),
    "job.freed": frozenset({Topic.MACHINE_WAITS}),
    "job.withdrawn": frozenset({Topic.MACHINE_WAITS}),
    "first-article.accepted": frozenset({Topic.FIRST_ARTICLE}),
    "first-article.waived": frozenset({Topic.FIRST_ARTICLE}),
    "substitution.withdrawn": frozenset({Topic.QUESTION}),
    "purchase.arrived": frozenset({Topic.PURCHASE_LATE}),
    "stock.received": frozenset({Topic.STOCK_LOW}),
    "stock.corrected": frozenset({Topic.STOCK_LOW}),
    "stock.retired": frozenset({Topic.STOCK_LOW}),
    "plan.made": frozenset({Topic.BUILD_STUCK}),
    "build.open": frozenset({Topic.BUILD_DONE}),
    **dict.fromkeys(
        ("proposal.passed", "proposal.refused", "proposal.lapsed", "proposal.void", "proposal.withdrawn"),
        frozenset({Topic.PROPOSAL}),
    ),
    **dict.fromkeys(("distribution.confirmed", "distribution.withdrawn"), frozenset({Topic.DISTRIBUTION})),
    **dict.fromkeys(("change.accepted", "change.declined", "change.withdrawn"), frozenset({Topic.DESIGN_CHANGE})),
    **dict.fromkeys(("credit.dispute-ended", "credit.taken-back", "credit.thawed"), frozenset({Topic.CREDIT})),
    "neighbour.left": frozenset({Topic.NEIGHBOUR}),
}
"""What is over with an event of the same subject; it is not told any more."""

_NOTHING: Final = {
    "agent": "added",
    "alert": "acknowledged address-added address-ended address-verified escalated watch-changed wishes-changed",
    "attempt": "late",
    "build": "address moved opened purpose reported stays",
    "campaign": "joined left opened",
    "claim": "honoured open refused withdrawn",
    "credit": "chosen limited opened paid",
    "design": "answered forked brought-in compatible imported permission-ended permitted",
    "distribution": "paid share-paid",
    "first-article": "begun wanted",
    "flow": "declared imported taken-back",
    "forge": "ended made",
    "fund": "allotted asked granted opened",
    "goal": "opened",
    "formula": "adopted written",
    "hook": "ended made",
    "invitation": "made revoked",
    "job": "dispatched permitted scheduled waiting-for-toolpath waived",
    "kit": "complete ticked unticked waived",
    "lab": "added changed way",
    "licence": "settled",
    "machine": "busy-outside cared-for cleared free-again loaded locked unloaded unlocked",
    "neighbour": "added confirmed heard key-changed",
    "network": "changed chose-published forked key-changed key-made published code-adopted",
    "netting": "confirmed done lapsed proposed refused",
    "obligation": "claimed owed refused settled",
    "offer": "accepted declined expired offered withdrawn",
    "person": "erased identity-linked identity-unlinked joined password-set reset-offered role-given role-taken",
    "photo": "added removed",
    "piece": "accepted delivered made planned rejected scrapped superseded",
    "proposal": "spoken",
    "pledge": "made withdrawn",
    "purchase": "came cancelled expected ordered wanted",
    "rate": "set",
    "quote": "made",
    "request": "asked done expired refused told",
    "reservation": "ended made",
    "schedule": "build lab",
    "shipment": "arrived cost expected packed repaired returned unpacked",
    "stock": "used",
    "task": "arrived cancelled done open ordered settings",
    "token": "made revoked",
    "upkeep": "added ended",
}
NO_ALERT: Final = frozenset(f"{noun}.{verb}" for noun, verbs in _NOTHING.items() for verb in verbs.split())
"""Kinds of events without a rule: somebody has just done them, or they ask nothing of anybody.

Where a date has moved by much, `coordinator.service.alerts.dates` tells what `schedule.build` and `plan.made` say.
"""
