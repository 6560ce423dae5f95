"""`fabcommons machine run|status|stop|probe|simulate`: the commands that need no labs, only a machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["add_device_commands"]

PortOption = Annotated[str | None, typer.Option("--port", metavar="PATH", help="A serial port.")]
FirmwareOption = Annotated[str | None, typer.Option("--firmware", help="What is on the port: marlin or grbl.")]
BaudOption = Annotated[int, typer.Option("--baud", min=300, max=10_000_000, help="Of the serial line.")]
ServerOption = Annotated[str | None, typer.Option("--server", metavar="URL", help="A print server instead of a port.")]
KindOption = Annotated[
    str | None, typer.Option("--kind", help="octoprint, moonraker or prusalink [found out by asking].")
]
KeyOption = Annotated[
    str, typer.Option("--key", envvar="FABCOMMONS_SERVER_KEY", help="Of the print server; better in the environment.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_device_commands(app: typer.Typer) -> None:
    """Add the commands to the group `machine`."""
    app.command("run")(_run)
    app.command("status")(_status)
    app.command("stop")(_stop)
    app.command("probe")(_probe)
    app.command("simulate")(_simulate)


def _run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The G-code.")],
    port: PortOption = None,
    firmware: FirmwareOption = None,
    baud: BaudOption = 115200,
    server: ServerOption = None,
    kind: KindOption = None,
    key: KeyOption = "",
    machine: Annotated[
        str | None, typer.Option("--machine", metavar="ID", help="Check against this machine of the labs file.")
    ] = None,
    labs: Annotated[Path | None, typer.Option("--labs", help="The labs file that describes the machine.")] = None,
    window: Annotated[
        int,
        typer.Option("--window", min=1, max=99, help="Marlin: lines without an answer; above 1 for good wires only."),
    ] = 1,
    json: JsonOption = False,
) -> None:
    """Check a program and run it on one machine, to its end. Ctrl-C ends it safely, twice stops at once."""
    from coordinator.commands import device

    policy = None
    if machine is not None or labs is not None:
        from coordinator.commands import profile

        policy = profile.policy_of(machine, labs)
    target = device.Target(port, firmware, baud, server, kind, key, window)
    raise typer.Exit(device.run(target, file, policy, as_json=json))


def _status(
    port: PortOption = None,
    firmware: FirmwareOption = None,
    baud: BaudOption = 115200,
    server: ServerOption = None,
    kind: KindOption = None,
    key: KeyOption = "",
    json: JsonOption = False,
) -> None:
    """Ask a machine what it is and what it does. Opening a serial port resets most boards."""
    from coordinator.commands import device

    device.show_status(device.Target(port, firmware, baud, server, kind, key), as_json=json)


def _stop(
    port: PortOption = None,
    firmware: FirmwareOption = None,
    baud: BaudOption = 115200,
    server: ServerOption = None,
    kind: KindOption = None,
    key: KeyOption = "",
) -> None:
    """Send an emergency stop. It is no replacement for the machine's own switch."""
    from coordinator.commands import device

    device.stop(device.Target(port, firmware, baud, server, kind, key))


def _probe(
    ports: Annotated[
        list[str] | None, typer.Argument(metavar="[PORT]...", help="Serial ports; without any they are only listed.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Ask what hangs on serial ports, and print entries for the labs file. Resets the boards: never during a job."""
    from coordinator.commands import device

    if ports:
        device.probe(ports, as_json=json)
    else:
        device.list_ports(as_json=json)


def _simulate(
    firmware: Annotated[str, typer.Option("--firmware", help="marlin or grbl.")],
    link: Annotated[
        Path | None, typer.Option("--link", help="Where its port appears [.fabcommons/virtual-FIRMWARE].")
    ] = None,
    baud: Annotated[int | None, typer.Option("--baud", min=300, help="Enforce this line speed [no limit].")] = None,
    fault: Annotated[str, typer.Option("--fault", help="drop=0.01,corrupt=0.01,delay=0.01: shares of lines.")] = "",
    speed: Annotated[float, typer.Option("--speed", min=1, max=1e6, help="Machine seconds in one second.")] = 1.0,
    seed: Annotated[int, typer.Option("--seed", help="Of the faults' chance.")] = 0,
) -> None:
    """Run a virtual machine until Ctrl-C, and print the path of its port."""
    from coordinator.commands import device

    options = ["--speed", str(speed), "--seed", str(seed), "--fault", fault]
    if baud is not None:
        options += ["--baud", str(baud)]
    path = link or Path(".fabcommons") / f"virtual-{firmware}"
    raise typer.Exit(device.simulate(firmware, path, options=options))
