"""How long a machine waits for its heaters: each warms and cools at a steady rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from core.errors import InputError

__all__ = ["HeaterEvent", "Heating", "heating_s"]


class HeaterEvent(NamedTuple):
    """A target set, or waited for.

    Attributes:
        at: how many moves and dwells stand before it.
        heater: "bed", or "hotend" and the tool ("hotend T0").
        target_c: or None when the target stands as it is.
        waits: whether the program goes on only when the target is reached.
    """

    at: int
    heater: str
    target_c: float | None
    waits: bool


@dataclass(frozen=True, slots=True)
class Heating:
    """How fast heaters warm.

    The defaults are of the order of a 40 W cartridge and a 200 W bed of a desktop printer; they are an assumption, and
    a machine's own figures should take their place.

    Attributes:
        hotend_c_s, bed_c_s: degrees a second upwards.
        cooling_c_s: degrees a second downwards.
        ambient_c: where all start.
    """

    hotend_c_s: float = 2.0
    bed_c_s: float = 0.25
    cooling_c_s: float = 0.5
    ambient_c: float = 21.0

    def __post_init__(self) -> None:
        if not min(self.hotend_c_s, self.bed_c_s, self.cooling_c_s) > 0:
            raise InputError("heaters need rates above 0")


class _Heater:
    def __init__(self, rate_c_s: float, model: Heating) -> None:
        self._rate_c_s, self._model = rate_c_s, model
        self._from_c = self._target_c = model.ambient_c
        self._since_s = 0.0

    def temperature_c(self, now_s: float) -> float:
        passed_s = now_s - self._since_s
        if self._target_c >= self._from_c:
            return min(self._target_c, self._from_c + self._rate_c_s * passed_s)
        return max(self._target_c, self._from_c - self._model.cooling_c_s * passed_s)

    def set(self, target_c: float, now_s: float) -> None:
        self._from_c, self._since_s = self.temperature_c(now_s), now_s
        self._target_c = max(target_c, self._model.ambient_c)

    def wait_s(self, now_s: float) -> float:
        """Seconds until the target is reached from below; cooling is not waited for (Marlin's M109 S)."""
        return max(0.0, self._target_c - self.temperature_c(now_s)) / self._rate_c_s


def heating_s(timeline: Iterable[tuple[float, HeaterEvent]], model: Heating) -> float:
    """Seconds that a program spends waiting for heaters.

    Args:
        timeline: events in order, each with the seconds of motion and dwells before it.
        model: of the machine's heaters.
    """
    heaters: dict[str, _Heater] = {}
    waited_s = 0.0
    for moved_s, event in timeline:
        rate_c_s = model.bed_c_s if event.heater == "bed" else model.hotend_c_s
        heater = heaters.setdefault(event.heater, _Heater(rate_c_s, model))
        now_s = moved_s + waited_s
        if event.target_c is not None:
            heater.set(event.target_c, now_s)
        if event.waits:
            waited_s += heater.wait_s(now_s)
    return waited_s
