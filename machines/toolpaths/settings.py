"""A slicer's configuration read: only one of our own making passes.

PrusaSlicer's ini: `key = value` a line. Some keys make the slicer run programs or send files elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.errors import InputError
from machines.toolpaths.plates import Area

__all__ = ["bed_area", "bed_height_mm", "checked_settings", "number"]

_MAX_CHARS = 200_000
_EMPTY = ("post_process", "gcode_substitutions")  # programs to run; patterns that rewrite what was checked
_REFUSED = re.compile(r"print_?host|printhost|physical_printer|inherits", re.I)
_ROUND_BED = 0.95  # a bed whose outline fills less of its box is no rectangle


def checked_settings(ini: str) -> Mapping[str, str]:
    """The settings by key.

    Raises:
        InputError: it is no configuration, or could make the slicer run a program or call a printer.
    """
    if len(ini) > _MAX_CHARS:
        raise InputError(f"a configuration of {len(ini):,} signs is none of ours")
    settings: dict[str, str] = {}
    for line_number, line in enumerate(ini.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        key, equals, value = line.partition("=")
        if not equals or not re.fullmatch(r"[a-z0-9_]+", key.strip()):
            raise InputError(f"{line[:40]!r} is no setting", where=f"line {line_number}", hint="write key = value")
        settings[key.strip()] = value.strip()
    for key in _EMPTY:
        if settings.get(key, "").strip('"'):
            raise InputError(f"{key} is not empty: it would run a program or change what was checked", where=key)
    for key, value in settings.items():
        if _REFUSED.search(key) and value.strip('"') not in ("", "0", "octoprint"):
            raise InputError("a configuration must not name a printer's address", where=key)
    return settings


def number(settings: Mapping[str, str], key: str, default: float) -> float:
    """The first number of a setting, percent signs left out; the default where it is not stated.

    Raises:
        InputError: it is no number.
    """
    value = settings.get(key, "").split(",")[0].strip().rstrip("%")
    if not value:
        return default
    try:
        return float(value)
    except ValueError:
        raise InputError(f"{value[:40]!r} is no number", where=key) from None


def bed_area(settings: Mapping[str, str]) -> Area:
    """The bed's rectangle; of a round bed the greatest square in its middle.

    Raises:
        InputError: the configuration states no bed.
    """
    try:
        points = [tuple(map(float, point.split("x"))) for point in settings["bed_shape"].split(",")]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        width, depth = max(xs) - min(xs), max(ys) - min(ys)
        area = (
            abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True))) / 2
        )
        if area >= _ROUND_BED * width * depth:
            return Area(min(xs), min(ys), width, depth)
        side = min(width, depth) / 2**0.5
        return Area((min(xs) + max(xs) - side) / 2, (min(ys) + max(ys) - side) / 2, side, side)
    except (KeyError, ValueError):
        raise InputError(
            "the configuration states no bed", where="bed_shape", hint="write 0x0,250x0,250x210,0x210"
        ) from None


def bed_height_mm(settings: Mapping[str, str]) -> float:
    """How high the printer reaches.

    Raises:
        InputError: the configuration does not say.
    """
    height = number(settings, "max_print_height", 0.0)
    if height <= 0:
        raise InputError("the configuration states no greatest height", where="max_print_height")
    return height
