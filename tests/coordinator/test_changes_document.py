"""docs/changes.md says what changes under builds, and no more than the program knows."""

from __future__ import annotations

import re
from pathlib import Path

from coordinator.schema.change import SubstitutionKind
from coordinator.web.site import PAGES
from core.part_settings import NO_SETTINGS, SETTING_NAMES, Orientation, PartSettings, not_honoured, read_setting

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "changes.md").read_text(encoding="utf-8")


def test_every_kind_of_substitution_is_told_and_who_decides_it() -> None:
    table = TEXT.partition("| of | decided by |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", table)) == {str(each) for each in SubstitutionKind}


def test_pages_and_events_that_are_named_are_there() -> None:
    pages = {re.sub(r"\{\w+\}", "ID", each) for each in PAGES}
    assert set(re.findall(r"`(/[^`]*)`", TEXT)) <= pages
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "coordinator" / "service").rglob("*.py"))
    for event in re.findall(r"`((?:job|build)\.[a-z-]+)`", TEXT):
        assert f'"{event}"' in code, event


def test_the_manual_of_answers_names_every_setting() -> None:
    told = (ROOT / "docs" / "answers.md").read_text(encoding="utf-8")
    for name in SETTING_NAMES:
        assert f"`{name}`" in told, name
    for each in Orientation:
        assert f"`{each}`" in told, each


def test_settings_are_read_as_people_write_them() -> None:
    written = [
        ("infill_percent", "40 %", 40.0),
        ("layer_mm", "200 µm", 0.2),
        ("layer_mm", "0,3", 0.3),
        ("walls", "3", 3),
        ("supports", "Yes", True),
        ("supports", "without", False),
        ("orientation", "upside down", Orientation.TOP_DOWN),
    ]
    for name, text, value in written:
        assert read_setting(name, text).stated == {name: value}


def test_what_is_set_counts_more_and_what_is_not_stated_is_left() -> None:
    base = PartSettings(infill_percent=20, supports=True)
    both = PartSettings(infill_percent=100, supports=False).over(base)
    assert both == PartSettings(infill_percent=100, supports=False)
    assert NO_SETTINGS.over(base) == base
    assert PartSettings.of(both.document()) == both
    assert PartSettings.of({"orientation": "top down", "strange": 1}).text == "lying top down"


def test_nothing_is_passed_over_in_silence() -> None:
    every = PartSettings(20, 0.2, 3, True, Orientation.ON_LEFT)
    assert len(not_honoured(every, "laser_cutting", by_slicer=True)) == len(SETTING_NAMES)
    assert len(not_honoured(every, None, by_slicer=True)) == len(SETTING_NAMES)
    assert len(not_honoured(every, "fdm", by_slicer=False)) == len(SETTING_NAMES)
    assert len(not_honoured(every, "fdm", by_slicer=True)) == 1
    assert not_honoured(PartSettings(20, 0.2, 3, True), "fdm", by_slicer=True) == ()
