"""The part of the API under `benefits`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    DesignView,
    ProposalView,
    Rule,
)

__all__ = [
    "AttestationView",
    "Benefits",
    "DifferenceOfFormulas",
    "DistributionState",
    "DistributionView",
    "ForkView",
    "FormulaView",
    "PartyView",
    "RecipientView",
    "RowOfTrial",
    "ShareReasonView",
    "StarterView",
    "TrialOfFormulas",
    "TriedBody",
    "TriedFormula",
    "ViewsShareView",
]


DistributionState: TypeAlias = Literal["proposed", "confirmed", "paid", "withdrawn"]
"""Life of a distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationView:
    """What was observed of one part at one file.

    `made` are pieces that came out good, `failed` those that were scrapped or rejected by a peer; `accepted` and
    `rejected` count the checks of peers; `labs` says how many labs made them, not which.
    """

    design: str
    version: str
    part: str
    process: str | None
    material: str | None
    file: str | None
    file_sha256: str | None
    made: int
    failed: int
    accepted: int
    rejected: int
    labs: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceOfFormulas:
    """What has changed from one version to another, a sentence each."""

    from_id: int
    to_id: int
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionView:
    """An income, shared: the shares come to the income, to the cent.

    No money moves here. `contributions_sha256` is that of the contributions that were counted, as they were then;
    `unknown` are events whose worth nobody knew, with the reason: they count nowhere.
    """

    id: int
    design_id: int
    design: str
    build_id: int | None
    income_cents: int
    currency: str
    source: str
    why: str
    state: DistributionState
    proposed_at: datetime
    proposed_by: str
    decided_at: datetime | None
    decided_by: str | None
    formula_id: int
    formula: str
    formula_number: int
    formula_words: tuple[str, ...]
    contributions: int
    contributions_sha256: str
    recipients: tuple[RecipientView, ...]
    unknown: dict[str, str]
    more_unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkView:
    """One design beside another: where it began, or what began with it."""

    design_id: int
    design: str
    licence: str | None
    forked_at: datetime
    forked_by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormulaView:
    """A version of a formula.

    `words` say it in sentences, `text` is the TOML that it is. `design_id` is the newest version here of the design
    that it is for, null where it is for the whole network; `holds` whether incomes there are shared by it now.
    """

    id: int
    design_id: int | None
    design: str | None
    number: int
    name: str
    currency: str
    words: tuple[str, ...]
    text: str
    sha256: str
    forked_from: int | None
    written_at: datetime
    written_by: str
    why: str
    holds: bool
    adopted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyView:
    """Somebody who gets something.

    `who` is the name in the economic events, or what the formula says. `kind` is person, lab, machine, designers (of a
    design without one known maintainer), or named (by the formula, or in another network); `key` is the id there, and
    `label` what people read.
    """

    who: str
    kind: str
    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientView:
    """Who gets something. `permille` is the part of the income, rounded; `paid_at` is null while nobody said so."""

    party: PartyView
    cents: int
    permille: int
    reasons: tuple[ShareReasonView, ...]
    paid_at: datetime | None
    paid_by: str | None
    paid_how: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOfTrial:
    """What one would get by each formula, in cents, in the order of the formulas."""

    party: PartyView
    cents: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareReasonView:
    """What one gets out of one bucket: for so many contributions of a kind, or because the formula names them.

    `left_over` is what nobody has a claim to: it goes to whom the formula names for that. `shares` has the largest of
    them, `more` says how many are left out.
    """

    bucket: str
    percent: int
    kind: str | None
    left_over: bool
    by: str
    claim: str
    cents: int
    contributions: int
    minutes: int
    amount_cents: int
    shares: tuple[ViewsShareView, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StarterView:
    """A formula that comes with the program, in words and as a text."""

    key: str
    name: str
    currency: str
    words: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOfFormulas:
    """Who would get what. `counted` contributions of those with a price were known, `unknown` had none."""

    income_cents: int
    currency: str
    formulas: tuple[TriedFormula, ...]
    rows: tuple[RowOfTrial, ...]
    counted: int
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedBody:
    """A formula to try: the number of a version, the key of one that comes with the program, or a text."""

    formula_id: int | None = None
    starter: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedFormula:
    """A formula that was tried, in words."""

    name: str
    words: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewsShareView:
    """One contribution, and what it brings; `contribution` is the id of its economic event, `number` its place here."""

    contribution: str
    number: int | None
    cents: int
    minutes: int
    rate_cents: int | None
    amount_cents: int
    at: datetime | None
    build_id: int | None
    note: str


class Benefits(Calls):
    """The part of the API under `benefits`."""

    def list_formulas(self, *, design_id: int | None = None, everywhere: bool = False) -> Iterator[FormulaView]:
        """Versions of formulas, the newest first: of a design, of the network where none is named, or of all.

        `design_id`: Any version of a design.
        `everywhere`: Of all designs and of the network.
        """
        return self._pages(FormulaView, "/formulas", {"design_id": design_id, "everywhere": everywhere}, 200)

    def write_formula(
        self,
        text: str,
        *,
        design_id: int | None = None,
        forked_from: int | None = None,
        why: str = "",
        key: str | None = None,
    ) -> FormulaView:
        """Write a version of a formula; it holds when a proposal to use it has passed."""
        return self._one(
            FormulaView,
            "POST",
            "/formulas",
            body={"text": text, "design_id": design_id, "forked_from": forked_from, "why": why},
            key=new_key(key),
        )

    def list_starters(self) -> tuple[StarterView, ...]:
        """Formulas that come with the program, to begin with."""
        found: tuple[StarterView, ...] = self._any(tuple[StarterView, ...], "GET", "/formulas/starters")
        return found

    def begin_formula(
        self, starter: str, *, design_id: int | None = None, why: str = "", key: str | None = None
    ) -> FormulaView:
        """Take over a formula that comes with the program, for a design or for the network."""
        return self._one(
            FormulaView,
            "POST",
            f"/formulas/starters/{segment(starter)}/fork",
            body={"design_id": design_id, "why": why},
            key=new_key(key),
        )

    def try_formulas(
        self, design_id: int, income_cents: int, formulas: Sequence[TriedBody], *, build_id: int | None = None
    ) -> TrialOfFormulas:
        """Who would get what, if: up to four formulas side by side; nothing is stored."""
        return self._one(
            TrialOfFormulas,
            "POST",
            "/formulas/trial",
            body={"design_id": design_id, "income_cents": income_cents, "formulas": formulas, "build_id": build_id},
        )

    def read_formula(self, formula_id: int) -> FormulaView:
        """One version of a formula, in words and as a text."""
        return self._one(FormulaView, "GET", f"/formulas/{segment(formula_id)}")

    def fork_formula(
        self, formula_id: int, *, design_id: int | None = None, why: str = "", key: str | None = None
    ) -> FormulaView:
        """Take over anybody's formula word for word, for a design or for the network."""
        return self._one(
            FormulaView,
            "POST",
            f"/formulas/{segment(formula_id)}/fork",
            body={"design_id": design_id, "why": why},
            key=new_key(key),
        )

    def compare_formulas(self, formula_id: int, to: int) -> DifferenceOfFormulas:
        """What has changed from one version to another, in plain words.

        `to`: The other version.
        """
        return self._one(DifferenceOfFormulas, "GET", f"/formulas/{segment(formula_id)}/difference", query={"to": to})

    def propose_formula(
        self,
        formula_id: int,
        *,
        rule: Rule = "consent",
        hours: float = 168,
        quorum_percent: int | None = None,
        why: str = "",
        key: str | None = None,
    ) -> ProposalView:
        """Propose that incomes are shared by this version from now on."""
        return self._one(
            ProposalView,
            "POST",
            f"/formulas/{segment(formula_id)}/proposal",
            body={"rule": rule, "hours": hours, "quorum_percent": quorum_percent, "why": why},
            key=new_key(key),
        )

    def read_holding_formula(self, design_id: int) -> FormulaView:
        """The formula by which incomes of a design are shared now: its own, or else that of the network."""
        return self._one(FormulaView, "GET", f"/designs/{segment(design_id)}/formula")

    def list_distributions(
        self, *, design_id: int | None = None, build_id: int | None = None, state: DistributionState | None = None
    ) -> Iterator[DistributionView]:
        """Incomes that were shared, the newest first, without the reasons of each share.

        `design_id`: Any version of a design.
        """
        return self._pages(
            DistributionView, "/distributions", {"design_id": design_id, "build_id": build_id, "state": state}, 200
        )

    def propose_distribution(
        self,
        design_id: int,
        income_cents: int,
        currency: str,
        source: str,
        *,
        build_id: int | None = None,
        why: str = "",
        key: str | None = None,
    ) -> DistributionView:
        """Share an income by the formula that holds; somebody else confirms it."""
        return self._one(
            DistributionView,
            "POST",
            "/distributions",
            body={
                "design_id": design_id,
                "income_cents": income_cents,
                "currency": currency,
                "source": source,
                "build_id": build_id,
                "why": why,
            },
            key=new_key(key),
        )

    def read_distribution(self, distribution_id: int) -> DistributionView:
        """One distribution: who gets how much, and for which contributions."""
        return self._one(DistributionView, "GET", f"/distributions/{segment(distribution_id)}")

    def confirm_distribution(self, distribution_id: int, *, why: str = "", key: str | None = None) -> DistributionView:
        """Agree that an income is shared so; refused where what it stands on has changed since."""
        return self._one(
            DistributionView,
            "POST",
            f"/distributions/{segment(distribution_id)}/confirm",
            body={"why": why},
            key=new_key(key),
        )

    def withdraw_distribution(self, distribution_id: int, *, why: str = "", key: str | None = None) -> DistributionView:
        """Take a proposed distribution back, or refuse it; it counts nowhere."""
        return self._one(
            DistributionView,
            "POST",
            f"/distributions/{segment(distribution_id)}/withdraw",
            body={"why": why},
            key=new_key(key),
        )

    def note_share_paid(
        self, distribution_id: int, who: str, *, why: str = "", key: str | None = None
    ) -> DistributionView:
        """Note that somebody was paid their share, elsewhere: no money moves here."""
        return self._one(
            DistributionView,
            "POST",
            f"/distributions/{segment(distribution_id)}/payments",
            body={"who": who, "why": why},
            key=new_key(key),
        )

    def list_attestations(self, design_id: int) -> tuple[AttestationView, ...]:
        """What was observed of a design's parts here: so many made, so many failed, by file; no opinions."""
        found: tuple[AttestationView, ...] = self._any(
            tuple[AttestationView, ...], "GET", f"/designs/{segment(design_id)}/attestations"
        )
        return found

    def list_forks(self, design_id: int) -> tuple[ForkView, ...]:
        """The designs that began as this one."""
        found: tuple[ForkView, ...] = self._any(tuple[ForkView, ...], "GET", f"/designs/{segment(design_id)}/forks")
        return found

    def fork_design(
        self, design_id: int, *, name: str | None = None, why: str = "", key: str | None = None
    ) -> DesignView:
        """Go on from a design on your own: licence and origin stay with it, and you maintain it."""
        return self._one(
            DesignView, "POST", f"/designs/{segment(design_id)}/fork", body={"name": name, "why": why}, key=new_key(key)
        )
