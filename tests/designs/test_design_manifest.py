"""designs.manifest, designs.documents, designs.licence: what a design says of itself."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core.provenance import Finding
from designs.design import Manifest
from designs.documents import Document, parse_toml, parse_yaml
from designs.files import list_files
from designs.licence import licence_of_statement, licence_of_text, read_licence
from designs.limits import Limits
from designs.manifest import read_manifest

Tree = dict[str, str | bytes]
Plant = Callable[[Tree], Path]
V1 = """%Open Know-How Manifest 1.0
---
title: Seedling lamp
description: A lamp
version: 1.10
date-created: 2024-02-30
made: yes
license:
  documentation: CC-BY-SA-4.0
  hardware: CERN-OHL-W-2.0
bom: bom/parts.csv
x-colour: green
"""
LOSH = """okhv = "OKH-LOSHv1.0"
name = "Seedling lamp"
function = "Lights seedlings"
version = 1.10
license = "CERN-OHL-S-2.0"
bom = "sBoM.csv"
[[part]]
name = "arm"
mass = 1.5
"""


def manifest_of(root: Path) -> tuple[Manifest | None, tuple[Finding, ...]]:
    return read_manifest(root, list_files(root, Limits()).files)


def test_okh_v1_is_read(plant: Plant) -> None:
    manifest, findings = manifest_of(plant({"OKH-Lamp.yml": V1}))
    assert manifest is not None
    assert findings == ()
    assert (manifest.path, manifest.dialect) == ("OKH-Lamp.yml", "okh-v1")
    assert (manifest.title, manifest.version, manifest.description) == ("Seedling lamp", "1.10", "A lamp")
    assert (manifest.licence, manifest.bom_path) == ("CERN-OHL-W-2.0", "bom/parts.csv")
    assert manifest.fields["x-colour"] == "green"
    assert manifest.fields["date-created"] == "2024-02-30"


def test_okh_losh_is_read(plant: Plant) -> None:
    manifest, findings = manifest_of(plant({"okh.toml": LOSH}))
    assert manifest is not None
    assert findings == ()
    assert (manifest.dialect, manifest.title, manifest.version) == ("okh-losh", "Seedling lamp", "1.10")
    assert (manifest.licence, manifest.bom_path) == ("CERN-OHL-S-2.0", "sBoM.csv")
    assert manifest.fields["part"] == [{"name": "arm", "mass": "1.5"}]


@pytest.mark.parametrize(
    ("names", "best"),
    [
        (["okh.yml", "okh-arm.yml", "arm/okh.toml"], "okh.yml"),
        (["docs/okh.yml"], "docs/okh.yml"),
        (["a/okh-a.toml", "b/okh-b.toml"], None),
        (["lamp.okh.yaml"], "lamp.okh.yaml"),
        (["smokh.yml", "okhotsk.yml", "okh.md"], None),
    ],
)
def test_the_manifest_of_the_whole_is_chosen(plant: Plant, names: list[str], best: str | None) -> None:
    root = plant({name: LOSH if name.endswith("toml") else V1 for name in names})
    manifest, _ = manifest_of(root)
    assert (manifest.path if manifest else None) == best


def test_a_broken_manifest_gives_what_can_be_had(plant: Plant) -> None:
    broken = V1.replace("A lamp\n", "A lamp that is\nvery bright, and\n also long\n").replace("made: yes", "made: [yes")
    manifest, (finding,) = manifest_of(plant({"okh.yml": broken}))
    assert manifest is not None
    assert manifest.description == "A lamp that is very bright, and also long"
    assert (manifest.title, manifest.bom_path, manifest.licence) == ("Seedling lamp", "bom/parts.csv", "CERN-OHL-W-2.0")
    assert "made" not in manifest.fields
    assert (finding.code, finding.file) == ("manifest-broken", "okh.yml")
    assert finding.message.startswith("line 5 of okh.yml is not well formed (")
    assert finding.message.endswith("7 fields could still be read")


def test_a_broken_toml_gives_what_can_be_had(plant: Plant) -> None:
    broken = LOSH.replace('"Lights seedlings"', "Lights seedlings") + '[[part]]\nname = "foot"\nname = "foot"\n'
    broken += '[[part]]\nname = "base"\n'
    manifest, (finding,) = manifest_of(plant({"okh.toml": broken}))
    assert manifest is not None
    assert (manifest.title, manifest.description) == ("Seedling lamp", None)
    assert [part["name"] for part in manifest.fields["part"]] == ["arm", "base"]
    assert finding.message.startswith("line 3 of okh.toml is not well formed (invalid value)")


@pytest.mark.parametrize(
    ("text", "fault", "line"),
    [
        ("title: Lamp\nbase: &a [1]\nother: *a\n", "aliases (*) are not read", 3),
        ("title: Lamp\ndeep: " + "[" * 60 + "]" * 60, "it is nested more than 32 deep", 2),
        ("- title: Lamp", "its top level is no mapping of names to values", 1),
        ("title: Lamp\x07", "the character U+0007 is not allowed", 1),
        ("? [a]\n: b", "found unhashable key", 1),
        ("title: 'Lamp", "found unexpected end of stream", 1),
    ],
)
def test_faults_of_yaml(text: str, fault: str, line: int) -> None:
    document = parse_yaml(text)
    assert (document.fault, document.line) == (fault, line)


def test_a_billion_laughs_cost_nothing() -> None:
    laughs = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert parse_yaml(f"a0: &a0 ha\n{laughs}").fields == {"a0": "ha"}


def test_tags_make_no_objects() -> None:
    assert parse_yaml("x: !!python/object/apply:os.getcwd []\ny: !!int one").fields == {"x": [], "y": "one"}


def test_toml_nested_too_deep_is_a_fault() -> None:
    assert parse_toml("a = " + "[" * 5000).fault is not None


def test_manifests_that_say_nothing_are_none(plant: Plant) -> None:
    manifest, (finding,) = manifest_of(plant({"okh.yml": "just some prose\n"}))
    assert manifest is None
    assert "nothing of it could be read" in finding.message
    assert manifest_of(plant({"okh.yml": ""})) == (None, ())


def test_large_and_badly_encoded_manifests_are_findings(plant: Plant) -> None:
    manifest, (finding,) = manifest_of(plant({"okh.yml": "a: b\n" * 100_000}))
    assert manifest is None
    assert finding.code == "manifest-too-large"
    manifest, (finding,) = manifest_of(plant({"okh.yml": "title: Lötlampe\n".encode("latin-1")}))
    assert manifest is not None
    assert (manifest.title, finding.code) == ("Lötlampe", "manifest-encoding")


@pytest.mark.parametrize(
    ("bom", "path"),
    [
        ("b.csv", "b.csv"),
        ("\n  - path: b.csv\n  - path: c.csv", "b.csv"),
        ("{path: b.csv}", "b.csv"),
        ("", None),
        ("[]", None),
        ("[[1]]", None),
    ],
)
def test_a_bill_is_named_in_many_ways(plant: Plant, bom: str, path: str | None) -> None:
    manifest, _ = manifest_of(plant({"okh.yml": f"title: x\nbom: {bom}\n"}))
    assert manifest is not None
    assert manifest.bom_path == path


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)
KEYS = st.from_regex(r"[a-z][a-z-]{0,10}", fullmatch=True)
VALUES = st.recursive(TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_yaml_comes_back_as_it_was_written(fields: dict[str, Any]) -> None:
    assert parse_yaml(yaml.safe_dump(fields, allow_unicode=True)) == Document(fields)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_has_a_fault(text: str) -> None:
    for document in (parse_yaml(text), parse_toml(text)):
        assert document.line is None or 1 <= document.line <= len(text.splitlines()) + 1


@settings(deadline=None)
@given(st.text(alphabet="ab[]{}=\"'#\n.-: &*!|>%", max_size=60))
def test_toml_agrees_with_the_standard_library(text: str) -> None:
    try:
        expected = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assert parse_toml(text).fault is not None
    else:
        assert parse_toml(text) == Document(expected)
    parse_yaml(text)


LICENCES = {
    "CERN-OHL-S-2.0": "CERN Open Hardware Licence Version 2 - Strongly Reciprocal\n\nPreamble\n",
    "CERN-OHL-W-2.0": "# CERN Open Hardware Licence\nVersion 2 \N{EN DASH} Weakly Reciprocal\n",
    "CERN-OHL-1.2": "\ufeffCERN Open Hardware Licence v1.2\n",
    "GPL-3.0": "  GNU GENERAL PUBLIC LICENSE\n  Version 3\n... GNU Affero General Public License version 3",
    "GPL-2.0": "GNU GENERAL PUBLIC LICENSE\n  Version 2, June 1991\n",
    "AGPL-3.0": "GNU AFFERO GENERAL PUBLIC LICENSE\n  Version 3, 19 November 2007\n... the GNU GPL version 3",
    "LGPL-2.1": "GNU LESSER GENERAL PUBLIC LICENSE\n Version 2.1, February 1999",
    "MIT": "Copyright (c) A\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\n"
    "of this software and associated documentation files",
    "Apache-2.0": "  Apache License\n  Version 2.0, January 2004",
    "BSD-3-Clause": "Redistribution and use in source and binary forms, with or without\n... Neither the name of the",
    "BSD-2-Clause": "Redistribution and use in source and binary forms, with or without",
    "CC-BY-4.0": "Creative Commons Attribution 4.0 International",
    "CC-BY-SA-3.0": "Creative Commons\nAttribution-ShareAlike 3.0 Unported",
    "CC-BY-NC-SA-4.0": "Attribution-NonCommercial-ShareAlike 4.0 International",
    "CC-BY-ND-4.0": "Attribution-NoDerivatives 4.0 International",
    "CC0-1.0": "Creative Commons Legal Code\n\nCC0 1.0 Universal",
    "Unlicense": "This is free and unencumbered software released into the public domain.",
    "TAPR-OHL-1.0": "The TAPR Open Hardware License\nVersion 1.0 (May 25, 2007)",
    "SHL-0.51": "SOLDERPAD HARDWARE LICENSE version 0.51",
    "CERN-OHL-P-2.0 OR MIT": "SPDX-License-Identifier: CERN-OHL-P-2.0 OR MIT\n\nMIT License",
}


@pytest.mark.parametrize("spdx", LICENCES)
def test_licences_are_told_by_their_text(spdx: str) -> None:
    assert licence_of_text(LICENCES[spdx]) == spdx


def test_an_unknown_text_tells_nothing() -> None:
    assert licence_of_text("All rights reserved. See the GNU General Public License for what this is not.") is None


@pytest.mark.parametrize(
    ("statement", "licence"),
    [
        ("CERN-OHL-S-2.0", "CERN-OHL-S-2.0"),
        ("MIT OR CC-BY-4.0", "MIT OR CC-BY-4.0"),
        ("Creative Commons Attribution-ShareAlike 4.0 International", "CC-BY-SA-4.0"),
        ("CERN OHL", "CERN OHL"),
    ],
)
def test_statements_are_made_identifiers_where_they_are_clear(statement: str, licence: str) -> None:
    assert licence_of_statement(statement) == licence


@pytest.mark.parametrize(
    ("tree", "licence"),
    [
        ({"LICENSE": "MIT", "hardware/LICENCE.md": "GPL-2.0"}, "MIT"),
        ({"software/LICENSE": "MIT", "Hardware/LICENCE.md": "GPL-2.0"}, "GPL-2.0"),
        ({"software/LICENSE": "MIT"}, None),
        ({"COPYING.txt": "GPL-3.0", "licensed-parts.md": "MIT"}, "GPL-3.0"),
        ({"LICENSE-code": "MIT", "LICENSE-hardware": "GPL-2.0"}, None),
        ({"LICENSES/a.txt": "CC0-1.0"}, "CC0-1.0"),
        ({"LICENSES/a.txt": "CC0-1.0", "LICENSES/b.txt": "MIT"}, None),
        ({"README.md": "MIT"}, None),
    ],
)
def test_the_licence_file_nearest_to_the_hardware_counts(
    plant: Plant, tree: dict[str, str], licence: str | None
) -> None:
    root = plant({path: LICENCES[spdx] for path, spdx in tree.items()})
    assert read_licence(root, list_files(root, Limits()).files) == licence
