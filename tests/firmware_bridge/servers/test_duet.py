"""A print on a Duet, by both ways, before a stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from core.errors import DeviceError, InputError, StateError
from firmware_bridge.device import Outcome, Progress, RunResult, RunState
from firmware_bridge.servers.device import ServerDevice
from firmware_bridge.servers.duet import Duet
from firmware_bridge.servers.timing import ServerTiming
from gcode.program import parse_program
from tests.firmware_bridge.servers.virtual_duet import PASSWORD, VirtualDuet

PROGRAM = parse_program(b"G28\nG1 X10 F3000\nG1 X20\nG1 X30\n", name="part.gcode")
QUICK = ServerTiming(poll_s=0.002, start_s=5, away_s=5, end_s=5)
WAYS = pytest.mark.parametrize("sbc", [False, True], ids=["board", "sbc"])


def run(
    virtual: VirtualDuet, tell: Callable[[ServerDevice, Progress], object] = lambda device, seen: None
) -> RunResult:
    async def main() -> RunResult:
        device = await ServerDevice.open(
            Duet("duet.test", virtual.password, transport=virtual.transport()), timing=QUICK
        )

        def progress(seen: Progress) -> None:
            outcome = tell(device, seen)
            if asyncio.iscoroutine(outcome):
                tasks.append(asyncio.ensure_future(outcome))

        try:
            result = await device.run(PROGRAM, job_id="job-1", progress=progress)
            await asyncio.gather(*tasks)
            return result
        finally:
            await device.close()

    tasks: list[asyncio.Future[object]] = []
    return asyncio.run(main())


@WAYS
def test_a_print_is_followed_to_its_end_and_the_session_given_back(sbc: bool) -> None:
    virtual, seen = VirtualDuet(sbc=sbc), []
    result = run(virtual, lambda _, progress: seen.append(progress))
    assert (result.outcome, result.lines_acknowledged) == (Outcome.FINISHED, 4)
    assert [code.split()[0] for code in virtual.codes] == ["M32"]
    assert [each.lines_done for each in seen] == sorted(each.lines_done for each in seen)
    assert not virtual.files
    assert not virtual.sessions


@WAYS
def test_sessions_that_end_and_boards_without_memory_are_lived_with(sbc: bool) -> None:
    virtual = VirtualDuet(sbc=sbc, step=0.05, forget_after=7, busy=2)
    assert run(virtual).outcome is Outcome.FINISHED
    assert virtual.connects > 1
    assert sum(code.startswith("M32") for code in virtual.codes) == 1


@WAYS
def test_pause_resume_and_cancel(sbc: bool) -> None:
    virtual, states = VirtualDuet(sbc=sbc, step=0.02), []

    def steer(device: ServerDevice, progress: Progress) -> object:
        states.append(progress.state)
        if progress.state is RunState.PAUSED and "M24" not in virtual.codes:
            return device.resume()
        if states.count(RunState.RUNNING) == 2 and "M25" not in virtual.codes:
            return device.pause()
        return device.cancel() if "M24" in virtual.codes and states.count(RunState.RUNNING) == 5 else None

    result = run(virtual, steer)
    assert result.outcome is Outcome.CANCELLED
    assert "heaters and fan are off" in result.message
    assert virtual.codes[-3:] == ["M104 S0", "M140 S0", "M107"]
    assert "M0" in virtual.codes


@WAYS
def test_a_print_that_the_board_gave_up_failed(sbc: bool) -> None:
    assert run(VirtualDuet(sbc=sbc, fail_at=0.5)).outcome is Outcome.FAILED


def test_a_job_that_was_printed_is_never_started_again() -> None:
    virtual = VirtualDuet()
    run(virtual)
    with pytest.raises(StateError, match="never started again"):
        run(virtual)


@WAYS
def test_status_and_stop(sbc: bool) -> None:
    async def main() -> None:
        virtual = VirtualDuet(sbc=sbc)
        device = await ServerDevice.open(Duet("duet.test", transport=virtual.transport()), timing=QUICK)
        assert (device.identity.firmware, device.identity.name) == ("duet", "Duet 3 Mini")
        status = await device.status()
        assert status.temperatures_c == {"B": (60.5, 60.0), "T": (201.0, 200.0), "T1": (25.0, 0.0)}
        assert (status.file, status.done) == (None, None)
        virtual.files["0:/gcodes/a.gcode"] = b"G1 X1\n" * 8
        virtual.printing, virtual.status = "0:/gcodes/a.gcode", "processing"
        status = await device.status()
        assert (status.state, status.file, status.done, status.left_s) == (RunState.RUNNING, "a.gcode", 0.5, 12.0)
        await device.stop_now()
        assert (await device.status()).state is RunState.LOCKED
        await device.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("virtual", "error", "words"),
    [
        (VirtualDuet(password=PASSWORD), InputError, "refuses the password"),
        (VirtualDuet(sbc=True, password=PASSWORD), InputError, "refuses the password"),
        (VirtualDuet(sessions={"a", "b", "c", "d"}), DeviceError, "no session left"),
        (VirtualDuet(version="2.05.1"), DeviceError, "no object model"),
        (VirtualDuet(busy=99), DeviceError, "no session or no memory"),
    ],
)
def test_what_cannot_be_opened_says_why(virtual: VirtualDuet, error: type[Exception], words: str) -> None:
    async def main() -> None:
        await ServerDevice.open(Duet("duet.test", "", transport=virtual.transport()), timing=QUICK)

    with pytest.raises(error, match=words):
        asyncio.run(main())


def test_a_file_that_the_board_has_otherwise_is_refused() -> None:
    async def main() -> None:
        virtual = VirtualDuet()
        duet = Duet("duet.test", transport=virtual.transport())
        virtual.files["0:/gcodes/a.gcode"] = b"G0 X999\n"
        with pytest.raises(DeviceError, match="is not the file that was sent"):
            await duet.upload("a.gcode", b"G28\n")
        await duet.close()

    asyncio.run(main())
