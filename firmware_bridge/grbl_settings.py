"""What a GRBL says of its own settings (`$$`), held against what its lab says of the machine.

Source: GRBL 1.1, `doc/markdown/settings.md`: `$30` is the S of full power, `$32` switches laser mode on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from gcode.safety_policy import SafetyPolicy, Tool

__all__ = ["contradiction", "read_settings"]

_SETTING = re.compile(r"\$(\d{1,3})=(-?\d{1,9}(?:\.\d{1,9})?)(?!\S)")
_FULL_POWER, _LASER_MODE = 30, 32


def read_settings(lines: Sequence[str]) -> Mapping[int, float]:
    """Numbered settings as `$$` tells them; what is no such line, or no number, is left out."""
    found = filter(None, map(_SETTING.match, lines))
    return MappingProxyType({int(each[1]): float(each[2]) for each in found})


def contradiction(settings: Mapping[int, float], policy: SafetyPolicy) -> str | None:
    """Why a program that was checked for this policy must not run under these settings; None when nothing is known.

    Args:
        settings: as the firmware tells them.
        policy: of the machine; without a tool nothing is compared.
    """
    laser_mode = settings.get(_LASER_MODE)
    if policy.tool is Tool.SPINDLE and laser_mode == 1:
        return "laser mode is on ($32=1), but this machine has a spindle: it would not wait for it to turn; set $32=0"
    if policy.tool is not Tool.LASER:
        return None
    if laser_mode == 0:
        return "laser mode is off ($32=0): the beam would burn where the machine stands or travels; set $32=1"
    full = settings.get(_FULL_POWER)
    if full is not None and policy.max_power is not None and 0 < full < policy.max_power:
        return (
            f"full power is S{full:g} here ($30), but S{policy.max_power:g} by the labs file: every power would be "
            "stronger than was meant; make them the same"
        )
    return None
