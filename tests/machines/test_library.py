"""The library of models: every entry is sound, names find what people mean, and a lab's own words win."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.trees import materials, processes
from machines.lab import Connection, Driver, Machine
from machines.library import Library, Model, compact, library
from machines.matching import Requirement, Verdict, match
from machines.models_page import models_page
from machines.network import read_network

SPOT = {  # model -> envelope and temperatures as the maker publishes them
    "prusa-mk3s": ((250, 210, 210), 300, 120),
    "prusa-mini": ((180, 180, 180), 280, 100),
    "creality-ender-3": ((220, 220, 250), 255, 110),
    "bambu-p1s": ((256, 256, 256), 300, 100),
    "ultimaker-ultimaker-s5": ((330, 240, 300), 280, 140),
    "formlabs-form-2": ((145, 145, 175), None, None),
    "elegoo-mars-2-pro": ((129, 80, 160), None, None),
    "roland-srm-20": ((203.2, 152.4, 60.5), None, None),
    "genmitsu-3018-pro": ((300, 180, 45), None, None),
    "haas-vf-2": ((762, 406, 508), None, None),
    "epilog-laser-zing-16": ((406, 305, 114), None, None),
}


def test_there_are_many_models_of_many_kinds() -> None:
    assert len(library()) >= 150
    assert len({model.kind for model in library()}) >= 7
    assert len({model.maker for model in library()}) >= 50


@pytest.mark.parametrize("model", tuple(library()), ids=lambda model: model.id)
def test_every_entry_is_sound(model: Model) -> None:
    machine = model.machine("some-machine", "some-lab")
    assert machine.model == model.id
    assert all(word in processes() for word in machine.processes)
    assert all(word in materials() for word in (*machine.materials, *machine.thickness_mm))
    assert len(model.source) > 20
    assert all(10 <= length <= 3000 for length in model.envelope_mm or ())
    assert model.envelope_mm is None or len(model.envelope_mm) == 3
    assert all(0.1 <= each <= 3 for each in model.nozzles_mm)
    assert model.limits.nozzle_c is None or 200 <= model.limits.nozzle_c <= 500
    assert model.limits.bed_c is None or 50 <= model.limits.bed_c <= 200
    assert library().find(model.id) is model
    assert library().find(model.title) is model


def test_what_makers_publish_is_there() -> None:
    """A model alone answers most questions: what is printed, milled and cut, and how large."""

    def lacking(kind: str, *facts: str) -> set[str]:
        return {each.id for each in library() if each.kind == kind and not any(getattr(each, one) for one in facts)}

    for kind in ("filament_printers", "resin_printers", "powder_printers", "routers_and_mills", "knife_cutters"):
        assert lacking(kind, "materials") == set(), kind
    assert len(lacking("filament_printers", "envelope_mm")) <= 5
    assert len(lacking("lasers", "envelope_mm", "bed_mm")) <= 1
    assert len(lacking("knife_cutters", "bed_mm")) <= 1


@pytest.mark.parametrize("model", [each for each in library() if "fdm" in each.processes], ids=lambda model: model.id)
def test_a_filament_printer_prints_what_its_maker_names(model: Model) -> None:
    """What an entry names is filament that its hot end melts, so that matching never contradicts the entry."""
    machine = model.machine("it", "lab")
    for material in model.materials:
        answer = match(Requirement("fdm", material, (20.0, 20.0, 20.0)), machine)
        assert answer.verdict is (Verdict.YES if model.envelope_mm else Verdict.UNKNOWN), (material, answer.text)
    other = match(Requirement("fdm", "hips", (20.0, 20.0, 20.0)), machine)
    assert other.verdict is not Verdict.NO or "°C" in other.text  # a maker's list names examples
    assert match(Requirement("fdm", "resin", (20.0, 20.0, 20.0)), machine).verdict is Verdict.NO


@pytest.mark.parametrize(
    "model", [each for each in library() if "fdm" not in each.processes], ids=lambda model: model.id
)
def test_no_other_model_names_what_its_work_cannot_do(model: Model) -> None:
    machine = model.machine("it", "lab")
    for material in model.materials:
        answer = match(Requirement(model.processes[0], material), machine)
        aspects = {each.aspect: each for each in answer.reasons}
        assert aspects["process"].verdict is Verdict.YES
        assert "material" not in aspects or aspects["material"].verdict is Verdict.YES, (material, answer.text)


def test_no_name_names_two_models() -> None:
    taken: dict[str, str] = {}
    for model in library():
        for name in (model.id, model.title, *model.aliases):
            assert taken.setdefault(compact(name), model.id) == model.id, name


@pytest.mark.parametrize("model_id", SPOT)
def test_figures_are_those_that_the_maker_publishes(model_id: str) -> None:
    model = library()[model_id]
    assert (model.envelope_mm, model.limits.nozzle_c, model.limits.bed_c) == SPOT[model_id]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Prusa MK3S", "prusa-mk3s"),
        ("prusa i3 mk3s+", "prusa-mk3s"),
        ("PRUSA_MK3S", "prusa-mk3s"),
        ("Shapeoko 3", "shapeoko-3"),
        ("shapeoko 3 xxl", "shapeoko-3-xxl"),
        ("Ender 3", "creality-ender-3"),
        ("Creality Ender-3 V2", "creality-ender-3-v2"),
        ("Ultimaker 2+", "ultimaker-ultimaker-2-plus"),
        ("Ultimaker 2", "ultimaker-ultimaker-2"),
        ("Bambu Lab A1", "bambu-a1"),
        ("Roland SRM-20", "roland-srm-20"),
    ],
)
def test_names_find_the_model_that_people_mean(written: str, meant: str) -> None:
    found = library().find(written)
    assert found is not None
    assert found.id == meant


def test_a_name_of_several_asks_and_lists_them() -> None:
    with pytest.raises(InputError, match="is the name of 3 models") as caught:
        library().require("Voron 2.4", where="here")
    assert all(f"voron-2-4-{size}" in str(caught.value) for size in (250, 300, 350))
    assert library().find("Voron 2.4") is None


@pytest.mark.parametrize(
    ("part", "suggested"), [("ender", "creality-ender-3"), ("Mini", "prusa-mini"), ("shapeko 3", "shapeoko-3")]
)
def test_a_part_of_a_name_is_a_suggestion_only(part: str, suggested: str) -> None:
    assert library().find(part) is None
    with pytest.raises(InputError, match="is no model of the library") as caught:
        library().require(part, where="here")
    assert suggested in (caught.value.hint or "")


@given(st.text(max_size=40))
def test_any_text_is_answered(text: str) -> None:
    found = library().candidates(text)
    assert len({model.id for model in found}) == len(found)
    assert isinstance(library().suggest(text), tuple)


def a_model(model_id: str, *aliases: str, name: str = "One") -> Model:
    return Model(model_id, "Maker", name, "kind", ("fdm",), "a data sheet", aliases)


def test_a_library_refuses_names_that_stand_twice() -> None:
    with pytest.raises(ValueError, match="names both"):
        Library((a_model("one", "The-One"), a_model("two", "the one", name="Two")))
    with pytest.raises(ValueError, match="stands twice"):
        Library((a_model("one"), a_model("one", name="Two")))


def test_a_model_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="firmware 'magic'"):
        Model("one", "Maker", "One", "kind", ("fdm",), "a data sheet", firmware="magic")
    with pytest.raises(ValueError, match="'colour' is not a known fact"):
        Model("one", "Maker", "One", "kind", ("fdm",), "a data sheet", facts={"colour": "red"})


def machine(tmp_path: Path, text: str) -> Machine:
    path = tmp_path / "labs.yaml"
    lab = "labs:\n  - {id: lab, name: Lab, timezone: UTC, opening_hours: {daily: '08:00-18:00'}, machines: [{%s}]}\n"
    path.write_text(lab % text, encoding="utf-8")
    return read_network(path).machine("mine")


def test_a_model_is_enough(tmp_path: Path) -> None:
    found = machine(tmp_path, "id: mine, model: Prusa MK3S")
    assert found.model == "prusa-mk3s"
    assert found.processes == ("fdm",)
    assert found.envelope_mm == (250, 210, 210)
    assert found.limits.nozzle_c == 300
    assert {"name", "processes", "envelope_mm", "limits.nozzle_c", "motion.travel_mm_s"} <= set(found.from_model)
    assert found.connection.driver is Driver.HANDS


def test_the_labs_own_words_win_and_the_rest_says_where_it_comes_from(tmp_path: Path) -> None:
    text = (
        "id: mine, name: Old friend, model: prusa-mk3s, nozzles_mm: [0.6, 0.4], materials: [pla], "
        "envelope_mm: [250, 210, 180], limits: {nozzle_c: 250}, connection: {port: virtual}"
    )
    found = machine(tmp_path, text)
    assert (found.name, found.nozzles_mm, found.materials) == ("Old friend", (0.6, 0.4), ("pla",))
    assert found.envelope_mm == (250, 210, 180)
    assert (found.limits.nozzle_c, found.limits.bed_c) == (250, 120)
    assert found.connection == Connection(Driver.MARLIN, "virtual")
    assert set(found.from_model) == {"processes", "limits.bed_c", "motion.travel_mm_s"}


def test_a_lab_may_say_that_it_does_not_know(tmp_path: Path) -> None:
    found = machine(tmp_path, "id: mine, model: prusa-mk3s, envelope_mm: null, materials: []")
    assert found.envelope_mm is None
    assert found.materials == ()


def test_without_a_model_a_name_and_a_process_are_needed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="machine mine: processes: this key is missing"):
        machine(tmp_path, "id: mine, name: Something")
    with pytest.raises(InputError, match="machine mine: 'Prusa MK9' is no model"):
        machine(tmp_path, "id: mine, model: Prusa MK9")


def test_the_page_of_models_is_what_the_library_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "models.md"
    hint = "fabcommons machine models --markdown > docs/models.md"
    assert page.read_text(encoding="utf-8") == models_page(), hint


def test_a_reach_is_wider_than_the_envelope_and_holds_no_piece(tmp_path: Path) -> None:
    def printer(more: str) -> Machine:
        path = tmp_path / "labs.yaml"
        entry = f"{{id: m, model: Prusa MK3S{more}}}"
        path.write_text(f"labs: [{{id: a, name: A, timezone: UTC, opening_hours: {{}}, machines: [{entry}]}}]")
        return read_network(path).machine("m")

    model = printer("")
    assert model.reach_mm["y"] == (-4, 212.5)
    assert model.travel_mm == ((0, 255), (-4, 212.5), (0, 210))
    assert "reach_mm" in model.from_model
    own = printer(", envelope_mm: [250, 210, 200]")  # its zero may lie elsewhere
    assert own.travel_mm == ((0, 250), (0, 210), (0, 200))
    assert printer(", reach_mm: {x: [-20, 260]}").travel_mm == ((-20, 260), (0, 210), (0, 210))
    for reach, says in (("{y: [0, 200]}", "at least as long as the envelope"), ("{y: [5, 1]}", "runs from 5 to 1")):
        with pytest.raises(InputError, match=says):
            printer(f", reach_mm: {reach}")
    with pytest.raises(InputError, match="reach_mm"):
        printer(", reach_mm: {e: [0, 500]}")
    wide = match(Requirement("fdm", "pla", (254, 209, 209)), model)
    assert wide.verdict is not Verdict.YES
    assert "nothing is made outside the envelope" in wide.text


@pytest.mark.parametrize("model", [each for each in library() if each.reach_mm], ids=lambda model: model.id)
def test_published_reaches_hold_the_envelope(model: Model) -> None:
    for axis, length in zip("xyz", model.envelope_mm or (), strict=True):
        least, greatest = model.reach_mm.get(axis, (0, length))
        assert -20 <= least <= 0
        assert length <= greatest <= length + 20
    assert "travel limits" in model.source
