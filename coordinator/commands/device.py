"""`fabcommons machine status|stop|probe|simulate`: one machine by hand, without labs or orders.

Needs the base install only.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from agent.probing import ask_port, ask_server, serial_places
from coordinator.commands.output import print_json, say, warn
from core.errors import DeviceError, InputError
from firmware_bridge.device import Device
from firmware_bridge.grbl import GrblDevice, WhenLocked
from firmware_bridge.marlin import MarlinDevice
from firmware_bridge.port import Port
from firmware_bridge.servers.appkey import ask_for_key, wait_for_key
from firmware_bridge.servers.device import ServerDevice
from firmware_bridge.servers.kinds import KINDS
from firmware_bridge.timing import MarlinTiming
from gcode.safety_policy import SafetyPolicy

__all__ = [
    "Target",
    "ask_key",
    "known",
    "list_ports",
    "probe",
    "show_status",
    "simulate",
    "stop",
    "when_locked",
    "wide_policy",
]

_HOTEND_C, _BED_C, _POWER = 290.0, 120.0, 30000.0
_STOP_S = 4.0
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Target:
    """The machine that is meant: a port with its firmware, or a print server with its kind.

    Attributes:
        port, firmware, baud: of a machine on a serial line.
        server, kind, key: of a print server; kind None: found out.
        lines_in_flight: for Marlin, how many lines may be without an answer.
        from_card: for Marlin, whether programs are written to its memory card and printed from there.
        confirm_power: for GRBL, whether a person arms spindle or laser before it is first switched on.
        when_locked: for GRBL, what a run does about a machine that is locked.
    """

    port: str | None = None
    firmware: str | None = None
    baud: int = 115200
    server: str | None = None
    kind: str | None = None
    key: str = ""
    lines_in_flight: int = 1
    from_card: bool = False
    confirm_power: bool = False
    when_locked: WhenLocked = WhenLocked.REFUSE

    def __post_init__(self) -> None:
        if (self.port is None) == (self.server is None):
            raise InputError("name one machine", hint="--port PATH --firmware marlin|grbl, or --server URL")
        if self.port is not None and self.firmware not in {"marlin", "grbl"}:
            raise InputError("a port needs its firmware", hint="--firmware marlin or --firmware grbl")
        for wanted, option, firmware in (
            (self.from_card, "--from-card", "marlin"),
            (self.confirm_power, "--arm", "grbl"),
            (self.when_locked is not WhenLocked.REFUSE, f"--when-locked {self.when_locked}", "grbl"),
        ):
            if wanted and self.firmware != firmware:
                raise InputError(f"{option} is for --firmware {firmware} on a port")
        if self.kind is not None and self.kind not in KINDS:
            raise InputError(f"{self.kind!r} is no kind of print server", hint=f"known are {', '.join(KINDS)}")

    @property
    def dialect(self) -> str:
        """Of the G-code that it takes, as far as it is said what it is."""
        if self.firmware == "grbl":
            return "grbl"
        return {"moonraker": "klipper", "duet": "reprap"}.get(self.kind or "", "marlin")

    async def open(self) -> Device:
        """Reach the machine.

        Raises:
            DeviceError: it cannot be reached or is of another kind.
            InputError: there is no such port, or the key is refused.
        """
        if self.server is not None:
            return await _open_server(self.server, self.kind, self.key)
        if self.firmware == "grbl":
            return await GrblDevice.open(
                str(self.port), baud=self.baud, confirm_power=self.confirm_power, when_locked=self.when_locked
            )
        timing = MarlinTiming(lines_in_flight=self.lines_in_flight)
        return await MarlinDevice.open(str(self.port), baud=self.baud, timing=timing, from_card=self.from_card)


def when_locked(name: str) -> WhenLocked:
    """What a run does about a machine that is locked, by its name.

    Raises:
        InputError: it is none of them.
    """
    try:
        return WhenLocked(name)
    except ValueError:
        raise InputError(f"{name!r} says not what to do", hint=f"--when-locked {'|'.join(WhenLocked)}") from None


async def _open_server(address: str, kind: str | None, key: str) -> ServerDevice:
    """The server of this kind, or of the first kind that it answers as."""
    problems = []
    for name in [kind] if kind else list(KINDS):
        try:
            return await ServerDevice.open(KINDS[name](address, key))
        except DeviceError as error:
            problems.append(f"{name}: {error.what}")
    raise DeviceError(f"no print server was found ({'; '.join(problems)})", where=address)


def known(target: Target) -> Target:
    """The same machine with the kind of its print server, which is asked where nobody said it.

    Raises:
        DeviceError: no print server is found there.
        InputError: it refuses the key.
    """
    if target.server is None or target.kind is not None:
        return target
    return replace(target, kind=asyncio.run(_with(target, lambda device: device.identify())).firmware)


def wide_policy(dialect: str) -> SafetyPolicy:
    """Limits for a machine that nobody has described: what no ordinary one exceeds."""
    return SafetyPolicy(dialect, max_hotend_c=_HOTEND_C, max_bed_c=_BED_C, max_power=_POWER)


def show_status(target: Target, *, as_json: bool) -> None:
    """Print what a machine says now. Opening a serial port resets most boards, so this is for idle ones.

    Raises:
        DeviceError: it cannot be reached.
    """

    async def ask(device: Device) -> dict[str, Any]:
        identity, status = await device.identify(), await device.status()
        return {
            "firmware": identity.firmware,
            "version": identity.version,
            "name": identity.name,
            "state": str(status.state),
            "temperatures_c": {name: list(pair) for name, pair in status.temperatures_c.items()},
            "report": status.report,
            "file": status.file,
            "done": status.done,
            "left_s": status.left_s,
        }

    told = asyncio.run(_with(target, ask))
    if as_json:
        print_json(told)
        return
    heat = ", ".join(f"{name} {pair[0]:g} of {pair[1]:g} C" for name, pair in told["temperatures_c"].items())
    say(f"{told['firmware']} {told['version']} {told['name']}: {told['state']}{': ' + heat if heat else ''}")
    if told["report"]:
        say(told["report"])
    if told["file"]:
        done = "" if told["done"] is None else f", {told['done']:.0%} done"
        left = "" if told["left_s"] is None else f", about {told['left_s'] / 60:.0f} min left"
        say(f"{told['file']}{done}{left}")


async def _with(target: Target, work: Callable[[Device], Awaitable[_T]]) -> _T:
    device = await target.open()
    try:
        return await work(device)
    finally:
        await device.close()


def stop(target: Target, *, as_json: bool) -> None:
    """Write an emergency stop, without asking anything first.

    Raises:
        DeviceError: another program holds the port: that one has to stop the machine.
    """
    confirmed = _stop_port(target) if target.port is not None else asyncio.run(_stop_server(target))
    if as_json:
        print_json({"sent": True, "confirmed": confirmed})
        return
    say("the machine confirmed the stop" if confirmed else "the stop was sent, nothing confirmed it")
    say("look at the machine, it may need a reset; only its own emergency switch is a safe stop")


async def _stop_server(target: Target) -> bool:
    await _with(target, lambda device: device.stop_now())
    return False


def _stop_port(target: Target) -> bool:
    """Opening resets most boards, which stops them too, and then they hear nothing for a while: say it again."""
    stop_bytes, answers = (b"\x18", (b"Grbl",)) if target.firmware == "grbl" else (b"\nM112\n", (b"kill", b"halted"))
    port, heard = Port(str(target.port), target.baud), b""
    end = time.monotonic() + _STOP_S
    try:
        while time.monotonic() < end:
            port.write_urgently(stop_bytes)
            heard += port.read(0.1)
            if any(answer in heard for answer in answers):
                return True
    finally:
        port.close()
    return False


def ask_key(address: str, user: str | None, *, as_json: bool) -> None:
    """Print a key that a person grants in OctoPrint's page.

    Raises:
        DeviceError: the server cannot be reached, or grants no keys.
        InputError: the person refused, or nobody answered.
    """

    async def ask() -> str:
        asked = await ask_for_key(address, user=user)
        warn("look at OctoPrint's page: it asks whether fabcommons may have a key")
        return await wait_for_key(asked)

    key = asyncio.run(ask())
    if as_json:
        print_json({"server": address, "key": key})
    else:
        say(key)
        warn("keep it in an environment variable, and name that as key_variable in the labs file")


def probe(places: list[str], key: str, *, as_json: bool) -> None:
    """Ask what hangs on serial ports or answers at addresses, and print an entry for the labs file of each machine.

    Args:
        places: device paths, or addresses of print servers. Opening a port resets most boards: never while one works.
        key: for the servers.
        as_json: print JSON.
    """
    found = [_probe(place, key) for place in places]
    if as_json:
        print_json(found)
        return
    for each in found:
        if each["firmware"] is None:
            say(f"{each['port']}: nothing answers ({each['reason']})")
            continue
        say(f"{each['port']}: {each['firmware']} {each['version']} {each['name']}".rstrip())
        way = f"port: {each['port']}, baud: {each['baud']}" if "baud" in each else f"address: {each['port']}"
        say(f"    connection: {{driver: {each['firmware']}, {way}}}")


def _probe(place: str, key: str) -> dict[str, Any]:
    """What answers at a port or an address, as the command tells it."""
    found = asyncio.run(ask_server(place, key) if "://" in place else ask_port(place))
    if found.driver is None:
        return {"port": place, "firmware": None, "reason": found.reason}
    told = {"firmware": found.driver, "version": found.version, "name": found.name}
    return {"port": place, **({} if found.baud is None else {"baud": found.baud}), **told}


def list_ports(*, as_json: bool) -> None:
    """Print the serial ports of this computer without opening them."""
    ports = [each.path for each in serial_places()]
    if as_json:
        print_json([{"port": port} for port in ports])
    elif not ports:
        say("this computer has no serial port; is the machine plugged in and on?")
    else:
        for port in ports:
            say(port)
        say("to ask what hangs on one, which resets it: fabcommons machine probe PORT")


def simulate(firmware: str, link: Path, *, options: list[str]) -> int:
    """Run a virtual machine until Ctrl-C; its port appears at `link`."""
    from firmware_bridge.twin.__main__ import main

    link.parent.mkdir(parents=True, exist_ok=True)
    log = link.with_suffix(".log")
    say(f"{link.absolute()}")
    warn(f"a virtual {firmware}; what it executes is noted in {log}; Ctrl-C ends it")
    sys.stdout.flush()
    return main(["--firmware", firmware, "--link", str(link), "--log", str(log), "--idle-exit-s", "86400", *options])
