"""The licences of a design over its parts: what stands nearest holds, who is named, what does not go together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from commons.licences.advice import Answer
from commons.licences.parties import Maker, Making, Purpose
from coordinator.licence_tree import LicenceTree, credit_of, read_licence_tree
from designs.design import Manifest
from designs.source import open_design

NC = "SPDX-License-Identifier: CC-BY-NC-4.0\n"
MIT = "SPDX-License-Identifier: MIT\n"
SALE = Making(Maker.COMPANY, Purpose.SALE, ordered=True)


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., LicenceTree]:
    """The tree of a design with these files, asked about all of them."""

    def read(**files: str) -> LicenceTree:
        paths = [name.replace("__", "/") for name in files]
        for path, text in zip(paths, files.values(), strict=True):
            (tmp_path / "x" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "x" / path).write_text(text, encoding="utf-8")
        with open_design(str(tmp_path / "x")) as design:
            return read_licence_tree(design, paths)

    return read


def test_the_deepest_licence_file_holds(tree: Callable[..., LicenceTree]) -> None:
    found = tree(
        LICENSE=MIT, **{"foot.stl": "x", "other__LICENSE": NC, "other__a.stl": "x", "other__own__LICENSE": MIT,
        "other__own__b.stl": "x", "others__c.stl": "x"},
    )  # fmt: skip
    assert found.whole == "MIT"
    assert found.of("other/a.stl") == "CC-BY-NC-4.0"
    assert {found.of(each) for each in ("foot.stl", "other/own/b.stl", "others/c.stl", None)} == {"MIT"}


def test_a_companion_and_patterns_are_nearer_than_folders(tree: Callable[..., LicenceTree]) -> None:
    reuse = 'version = 1\n[[annotations]]\npath = ["parts/*.stl"]\nSPDX-License-Identifier = "CC0-1.0"\n'
    found = tree(
        LICENSE=MIT, **{"REUSE.toml": reuse, "parts__LICENSE": NC, "parts__a.stl": "x", "parts__a.stl.license":
        "SPDX-License-Identifier: CC-BY-4.0\n", "parts__b.stl": "x", "parts__c.dxf": "x"},
    )  # fmt: skip
    assert found.of("parts/a.stl") == "CC-BY-4.0"
    assert found.of("parts/b.stl") == "CC0-1.0"
    assert found.of("parts/c.dxf") == "CC-BY-NC-4.0"


def test_who_assembles_has_all_parts_in_hand() -> None:
    tree = LicenceTree("CERN-OHL-P-2.0", {"a.stl": "CC-BY-NC-4.0"})
    assert tree.asks("fabricate", "b.stl", SALE).is_free
    assert tree.asks("fabricate", "a.stl", SALE).answer is Answer.STOP
    assert tree.asks("assemble", None, SALE).answer is Answer.STOP
    assert LicenceTree(None, {"a.stl": "MIT"}).asks("assemble", None, SALE).answer is Answer.ASK


def test_what_does_not_go_together_is_found_over_the_tree() -> None:
    (clash,) = LicenceTree("CERN-OHL-S-2.0", {"a.stl": "CC-BY-NC-4.0", "b.stl": "MIT"}).clashes()
    assert (clash.part, clash.clause) == ("a.stl", "CERN-OHL-S-2.0, 3.3(d)")


@pytest.mark.parametrize(
    ("fields", "credit"),
    [
        ({"licensor": "Ria Example <ria@example.org>"}, "Ria Example"),
        ({"licensor": {"name": "Ria", "email": "ria@example.org"}}, "Ria"),
        ({"licensor": ["Ria", {"name": "Bo"}, 7]}, "Ria, Bo"),
        ({"licensor": "[value]"}, None),
        ({"licensor": list("abcdef")}, "a, b, c, d, e et al."),
        ({"title": "Lamp"}, None),
    ],
)
def test_who_is_named_is_named_without_mail_addresses(fields: dict[str, object], credit: str | None) -> None:
    assert credit_of(Manifest("okh.toml", "okh-losh", None, None, None, None, None, fields)) == credit
    assert credit_of(None) is None
