"""What a plate should take by the estimator, which never asks a slicer: a second opinion on every slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geometry.stl import Corners
from machines.printing.estimate import estimate_print
from machines.printing.profile import PrintProfile
from machines.toolpaths.answer import Expected

__all__ = ["ProfileExpectation"]


@dataclass(frozen=True, slots=True)
class ProfileExpectation:
    """The estimate for a profile; the slicer must be given the same one."""

    profile: PrintProfile

    @property
    def name(self) -> str:
        """Who estimates; raise the number when the same plate would be estimated otherwise."""
        return "the estimate 1"

    def __call__(self, pieces: Sequence[Corners]) -> Expected | None:
        """What a plate with these pieces should take; None where the estimate gives no number."""
        estimate = estimate_print(np.concatenate(list(pieces)), self.profile)
        if not (estimate.duration_s > 0 and estimate.volume_mm3 > 0):
            return None
        return Expected(estimate.duration_s, estimate.volume_mm3, self.name)
