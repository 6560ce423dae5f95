"""Buckets that fill at a steady rate: how often somebody may do something. They count in this process."""

from __future__ import annotations

import threading
from collections import OrderedDict

__all__ = ["Buckets"]

_MOST_KEYS = 20_000


class Buckets:
    """One bucket for each key; the keys that were used longest ago are forgotten where there are too many."""

    def __init__(self, *, per_s: float, burst: int) -> None:
        """Args: per_s: how often a second in the long run; burst: how often at once."""
        self._per_s = per_s
        self._burst = float(burst)
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, now_s: float) -> float:
        """Take one out of a bucket; returns how many seconds to wait when it is empty, else 0."""
        with self._lock:
            left, since_s = self._left.pop(key, (self._burst, now_s))
            left = min(self._burst, left + max(0.0, now_s - since_s) * self._per_s)
            wait_s = 0.0 if left >= 1 else (1 - left) / self._per_s
            self._left[key] = (left - 1 if left >= 1 else left, now_s)
            if len(self._left) > _MOST_KEYS:
                self._left.popitem(last=False)
        return wait_s

    def forget(self, key: str) -> None:
        """Fill a bucket again."""
        with self._lock:
            self._left.pop(key, None)
