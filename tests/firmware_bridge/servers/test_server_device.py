"""A print through a server: uploaded, started once, followed to its end, whatever the server and the network do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from core.errors import DeviceError, InputError, LostContactError, StateError
from firmware_bridge.device import Outcome, Progress, RunResult, RunState
from firmware_bridge.servers.device import ServerDevice, file_name
from firmware_bridge.servers.octoprint import OctoPrint
from firmware_bridge.servers.timing import ServerTiming
from gcode.program import parse_program
from tests.firmware_bridge.servers.virtual_octoprint import KEY, Stored, VirtualOctoPrint

PROGRAM = parse_program(b"G28\nG1 X10 F3000\nG1 X20\nG1 X30\n", name="part.gcode")
PATIENT = ServerTiming(poll_s=0.002, start_s=30, away_s=30, end_s=30)
HASTY = ServerTiming(poll_s=0.002, start_s=0.2, away_s=0.2, end_s=1)  # where the end of patience is what is tested


async def opened(virtual: VirtualOctoPrint, timing: ServerTiming = PATIENT) -> ServerDevice:
    return await ServerDevice.open(OctoPrint("octo.test", KEY, transport=virtual.transport()), timing=timing)


def run(
    virtual: VirtualOctoPrint,
    tell: Callable[[ServerDevice, Progress], object] = lambda device, progress: None,
    timing: ServerTiming = PATIENT,
) -> RunResult:
    async def main() -> RunResult:
        device = await opened(virtual, timing)
        try:
            return await device.run(PROGRAM, job_id="job-1", progress=lambda progress: _tell(device, progress))
        finally:
            await device.close()

    def _tell(device: ServerDevice, progress: Progress) -> None:
        outcome = tell(device, progress)
        if asyncio.iscoroutine(outcome):
            tasks.append(asyncio.ensure_future(outcome))

    tasks: list[asyncio.Future[object]] = []
    return asyncio.run(main())


def test_a_print_is_followed_to_its_end() -> None:
    virtual, seen = VirtualOctoPrint(), []
    result = run(virtual, lambda _, progress: seen.append(progress))
    assert (result.outcome, result.lines_acknowledged) == (Outcome.FINISHED, 4)
    assert seen[0].state is RunState.CONNECTING
    assert [progress.lines_done for progress in seen] == sorted(progress.lines_done for progress in seen)
    assert seen[-1] == Progress(4, 4, RunState.ENDED)
    assert virtual.starts == 1
    assert not virtual.files, "the file is gone when it was printed"


def test_a_lost_reply_to_the_start_starts_nothing_twice() -> None:
    virtual = VirtualOctoPrint(lose_start=True)
    assert run(virtual).outcome is Outcome.FINISHED
    assert virtual.starts == 1


def test_a_start_that_is_refused_and_happens_all_the_same_is_followed() -> None:
    virtual = VirtualOctoPrint(refuse_start="and print")
    assert run(virtual).outcome is Outcome.FINISHED


def test_a_start_that_is_refused_is_an_error() -> None:
    with pytest.raises(DeviceError, match="busy"):
        run(VirtualOctoPrint(refuse_start="only"), timing=HASTY)


def test_a_server_that_comes_back_in_time_is_forgiven() -> None:
    virtual = VirtualOctoPrint(step=0.2)

    def cut(device: ServerDevice, progress: Progress) -> None:
        if progress.lines_done == 2 and virtual.done < 0.9:
            virtual.away, virtual.done = 10, 0.9

    assert run(virtual, cut).outcome is Outcome.FINISHED


def test_a_server_that_stays_away_is_lost_contact() -> None:
    virtual = VirtualOctoPrint()

    def cut(device: ServerDevice, progress: Progress) -> None:
        virtual.away = 10_000 if progress.state is RunState.RUNNING else 0

    with pytest.raises(LostContactError, match="stayed away") as caught:
        run(virtual, cut, timing=HASTY)
    assert "heaters may be ON" in str(caught.value)


def test_a_server_that_was_restarted_during_a_print_is_lost_contact() -> None:
    virtual = VirtualOctoPrint(step=0.1)
    with pytest.raises(LostContactError, match="does not know how it ended"):
        run(virtual, lambda _, progress: virtual.restart(away=5) if progress.lines_done == 1 else None)
    assert virtual.starts == 1


def test_a_failed_print_says_that_heaters_may_be_on() -> None:
    result = run(VirtualOctoPrint(fail_at=0.5))
    assert result.outcome is Outcome.FAILED
    assert "heaters may be ON" in result.message


def test_cancel_ends_in_a_safe_state() -> None:
    virtual = VirtualOctoPrint(step=0.01)
    result = run(virtual, lambda device, progress: device.cancel() if progress.state is RunState.RUNNING else None)
    assert result.outcome is Outcome.CANCELLED
    assert virtual.commands == ["M104 S0", "M140 S0", "M107"]


def test_pause_and_resume() -> None:
    virtual, seen = VirtualOctoPrint(step=0.2), []

    def steer(device: ServerDevice, progress: Progress) -> object:
        seen.append(progress.state)
        if progress.state is RunState.PAUSED:
            return device.resume()
        return device.pause() if seen.count(RunState.RUNNING) == 2 else None

    assert run(virtual, steer).outcome is Outcome.FINISHED
    assert RunState.PAUSED in seen


def test_a_machine_that_prints_something_else_is_left_alone() -> None:
    virtual = VirtualOctoPrint(state="Printing", step=0)
    with pytest.raises(StateError, match="not free: printing"):
        run(virtual)
    assert not virtual.files
    assert virtual.state == "Printing"


def test_a_job_that_was_printed_is_never_started_again() -> None:
    virtual = VirtualOctoPrint(fail_at=0.5)
    run(virtual)
    virtual.state = "Operational"
    with pytest.raises(StateError, match="never started again"):
        run(virtual)
    assert virtual.starts == 1


def test_another_file_of_this_name_is_refused() -> None:
    virtual = VirtualOctoPrint()
    run_once = run(virtual, lambda device, progress: device.cancel() if progress.lines_done else None)
    assert run_once.outcome is Outcome.CANCELLED
    virtual = VirtualOctoPrint()
    virtual.files[file_name("job-1", b"G28\nG1 X10 F3000\nG1 X20\nG1 X30\n")] = Stored(b"G0 X-999\n")
    with pytest.raises(DeviceError, match="is not the file that was sent"):
        run(virtual)
    assert virtual.starts == 0


def test_a_print_is_rejoined_and_not_started() -> None:
    virtual = VirtualOctoPrint(step=0.05)

    async def main() -> RunResult:
        device = await opened(virtual)
        first = asyncio.ensure_future(device.run(PROGRAM, job_id="job-1", progress=lambda _: None))
        while virtual.state != "Printing":
            await asyncio.sleep(0.001)
        other = await opened(virtual)  # another process: the first one is taken for dead
        virtual.step = 0.2
        result = await other.rejoin(PROGRAM, job_id="job-1", progress=lambda _: None)
        first.cancel()
        await asyncio.wait([first])
        return result

    assert asyncio.run(main()).outcome is Outcome.FINISHED
    assert virtual.starts == 1


def test_giving_up_ends_the_print() -> None:
    virtual = VirtualOctoPrint(step=0.001)

    async def main() -> None:
        device = await opened(virtual)
        work = asyncio.ensure_future(device.run(PROGRAM, job_id="job-1", progress=lambda _: None))
        while virtual.state != "Printing":
            await asyncio.sleep(0.001)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    asyncio.run(main())
    assert virtual.state == "Operational"
    assert "M104 S0" in virtual.commands


def test_the_state_is_shown_between_prints() -> None:
    async def main() -> None:
        device = await opened(VirtualOctoPrint())
        status = await device.status()
        assert status.state is RunState.IDLE
        assert status.temperatures_c == {"T": (201.5, 200.0), "B": (60.0, 60.0)}
        offline = await (await opened(VirtualOctoPrint(state="Offline"))).status()
        assert offline.state is RunState.LOCKED

    asyncio.run(main())


def test_a_wrong_key_is_refused_in_words() -> None:
    async def main() -> None:
        server = OctoPrint("octo.test", "wrong", transport=VirtualOctoPrint().transport())
        await ServerDevice.open(server)

    with pytest.raises(InputError, match="refuses the key"):
        asyncio.run(main())
