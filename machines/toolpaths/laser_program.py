"""Lines to G-code for GRBL 1.1 lasers (`$32=1`): M4, dynamic power, so that corners are not burnt.

Source: GRBL 1.1 documentation, "Laser Mode". Travels state S0, so that the beam is off on them even
where laser mode is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from machines.toolpaths.cut_lines import Action, CutLine
from machines.toolpaths.laser_settings import Beam, LaserSettings

__all__ = ["laser_gcode"]

_ACTED_ON = "()?!~"  # brackets end a comment; the others act at once where comments are sent along


def laser_gcode(
    lines: Sequence[CutLine], settings: LaserSettings, *, full_power_s: float, title: Sequence[str]
) -> bytes:
    """The program.

    Args:
        lines: in order, in millimetres from the sheet's lower left corner.
        settings: how they are followed.
        full_power_s: the S word at full power (`$30`).
        title: lines of comment at the beginning; what is not printable ASCII, or acts on its own, is replaced.
    """
    words = [f"; {_plain(each)}" for each in title]
    words += ["G21 ; millimetres", "G90", "G17", "G94", "M5", "M4 S0"]
    for line in lines:
        beam = settings.engrave if line.action is Action.ENGRAVE else settings.cut
        words += _followed(line, beam, full_power_s)
    words += ["M5", "G0 X0 Y0", "M2"]
    return ("\n".join(words) + "\n").encode("ascii")


def _followed(line: CutLine, beam: Beam, full_power_s: float) -> Iterator[str]:
    points = line.points.tolist()
    x, y = points[0]
    yield f"G0 X{_number(x)} Y{_number(y)} S0"
    speed = f" F{_number(beam.feed_mm_min)} S{_number(beam.power_share * full_power_s)}"
    for _ in range(beam.passes):
        for x, y in points[1:]:
            yield f"G1 X{_number(x)} Y{_number(y)}{speed}"
            speed = ""
        if not line.closed:
            points.reverse()


def _number(value: float) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _plain(text: str) -> str:
    return "".join(sign if " " <= sign <= "~" and sign not in _ACTED_ON else "_" for sign in text)[:200]
