"""A design's bill line by line: reasons and questions, answers there, a hundred lines a page, read once."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from bom.bill import Bill, BillLine
from coordinator.schema.network import Role
from coordinator.service.designs.bill_shelf import BillShelf
from coordinator.service.designs.designs import Designs
from tests.coordinator.api.conftest import Web
from tests.coordinator.service.conftest import PRINTED
from tests.coordinator.web.test_acts import joined
from tests.coordinator.web.test_pages import get

MESSY = ("Foot,2,3D printing,PLA,foot.stl,", "Panel,,Manual cutting,Plywood,,", "Screw & nut,4,,,,Shop")
ANSWERS = {"quantity": "3", "files": "foot.stl"}


def test_each_line_says_where_its_facts_come_from(web: Web) -> None:
    web.town.upload(*MESSY)
    shown = get(web, "/designs/1/bill").text
    assert "bom.csv:2" in shown
    assert "column Qty" in shown
    assert "Screw &amp; nut" in shown
    assert "/designs/1/bill" in get(web, "/designs/1").text


def test_the_designer_answers_on_the_bill_and_is_led_to_the_clean_one(web: Web) -> None:
    designer = joined(web, Role.DESIGNER, name="dora")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("lamp/bom.csv", "\n".join(["Part,Qty,Process,Material,File,Supplier", *MESSY]))
        archive.writestr("lamp/foot.stl", PRINTED["foot__stl"])
    address = designer.upload("/designs/upload", packed.getvalue()).headers["location"]
    asked = web.town.application.designs.one(1).questions
    assert "<button>Answer</button>" not in get(web, f"{address}/bill").text  # that is for who keeps it
    while asked:
        shown = designer.get(f"{address}/bill").text
        assert shown.count("<button>Answer</button>") == len(asked)
        first = asked[0]
        sent = {"item": first.item, "about": first.about or "", "answer": ANSWERS[first.about or ""]}
        address = designer.post(f"{address}/answers", back=f"{address}/bill", **sent).headers["location"]
        assert address.endswith("/bill")
        address = address.removesuffix("/bill")
        left = web.town.application.designs.one(int(address.rpartition("/")[2])).questions
        assert len(left) < len(asked), (first, left)
        asked = left
    assert "Nothing is left to ask." in designer.get(f"{address}/bill").text
    assert "answered:" in designer.get(f"{address}/bill").text


def test_a_bill_has_a_hundred_lines_a_page(web: Web) -> None:
    web.town.upload(*(f"Screw number {n},1,,,,Shop" for n in range(1, 251)))
    pages = [get(web, f"/designs/1/bill?page={n}").text for n in (1, 2, 3, 4)]
    assert [len(re.findall(r'<tr id="', each)) for each in pages] == [100, 100, 50, 0]
    assert "page 2 of 3" in pages[1]
    assert "There is no line here." in pages[3]


def test_a_bill_is_read_once(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.town.upload(*MESSY)
    monkeypatch.setattr(Designs, "opened", None)  # reading it again would open the design
    assert get(web, "/designs/1/bill").status_code == 200
    assert get(web, "/designs/2/bill").status_code == 404


def test_the_shelf_forgets_the_bill_that_nobody_asked_for_longest() -> None:
    shelf, read = BillShelf(most_lines=3), []

    def bill(name: str) -> Bill:
        read.append(name)
        return Bill(name, tuple(BillLine(f"{name}{n}", f"line {n}", 1) for n in range(2)))

    for name in "abab":
        assert shelf.get(name, lambda name=name: bill(name)).design == name
    assert read == ["a", "b", "a", "b"]
    assert shelf.get("b", lambda: bill("x")).design == "b"
