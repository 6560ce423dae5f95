"""A print profile states everything, refuses nonsense, and is the slicer's whole configuration."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest

from core.errors import InputError
from machines.lab import Connection, Driver, Machine, MachineLimits, Motion
from machines.printing.defaults import QUALITIES, assumptions, print_profile
from machines.printing.profile import PrintProfile, Supports
from machines.printing.prusa_ini import prusa_settings

MACHINE = Machine("p1", "lab", "A printer", ("fdm",), Connection(Driver.MARLIN, "virtual"))


@pytest.fixture
def slicer() -> str:
    found = shutil.which("prusa-slicer")
    if found is None:
        if os.environ.get("FABCOMMONS_REQUIRE_EXTERNAL") == "1":
            pytest.fail("prusa-slicer is not installed")
        pytest.skip("prusa-slicer is not installed")
    return found


@pytest.mark.parametrize("quality", sorted(QUALITIES))
@pytest.mark.parametrize("material", ["pla", "petg", "abs", "asa", "tpu", "nylon", "polycarbonate"])
def test_every_quality_and_material_makes_a_profile(quality: str, material: str) -> None:
    profile = print_profile(MACHINE, material, quality)
    assert profile.filament.material == material
    assert profile.layer_mm <= profile.nozzle_mm


def test_no_program_is_ever_run() -> None:
    assert prusa_settings(print_profile(MACHINE))["post_process"] == ""
    assert "\npost_process =\n" in print_profile(MACHINE).prusa_ini()


@pytest.mark.parametrize("quality", sorted(QUALITIES))
def test_supports_find_room_between_layers(quality: str) -> None:
    """PrusaSlicer 2.5 ends with "negative flow" on some overhangs when no layer of support may be thinner."""
    settings = prusa_settings(print_profile(MACHINE, "pla", quality, supports=True))
    assert 0.03 <= float(settings["min_layer_height"]) <= 0.5 * float(settings["layer_height"])


def test_a_setting_is_one_line_whatever_a_machine_is_called() -> None:
    with pytest.raises(ValueError, match="one printable line"):
        print_profile(replace(MACHINE, name="x\npost_process = /bin/sh"))


def test_every_number_of_the_profile_reaches_the_slicer() -> None:
    """Changing any figure changes the configuration: none is decoration."""
    profile = replace(print_profile(MACHINE, "petg"), supports=Supports(enabled=True))
    before = profile.prusa_ini()
    for changed, what in _variants(profile):
        assert changed.prusa_ini() != before, what


def _variants(profile: PrintProfile) -> list[tuple[PrintProfile, str]]:
    found = []
    for each in fields(profile):
        value = getattr(profile, each.name)
        if is_dataclass(value):
            for inner in fields(value):
                new = _changed(getattr(value, inner.name))
                if new is not None:
                    part = replace(value, **{inner.name: new})  # type: ignore[type-var]
                    found.append((replace(profile, **{each.name: part}), f"{each.name}.{inner.name}"))
        elif each.name != "name" and (new := _changed(value)) is not None:
            found.append((replace(profile, **{each.name: new}), each.name))
    assert len(found) > 50
    return found


def _changed(value: object) -> object | None:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1 if value < 100 else value - 1
    if isinstance(value, float):
        return value * 0.9 if value else 0.1
    if isinstance(value, tuple):
        return (value[0] + 1, *value[1:])
    return None


def test_what_a_machine_states_is_used() -> None:
    motion = Motion(travel_mm_s=300, work_mm_s=200, acceleration_mm_s2=5000, jerk_mm_s=12)
    machine = replace(MACHINE, nozzles_mm=(0.6,), envelope_mm=(100.0, 110.0, 120.0), motion=motion)
    profile = print_profile(machine, "pla")
    assert (profile.nozzle_mm, profile.layer_mm, profile.envelope_mm) == (0.6, 0.3, (100.0, 110.0, 120.0))
    assert profile.speeds.travel_mm_s == 300
    assert profile.speeds.sparse_mm_s == 200
    assert profile.axes.jerk_mm_s[:2] == (12, 12)
    assert assumptions(machine, "pla") == ()
    assert len(assumptions(MACHINE, None)) == 7


def test_junction_deviation_becomes_jerk() -> None:
    """0.414 (jerk squared) / acceleration, as Marlin's manual converts them."""
    motion = Motion(acceleration_mm_s2=1000, junction_deviation_mm=0.02)
    profile = print_profile(replace(MACHINE, motion=motion))
    assert profile.axes.jerk_mm_s[0] == pytest.approx((0.02 * 1000 / 0.414) ** 0.5, abs=0.01)


