"""GRBL and what speaks like it: how each greets, what it holds, and what it calls itself.

Sources: GRBL 1.1 interface notes; grblHAL's core wiki ("For sender developers"); FluidNC's documentation of its
start-up messages and of `$I`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["KINDS", "GrblKind"]


@dataclass(frozen=True, slots=True)
class GrblKind:
    """One of them.

    Attributes:
        banner: what it says after a reset.
        version: its lines of `$I`.
        receive_bytes: its receive buffer, the last byte included.
        planner_blocks: moves that it plans ahead.
        reports_buffers: whether status reports tell the free buffers (`$10` as shipped).
        changes_tools: whether M6 is a state of its own that ends by a cycle start; else M6 is unknown.
    """

    banner: str
    version: tuple[str, ...]
    receive_bytes: int
    planner_blocks: int
    reports_buffers: bool
    changes_tools: bool


KINDS: Mapping[str, GrblKind] = MappingProxyType(
    {
        "grbl": GrblKind(
            "Grbl 1.1h ['$' for help]",
            ("[VER:1.1h.20190825:virtual]", "[OPT:V,15,128]"),
            receive_bytes=128,
            planner_blocks=16,
            reports_buffers=True,
            changes_tools=False,
        ),
        "grblhal": GrblKind(
            "GrblHAL 1.1f ['$' or '$HELP' for help]",
            (
                "[VER:1.1f.20240928:virtual]",
                "[OPT:VNMSL,100,1024,3,0]",
                "[NEWOPT:ENUMS,RT+,TC]",
                "[FIRMWARE:grblHAL]",
                "[DRIVER:virtual]",
            ),
            receive_bytes=1024,
            planner_blocks=101,
            reports_buffers=True,
            changes_tools=True,
        ),
        "fluidnc": GrblKind(
            "Grbl 3.9 [FluidNC v3.9.1 (wifi) '$' for help]",
            ("[VER:3.9 FluidNC v3.9.1:virtual]", "[OPT:PHS]", "[MSG: Machine: virtual]"),
            receive_bytes=256,
            planner_blocks=16,
            reports_buffers=False,
            changes_tools=False,
        ),
    }
)
