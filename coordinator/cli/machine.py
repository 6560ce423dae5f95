"""`fabcommons machine ...`: describe machines, and drive one without labs or orders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coordinator.cli.registry_options import DEFAULT_LABS, IdOption, JsonOption, LabsOption

__all__ = ["group"]

PortOption = Annotated[str | None, typer.Option("--port", metavar="PATH", help="A serial port.")]
FirmwareOption = Annotated[str | None, typer.Option("--firmware", help="What is on the port: marlin or grbl.")]
BaudOption = Annotated[int, typer.Option("--baud", min=300, max=10_000_000, help="Of the serial line.")]
ServerOption = Annotated[str | None, typer.Option("--server", metavar="URL", help="A print server instead of a port.")]
KindOption = Annotated[
    str | None, typer.Option("--kind", help="octoprint, moonraker, prusalink or duet [found out by asking].")
]
KeyOption = Annotated[
    str, typer.Option("--key", envvar="FABCOMMONS_SERVER_KEY", help="Of the print server; better in the environment.")
]
ProfileOption = Annotated[
    str | None, typer.Option("--machine", metavar="ID", help="Check against this machine of the labs file.")
]
ProfileLabsOption = Annotated[Path | None, typer.Option("--labs", help="The labs file that describes the machine.")]

group = typer.Typer(help="Machines: describe them, drive one by hand, simulate one.", no_args_is_help=True)


@group.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="MODEL", help="A model of the library, or with --process any name.")],
    lab: Annotated[str, typer.Option("--lab", help="The id of its lab.")],
    machine_id: IdOption = None,
    process: Annotated[list[str] | None, typer.Option("--process", help="What it does; may be repeated.")] = None,
    material: Annotated[list[str] | None, typer.Option("--material", help="What it works; may be repeated.")] = None,
    envelope: Annotated[str | None, typer.Option("--envelope", metavar="X,Y,Z", help="Millimetres.")] = None,
    nozzle: Annotated[list[float] | None, typer.Option("--nozzle", help="Diameter in mm; may be repeated.")] = None,
    driver: Annotated[
        str | None, typer.Option("--driver", help="marlin, grbl, octoprint, moonraker, prusalink, duet or hands.")
    ] = None,
    port: Annotated[str | None, typer.Option("--port", help="A serial device, or virtual.")] = None,
    address: Annotated[str | None, typer.Option("--address", metavar="URL", help="Of its print server.")] = None,
    key_variable: Annotated[
        str | None, typer.Option("--key-variable", metavar="NAME", help="Environment variable with the server's key.")
    ] = None,
    unattended: Annotated[bool, typer.Option("--unattended", help="A run may go on in a closed lab.")] = False,
    labs: LabsOption = DEFAULT_LABS,
    json: JsonOption = False,
) -> None:
    """Add a machine to a lab of the labs file; what stands in the file stays as it is."""
    from coordinator.commands import machine

    way = {"driver": driver, "port": port, "address": address, "key_variable": key_variable}
    said = machine.Wishes(
        name, machine_id, tuple(process or ()), tuple(material or ()), envelope, tuple(nozzle or ()), unattended,
        {key: value for key, value in way.items() if value},
    )  # fmt: skip
    machine.add(labs, lab, said, as_json=json)


@group.command("list")
def list_all(
    lab: Annotated[str | None, typer.Option("--lab", help="Only of this lab.")] = None,
    labs: LabsOption = DEFAULT_LABS,
    json: JsonOption = False,
) -> None:
    """List the machines of a labs file."""
    from coordinator.commands import machine

    machine.show_all(labs, lab, as_json=json)


@group.command("show")
def show(
    machine_id: Annotated[str, typer.Argument(metavar="MACHINE", help="Its id, or a model of the library.")],
    labs: LabsOption = DEFAULT_LABS,
    json: JsonOption = False,
) -> None:
    """Show a machine of the labs file with where each value comes from, or a model of the library."""
    from coordinator.commands import machine

    machine.show(labs, machine_id, as_json=json)


@group.command("calibrate")
def calibrate(
    machine_id: Annotated[str, typer.Argument(metavar="MACHINE", help="Its id in the order's labs file.")],
    folder: Annotated[Path, typer.Option("--dir", help="Of an order whose finished runs teach.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="The runs, for `estimate --jobs`.")] = None,
    json: JsonOption = False,
) -> None:
    """Learn from a machine's finished runs how much longer than its programs it takes."""
    from coordinator.commands import calibrate as command

    command.show(machine_id, folder, out, as_json=json)


