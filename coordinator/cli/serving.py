"""`fabcommons serve|agent`: a coordinator for many, and the programs beside the machines."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from coordinator.cli.options import JsonOption
from coordinator.heap import Heap

__all__ = ["agent_group", "group"]

group = typer.Typer()
_SECRET: Final = "FABCOMMONS_OPENID_SECRET"  # noqa: S105 - the name of a variable; no option, as others would read it
agent_group = typer.Typer(invoke_without_command=True)

AgentCoordinatorOption = Annotated[
    str | None,
    typer.Option("--coordinator", envvar="FABCOMMONS_COORDINATOR", help="Its address, such as https://fab.example."),
]
AgentTokenOption = Annotated[
    str | None, typer.Option("--token", envvar="FABCOMMONS_TOKEN", help="Yours; better in the environment than here.")
]


@group.command()
def serve(
    folder: Annotated[Path, typer.Option("--dir", help="Where database and files are kept.")],
    host: Annotated[str, typer.Option("--host", help="Where it listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any that is free.")] = 8484,
    database_url: Annotated[
        str | None,
        typer.Option(
            "--database-url", envvar="FABCOMMONS_DATABASE_URL", help="postgresql://user@host/name [a file in --dir]."
        ),
    ] = None,
    compute_url: Annotated[
        str | None,
        typer.Option(
            "--compute-url",
            envvar="FABCOMMONS_COMPUTE_URL",
            help="dask://host:8786, a cluster for what takes long [processes of this computer].",
        ),
    ] = None,
    files_url: Annotated[
        str | None,
        typer.Option("--files-url", envvar="FABCOMMONS_FILES_URL", help="s3://bucket/prefix, for files [in --dir]."),
    ] = None,
    labs: Annotated[Path | None, typer.Option("--labs", help="Labs to begin with, where there are none yet.")] = None,
    speed: Annotated[
        float | None, typer.Option("--speed", min=1, max=1e5, help="To try out with virtual machines: a faster clock.")
    ] = None,
    lease_s: Annotated[float, typer.Option("--lease", min=1, max=3600, help="Seconds an agent may be silent.")] = 60.0,
    offer_hours: Annotated[
        float, typer.Option("--offer-hours", min=0.1, max=8760, help="How long an offer waits for an answer.")
    ] = 48.0,
    plan_seconds: Annotated[
        float, typer.Option("--seconds", min=0.1, max=3600, help="How long to look for a better plan.")
    ] = 3.0,
    requests_per_s: Annotated[
        float, typer.Option("--requests-per-second", min=1, max=1e6, help="That one address may make.")
    ] = 50.0,
    public_url: Annotated[
        str | None,
        typer.Option(
            "--public-url", envvar="FABCOMMONS_PUBLIC_URL", help="How browsers reach it: https://fab.example."
        ),
    ] = None,
    local_designs: Annotated[
        bool, typer.Option("--local-designs", help="Fetch designs from addresses inside this network too.")
    ] = False,
    local_webhooks: Annotated[
        bool,
        typer.Option("--local-webhooks", help="Send webhooks and alerts inside this network too, and without TLS."),
    ] = False,
    local_neighbours: Annotated[
        bool,
        typer.Option("--local-neighbours", help="Ask other networks inside this network too, and without TLS."),
    ] = False,
    mail_url: Annotated[
        str | None,
        typer.Option(
            "--mail-url",
            envvar="FABCOMMONS_MAIL_URL",
            help="The mail server for alerts, smtp://user:password@host?from=A@B; better in the environment.",
        ),
    ] = None,
    openid_issuer: Annotated[
        str | None,
        typer.Option(
            "--openid-issuer",
            envvar="FABCOMMONS_OPENID_ISSUER",
            help="The OpenID provider with whom people may log in; its client's secret is FABCOMMONS_OPENID_SECRET.",
        ),
    ] = None,
    openid_client: Annotated[
        str, typer.Option("--openid-client", envvar="FABCOMMONS_OPENID_CLIENT", help="As which it knows us.")
    ] = "",
) -> None:
    """Coordinate many labs and builds: an API for people and programs, agents that pull their work."""
    heap = Heap()
    with heap.growing():
        from coordinator.api.server import Serving
        from coordinator.commands import serve as command
        from coordinator.service.house import Settings
        from coordinator.service.membership.openid import OpenIdClient
        from coordinator.service.reaching.mail import MailServer

        settings = Settings(
            offer_hours=offer_hours,
            lease_s=lease_s,
            plan_seconds=plan_seconds,
            simulated=speed is not None,
            local_designs=local_designs,
            local_hooks=local_webhooks,
            local_neighbours=local_neighbours,
            mail=MailServer.parse(mail_url) if mail_url else None,
            openid=OpenIdClient(openid_issuer, openid_client, os.environ.get(_SECRET, "")) if openid_issuer else None,
            public_url=public_url,
        )
        how = Serving(
            folder, host, port, database_url, speed, settings, requests_per_s, public_url, compute_url, files_url
        )  # fmt: skip
        command.run(how, labs, heap)


@agent_group.callback()
def agent(
    context: typer.Context,
    coordinator: AgentCoordinatorOption = None,
    token: AgentTokenOption = None,
    folder: Annotated[Path, typer.Option("--dir", help="Where its journals and programs are kept.")] = Path(
        ".fabcommons/agent"
    ),
    machines: Annotated[
        list[str] | None, typer.Option("--machine", help="Drive only this one; may be repeated [all of the lab].")
    ] = None,
    speed: Annotated[
        float, typer.Option("--speed", min=1, max=1e5, help="How much faster virtual machines are.")
    ] = 1.0,
    plain_http: Annotated[
        bool, typer.Option("--plain-http", help="Send the token without encryption, in a network that you trust.")
    ] = False,
    page: Annotated[
        str | None, typer.Option("--page", metavar="HOST:PORT", help="Of its own page [127.0.0.1:8485].")
    ] = None,
    page_names: Annotated[
        list[str] | None, typer.Option("--page-name", help="A further name of that page's address; may be repeated.")
    ] = None,
    page_password: Annotated[
        str | None,
        typer.Option(
            "--page-password",
            envvar="FABCOMMONS_PAGE_PASSWORD",
            help="Of who acts on that page; better in the environment [kept in --dir].",
        ),
    ] = None,
    cameras: Annotated[
        list[str] | None,
        typer.Option(
            "--camera", metavar="MACHINE=URL", help="A machine's camera, shown to its lab only; may be repeated."
        ),
    ] = None,
    camera_every_s: Annotated[
        float, typer.Option("--camera-every", min=1, max=3600, help="Seconds between two pictures of a camera.")
    ] = 10.0,
) -> None:
    """Drive a lab's machines for a coordinator: take jobs, run them, report; go on when the coordinator is away."""
    if context.invoked_subcommand is not None:
        return
    if coordinator is None or token is None:
        missing = "--coordinator" if coordinator is None else "--token"
        raise typer.BadParameter(f"Missing option '{missing}'.", ctx=context)
    from agent.page import PageAddress
    from coordinator.commands import agent as command

    where = None
    if page is not None or page_names:
        parsed = PageAddress.parse(page or "8485")
        where = PageAddress(parsed.host, parsed.port, frozenset(name.lower() for name in page_names or ()))
    raise typer.Exit(
        command.run(
            coordinator, token, folder, frozenset(machines or ()),
            speed=speed, plain_http=plain_http, page=where, page_password=page_password, cameras=cameras or (),
            camera_every_s=camera_every_s,
        )
    )  # fmt: skip


@agent_group.command("probe")
def probe(
    places: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PLACE]...", help="Serial ports, hosts or addresses of print servers [all ports]."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Open serial ports without asking: that resets most boards.")] = (
        False
    ),
    near: Annotated[bool, typer.Option("--near", help="Ask this computer's usual ports for print servers too.")] = (
        False
    ),
    key: Annotated[
        str, typer.Option("--key", envvar="FABCOMMONS_SERVER_KEY", help="Of print servers; better in the environment.")
    ] = "",
    key_variable: Annotated[
        str, typer.Option("--key-variable", help="How the entries name the variable with the servers' key.")
    ] = "FABCOMMONS_SERVER_KEY",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the entries to a new file.")] = None,
    json: JsonOption = False,
) -> None:
    """Find the machines beside this computer, and write their entries for the labs document."""
    from coordinator.commands import agent_probe as command

    command.run(places or [], sure=yes, near=near, key=key, key_variable=key_variable, out=out, as_json=json)