@pytest.mark.parametrize(
    ("material", "quality", "words"),
    [("unobtainium", "standard", "no material"), ("pla", "superb", "no quality"),
     ("plywood", "standard", "not known as a filament")],
)  # fmt: skip
def test_what_cannot_be_printed_is_refused(material: str, quality: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        print_profile(MACHINE, material, quality)


def test_a_nozzle_too_cold_is_refused() -> None:
    with pytest.raises(InputError, match="reaches 240 degrees"):
        print_profile(replace(MACHINE, limits=MachineLimits(nozzle_c=240)), "abs")


def test_a_cool_bed_is_taken_as_it_is() -> None:
    assert print_profile(replace(MACHINE, limits=MachineLimits(bed_c=60)), "petg").filament.bed_c == 60


@pytest.mark.parametrize(
    ("part", "change", "words"),
    [("widths", {"top_mm": 0.0}, "line widths"), ("speeds", {"travel_mm_s": float("inf")}, "speeds"),
     ("accelerations", {"wall_mm_s2": -1.0}, "accelerations"), ("axes", {"jerk_mm_s": (1.0, 1.0)}, "four numbers"),
     ("cooling", {"least_speed_mm_s": 0.0}, "least speed"), ("cooling", {"fan_max_percent": 101}, "the fan"),
     ("retraction", {"lift_mm": -0.1}, "retraction"), ("adhesion", {"brim_mm": -1.0}, "brim"),
     ("supports", {"threshold_deg": 90.0}, "threshold"), ("supports", {"spacing_mm": 0.0}, "spacing"),
     ("supports", {"gap_mm": -1.0}, "gaps"), ("filament", {"density_g_cm3": 0.0}, "density"),
     ("filament", {"nozzle_c": 900.0}, "nozzle"), ("filament", {"bed_c": 900.0}, "bed")],
)  # fmt: skip
def test_parts_refuse_nonsense(part: str, change: dict[str, object], words: str) -> None:
    value = getattr(print_profile(MACHINE), part)
    with pytest.raises(ValueError, match=words):
        replace(value, **change)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"nozzle_mm": 4.0}, "nozzle"), ({"layer_mm": 0.5}, "layer"), ({"infill_density": 1.1}, "density"),
     ({"walls": 0}, "wall"), ({"envelope_mm": (1.0, 0.0, 1.0)}, "envelope"), ({"name": "a\nb"}, "printable")],
)  # fmt: skip
def test_profiles_refuse_nonsense(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(print_profile(MACHINE), **change)


def test_every_key_of_the_slicer_is_stated(slicer: str, tmp_path: Path) -> None:
    """The slicer's own list of keys holds none that the profile leaves to it, and takes each as it was written."""
    ours = tmp_path / "ours.ini"
    ours.write_text(print_profile(MACHINE).prusa_ini())
    theirs = tmp_path / "theirs.ini"
    subprocess.run([slicer, "--save", str(theirs)], check=True, capture_output=True, timeout=60)
    taken = tmp_path / "taken.ini"
    subprocess.run([slicer, "--load", str(ours), "--save", str(taken)], check=True, capture_output=True, timeout=60)
    stated, known, kept = _keys(ours), _keys(theirs), _keys(taken)
    assert set(known) <= set(stated)
    changed = {key for key in stated if key in kept and kept[key] != stated[key]}
    assert changed <= {"threads"}


def _keys(path: Path) -> dict[str, str]:
    pairs = (line.partition(" =") for line in path.read_text().splitlines() if " =" in line)
    return {key: value.strip() for key, _, value in pairs}