@group.command("models")
def models(
    text: Annotated[str | None, typer.Argument(metavar="[TEXT]", help="A name, or a part of one.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="filament_printers, lasers, ...")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="The page docs/models.md.")] = False,
    json: JsonOption = False,
) -> None:
    """List the library of machine models."""
    from coordinator.commands import machine

    machine.show_models(text, kind, markdown=markdown, as_json=json)


@group.command("run")
def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The G-code.")],
    port: PortOption = None,
    firmware: FirmwareOption = None,
    baud: BaudOption = 115200,
    server: ServerOption = None,
    kind: KindOption = None,
    key: KeyOption = "",
    machine: ProfileOption = None,
    labs: ProfileLabsOption = None,
    window: Annotated[
        int,
        typer.Option("--window", min=1, max=99, help="Marlin: lines without an answer; above 1 for good wires only."),
    ] = 1,
    from_card: Annotated[
        bool, typer.Option("--from-card", help="Marlin: write it to the machine's memory card and print from there.")
    ] = False,
    arm: Annotated[
        bool, typer.Option("--arm", help="GRBL: wait for Enter before spindle or laser is first switched on.")
    ] = False,
    when_locked: Annotated[
        str,
        typer.Option("--when-locked", help="GRBL locked by an alarm: refuse, home it, or unlock it where it stands."),
    ] = "refuse",
    override: Annotated[
        list[str] | None,
        typer.Option("--override", metavar="NAME", help="A rule or command that passes for this run; is recorded."),
    ] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="The machine is clear, loaded and watched.")] = False,
    who: Annotated[
        str | None, typer.Option("--who", metavar="NAME", help="Who says so [this computer's user].")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check a program and run it on one machine, to its end.

    Where it pauses (a tool change, a pause at the machine) Enter goes on. Ctrl-C ends it safely, twice stops at once.
    """
    from coordinator.commands import by_hand, device

    policy, asked = None, False
    if machine is not None or labs is not None:
        from coordinator.commands import profile

        known = profile.profile_of(machine, labs, starts=True)
        policy, asked = known.policy, known.asked
    locked = device.when_locked(when_locked)
    target = device.Target(port, firmware, baud, server, kind, key, window, from_card, arm, locked)
    consent = by_hand.Consent(frozenset(override or ()), asked, confirm, who)
    raise typer.Exit(by_hand.run(target, file, policy, consent, as_json=json))


@group.command("status")
def status(
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


@group.command("stop")
def stop(
    port: PortOption = None,
    firmware: FirmwareOption = None,
    baud: BaudOption = 115200,
    server: ServerOption = None,
    kind: KindOption = None,
    key: KeyOption = "",
    json: JsonOption = False,
) -> None:
    """Send an emergency stop. It is no replacement for the machine's own switch."""
    from coordinator.commands import device

    device.stop(device.Target(port, firmware, baud, server, kind, key), as_json=json)


@group.command("terminal")
def terminal(
    port: PortOption = None,
    firmware: FirmwareOption = None,
    baud: BaudOption = 115200,
    server: ServerOption = None,
    kind: KindOption = None,
    key: KeyOption = "",
    machine: ProfileOption = None,
    labs: ProfileLabsOption = None,
    json: JsonOption = False,
) -> None:
    """Talk to a machine in lines of G-code, under its policy. Opening a serial port resets most boards."""
    from coordinator.commands import device
    from coordinator.commands import terminal as command

    policy = None
    if machine is not None or labs is not None:
        from coordinator.commands import profile

        policy = profile.profile_of(machine, labs).policy
    target = device.Target(port, firmware, baud, server, kind, key)
    raise typer.Exit(command.terminal(target, policy, as_json=json))


@group.command("key")
def ask_key(
    server: Annotated[str, typer.Argument(metavar="URL", help="Of an OctoPrint.")],
    user: Annotated[str | None, typer.Option("--user", help="Who may grant it there [whoever is logged in].")] = None,
    json: JsonOption = False,
) -> None:
    """Ask an OctoPrint for a key, which a person grants in its page within two minutes."""
    from coordinator.commands import device

    device.ask_key(server, user, as_json=json)


@group.command("probe")
def probe(
    places: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PORT|URL]...", help="Serial ports or print servers; without any, ports are listed."),
    ] = None,
    key: KeyOption = "",
    json: JsonOption = False,
) -> None:
    """Ask what hangs on serial ports, and print entries for the labs file. Resets the boards: never during a job."""
    from coordinator.commands import device

    if places:
        device.probe(places, key, as_json=json)
    else:
        device.list_ports(as_json=json)


