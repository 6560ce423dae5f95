"""The linter for designs: every fault has a code, a place, a sentence and a fix."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.checking.checks import check_design, exit_status
from bom.checking.reports import findings_document, github_annotations, sarif_document
from bom.reader import read_bill
from core.provenance import Finding, Severity
from designs.design import Design

MakeDesign = Callable[[Mapping[str, str | bytes]], Design]
MIT = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and"
OKH = (
    'okhv = "2.4"\nname = "Lamp"\nrepo = "https://example.org/lamp"\nversion = "1"\nlicense = "MIT"\n'
    'licensor = "Ann"\nfunction = "Light"\nbom = "bom.csv"\n'
)
CORNERS = ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))
FACES = ((0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3))


def stl(size_mm: float = 20, faces: tuple[tuple[int, ...], ...] = FACES, offset_mm: float = 0) -> str:
    """A tetrahedron."""
    facets = "".join(
        "facet normal 0 0 0\nouter loop\n"
        + "".join(f"vertex {' '.join(str(c * size_mm + offset_mm) for c in CORNERS[i])}\n" for i in face)
        + "endloop\nendfacet\n"
        for face in faces
    )
    return f"solid x\n{facets}endsolid x\n"


def two_bodies() -> str:
    return stl().replace("endsolid x\n", "") + stl(offset_mm=99).replace("solid x\n", "", 1)


CLEAN: dict[str, str | bytes] = {
    "okh.toml": OKH,
    "LICENSE": MIT,
    "bom.csv": "Part,Qty,Process,Material,File,Supplier\nFoot pad,4,FDM,PLA,foot_x2.stl,\nScrew M3,8,,,,Shop\n",
    "foot_x2.stl": stl(),
    "README.md": "Put 4 x foot pad and 2 x Screw M3 in. [all](foot_x2.stl) ![x](https://a.b/c.png) `[no](x.png)`\n",
}


def check(make_design: MakeDesign, **changes: str | bytes | None) -> tuple[Finding, ...]:
    files = {name: text for name, text in (CLEAN | with_dots(changes)).items() if text is not None}
    design = make_design(files)
    return check_design(design, read_bill(design))


def with_dots(changes: Mapping[str, str | bytes | None]) -> dict[str, str | bytes | None]:
    return {name.replace("__", ".").replace("_slash_", "/"): text for name, text in changes.items()}


def bom(*rows: str) -> str:
    return "Part,Qty,Process,Material,File,Supplier\n" + "\n".join(rows) + "\n"


def test_a_clean_design_has_no_findings(make_design: MakeDesign) -> None:
    findings = check(make_design)
    assert findings == ()
    assert exit_status(findings) == 0


SHEET = bom("Side,1,laser cutting,3 mm plywood,a.svg,")


def svg(path: str, size: str = ' width="20mm" height="20mm"') -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg"{size} viewBox="0 0 20 20"><path d="{path}" stroke="red"/></svg>'


FAULTS: dict[str, tuple[Severity, dict[str, str | bytes | None], str | None, str | None]] = {
    # code -> severity, what is changed in the clean design, file, place
    "licence-missing": (
        Severity.ERROR,
        {"okh__toml": OKH.replace('license = "MIT"\n', ""), "LICENSE": None},
        None,
        None,
    ),
    "licence-unknown": (Severity.WARNING, {"okh__toml": OKH.replace('"MIT"', '"MIT AND ours"')}, "okh.toml", "license"),
    "licence-not-open": (
        Severity.WARNING,
        {"okh__toml": OKH.replace('"MIT"', '"CC-BY-NC-4.0"'), "LICENSE": None},
        "okh.toml",
        "license",
    ),
    "licence-conflict": (Severity.WARNING, {"okh__toml": OKH.replace("MIT", "CC0-1.0")}, "okh.toml", "license"),
    "licence-text-missing": (Severity.NOTE, {"LICENSE": None}, "okh.toml", "license"),
    "manifest-missing": (Severity.NOTE, {"okh__toml": None}, None, None),
    "manifest-incomplete": (Severity.NOTE, {"okh__toml": OKH.replace('licensor = "Ann"\n', "")}, "okh.toml", None),
    "manifest-placeholder": (Severity.WARNING, {"okh__toml": OKH.replace("Light", "N/A")}, "okh.toml", "function"),
    "manifest-path-broken": (Severity.WARNING, {"okh__toml": OKH + 'image = "a/b.png"\n'}, "okh.toml", "image"),
    "manifest-broken": (Severity.WARNING, {"okh__toml": OKH + "image = \n"}, "okh.toml", "9"),
    "bom-missing": (
        Severity.WARNING,
        {"bom__csv": None, "okh__toml": OKH.replace('bom = "bom.csv"\n', "")},
        None,
        None,
    ),
    "quantity-missing": (Severity.WARNING, {"bom__csv": bom("Nut,,,,,Shop", "Bolt,2,,,,Shop")}, "bom.csv", "2"),
    "quantity-unreadable": (
        Severity.WARNING,
        {"bom__csv": bom("Nut,plenty,,,,Shop", "Bolt,2,,,,Shop")},
        "bom.csv",
        "2",
    ),
    "part-without-file": (Severity.WARNING, {"bom__csv": bom("Nut,1,,,,Shop", "Wing,1,FDM,PLA,,")}, "bom.csv", "3"),
    "part-file-missing": (Severity.WARNING, {"bom__csv": bom("Wing,1,FDM,PLA,stl/wing.stl,")}, "bom.csv", "2"),
    "make-unknown": (Severity.WARNING, {"bom__csv": bom("Foot,1,,,foot_x2.stl,Shop")}, "bom.csv", "2"),
    "process-missing": (
        Severity.NOTE,
        {"bom__csv": bom("Bracket,1,make,steel,a.step,"), "a__step": "x"},
        "bom.csv",
        "2",
    ),
    "material-missing": (Severity.NOTE, {"bom__csv": bom("Foot,2,FDM,,foot_x2.stl,")}, "bom.csv", "2"),
    "thickness-missing": (Severity.NOTE, {"bom__csv": bom("Side,1,laser cutting,plywood,a.svg,")}, "bom.csv", "2"),
    "line-repeated": (Severity.NOTE, {"bom__csv": bom("Nut,1,,,,Shop", "nut,2,,,,Shop")}, "bom.csv", "3"),
    "file-without-line": (Severity.NOTE, {"arm__stl": stl()}, "arm.stl", None),
    "file-case-clash": (Severity.WARNING, {"Readme__md": "x"}, "Readme.md", None),
    "count-disagrees": (Severity.WARNING, {"README__md": "\nTake 9 x screw M3.\n"}, "README.md", "2"),
    "link-broken": (Severity.WARNING, {"README__md": "\nSee\n[it](docs/build.md#top)"}, "README.md", "3"),
    "mesh-leaky": (Severity.WARNING, {"foot_x2__stl": stl(faces=FACES[:3])}, "foot_x2.stl", None),
    "mesh-several-bodies": (Severity.NOTE, {"foot_x2__stl": two_bodies()}, "foot_x2.stl", None),
    "unit-suspicion": (Severity.WARNING, {"foot_x2__stl": stl(0.02)}, "foot_x2.stl", None),
    "drawing-open": (Severity.NOTE, {"bom__csv": SHEET, "a__svg": svg("M0 0 H9 V9")}, "a.svg", None),
    "unit-assumed": (Severity.NOTE, {"bom__csv": SHEET, "a__svg": svg("M0 0 H9 V9 Z", size="")}, "a.svg", None),
    "mesh-empty": (Severity.ERROR, {"foot_x2__stl": "solid x\nendsolid x\n"}, "foot_x2.stl", None),
    "git-lfs-pointer": (
        Severity.ERROR,
        {"foot_x2__stl": "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 5\n"},
        "foot_x2.stl",
        None,
    ),
    "questions-open": (Severity.NOTE, {"bom__csv": bom("Nut,,,,,Shop", "Bolt,2,,,,Shop")}, "bom.csv", None),
}


@pytest.mark.parametrize("code", FAULTS)
def test_every_fault_is_found_at_its_place(make_design: MakeDesign, code: str) -> None:
    severity, changes, file, place = FAULTS[code]
    findings = check(make_design, **changes)
    found = [each for each in findings if each.code == code]
    assert [(each.severity, each.file, each.place) for each in found] == [(severity, file, place)], findings
    assert found[0].fix
    assert found[0].message
    assert not found[0].message.endswith(".")
    assert exit_status(findings) >= {Severity.ERROR: 2, Severity.WARNING: 1, Severity.NOTE: 0}[severity]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[a](<foot_x2.stl>) [b](./foot_x2.stl#x) [c](foot%5Fx2.stl) [d](/foot_x2.stl) [e](#top)", None),
        ("```\n[a](gone.md)\n```\n[b](FOOT_x2.stl)", "4"),
        ("[a](../outside.md) [b](mailto:a@b.c) [c]({{ site }}/x.png) [d](fromstep) [e](page.html)", None),
        ("<!--\n[a](gone.md)\n-->\n![b](gone.png 'title')", "4"),
    ],
)
def test_links_are_followed_as_pages_write_them(make_design: MakeDesign, text: str, line: str | None) -> None:
    findings = check(make_design, README__md=text)
    assert [each.place for each in findings] == ([line] if line else [])


def test_a_page_may_ask_for_less_than_the_list_holds_but_not_for_more(make_design: MakeDesign) -> None:
    rows = bom("Foot pad,4,FDM,PLA,foot_x2.stl,", "Foot pad,2,FDM,PLA,foot_x2.stl,", "cord,2 m,,,,Shop")
    text = "2 x foot pads\n6 x Foot  pad\n7 x foot pads\n9 x cord\n0.8 x foot pad\n"
    findings = check(make_design, bom__csv=rows, README__md=text)
    assert [each.place for each in findings if each.code == "count-disagrees"] == ["3"]


def test_a_plate_of_two_cannot_make_three(make_design: MakeDesign) -> None:
    findings = check(make_design, bom__csv=bom("Foot pad,3,FDM,PLA,foot_x2.stl,"), README__md="")
    assert [(each.code, each.place) for each in findings] == [("count-disagrees", "2")]


def test_a_folder_of_files_without_lines_is_one_finding(make_design: MakeDesign) -> None:
    findings = check(make_design, **{f"old_slash_p{n}__stl": stl() for n in range(9)})
    assert [each.file for each in findings if each.code == "file-without-line"] == ["old"]


def test_the_gravest_come_first(make_design: MakeDesign) -> None:
    rows = bom("Foot,,FDM,,foot_x2.stl,", "Bolt,2,,,,Shop")
    findings = check(make_design, bom__csv=rows, LICENSE=None, okh__toml=None)
    ranks = [list(Severity).index(each.severity) for each in findings]
    assert ranks == sorted(ranks)
    assert exit_status(findings) == 2


FOUND = (
    Finding("quantity-missing", Severity.WARNING, "how, many: 50%?\n", "a b/bom,1.csv", "count", "12"),
    Finding("licence-missing", Severity.ERROR, "none", None, "add one"),
    Finding("manifest-placeholder", Severity.NOTE, "N/A", "okh.toml", None, "function"),
)


def test_github_reads_annotations() -> None:
    assert list(github_annotations(FOUND, prefix="hw/")) == [
        "::warning file=hw/a b/bom%2C1.csv,line=12,title=quantity-missing::how, many: 50%25?%0A. Fix: count",
        "::error title=licence-missing::none. Fix: add one",
        "::notice file=hw/okh.toml,title=manifest-placeholder::N/A (function)",
    ]


def test_sarif_has_a_rule_for_every_result() -> None:
    log = sarif_document(FOUND, version="1.2", prefix="hw/")
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == sorted(each.code for each in FOUND)
    assert [result["level"] for result in run["results"]] == ["warning", "error", "note"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "hw/a%20b/bom%2C1.csv"}, "region": {"startLine": 12}}
    assert "locations" not in run["results"][1]


TEXT = st.text(max_size=20)


@given(st.lists(st.builds(Finding, TEXT, st.sampled_from(Severity), TEXT, st.none() | TEXT, TEXT, st.none() | TEXT)))
def test_any_finding_can_be_written(findings: list[Finding]) -> None:
    document = json.loads(json.dumps(findings_document("x", findings)))
    assert sum(document["summary"].values()) == len(findings) == len(document["findings"])
    json.dumps(sarif_document(findings, version="1"))
    for line in github_annotations(findings):
        assert "\n" not in line
        assert "\r" not in line
