"""A network in the middle of its work, so that every page has something to show: by forms, as people fill them.

Whatever somebody could write goes through `say`: for pictures it stays as it is, for attacks it becomes one.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from coordinator.api.app import create_app
from coordinator.schema.builds import RunOutcome, TaskState
from coordinator.schema.network import Role
from coordinator.service.access import Actor
from coordinator.service.alerts.outbox import Letter
from coordinator.service.application import KEEPER, Application
from coordinator.service.house import Call
from coordinator.service.runs.attempts import Told
from tests.coordinator.api.conftest import Web
from tests.coordinator.conftest import block_stl, print_program
from tests.coordinator.service.conftest import Town
from tests.coordinator.web.browsing import PASSWORD, ROOT
from tests.coordinator.web.test_acts import OURS, Browser

EXAMPLE = ROOT / "examples" / "seedling-station"
LABS = ("ria-makerspace", "lerez-fablab", "douro-workshop")
MADE_PIECES = 6
README = """# Desk lamp

A lamp for a bench. [More](javascript:ran()) ![](x)

<script>ran()</script>
"""
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="80mm" height="60mm" viewBox="0 0 80 60" onload="ran()">'
    '<script>ran()</script><title>{title}</title><a href="javascript:ran()">'
    '<path d="M5 5H75V55H5Z" onclick="ran()"/></a></svg>'
)


@dataclass
class World:
    """The network, its people, and what to write.

    Attributes:
        town: the application and its clocks.
        web: an app of it, without a socket.
        say: makes of a text what is written.
        people: by name, a browser in which each is logged in.
        actors: by name, who that is.
        agents: by lab.
        letters: that were sent to people.
        found: numbers and names of what there is, for addresses.
    """

    town: Town
    web: Web
    say: Callable[[str], str]
    people: dict[str, Browser] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    agents: dict[str, Actor] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    found: dict[str, str] = field(default_factory=dict)

    @property
    def application(self) -> Application:
        return self.town.application

    def join(self, name: str, role: Role, lab: str = "") -> None:
        """Somebody comes by an invitation."""
        code = self.application.invitations.make(KEEPER, role, lab).code
        browser = Browser(self.web)
        sent = {"code": code, "name": self.say(name), "login": f"{name}@example.org", "password": PASSWORD}
        answer = browser.post("/join", **sent)
        assert answer.status_code == 303, answer.text
        (session,) = browser.cookies.values()
        self.people[name], self.actors[name] = browser, self.application.sessions.actor(session)

    def call(self, name: str) -> Call:
        return Call(self.actors[name])

    def send(self, who: str, path: str, /, **fields: Any) -> str:
        """Send a form; returns where it leads."""
        answer = self.people[who]._send("POST", path, data=fields, headers=OURS)
        assert answer.status_code == 303, (path, fields, re.sub(r"<[^>]+>|\s+", " ", answer.text)[-900:])
        return str(answer.headers["location"])

    def design(self, who: str, name: str, files: dict[str, bytes]) -> int:
        """Somebody brings a design in."""
        archive = self.town.folder / "design.zip"
        with zipfile.ZipFile(archive, "w") as packed:
            for path, content in files.items():
                packed.writestr(f"{name}/{path}", content)
        return self.application.designs.upload(self.call(who), archive, name).id


def _bill(rows: Iterable[Iterable[str]]) -> bytes:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue().encode()


def station(say: Callable[[str], str], version: str = "1.0.0") -> dict[str, bytes]:
    """The files of the example; a later version has one more shelf."""
    files = {str(path.relative_to(EXAMPLE)): path.read_bytes() for path in sorted(EXAMPLE.rglob("*")) if path.is_file()}
    head, *rows = csv.reader(files["bom.csv"].decode().splitlines())
    for row in rows:
        row[0], row[8] = say(row[0]), say(row[8])
        row[6] = say(row[6]) if row[6] == "Lamp head" else row[6]
        if version != "1.0.0" and row[5].endswith("shelf.dxf"):
            row[1] = "2"
    files["bom.csv"] = _bill([head, *rows])
    files["okh.yml"] = files["okh.yml"].replace(b'version: "1.0.0"', f'version: "{version}"'.encode())
    return files


def lamp(say: Callable[[str], str]) -> dict[str, bytes]:
    """A small design with what a stranger's design may hold: a drawing, a text, a licence of its own."""
    rows = [
        ["Part", "Qty", "Process", "Material", "File", "Supplier", "Notes"],
        [say("Lamp foot"), "2", "3D printing", "PLA", "foot.stl", "", say("No supports")],
        [say("Shade"), "1", "", "Cardboard", "shade.svg", "", say("Fold it")],
        [say("Panel"), "2", "Manual cutting", "Plywood", "", "", ""],
        [say("Cord"), "1", "", "", "", say("Shop"), ""],
    ]
    return {
        "bom.csv": _bill(rows), "foot.stl": block_stl(20, 20, 20).replace("block", say("block")).encode(),
        "foot.gcode": print_program().encode(), "shade.svg": DRAWING.format(title="shade").encode(),
        "README.md": README.encode(), "LICENSE": b"SPDX-License-Identifier: CC-BY-NC-4.0\n",
        "other/LICENSE": f"SPDX-License-Identifier: LicenseRef-Mine\n{say('Mine')}\n".encode(),
    }  # fmt: skip


