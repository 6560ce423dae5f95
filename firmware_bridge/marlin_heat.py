"""Heat that a machine let go while it was paused: firmwares switch heaters off that nobody uses for long."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["lost_heat"]

_OFF_C = 1.0


def lost_heat(before: Mapping[str, tuple[float, float]], now: Mapping[str, tuple[float, float]]) -> list[str]:
    """Commands that bring back targets which were set and are not any more: all set first, then waited for.

    Args:
        before: actual and target in C by heater ("T", "T1", "B"), when the pause began.
        now: the same when it ends; a heater that is not told of is left alone.
    """
    lost = {name: before[name][1] for name in before if before[name][1] > _OFF_C and now.get(name, (0, 99))[1] < _OFF_C}
    bed = [f"S{lost['B']:g}"] if "B" in lost else []
    tools = [f"{'' if name == 'T' else name + ' '}S{target:g}" for name, target in lost.items() if name[:1] == "T"]
    return [
        *(f"M140 {word}" for word in bed),
        *(f"M104 {word}" for word in tools),
        *(f"M190 {word}" for word in bed),
        *(f"M109 {word}" for word in tools),
    ]
