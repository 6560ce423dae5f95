"""A network with three labs, a designer and a buyer, asked over HTTP only; time stands still unless it is moved."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from coordinator.api.app import create_app
from coordinator.client.embedded import AppTransport
from coordinator.files import FileStore
from coordinator.folder import OrderFolder
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER, Application
from coordinator.service.house import Call, House, Settings
from coordinator.store import Store
from tests.coordinator.service.conftest import Hand

__all__ = ["STATION", "Stage", "files_of", "packed"]

STATION = Path(__file__).parents[3] / "examples" / "seedling-station"
_GRBL = {"driver": "grbl", "port": "virtual"}


def _lab(key: str, name: str, maker: str, *machines: dict[str, Any]) -> dict[str, Any]:
    """Who runs South reads each offer; the others accept by themselves what a licence lets them."""
    accepts = "asks" if key == "south" else "automatically"
    return {
        "id": key, "name": name, "timezone": "UTC", "opening_hours": {"daily": "00:00-24:00"}, "maker": maker,
        "currency": "EUR", "policy": {"accepts": accepts, "first_article": "never"}, "machines": list(machines),
    }  # fmt: skip


def _printer(number: int) -> dict[str, Any]:
    return {
        "id": f"north-printer-{number}", "name": f"Printer {number}", "processes": ["fdm"], "materials": ["pla"],
        "envelope_mm": [250, 210, 210], "unattended": True, "hourly_cost": 2,
        "connection": {"driver": "marlin", "port": "virtual"}, "limits": {"nozzle_c": 280, "bed_c": 110},
    }  # fmt: skip


_LABS: dict[str, Any] = {
    "labs": [
        _lab("north", "North", "cooperative", _printer(1), _printer(2),
             {"id": "north-bench", "name": "Bench", "processes": ["assembly"], "connection": {"driver": "hands"}}),
        _lab("south", "South", "school", {
            "id": "south-laser", "name": "Laser", "processes": ["co2_laser_cutting"],
            "materials": ["plywood", "acrylic"], "thickness_mm": {"plywood": [1, 6], "acrylic": [1, 5]},
            "envelope_mm": [600, 400, 10], "unattended": True, "hourly_cost": 9,
            "changeover_min": {"sheet": 20}, "connection": _GRBL,
            "limits": {"feed_mm_min": 20000, "spindle_s": 1000},
        }),
        _lab("west", "West", "company", {
            "id": "west-mill", "name": "Mill", "processes": ["cnc_routing"], "materials": ["plywood"],
            "thickness_mm": {"plywood": [3, 18]}, "envelope_mm": [300, 180, 45], "unattended": True,
            "hourly_cost": 15, "connection": _GRBL,
            "limits": {"feed_mm_min": 3000, "spindle_s": 12000},
        }),
    ],
    "transport": [{"between": ["north", "south"], "minutes": 40}, {"between": ["north", "west"], "minutes": 90},
                  {"between": ["south", "west"], "minutes": 90}],
}  # fmt: skip


def packed(files: Mapping[str, bytes]) -> bytes:
    """A design as a zip: its files by their paths."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in sorted(files.items()):
            archive.writestr(f"design/{name}", data)
    return buffer.getvalue()


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a design that comes with the program."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    inside = {path.relative_to(folder): path for path in paths}
    return {str(at): path.read_bytes() for at, path in inside.items() if not any(each[0] == "." for each in at.parts)}


@dataclass
class Stage:
    """One coordinator in a folder, and its people by their names."""

    folder: Path
    database: Path | str | None = None
    clock: Hand = field(default_factory=Hand)
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        place = OrderFolder(self.folder)
        store = Store(self.database or place.database)
        self.stack.callback(store.close)
        settings = Settings(plan_seconds=0.2, lease_s=1e6)
        house = House(store, FileStore(place.files), self.clock, self.clock, settings)
        self.application = Application(house)
        self.stack.callback(self.application.close)
        self.app = create_app(self.application, per_s=1e6, burst=10**6)
        self.transport = self.stack.enter_context(AppTransport(self.app))
        self.http = self.stack.enter_context(httpx.Client(base_url="http://localhost", transport=self.transport))
        self.stack.callback(house.closing.set)

    def close(self) -> None:
        """Let go of everything."""
        self.stack.close()

    # -- asking

    def ask(self, method: str, path: str, who: str | None = None, **options: Any) -> Any:
        """An answer of the API; what is refused fails the test."""
        headers = options.pop("headers", {})
        if who is not None:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        answer = self.http.request(method, f"/api/v1{path}", headers=headers, **options)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None

    def get(self, path: str, who: str | None = None) -> Any:
        return self.ask("GET", path, who)

    def post(self, path: str, who: str | None, /, **body: Any) -> Any:
        return self.ask("POST", path, who, json=body)

    def all(self, path: str, who: str | None = None) -> list[Any]:
        """All pages of a list."""
        found: list[Any] = []
        after, joint = None, "&" if "?" in path else "?"
        while True:
            page = self.get(f"{path}{joint}limit=200{f'&after={after}' if after is not None else ''}", who)
            found += page["items"]
            after = page["next"]
            if after is None:
                return found

    def page(self, path: str) -> str:
        """A page as anybody sees it."""
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    # -- people

    def join(self, name: str, role: Role, lab: str = "") -> None:
        """Somebody comes by an invitation."""
        code = self.application.invitations.make(KEEPER, role, lab).code
        self.tokens[name] = self.post("/invitations/accept", None, code=code, name=name)["token"]
        self.ids[name] = self.get("/me", name)["id"]

    def choose_password(self, name: str) -> None:
        """So that they can log in later."""
        self.ask("PUT", "/account/password", name, json={"login": name, "password": self._password(name)})
        self.http.cookies.clear()

    @staticmethod
    def _password(name: str) -> str:
        return f"the long password of {name}"

    def log_in(self, name: str) -> None:
        """By name and password, for a token of all roles that they have by now, as `fabcommons login` does."""
        self.ask("POST", "/session", json={"login": name, "password": self._password(name)})
        scopes = sorted({each["role"] for each in self.get(f"/people/{self.ids[name]}")["grants"]})
        headers = {"origin": "http://localhost"}
        self.tokens[name] = self.ask("POST", "/tokens", json={"label": "laptop", "scopes": scopes}, headers=headers)[
            "token"
        ]
        self.http.cookies.clear()

    def settle(self) -> None:
        """Three labs with an operator and an agent each, a designer, a buyer and a steward."""
        self.application.labs.put(Call(KEEPER), _LABS)
        for name, role in (("ste", Role.STEWARD), ("dee", Role.DESIGNER), ("kim", Role.BUILDER), ("lou", Role.BUILDER)):
            self.join(name, role)
        for name, lab in (("ada", "north"), ("ben", "south"), ("cem", "west")):
            self.join(name, Role.OPERATOR, lab)
            self.tokens[f"agent of {lab}"] = self.post("/tokens", name, label="box", agent_of=lab)["token"]

    def plan(self) -> None:
        """Plan until no build waits for a plan."""
        while self.application.planner.plan_next() is not None:
            pass