def begin(town: Town, say: Callable[[str], str]) -> World:
    """Labs, people, designs; a rule and a code that were decided on the day before."""
    web = Web(town)
    web.app = create_app(town.application, per_s=1e6, burst=10**6)
    world = World(town, web, say)
    document = yaml.safe_load((ROOT / "examples" / "labs.yaml").read_text(encoding="utf-8"))
    for lab in document["labs"]:
        lab["name"], lab["place"]["city"] = say(lab["name"]), say(lab["place"]["city"])
        for each in (*lab.get("closures", ()), *lab["machines"]):
            key = "why" if "why" in each else "name"
            each[key] = say(each[key])
    town.application.labs.put(Call(KEEPER), document)
    for name, role, lab in (
        ("ste", Role.STEWARD, ""), ("ada", Role.BUILDER, ""), ("bea", Role.BUILDER, ""), ("dee", Role.DESIGNER, ""),
        *((lab, Role.OPERATOR, lab) for lab in LABS),
    ):  # fmt: skip
        world.join(name, role, lab)
    town.people.update(world.actors)
    world.send("ste", "/begin/network", name=say("Ria network"), sign_up="invitation", newcomer_role="")
    world.found["station"] = str(world.design("dee", "station", station(say)))
    world.found["lamp"] = str(world.design("dee", "lamp", lamp(say)))
    for number in (world.found["station"], world.found["lamp"]):
        town.application.people.grant(Call(KEEPER), world.actors["dee"].id, Role.MAINTAINER, "", int(number))
    decide(world)
    return world


def decide(world: World) -> None:
    """A rule for incomes and a code are proposed, spoken to, and after a day in force."""
    say, station_id = world.say, world.found["station"]
    world.send("dee", "/formulas/write", starter="buckets", design_id=station_id)
    rule = (ROOT / "examples" / "benefits" / "hours.toml").read_text(encoding="utf-8")
    for old in ("Hours times rate", "reserve of the commons"):
        rule = rule.replace(f'"{old}"', f"'''{say(old)}'''")
    world.send("dee", "/formulas/write", formula_id="1", design_id=station_id, text=rule, why=say("simpler to explain"))
    world.send("dee", "/formulas/2/propose", days="1", why=say("so that hours count"))
    world.send("ste", "/formulas/write", starter="equal")
    code = say("Be kind, share what you learn.") + "\n\n" + say("Say when you cannot come.")
    world.send("ste", "/proposals/code", text=code, days="3", why=say("we are many now"))
    world.send("bea", "/proposals/2/speak", word="yes", why=say("gladly"))
    world.town.clock.move(days=3)
    world.town.real.move(days=3)
    assert world.application.proposals.decide_due() == 2


def make(world: World) -> None:
    """A builder orders the example; it is bought, in part made, in part at work."""
    town, application = world.town, world.application
    world.send(
        "ada",
        f"/designs/{world.found['station']}/order",
        key="1" * 32,
        quantity="1",
        purpose="own use",
        due="2030-01-18",
    )
    town.plan()
    world.agents = {lab: town.agent(lab, lab) for lab in LABS}
    for _ in range(12):
        town.clock.move(minutes=10)
        for lab, agent in world.agents.items():
            machines = [each.id for each in application.labs.machines(KEEPER, lab).items]
            while work := application.attempts.claim(agent, lab, machines):
                application.attempts.start(agent, work.attempt_id, work.fence)
                done = len(application.board.recent(limit=50)) < MADE_PIECES
                lines = 900 if done else 570
                told = Told(
                    attempt_id=work.attempt_id, fence=work.fence, lines_done=lines, lines_total=900, state="running"
                )
                application.attempts.progress(agent, [told])
                if done:
                    outcome = RunOutcome.FINISHED
                    application.attempts.end(
                        agent, work.attempt_id, work.fence, outcome, lines=lines, message=world.say("finished")
                    )
        town.plan()
    for task in application.tasks.of(1, TaskState.ORDERED).items[4:]:
        application.tasks.arrived(world.call("ada"), task.id)
