"""The part of the API under `designs`, and what it answers.

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
    FieldChange,
    Purpose,
    QuestionView,
)

__all__ = [
    "AnswerView",
    "BillLineView",
    "BillPage",
    "BillReasonView",
    "ChangeState",
    "ClashView",
    "CompatibleView",
    "DesignChangeView",
    "DesignLicenceView",
    "Designs",
    "FeedbackView",
    "LeftOutView",
    "OneAnswer",
    "PartDifference",
    "PartFileView",
    "PartLicenceView",
    "PermissionView",
    "VersusView",
]


ChangeState: TypeAlias = Literal["proposed", "accepted", "declined", "withdrawn"]
"""Life of a proposed change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """An answer that was given here; with it the design became the version `made_id`."""

    id: int
    design_id: int
    item: str
    about: str
    answer: str
    answered_by: str
    answered_at: datetime
    made_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLineView:
    """One line; `quantity` is for one product, null where nobody says. `files` are the part's, the best first."""

    key: str
    name: str
    quantity: float | None
    unit: str
    make: str
    make_reason: str
    status: str
    process: str | None
    material: str | None
    files: tuple[str, ...]
    assembly: str | None
    supplier: str | None
    reasons: tuple[BillReasonView, ...]
    questions: tuple[QuestionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BillPage:
    """Up to `LINES_A_PAGE` lines; the questions about no single line and what is left out stand on each."""

    lines: tuple[BillLineView, ...]
    count: int
    page: int
    pages: int
    questions: tuple[QuestionView, ...]
    left_out: tuple[LeftOutView, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BillReasonView:
    """Where one fact of a line comes from: `origin` is read, derived, guessed or answered."""

    fact: str
    value: str
    origin: str
    rule: str
    file: str | None
    place: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClashView:
    """A part whose licence does not go together with that of the whole, and the clause that says so."""

    part: str
    licence: str
    clause: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompatibleView:
    """A maintainer's word that pieces of a part as it was will do in another version."""

    id: int
    old_id: int
    new_id: int
    part: str
    why: str
    marked_by: str
    marked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignChangeView:
    """A version that somebody proposes for a design.

    `design_id` is the version that it is to follow, `version_id` the one that is proposed. `made_id` is the version
    that the design got by it, null while nobody has accepted it. `own` says that it came from the design's own address.
    `may_decide` and `may_withdraw` are about who reads.
    """

    id: int
    design_id: int
    design: str
    version_id: int
    version: str
    state: ChangeState
    proposed_at: datetime
    proposed_by: str
    why: str
    decided_at: datetime | None
    decided_by: str | None
    decision: str
    made_id: int | None
    own: bool
    may_decide: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignLicenceView:
    """The licences of a design. `credit` is who is to be named, as far as its manifest says."""

    licence: str | None
    credit: str | None
    parts: tuple[PartLicenceView, ...]
    clashes: tuple[ClashView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackView:
    """A text for the designer; `issue_url` opens it as a new issue where the design's forge is one that is known."""

    design_id: int
    title: str
    markdown: str
    issue_url: str | None
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutView:
    """What the list names and the product does not hold."""

    name: str
    why: str
    file: str | None
    place: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OneAnswer:
    """An answer: `about` is a field of a line (docs/answers.md), or the question's own sentence."""

    item: str
    about: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDifference:
    """One part; `change` is changed, added or removed."""

    key: str
    name: str
    kind: str
    change: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFileView:
    """A part file. `number` is its place in the design's list of them; `solid` where it has three dimensions."""

    number: int
    path: str
    bytes: int
    solid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLicenceView:
    """A part file with a licence of its own."""

    file: str
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionView:
    """A word of the designer.

    It holds for all versions of the design, in `lab` or, where that is null, everywhere. `up_to` is the purpose that
    asks most of what is permitted: own use, gift, at cost, sale.
    """

    id: int
    design_id: int
    lab: str | None
    up_to: Purpose
    note: str
    given_at: datetime
    given_by: str
    ended_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersusView:
    """What a version changes of another. Lists are cut at 200; `same` counts the parts that are as they were."""

    from_design_id: int
    to_design_id: int
    licence_before: str | None
    licence_after: str | None
    parts: tuple[PartDifference, ...]
    same: int
    files_added: tuple[str, ...]
    files_removed: tuple[str, ...]
    files_changed: tuple[str, ...]


class Designs(Calls):
    """The part of the API under `designs`."""

    def list_designs(self) -> Iterator[DesignView]:
        """Every design, the oldest first."""
        return self._pages(DesignView, "/designs", {}, 200)

    def import_design(self, url: str, *, revision: str | None = None, key: str | None = None) -> DesignView:
        """Import a design from a git repository at a public https address. The same content is the same design."""
        return self._one(DesignView, "POST", "/designs", body={"url": url, "revision": revision}, key=new_key(key))

    def read_bill(self, design_id: int, *, page: int = 1) -> BillPage:
        """A page of a design's bill, line by line: why each line is read so, and what only its designer can say of it."""  # noqa: E501 (the words of the route)
        return self._one(BillPage, "GET", f"/designs/{segment(design_id)}/bill", query={"page": page})

    def fetch_archive(self, design_id: int) -> bytes:
        """All files of a design as one zip: its complete source. Without a licence it is for members only."""
        return self._caller.bytes(f"/designs/{segment(design_id)}/archive")

    def read_design(self, design_id: int) -> DesignView:
        """One design, with what only its designer can say."""
        return self._one(DesignView, "GET", f"/designs/{segment(design_id)}")

    def import_uploaded_design(self, upload_id: str, name: str, *, key: str | None = None) -> DesignView:
        """Import a design from an archive that was uploaded in parts; the upload stays until it is ended or expires."""
        return self._one(
            DesignView, "POST", "/designs/uploaded", body={"upload_id": upload_id, "name": name}, key=new_key(key)
        )

    def list_part_files(self, design_id: int) -> tuple[PartFileView, ...]:
        """The part files of a design, by path."""
        found: tuple[PartFileView, ...] = self._any(
            tuple[PartFileView, ...], "GET", f"/designs/{segment(design_id)}/parts"
        )
        return found

    def read_part_picture(self, design_id: int, number: int) -> bytes:
        """A picture of a part: a mesh or solid seen from the front, the right and above, or a drawing's lines."""
        return self._caller.bytes(f"/designs/{segment(design_id)}/parts/{segment(number)}/picture")

    def read_part_view(self, design_id: int, number: int) -> bytes:
        """A part with three dimensions, packed for a viewer: at most 100,000 triangles."""
        return self._caller.bytes(f"/designs/{segment(design_id)}/parts/{segment(number)}/view")

    def mark_compatible(
        self, design_id: int, older_id: int, part: str, why: str, *, key: str | None = None
    ) -> CompatibleView:
        """Say that pieces of a part as it was in an older version will do in this one; for maintainers."""
        return self._one(
            CompatibleView,
            "POST",
            f"/designs/{segment(design_id)}/compatible",
            body={"older_id": older_id, "part": part, "why": why},
            key=new_key(key),
        )

    def list_answers(self, design_id: int) -> tuple[AnswerView, ...]:
        """The answers that were given here about a design, the newest first."""
        found: tuple[AnswerView, ...] = self._any(
            tuple[AnswerView, ...], "GET", f"/designs/{segment(design_id)}/answers"
        )
        return found

    def answer_questions(self, design_id: int, answers: Sequence[OneAnswer], *, key: str | None = None) -> DesignView:
        """Answer questions about a design; with its answers it is another version, which open builds may move to."""
        return self._one(
            DesignView, "POST", f"/designs/{segment(design_id)}/answers", body={"answers": answers}, key=new_key(key)
        )

    def read_feedback(self, design_id: int) -> FeedbackView:
        """What making a version has taught, as Markdown for its designer; nobody is named in it."""
        return self._one(FeedbackView, "GET", f"/designs/{segment(design_id)}/feedback")

    def read_design_licence(self, design_id: int) -> DesignLicenceView:
        """The licence of a design, those of its parts that have others, and where they do not go together."""
        return self._one(DesignLicenceView, "GET", f"/designs/{segment(design_id)}/licence")

    def list_permissions(self, design_id: int) -> tuple[PermissionView, ...]:
        """What the designer permits beside the licence, the newest first; it holds for all versions."""
        found: tuple[PermissionView, ...] = self._any(
            tuple[PermissionView, ...], "GET", f"/designs/{segment(design_id)}/permissions"
        )
        return found

    def give_permission(
        self, design_id: int, up_to: Purpose, note: str, *, lab: str | None = None, key: str | None = None
    ) -> PermissionView:
        """Record what the designer permits: by a maintainer or a steward, for one lab by its operators."""
        return self._one(
            PermissionView,
            "POST",
            f"/designs/{segment(design_id)}/permissions",
            body={"up_to": up_to, "note": note, "lab": lab},
            key=new_key(key),
        )

    def end_permission(self, permission_id: int, *, why: str = "", key: str | None = None) -> PermissionView:
        """Say that a permission holds no more; what was accepted under it stays accepted."""
        return self._one(
            PermissionView, "POST", f"/permissions/{segment(permission_id)}/end", body={"why": why}, key=new_key(key)
        )

    def list_design_changes(
        self, *, state: ChangeState | None = None, design_id: int | None = None
    ) -> Iterator[DesignChangeView]:
        """Proposed changes, the newest first; of one state, of one design in all its versions, or all.

        `design_id`: Any version of a design.
        """
        return self._pages(DesignChangeView, "/design-changes", {"state": state, "design_id": design_id}, 200)

    def propose_design_change(
        self, design_id: int, version_id: int, why: str, *, key: str | None = None
    ) -> DesignChangeView:
        """Propose a version that you brought in or maintain to the maintainers of a design."""
        return self._one(
            DesignChangeView,
            "POST",
            f"/designs/{segment(design_id)}/changes",
            body={"version_id": version_id, "why": why},
            key=new_key(key),
        )

    def read_design_change(self, change_id: int) -> DesignChangeView:
        """One proposed change."""
        return self._one(DesignChangeView, "GET", f"/design-changes/{segment(change_id)}")

    def read_design_change_difference(self, change_id: int) -> VersusView:
        """What it does to the version that it is to follow: parts, files, licence."""
        return self._one(VersusView, "GET", f"/design-changes/{segment(change_id)}/difference")

    def accept_design_change(self, change_id: int, *, why: str = "", key: str | None = None) -> DesignChangeView:
        """Take it over, as a maintainer: it is the design's newest version from now on."""
        return self._one(
            DesignChangeView,
            "POST",
            f"/design-changes/{segment(change_id)}/accept",
            body={"why": why},
            key=new_key(key),
        )

    def decline_design_change(self, change_id: int, why: str, *, key: str | None = None) -> DesignChangeView:
        """Say no, as a maintainer, and why."""
        return self._one(
            DesignChangeView,
            "POST",
            f"/design-changes/{segment(change_id)}/decline",
            body={"why": why},
            key=new_key(key),
        )

    def withdraw_design_change(self, change_id: int, *, why: str = "", key: str | None = None) -> DesignChangeView:
        """Take back what you proposed."""
        return self._one(
            DesignChangeView,
            "POST",
            f"/design-changes/{segment(change_id)}/withdraw",
            body={"why": why},
            key=new_key(key),
        )
