"""The map: every lab that says where it is, inside the drawing, and none on top of another."""

from __future__ import annotations

import math
import re

from hypothesis import given
from hypothesis import strategies as st

from coordinator.service.machinery.atlas import PlaceView
from coordinator.web.atlas import charted, land
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.conftest import bare as bare
from tests.coordinator.service.conftest import town as town


def place(number: int, latitude: float | None, longitude: float | None) -> PlaceView:
    return PlaceView(
        id=f"lab-{number}", name=f"Lab {number}", city=None, latitude=latitude, longitude=longitude, machines=1,
        processes=["fdm"], open_hours=1.0, spare_hours=1.0,
    )  # fmt: skip


SPOTS = st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=12)


@given(SPOTS)
def test_every_lab_is_inside_the_drawing(spots: list[tuple[float, float]]) -> None:
    chart = charted([place(at, *spot) for at, spot in enumerate(spots)])
    assert chart is not None
    assert len(chart.dots) == len(spots)
    assert all(0 <= dot.x <= chart.wide and 0 <= dot.y <= chart.high for dot in chart.dots)


def test_labs_of_one_city_stand_beside_each_other() -> None:
    chart = charted([place(at, 42.0, -8.0) for at in range(9)])
    assert chart is not None
    for one in chart.dots:
        for other in chart.dots:
            assert one is other or math.hypot(one.x - other.x, one.y - other.y) > 20


def test_a_dot_lies_where_the_outline_is_placed() -> None:
    chart = charted([place(1, 42.25, -8.75), place(2, 48.0, 11.5), place(3, None, None)])
    assert chart is not None
    left, top, across, scale = (float(each) for each in re.findall(r"-?[\d.]+", chart.placement))
    for dot in chart.dots:
        assert abs(dot.y - (top - (dot.place.latitude or 0) * scale)) < 0.2
        assert abs(dot.x - (left + (dot.place.longitude or 0) * across)) < 0.2
    assert [dot.number for dot in chart.dots] == [1, 2]


def test_no_place_no_map() -> None:
    assert charted([]) is None
    assert charted([place(1, None, None)]) is None


def test_the_outline_is_a_path_and_nothing_else() -> None:
    assert re.fullmatch(r"[MmLlZz0-9. -]+", land())
    assert len(land()) < 20_000


def test_accepted_work_takes_hours_away(town: Town) -> None:
    before = {each.id: each.spare_hours for each in town.application.atlas.places()}
    assert all(0 < hours <= 24 * 7 * 10 for hours in before.values())
    town.order()
    after = {each.id: each.spare_hours for each in town.application.atlas.places()}
    assert sum(after.values()) < sum(before.values())


def test_what_nobody_can_make_is_told_with_its_design(town: Town) -> None:
    assert town.application.atlas.lacks() == []
    town.order(town.upload("Gear,3,CNC milling,Steel,,", "Foot,1,3D printing,PLA,foot.stl,"))
    (lack,) = town.application.atlas.lacks()
    assert (lack.tasks, lack.builds, lack.designs) == (1, 1, ["lamp"])
    assert lack.process is not None
    assert "mill" in lack.process
