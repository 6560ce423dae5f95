"""`python -m firmware_bridge.twin`: run a virtual machine."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback
from pathlib import Path

from core.errors import FabcommonsError
from firmware_bridge.twin.faults import Faults
from firmware_bridge.twin.host import FIRMWARES, TwinHost, TwinOptions
from firmware_bridge.twin.process import hold_pid_file


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m firmware_bridge.twin", description="A virtual machine on a port.")
    parser.add_argument("--firmware", required=True, choices=FIRMWARES)
    parser.add_argument("--link", required=True, type=Path, help="where its port appears, a symbolic link")
    parser.add_argument("--log", required=True, type=Path, help="what it executed, JSON lines, appended")
    parser.add_argument("--speed", type=float, default=1.0, help="machine seconds in one second")
    parser.add_argument("--baud", type=int, help="bits a second each way; unlimited when absent")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="of a USB adapter, on the way to the host")
    parser.add_argument("--fault", default="", help="drop=0.01,corrupt=0.01,delay=0.01,delay_s=0.02, each way, by line")
    parser.add_argument("--seed", type=int, default=0, help="of the faults' chance")
    parser.add_argument("--idle-exit-s", type=float, default=900.0, help="end after so long without a host")
    parser.add_argument("--no-reset-on-open", dest="reset_on_open", action="store_false")
    parser.add_argument("--no-advanced-ok", dest="advanced_ok", action="store_false", help="Marlin: a plain ok")
    parser.add_argument("--detach", action="store_true", help="go on in the background once the port is there")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run until stopped; the exit status."""
    given = _parser().parse_args(arguments)
    try:
        options = TwinOptions(
            firmware=given.firmware,
            link=given.link.absolute(),
            log=given.log.absolute(),
            speed=given.speed,
            baud=given.baud,
            faults=Faults.parse(given.fault),
            seed=given.seed,
            idle_exit_s=given.idle_exit_s,
            reset_on_open=given.reset_on_open,
            advanced_ok=given.advanced_ok,
            latency_s=given.latency_ms / 1000,
        )
        if given.detach:
            return _run_detached(options)
        return _serve(options)
    except FabcommonsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the command's own output
        return error.exit_status


def _serve(options: TwinOptions, ready: int | None = None) -> int:
    with hold_pid_file(options.link):
        host = TwinHost(options)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: host.stop())
        if ready is None:
            print(host.wire.device, flush=True)  # noqa: T201 - the command's own output
        else:
            os.write(ready, b"+")
            _let_go_of_terminal()
        host.run()
    return 0


def _run_detached(options: TwinOptions) -> int:
    """Serve in a forked child; return once it is ready, or its exit status."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.setsid()
        status = 1
        try:
            status = _serve(options, writer)
        except FabcommonsError as error:
            print(error, file=sys.stderr, flush=True)  # noqa: T201 - its starter reads it
            status = error.exit_status
        except Exception:  # noqa: BLE001 - the edge of a process: a fork must not return into its parent's code
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writer)
    if os.read(reader, 1) == b"+":
        return 0
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _let_go_of_terminal() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)


if __name__ == "__main__":
    sys.exit(main())
