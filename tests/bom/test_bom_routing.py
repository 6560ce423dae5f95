"""bom.routing: the steps after the first, and what is made to build with."""

from collections.abc import Callable, Mapping

import pytest

from bom.bill import Bill, Make
from bom.entry import Entry
from bom.routing import later_steps, routing

Read = Callable[[Mapping[str, str | bytes]], Bill]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("Laser cutting", ("laser_cutting",)),
        ("laser cut, sand", ("laser_cutting", "grinding")),
        ("sawn and sanded and painted", ("sawing", "grinding", "painting")),
        ("laser cut -> bend -> powder coated", ("laser_cutting", "bending", "powder_coating")),
        ("CNC milling; deburr; check", ("cnc_milling", "deburring", "inspection")),
        ("turned + anodized", ("turning", "anodizing")),
        ("sawn, CNC milled", ("sawing", "cnc_milling")),
        ("3D printing, laser cutting", ()),
        ("laser cut, CNC", ()),
        ("laser cut, by our friends", ()),
        ("laser / mill", ()),
        ("sand", ()),
        ("", ()),
    ],
)
def test_a_process_column_names_steps_only_when_every_word_is_understood(text: str, steps: tuple[str, ...]) -> None:
    assert routing(text) == steps


@pytest.mark.parametrize(
    ("entry", "steps"),
    [
        (Entry("a", cells={"finish": "Sand smooth, painted RAL 9005"}), ("grinding", "painting")),
        (Entry("a", cells={"finish": "as printed"}), ()),
        (Entry("a", cells={"notes": "Black. Finish: lacquered twice."}), ("painting",)),
        (Entry("a", cells={"notes": "paint it as you like"}), ()),
        (Entry("a", remarks=("post-processing: anneal",)), ("annealing",)),
        (Entry("a", cells={"inspection": "gauge 8 mm"}), ("inspection",)),
        (Entry("a", cells={"inspection": "No"}), ()),
        (Entry("a", cells={"kind": "laser cut, sand", "finish": "sanded"}), ("grinding",)),
    ],
)
def test_later_steps_come_from_process_finish_and_inspection(entry: Entry, steps: tuple[str, ...]) -> None:
    found, rule = later_steps(entry)
    assert found == steps
    assert bool(rule) is bool(steps)


def test_a_table_says_steps_and_tools_and_where(read: Read) -> None:
    bill = read(
        {
            "bom.csv": "Part,Qty,Process,Finish,Notes\n"
            'Shelf,2,"laser cut, sand",oiled,\n'
            "Drilling jig,1,3D printing,,\n"
            "Foot,4,FDM,,\n"
            "M3 screw,8,,,Finish: black oxide\n"
        }
    )
    shelf, jig, foot, screw = bill.lines
    assert (shelf.process, shelf.steps) == ("laser_cutting", ("grinding", "painting"))
    assert shelf.provenance["steps"].rule == "steps of 'laser cut, sand'; finish 'oiled'"
    assert (shelf.provenance["steps"].file, shelf.provenance["steps"].place) == ("bom.csv", "2")
    assert (jig.tool, foot.tool, screw.tool) == (True, False, False)
    assert jig.make is Make.FABRICATE
    assert (foot.steps, screw.steps) == ((), ())
    assert "steps" not in foot.provenance
