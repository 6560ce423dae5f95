"""The licences of a whole tree, as SPDX expressions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.licensing import Licensing, read_licensing
from designs.source import open_design
from designs.spdx import both, identifiers, is_known, spdx_expression

Plant = Callable[..., Path]
MIT = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and"
GPL = "GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007\n"


def licensing(root: Path) -> Licensing:
    with open_design(root) as design:
        return read_licensing(design)


@pytest.mark.parametrize(
    ("statement", "expression"),
    [
        ("CERN-OHL-S-2.0", "CERN-OHL-S-2.0"),
        ("cern-ohl-s-2.0 or mit", "CERN-OHL-S-2.0 OR MIT"),
        ("Apache-2.0 WITH SHL-2.1", "Apache-2.0 WITH SHL-2.1"),
        ("PPL OR LicenseRef-commercial", "PPL OR LicenseRef-commercial"),
        ("GPLv3", "GPL-3.0"),
        ("GPL v3+", "GPL-3.0-or-later"),
        ("GNU LGPL 2.1", "LGPL-2.1"),
        ("GPL-3.0", "GPL-3.0"),
        ("GPL-3.0+ AND gpl-3.0-only", "GPL-3.0-or-later AND GPL-3.0-only"),
        ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("CC-BY-NC-SA 3.0 Unported", "CC-BY-NC-SA-3.0"),
        ("CC0", "CC0-1.0"),
        ("CERN OHL v2 S", "CERN-OHL-S-2.0"),
        ("CERN-OHL-W v2", "CERN-OHL-W-2.0"),
        ("CERN OHL 1.2", "CERN-OHL-1.2"),
        ("Apache 2.0", "Apache-2.0"),
        ("MIT License", "MIT"),
        ("MIT AND our own terms", "MIT AND LicenseRef-our-own-terms"),
        ("CERN OHL", "LicenseRef-CERN-OHL"),
        ("see the file (page 3", "LicenseRef-see-the-file-page-3"),
        ("MIT/Apache-2.0", "LicenseRef-MIT-Apache-2.0"),
        ("All rights reserved.", "LicenseRef-AllRightsReserved"),
        ("NOASSERTION", "LicenseRef-NOASSERTION"),
        ("none", "LicenseRef-NONE"),
        ("  ", "LicenseRef-NONE"),
        ("\u7121", "LicenseRef-NOASSERTION"),
    ],
)
def test_statements_become_expressions(statement: str, expression: str) -> None:
    assert spdx_expression(statement) == expression


@given(st.text(max_size=60) | st.text("MITAND ()ORWH-+.", max_size=30))
def test_every_statement_becomes_an_expression_that_stays(statement: str) -> None:
    expression = spdx_expression(statement)
    assert identifiers(expression)
    assert spdx_expression(expression) == expression
    assert all(is_known(each) or "Ref-" in each for each in identifiers(expression))


def test_two_licences_hold_together() -> None:
    assert both(["MIT", "MIT"]) == "MIT"
    assert both(["MIT OR PPL", "CC0-1.0"]) == "CC0-1.0 AND (MIT OR PPL)"
    assert both([]) is None


def test_the_manifest_says_it_for_each_part(plant: Plant) -> None:
    okh = "title: x\nlicense: {hardware: CERN OHL v2 S, documentation: CC-BY-4.0, software: ''}\n"
    found = licensing(plant({"okh.yml": okh}))
    assert [(each.scope, each.expression, each.provenance.place) for each in found.statements] == [
        ("hardware", "CERN-OHL-S-2.0", "license.hardware"),
        ("documentation", "CC-BY-4.0", "license.documentation"),
    ]
    assert found.effective == "CC-BY-4.0 AND CERN-OHL-S-2.0"


def test_licence_files_headers_and_annotations_are_read(plant: Plant) -> None:
    tree = {
        "LICENSE": MIT,
        "lib/COPYING": GPL,
        "LICENSES/CC0-1.0.txt": "text",
        "LICENSES/mit-text.txt": MIT,
        "LICENSES/LicenseRef-ours.txt": "text",
        "src/main.scad": "// ours\n// SPDX-License-Identifier: CERN-OHL-P-2.0 OR MIT\ncube(1);\n",
        "docs/page.md": "<!-- SPDX-License-Identifier: CC-BY-4.0 -->\n",
        "photo.jpg": b"\xff\xd8",
        "photo.jpg.license": "SPDX-License-Identifier: CC0-1.0\n",
        "REUSE.toml": '[[annotations]]\npath = ["data/**", "*.csv"]\nSPDX-License-Identifier = "PPL"\n',
    }
    found = licensing(plant(tree))
    said = {each.scope: (each.expression, each.provenance.file, each.provenance.place) for each in found.statements}
    assert said == {
        "": ("MIT", "LICENSE", None),
        "lib": ("GPL-3.0", "lib/COPYING", None),
        "src/main.scad": ("CERN-OHL-P-2.0 OR MIT", "src/main.scad", "2"),
        "docs/page.md": ("CC-BY-4.0", "docs/page.md", "1"),
        "photo.jpg": ("CC0-1.0", "photo.jpg.license", "1"),
        "data/**, *.csv": ("PPL", "REUSE.toml", "annotations"),
    }
    assert set(found.texts) == {"CC0-1.0", "MIT", "LicenseRef-ours"}
    assert found.effective == "CC-BY-4.0 AND CC0-1.0 AND GPL-3.0 AND LicenseRef-ours AND MIT AND PPL"


def test_a_text_that_nobody_knows_has_a_name_that_stays(plant: Plant) -> None:
    first, second = (licensing(plant({"LICENSE": "Be kind."}, name)) for name in ("a", "b"))
    assert first.unknown == second.unknown
    assert first.unknown[0].startswith("LicenseRef-")
    assert licensing(plant({"LICENSE": "Be kinder."}, "c")).unknown != first.unknown


def test_later_versions_are_not_another_licence(plant: Plant) -> None:
    found = licensing(plant({"okh.toml": 'license = "GPL-3.0-or-later"\n', "LICENSES/copy.txt": GPL}))
    assert found.effective == "GPL-3.0-or-later"


def test_silence_is_no_licence(plant: Plant) -> None:
    found = licensing(plant({"README.md": "MIT", "license-plate.stl": "solid x\n", "REUSE.toml": "annotations = 1\n"}))
    assert found == Licensing((), {})
    assert found.effective is None


def test_the_copyright_file_of_earlier_reuse_versions_is_read(plant: Plant) -> None:
    dep5 = (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: Lamp\n\n"
        "Files: hardware/* docs/*\n stl/*\nCopyright: 2020 Ann\nLicense: CERN-OHL-S-2.0\n with a text\n\n"
        "Files: *.py\nCopyright: 2020 Ann\nLicense: MIT\n\nLicense: Unused\n Its text.\n"
    )
    found = licensing(plant({".reuse/dep5": dep5}))
    assert [(each.expression, each.scope, each.provenance.place) for each in found.statements] == [
        ("CERN-OHL-S-2.0", "hardware/* docs/* stl/*", "7"),
        ("MIT", "*.py", "12"),
    ]
    assert found.effective == "CERN-OHL-S-2.0 AND MIT"
