"""An application in a folder, with people, two labs and a small design; time stands still unless a test moves it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from coordinator.files import FileStore
from coordinator.schema.network import Role
from coordinator.service.access import Actor
from coordinator.service.application import KEEPER, Application
from coordinator.service.designs.designs import DesignView
from coordinator.service.house import Call, House, Settings
from coordinator.service.work.builds import BuildView
from coordinator.store import Store
from tests.coordinator.conftest import LABS, LICENCE, block_stl, print_program

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)  # a Monday, in opening hours
ROWS = ("Foot,2,3D printing,PLA,foot.stl,", "Panel,2,Manual cutting,Plywood,,", "Screw,4,,,,Shop")


@dataclass
class Hand:
    """A clock that stands until it is moved."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Town:
    """The application and who is in it."""

    application: Application
    clock: Hand
    real: Hand
    folder: Path
    people: dict[str, Actor] = field(default_factory=dict)

    def join(self, name: str, role: Role, lab: str = "") -> Actor:
        """A new person with a role."""
        invited = self.application.invitations.make(KEEPER, role, lab)
        token = self.application.invitations.accept(invited.code, name, f"{name}@example.org")
        self.people[name] = self.application.tokens.actor(token.token)
        return self.people[name]

    def agent(self, lab: str, by: str = "north") -> Actor:
        """A new agent of a lab."""
        token = self.application.tokens.add_agent(self.people[by], lab, "box")
        return self.application.tokens.actor(token.token)

    def upload(self, *rows: str, licence: str | None = LICENCE, **files: str) -> DesignView:
        """Import a design out of the rows of its bill, its licence and its files."""
        archive = self.folder / "design.zip"
        header = "Part,Qty,Process,Material,File,Supplier"
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("lamp/bom.csv", "\n".join([header, *(rows or ROWS)]) + "\n")
            if licence is not None:
                packed.writestr("lamp/LICENSE", f"SPDX-License-Identifier: {licence}\n")
            for name, text in files.items() or PRINTED.items():
                packed.writestr(f"lamp/{name.replace('__', '.')}", text)
        return self.application.designs.upload(Call(self.people["ada"]), archive, "lamp")

    def order(self, design: DesignView | None = None, **how: object) -> BuildView:
        """Order a design and plan it."""
        design = design or self.upload()
        build = self.application.builds.order(
            Call(self.people["ada"]), design.id, 1, lead_days=0.0, **how,  # type: ignore[arg-type]
        )  # fmt: skip
        self.plan()
        return build

    def plan(self) -> None:
        """Plan until no build waits for a plan."""
        while self.application.planner.plan_next() is not None:
            failed = [each.why for each in self.application.log.after(0, 9999) if "error of the program" in each.why]
            assert not failed, failed


PRINTED = {"foot__stl": block_stl(20, 20, 20), "foot__gcode": print_program()}


@contextmanager
def opened(folder: Path) -> Iterator[Town]:
    """An application in a folder, with nobody in it."""
    store = Store(folder / "x.db")
    clock, real = Hand(), Hand()
    settings = Settings(plan_seconds=0.5, lease_s=30.0)
    house = House(store, FileStore(folder / "files"), clock, real, settings)
    made = Town(Application(house), clock, real, folder)
    try:
        yield made
    finally:
        made.application.close()
        store.close()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Town]:
    """An application with nobody in it."""
    with opened(tmp_path) as made:
        yield made


@pytest.fixture
def town(bare: Town) -> Town:
    """Two labs that accept automatically, their operators, a builder and a steward."""
    bare.application.labs.put(Call(KEEPER), yaml.safe_load(LABS))
    bare.join("ste", Role.STEWARD)
    bare.join("ada", Role.BUILDER)
    for lab in ("north", "south"):
        bare.join(lab, Role.OPERATOR, lab)
    return bare


Asking = Callable[[], Town]
