"""Finds what hangs on this computer's serial ports and which print servers answer, without disturbing what works.

Opening a port resets most boards, and with that ends what they do: a port that another program has open is left alone,
and whoever calls `ask_port` has asked the person first.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import FabcommonsError, InputError, LostContactError
from firmware_bridge.device import Identity
from firmware_bridge.grbl import GrblDevice
from firmware_bridge.marlin import MarlinDevice
from firmware_bridge.servers.device import ServerDevice
from firmware_bridge.servers.kinds import KINDS

__all__ = ["Found", "SerialPlace", "ask_port", "ask_server", "serial_places", "servers_at", "user_of"]

_BAUDS = (115200, 250000)
_USUAL_PORTS = (80, 5000, 7125)  # any web server; OctoPrint; Moonraker
_SERVER_S = 8.0
_LOCKS = (Path("/run/lock"), Path("/var/lock"))


@dataclass(frozen=True, slots=True)
class SerialPlace:
    """A serial port of this computer.

    Attributes:
        path: by a stable name where the system gives it one.
        about: what the system says hangs there, or "".
    """

    path: str
    about: str


@dataclass(frozen=True, slots=True)
class Found:
    """What answered at a place, or why nothing did.

    Attributes:
        place: a port, or the address of a print server.
        driver: as the labs document calls it, or None.
        version, name: as the machine or server states them.
        baud: of a serial line, or None.
        reason: why nothing answered, or "".
    """

    place: str
    driver: str | None = None
    version: str = ""
    name: str = ""
    baud: int | None = None
    reason: str = ""


def serial_places() -> tuple[SerialPlace, ...]:
    """The serial ports of this computer; none is opened."""
    from serial.tools.list_ports import comports

    by_id = {os.path.realpath(path): str(path) for path in Path("/dev/serial/by-id").glob("*")}
    found = []
    for each in comports():
        about = each.description if each.description not in (None, "n/a") else ""
        found.append(SerialPlace(by_id.get(os.path.realpath(each.device), each.device), about))
    return tuple(sorted(found, key=lambda place: place.path))


def user_of(path: str, processes: Path = Path("/proc"), locks: Iterable[Path] = _LOCKS) -> str | None:
    """Who has a port open, as far as this system tells us, or None. Programs of other users may stay unseen.

    Args:
        path: of the port.
        processes: where the system shows its processes.
        locks: where programs that honour lock files leave them.
    """
    device = os.path.realpath(path)
    for lock in (folder / f"LCK..{Path(device).name}" for folder in locks):
        try:
            pid = int(lock.read_text(encoding="ascii").split()[0])
        except (OSError, ValueError, IndexError):
            continue
        if (processes / str(pid)).exists():
            return _named(processes / str(pid))
    for process in processes.glob("[0-9]*"):
        try:
            if process.name != str(os.getpid()) and _uses(process, device):
                return _named(process)
        except OSError:  # it has ended, or is not ours to see
            continue
    return None


def _uses(process: Path, device: str) -> bool:
    """Whether a process has a port open; what stands at the far end of a pseudo-terminal is the machine itself."""
    descriptors = list((process / "fd").iterdir())
    if not any(_leads_to(each, device) for each in descriptors):
        return False
    index = f"tty-index:\t{Path(device).name}\n"
    masters = [each for each in descriptors if _leads_to(each, "/dev/ptmx") or _leads_to(each, "/dev/pts/ptmx")]
    return not any(index in (process / "fdinfo" / each.name).read_text(encoding="ascii") for each in masters)


def _leads_to(descriptor: Path, device: str) -> bool:
    try:
        return str(descriptor.readlink()) == device
    except OSError:
        return False


def _named(process: Path) -> str:
    try:
        name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        name = "a program"
    return f"{name} ({process.name})"


async def ask_port(path: str) -> Found:
    """Open a port, which resets most boards, and ask for a firmware: as Marlin and as GRBL, at the usual speeds."""
    reason = ""
    for baud in _BAUDS:
        for device_type in (MarlinDevice, GrblDevice):
            try:
                device = await device_type.open(path, baud=baud)
            except (InputError, LostContactError) as error:  # no such port, or it has gone: no speed will help
                return Found(path, reason=error.what)
            except FabcommonsError as error:
                reason = error.what
                if "in use" in reason:
                    return Found(path, reason=reason)
                continue
            identity = device.identity
            await device.close()
            return Found(path, device_type.firmware, _legible(identity.version), _legible(identity.name), baud)
    return Found(path, reason=reason)


async def ask_server(address: str, key: str) -> Found:
    """Ask an address as each kind of print server."""
    reasons = []
    for kind, server in KINDS.items():
        try:
            identity = await asyncio.wait_for(_identity(server(address, key)), _SERVER_S)
        except InputError as error:  # one of this kind answers, and wants another key
            return Found(address, reason=f"{kind}: {error.what}")
        except TimeoutError:
            return Found(address, reason="it does not answer in time")
        except FabcommonsError as error:
            reasons.append(f"{kind}: {error.what}")
        else:
            return Found(address, kind, _legible(identity.version), _legible(identity.name))
    return Found(address, reason="; ".join(reasons))


def _legible(text: str) -> str:
    """A machine's own words, fit for a terminal."""
    return "".join(each for each in text if each.isprintable())[:100]


async def _identity(server: object) -> Identity:
    device = await ServerDevice.open(server)  # type: ignore[arg-type] # one of the known kinds
    try:
        return device.identity
    finally:
        await device.close()


def servers_at(host: str) -> tuple[str, ...]:
    """The addresses at which print servers usually listen on a host; one that is an address already is that.

    Raises:
        InputError: it is neither.
    """
    if "://" in host:
        return (host,)
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname, parts.port
    except ValueError:
        name, port = None, None
    if not name or parts.path or parts.username:
        raise InputError(f"{host!r} is no host", hint="write octopi.local, 10.0.0.7:5000 or http://octopi.local")
    shown = f"[{name}]" if ":" in name else name
    if port is not None:
        return (f"http://{shown}:{port}",)
    return tuple(f"http://{shown}" if each == 80 else f"http://{shown}:{each}" for each in _USUAL_PORTS)
