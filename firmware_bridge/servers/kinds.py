"""The kinds of print servers, by the name that a labs file or a command gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from firmware_bridge.servers.duet import Duet
from firmware_bridge.servers.moonraker import Moonraker
from firmware_bridge.servers.octoprint import OctoPrint
from firmware_bridge.servers.prusalink import PrusaLink
from firmware_bridge.servers.server import PrintServer

__all__ = ["KINDS"]

KINDS: Mapping[str, Callable[[str, str], PrintServer]] = MappingProxyType(
    {"octoprint": OctoPrint, "moonraker": Moonraker, "prusalink": PrusaLink, "duet": Duet}
)
"""In the order in which they are asked when a person does not say which it is."""