BrokerOption = Annotated[
    str, typer.Option("--broker", metavar="URL", help="mqtt://HOST; FABCOMMONS_MQTT_USER and ..._PASSWORD log in.")
]


@group.command("publish")
def publish(
    broker: BrokerOption,
    lab: Annotated[str, typer.Option("--lab", metavar="ID", help="Of the lab.")],
    machine: Annotated[str, typer.Option("--machine", metavar="ID", help="Of the machine.")],
    port: PortOption = None,
    firmware: FirmwareOption = None,
    baud: BaudOption = 115200,
    server: ServerOption = None,
    kind: KindOption = None,
    key: KeyOption = "",
    every: Annotated[
        float, typer.Option("--every", min=0.1, max=3600, metavar="SECONDS", help="Between states.")
    ] = 5.0,
) -> None:
    """Tell a machine's state to an MQTT broker until Ctrl-C; best of a machine behind a print server."""
    from coordinator.commands import broker as command
    from coordinator.commands import device

    command.tell(broker, lab, machine, device.Target(port, firmware, baud, server, kind, key), every_s=every)


@group.command("watch")
def watch(
    broker: BrokerOption,
    count: Annotated[int | None, typer.Option("--count", min=1, help="So many states, then end.")] = None,
    json: JsonOption = False,
) -> None:
    """Print the states of machines that come over an MQTT broker, as they come."""
    from coordinator.commands import broker as command

    command.follow(broker, count=count, as_json=json)


OrderOption = Annotated[
    Path | None, typer.Option("--dir", metavar="DIR", help="Of the order that waits [the only one in .fabcommons].")
]
JobOption = Annotated[str | None, typer.Option("--job", metavar="ID", help="For this job alone [the next one].")]
WhoOption = Annotated[str | None, typer.Option("--who", metavar="NAME", help="Who says so [this computer's user].")]


@group.command("arm")
def arm(
    machine: Annotated[str, typer.Argument(metavar="MACHINE", help="Its id in the order's labs file.")],
    folder: OrderOption = None,
    job: JobOption = None,
    who: WhoOption = None,
    json: JsonOption = False,
) -> None:
    """Let a machine start once: it is clear, loaded and watched."""
    from coordinator.commands import permit

    permit.confirm(machine, "armed", folder, job, who, good=True, as_json=json)


@group.command("confirm")
def confirm(
    machine: Annotated[str, typer.Argument(metavar="MACHINE", help="Its id in the order's labs file.")],
    what: Annotated[str, typer.Argument(metavar="WHAT", help="bed-clear or first-layer.")],
    folder: OrderOption = None,
    job: JobOption = None,
    who: WhoOption = None,
    no: Annotated[bool, typer.Option("--no", help="The first layer is bad: end the job.")] = False,
    json: JsonOption = False,
) -> None:
    """Confirm that a bed is clear, or how a first layer looks."""
    from coordinator.commands import permit

    permit.confirm(machine, what, folder, job, who, good=not no, as_json=json)


@group.command("simulate")
def simulate(
    firmware: Annotated[str, typer.Option("--firmware", help="marlin, grbl, grblhal or fluidnc.")],
    link: Annotated[
        Path | None, typer.Option("--link", help="Where its port appears [.fabcommons/virtual-FIRMWARE].")
    ] = None,
    baud: Annotated[int | None, typer.Option("--baud", min=300, help="Enforce this line speed [no limit].")] = None,
    latency: Annotated[float, typer.Option("--latency-ms", min=0, max=1000, help="Of its USB adapter.")] = 0.0,
    fault: Annotated[
        str, typer.Option("--fault", help="drop=0.01,corrupt=0.01: shares of lines; runout@500: at a line.")
    ] = "",
    speed: Annotated[float, typer.Option("--speed", min=1, max=1e6, help="Machine seconds in one second.")] = 1.0,
    seed: Annotated[int, typer.Option("--seed", help="Of the faults' chance.")] = 0,
) -> None:
    """Run a virtual machine until Ctrl-C, and print the path of its port."""
    from coordinator.commands import device

    options = ["--speed", str(speed), "--seed", str(seed), "--fault", fault, "--latency-ms", str(latency)]
    if baud is not None:
        options += ["--baud", str(baud)]
    path = link or Path(".fabcommons") / f"virtual-{firmware}"
    raise typer.Exit(device.simulate(firmware, path, options=options))
