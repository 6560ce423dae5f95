"""Part files found for lines, and what is said when they are not."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bom.bill import Bill, BillLine, Make
from bom.partfiles import core_stem, squash
from bom.reader import read_bill
from designs.design import Design, DesignFile, FileRole

Read = Callable[[Mapping[str, str | bytes]], Bill]
STL = b"solid a\nendsolid a\n"


def by_name(bill: Bill) -> dict[str, BillLine]:
    return {line.name: line for line in bill.lines}


def asked(bill: Bill) -> str:
    return "\n".join(f"{each.item}: {each.question}" for each in bill.questions)


def test_files_are_linked_by_path_url_name_stem_page_and_manifest(read: Read) -> None:
    bill = read(
        {
            "docs/BOM.md": "# BOM\n\n## 3D printed parts\n\n- 1x [base plate](../cad/base-2.stl)\n"
            "- 2x side (LEFT.STL)\n- 1x Top Cover\n"
            "- 1x [knob](https://github.com/a/b/blob/main/cad/small%20knob.stl)\n- 1x inner ring\n- 1x clip\n"
            "- 3x wheel\n",
            "docs/print.md": "* [Inner Ring]{output,qty:1}: [ring-v3.stl](../cad/ring-v3.stl){previewpage}\n",
            "okh.toml": 'okhv = "2.0"\nname = "T"\nbom = "docs/BOM.md"\nlicense = "MIT"\n[[part]]\n'
            'name = "Clip"\ntsdc = "3DP"\n'
            'material = "PETG"\nexport = ["cad/c7.stl"]\n',
            **dict.fromkeys(
                ["cad/base-2.stl", "cad/left.stl", "cad/top_cover.step", "cad/Top-Cover.stl", "cad/small knob.stl",
                 "cad/ring-v3.stl", "cad/c7.stl", "cad/top_cover.gcode", "cad/wheel.stl", "print/wheel.stl"],
                STL,
            ),
        }
    )  # fmt: skip
    lines = by_name(bill)
    assert lines["base plate"].files[0] == "cad/base-2.stl"
    assert lines["side"].files == ("cad/left.stl",)
    assert lines["Top Cover"].files == ("cad/Top-Cover.stl", "cad/top_cover.step")
    assert lines["knob"].files == ("cad/small knob.stl",)
    assert lines["inner ring"].files == ("cad/ring-v3.stl",)
    assert lines["inner ring"].provenance["files"].file == "docs/print.md"
    assert (lines["clip"].files, lines["clip"].material) == (("cad/c7.stl",), "petg")
    assert "Which file is wheel" in asked(bill)
    assert bill.sources == ("docs/BOM.md",)


def test_a_stated_path_to_nothing_is_a_finding(read: Read) -> None:
    bill = read(
        {
            "bom.csv": "Name,Units,Type,Reference\nRing,2,POSH,/parts/ring/okh-ring.toml\nNut,4,STD,ISO 4032\nMod,1,MOSH,http://m\n"
        }
    )
    assert [each.code for each in bill.findings] == ["part-file-missing"]
    assert by_name(bill)["Ring"].make is Make.FABRICATE
    assert by_name(bill)["Nut"].make is Make.PURCHASE
    assert [each.name for each in bill.excluded] == ["Mod"]
    assert "Mod is a design of its own" in asked(bill)


def test_files_that_are_only_listed_are_linked_and_asked_for(
    make_design: Callable[[Mapping[str, str]], Design],
) -> None:
    design = make_design({"bom.csv": "Part,Qty,Category\nleg,4,printed\n"})
    listed = DesignFile("stl/leg.stl", 1000, FileRole.MESH, present=False)
    bill = read_bill(replace(design, files=(*design.files, listed)))
    assert bill.lines[0].files == ("stl/leg.stl",)
    assert "stl/leg.stl" in asked(bill)


def test_stems_without_versions() -> None:
    assert squash("LS4_Inner_Gimbal_ 2") == "ls4innergimbal2"
    assert core_stem("Hub_PCB_2024-02-09") == core_stem("hub pcb") == "hubpcb"
    assert core_stem("lid_v1.2") == core_stem("lid") == "lid"
    assert core_stem("clip_x4") == "clip"
    assert core_stem("v2") == "v2"
