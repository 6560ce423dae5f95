"""Browsers of people, and what tests do with them over and over."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coordinator.schema.network import Role
from coordinator.service.application import KEEPER
from tests.coordinator.conftest import LICENCE
from tests.coordinator.service.conftest import PRINTED, Town
from tests.coordinator.web.test_acts import packed

ROOT = Path(__file__).parents[3]
PEER = (
    ROOT / ".peers" / "browser" / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
)
PASSWORD = "four words without connection"  # noqa: S105 - of nobody
WITHOUT_A_GPU = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PATIENCE_MS = 60_000  # for a computer that is busy with much else


@dataclass
class Visit:
    """A browser of one person. Whatever is wrong with a page is kept until the end of the test."""

    context: Any
    address: str
    page: Any = None
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self.page.on(
            "console", lambda told: self.wrong.append(told.text) if told.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self._requested)

    def _requested(self, request: Any) -> None:
        if not request.url.startswith(self.address):
            self.wrong.append(f"asked another host: {request.url}")

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def press(self, words: str) -> None:
        """Press the first button of these words; wait until the next page is there."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words, exact=True).first.click()

    def join(self, code: str, name: str) -> None:
        """Come by an invitation."""
        self.go(f"/join?code={code}")
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_label("Log-in name").fill(f"{name}@example.org")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Join")

    def sees(self, words: str) -> None:
        """Wait until the page says something."""
        self.page.get_by_text(words).first.wait_for()


def invite(town: Town, role: Role, lab: str = "") -> str:
    return town.application.invitations.make(KEEPER, role, lab).code


def bring_in(visit: Visit, rows: tuple[str, ...], folder: Path) -> None:
    """Upload a design by the page."""
    packed = folder / "lamp.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("lamp/bom.csv", "\n".join(["Part,Qty,Process,Material,File,Supplier", *rows]))
        archive.writestr("lamp/LICENSE", f"SPDX-License-Identifier: {LICENCE}\n")
        for name, text in PRINTED.items():
            archive.writestr(f"lamp/{name.replace('__', '.')}", text)
    visit.go("/designs")
    visit.page.get_by_text("Bring a design in").click()
    visit.page.get_by_label("Or its folder as zip or tar").set_input_files(packed)
    visit.press("Upload")


def order(visit: Callable[..., Visit], town: Town, folder: Path) -> Visit:
    """A builder comes in, uploads a design, and orders two."""
    builder = visit()
    builder.join(invite(town, Role.BUILDER), "bea")
    builder.go("/designs")
    builder.page.get_by_text("Bring a design in").click()
    archive = folder / "lamp.zip"
    archive.write_bytes(packed())
    builder.page.get_by_label("Or its folder as zip or tar").set_input_files(archive)
    builder.press("Upload")
    builder.sees("Order it")
    builder.page.get_by_label("How many").fill("2")
    builder.page.get_by_label("What it is for").select_option("own use")
    builder.press("Order")
    assert builder.page.url.endswith("/builds/1")
    town.plan()
    return builder


def lay_out(town: Town, operator: Visit, lab: str) -> None:
    """Tick off what is made for the lab's assemblies; what another lab has made was carried over."""
    for kit in town.application.kits.of(lab=lab):
        if not kit.complete and all(line.may_be_ticked for line in kit.lines):
            operator.go(f"/kits/{kit.job_id}")
            for box in operator.page.get_by_role("checkbox").all():
                box.check()
            operator.page.get_by_label("How it came, if it is not noted as here").fill("carried over")
            operator.press("What is ticked lies here (nothing ticked: all that is here)")
