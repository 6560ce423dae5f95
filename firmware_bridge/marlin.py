"""Marlin, and what speaks like it, on a serial port."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Self

from core.errors import DeviceError, StateError
from firmware_bridge.device import Identity, RunState, Status
from firmware_bridge.marlin_ending import STOP_BYTES
from firmware_bridge.marlin_lines import numbered, parse_resend, parse_temperatures
from firmware_bridge.marlin_stream import MarlinStream
from firmware_bridge.port import Port
from firmware_bridge.serial_device import SerialDevice, exchange
from firmware_bridge.stream import Stream
from firmware_bridge.timing import MarlinTiming

__all__ = ["MarlinDevice"]

_FIELD = re.compile(r"(FIRMWARE_NAME|MACHINE_TYPE):(.*?)(?=\s+[A-Z_]+:|$)")
_CAPABILITY = re.compile(r"Cap:([A-Z_]+):([01])")
_TRIES = 8
_REPORT = b"M155 S2\n"
_OBJECTS = b"M486\n"  # without a parameter it does nothing
# A firmware that takes back characters echoes it without the X.
_TAKE_BACK, _TAKEN_BACK = b"M118 fabX\x08commons\n", "fabcommons"


class MarlinDevice(SerialDevice):
    """A Marlin. Satisfies `firmware_bridge.device.Device`."""

    firmware = "marlin"

    def __init__(self, port: Port, timing: MarlinTiming, *, from_card: bool = False) -> None:
        self._timing = timing
        self._from_card = from_card
        self._takes_back = False
        self._knows_objects = False
        super().__init__(port)

    @classmethod
    async def open(
        cls, path: str, *, baud: int = 115200, timing: MarlinTiming | None = None, from_card: bool = False
    ) -> Self:
        """Open the port, which resets most boards, and wait until the firmware answers.

        Args:
            path: of the port.
            baud: bits a second.
            timing: how long to wait.
            from_card: write programs to the machine's memory card and have them printed from there: slower to begin,
                but a print needs the wire only to be watched.

        Raises:
            InputError: there is no such port.
            DeviceError: it is in use, or nothing answers as Marlin does.
            LostContactError: the link broke.
        """
        device = cls(Port(path, baud), timing or MarlinTiming(), from_card=from_card)
        return await device._connect()

    @property
    def _stop_bytes(self) -> bytes:
        return STOP_BYTES

    def _greet(self) -> Identity:
        """Wait for `start`, or provoke an answer; then ask for name and capabilities."""
        timing, port = self._timing, self._port
        end = time.monotonic() + timing.connect_s
        exchange(port, b"", lambda line: line.lower() == "start", timing.quiet_s)
        while time.monotonic() < end:
            self._drain()
            _, synced = exchange(port, numbered(0, "M110 N0"), lambda line: line.startswith("ok"), timing.quiet_s)
            if synced:
                self._drain()
                lines, told = exchange(port, numbered(1, "M115"), _ends_answer, timing.answer_s)
                identity = _identity(lines)
                if told and identity is not None:
                    self._settle_in(identity)
                    return identity
        raise DeviceError(
            "nothing answers as Marlin does",
            where=port.path,
            hint="check the port, the baud rate and that the machine is on",
        )

    def _settle_in(self, identity: Identity) -> None:
        """Try out what the answers did not tell, and ask for temperatures unasked where the firmware can."""
        lines, _ = exchange(self._port, _TAKE_BACK, lambda line: line.startswith("ok"), self._timing.answer_s)
        self._takes_back = _TAKEN_BACK in lines
        lines, told = exchange(self._port, _OBJECTS, lambda line: line.startswith("ok"), self._timing.answer_s)
        self._knows_objects = told and not any("nknown command" in line for line in lines)
        if identity.capabilities.get("AUTOREPORT_TEMP"):
            exchange(self._port, _REPORT, lambda line: line.startswith("ok"), self._timing.answer_s)

    def _drain(self) -> None:
        """Let the greeting end, so that an answer is not taken for another's."""
        for _ in range(_TRIES):
            if not self._port.read(self._timing.quiet_s / 4):
                return

    async def cancel_object(self, label: str) -> str:
        """See `firmware_bridge.device.Selective`; M486 counts objects."""
        if not self._running:
            raise StateError("no run goes on", where=self._port.path)
        if not self._knows_objects:
            raise StateError("the firmware does not know objects (M486, CANCEL_OBJECTS)", where=self._port.path)
        if not label.isdigit():
            raise StateError(f"M486 counts objects, {label!r} is no number", where=self._port.path)
        text = f"M486 P{int(label)}"
        self._wish(lambda stream, _: stream.insert(text) if isinstance(stream, MarlinStream) else None)
        return f"object {label} is left out after the moves that the machine has taken"

    def _make_stream(self, lines: Sequence[str], job_id: str, now: float) -> Stream:
        parser = self.identity.capabilities.get("EMERGENCY_PARSER", False)
        return MarlinStream(
            lines,
            job_id=job_id,
            now=now,
            timing=self._timing,
            emergency_parser=parser,
            takes_back=self._takes_back,
            from_card=self._from_card,
        )

    def _running_status(self, stream: Stream) -> Status:
        if not isinstance(stream, MarlinStream):
            return Status(stream.progress.state, stream.progress)
        return Status(stream.progress.state, stream.progress, dict(stream.temperatures_c), stream.report)

    def _ask_status(self) -> Status:
        """M105 between runs: harmless, so it is sent without a number and simply asked again when damaged."""
        for _ in range(_TRIES):
            lines, _ = exchange(self._port, b"M105\n", lambda line: line.startswith("ok"), self._timing.answer_s)
            for line in lines:
                temperatures = parse_temperatures(line)
                if temperatures:
                    return Status(RunState.IDLE, None, temperatures, line)
                if "halted" in line:
                    return Status(RunState.LOCKED, None, {}, line)
        return Status(RunState.LOCKED, None, {}, "no answer")


def _ends_answer(line: str) -> bool:
    return line.startswith("ok") or parse_resend(line) is not None


def _identity(lines: Sequence[str]) -> Identity | None:
    told: dict[str, str] = {}
    for line in lines:
        told.update({name: text.strip() for name, text in _FIELD.findall(line)})
    if "FIRMWARE_NAME" not in told:
        return None
    capabilities = {name: value == "1" for line in lines for name, value in _CAPABILITY.findall(line)}
    return Identity("marlin", told["FIRMWARE_NAME"], told.get("MACHINE_TYPE", ""), capabilities)
