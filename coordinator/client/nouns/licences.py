"""The part of the API under `licences`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from dataclasses import dataclass

from coordinator.client.calls import Calls
from coordinator.client.nouns.shared import (
    AnswerWord,
    Maker,
    Purpose,
    ReasonView,
)

__all__ = ["AdviceView", "Licences"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceView:
    """What a licence asks of a maker for a purpose: our own reading and no legal advice.

    `maker` and `purpose` are null where nobody has said. `unsaid` is what would have to be said for a better answer.
    """

    licence: str | None
    maker: Maker | None
    purpose: Purpose | None
    answer: AnswerWord
    sentence: str
    chosen: str
    reasons: tuple[ReasonView, ...]
    duties: tuple[ReasonView, ...]
    unsaid: tuple[str, ...]


class Licences(Calls):
    """The part of the API under `licences`."""

    def advise_on_licence(
        self,
        *,
        licence: str | None = None,
        maker: Maker | None = None,
        purpose: Purpose | None = None,
        changed: bool = False,
    ) -> AdviceView:
        """What a licence asks of a maker for a purpose, in a sentence and by clause.

        No legal advice.

        `licence`: An SPDX expression; without it none is stated.
        `maker`: Who makes it; without it nobody has said.
        `purpose`: What for; without it nobody has said.
        `changed`: Whether the design was changed.
        """
        return self._one(
            AdviceView,
            "GET",
            "/licences/advice",
            query={"licence": licence, "maker": maker, "purpose": purpose, "changed": changed},
        )
