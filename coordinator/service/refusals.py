"""What the application says no with, below `core.errors`; each has a code that programs can rely on.

UnknownError        there is no such thing, or not for who asks
ForbiddenError      who asks may not do this
UnauthenticatedError  the token is none that is valid
StaleError          an agent acts under a lease that is no longer its own
ChangedError        what is to be changed is no longer as the caller saw it
UnsettledError      a licence asks something that nobody has settled yet
ReusedKeyError      an idempotency key was used for another request
TooManyError        somebody asks too often
"""

from __future__ import annotations

from core.errors import FabcommonsError, InputError, StateError

__all__ = [
    "ChangedError",
    "ForbiddenError",
    "ReusedKeyError",
    "StaleError",
    "TooManyError",
    "UnauthenticatedError",
    "UnknownError",
    "UnsettledError",
]


class UnknownError(FabcommonsError):
    """There is no such thing, or not for who asks."""


class ForbiddenError(FabcommonsError):
    """Who asks may not do this."""


class UnauthenticatedError(FabcommonsError):
    """Who asks shows no token that is valid."""


class StaleError(StateError):
    """An agent acts under a lease that is no longer its own."""


class ChangedError(StateError):
    """What is to be changed is no longer as the caller saw it."""


class UnsettledError(StateError):
    """A licence asks something that nobody has settled yet: who accepts the work says how it is settled."""


class ReusedKeyError(InputError):
    """An idempotency key was used before, for another request."""


class TooManyError(FabcommonsError):
    """Somebody asks too often."""

    def __init__(self, what: str, *, wait_s: float) -> None:
        """Args: what: is asked too often; wait_s: after how long it may be asked again."""
        super().__init__(what, hint=f"try again in {wait_s:.0f} s")
        self.wait_s = wait_s
