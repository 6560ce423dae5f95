"""Manifests of every dialect are read, whole or as far as they can be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.provenance import Finding
from designs.design import Manifest
from designs.dialects import dialect_of
from designs.documents import Document, parse_json
from designs.files import list_files
from designs.limits import Limits
from designs.manifest import read_manifest
from designs.source import open_design

Plant = Callable[..., Path]
OHM = {
    "title": "Lamp",
    "version": "1.10",
    "license": {"hardware": "CERN-OHL-S-2.0", "software": "MIT"},
    "licensor": {"name": "Ann"},
    "documentation_language": "en",
    "function": "Gives light",
    "bom": "parts/bom.csv",
    "mass": 2.50,
    "our_key": [1, {"a": True, "b": None}],
}
TEXTS = {
    "okh.toml": 'name = "Lamp"\nversion = "1.10"\nfunction = "Gives light"\nlicense = "MIT"\nbom = "b.csv"\n',
    "okh.yml": "title: Lamp\nversion: 1.10\ndescription: Gives light\nlicense: {hardware: MIT}\nbom: b.csv\n",
    "okh-manifest.json": json.dumps(OHM | {"license": "MIT", "bom": "b.csv"}),
    "lamp.okh.json": json.dumps(OHM | {"license": {"hardware": "MIT"}, "bom": [{"path": "b.csv"}]}),
    "kitspace.yaml": "summary: Gives light\nbom: b.csv\ngerbers: g/\n",
    "buildconf.yaml": "Title: Lamp\nLicense: MIT\nAuthors: [Ann]\nNavigation: [{Title: x, Link: y}]\n",
}
DIALECTS = ("okh-losh", "okh-v1", "ohm", "ohm", "kitspace", "gitbuilding")


def manifest_of(root: Path) -> tuple[Manifest, tuple[Finding, ...]]:
    manifest, findings = read_manifest(root, list_files(root, Limits()).files)
    assert manifest is not None
    return manifest, findings


@pytest.mark.parametrize(("name", "dialect"), list(zip(TEXTS, DIALECTS, strict=True)))
def test_the_same_facts_are_read_from_each(plant: Plant, name: str, dialect: str) -> None:
    manifest, findings = manifest_of(plant({name: TEXTS[name]}))
    assert findings == ()
    assert manifest.dialect == dialect
    known = {
        "title": (manifest.title, "Lamp"),
        "version": (manifest.version, "1.10"),
        "licence": (manifest.licence, "MIT"),
        "description": (manifest.description, "Gives light"),
        "bom_path": (manifest.bom_path, "b.csv"),
    }
    silent = {"kitspace": {"title", "version", "licence"}, "gitbuilding": {"version", "description", "bom_path"}}
    for fact, (found, stated) in known.items():
        assert found == (None if fact in silent.get(dialect, ()) else stated), fact


@pytest.mark.parametrize("other", ["kitspace.yaml", "buildconf.yaml"])
def test_what_is_written_for_one_tool_gives_way(plant: Plant, other: str) -> None:
    root = plant({other: TEXTS[other], "hardware/okh.toml": TEXTS["okh.toml"]})
    assert manifest_of(root)[0].path == "hardware/okh.toml"
    with open_design(plant({other: TEXTS[other]}, "bare")) as design:
        assert design.manifest is not None
        assert design.licence == ("MIT" if other == "buildconf.yaml" else None)


@pytest.mark.parametrize(
    "name", ["okh.txt", "book.yaml", "okhotsk.json", "package.json", "kitspace.json", "xbuildconf.yaml"]
)
def test_other_files_are_no_manifests(name: str) -> None:
    assert dialect_of(name) is None


def test_unknown_keys_are_kept(plant: Plant) -> None:
    fields = manifest_of(plant({"okh.json": json.dumps(OHM)}))[0].fields
    assert fields == OHM | {"mass": "2.5"}


@pytest.mark.parametrize(
    ("text", "fields", "line"),
    [
        ('{"title": "Lamp",\n"version": "1"\n"bom": "b.csv"}', {"title": "Lamp", "version": "1", "bom": "b.csv"}, 3),
        ('{\n  "title": "Lamp",\n  "bom": \n}', {"title": "Lamp"}, 4),
        ('{"title": "Lamp",\n "bom": "b.csv"', {"title": "Lamp", "bom": "b.csv"}, 2),
        ('{"title": "Lamp",}', {"title": "Lamp"}, 1),
        (
            '{\n  "a": {\n    "title": "no",\n    "b": 1\n  },\n  "title": "Lamp"\n  "c": 2\n}',
            {"a": {"title": "no", "b": 1}, "title": "Lamp", "c": 2},
            7,
        ),
        ("[1]", {}, 1),
        ("", {}, 1),
        ("[" * 100_000, {}, None),
        ('{"a": ' + "9" * 10_000 + "}", {}, None),
    ],
)
def test_broken_json_is_read_as_far_as_possible(text: str, fields: dict[str, Any], line: int | None) -> None:
    document = parse_json(text)
    assert document.fault
    assert document.fields == fields
    assert document.line == line


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("okh.yml", "title: Lamp\nbom: a.csv\nlicense: {hardware: MIT}\nbom: b.csv\n", "4"),
        ("okh.json", '{"title": "Lamp", "bom": "a.csv", "bom": "b.csv"}', None),
    ],
)
def test_a_key_that_stands_twice_is_told(plant: Plant, name: str, text: str, place: str | None) -> None:
    manifest, (finding,) = manifest_of(plant({name: text}))
    assert (finding.code, finding.place) == ("manifest-broken", place)
    assert "'bom' stands twice" in finding.message
    assert (manifest.title, manifest.bom_path) == ("Lamp", "b.csv")


VALUES = st.recursive(
    st.text() | st.booleans() | st.none() | st.integers(-(2**60), 2**60),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=5), st.sampled_from([None, 1, 2]))
def test_json_comes_back_as_it_was_written(fields: dict[str, Any], indent: int | None) -> None:
    assert parse_json(json.dumps(fields, indent=indent)) == Document(fields)


@settings(deadline=None)
@given(st.text('{}[]",:\\ \n1ae', max_size=60))
def test_any_text_is_read_as_json_or_has_a_fault(text: str) -> None:
    document = parse_json(text)
    try:
        expected = json.loads(text)
    except json.JSONDecodeError:
        assert document.fault is not None
    else:
        assert document.fault is not None or document.fields.keys() == expected.keys()
