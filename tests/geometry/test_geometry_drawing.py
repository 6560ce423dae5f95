"""geometry.drawing: sizes and cutting lengths of DXF and SVG."""

from __future__ import annotations

import math
from pathlib import Path

import ezdxf
import pytest
from ezdxf.document import Drawing
from hypothesis import given, settings
from hypothesis import strategies as st

from geometry.drawing import DrawingFacts, measure_drawing
from geometry.errors import GeometryError

R12 = (
    "0\nSECTION\n2\nENTITIES\n0\nLINE\n8\n0\n10\n0.0\n20\n0.0\n11\n30.0\n21\n40.0\n"
    "0\nCIRCLE\n8\n0\n10\n0.0\n20\n0.0\n40\n10.0\n0\nENDSEC\n0\nEOF\n"
)


def saved(folder: Path, document: Drawing) -> Path:
    path = folder / "part.dxf"
    document.saveas(path)
    return path


def rectangle(width: float, height: float, units: int = 4) -> Drawing:
    document = ezdxf.new()
    document.units = units
    document.modelspace().add_lwpolyline([(0, 0), (width, 0), (width, height), (0, height)], close=True)
    return document


def code_of(path: Path) -> str:
    with pytest.raises(GeometryError) as caught:
        measure_drawing(path)
    return caught.value.code


@settings(deadline=None)
@given(st.floats(min_value=0.1, max_value=3000), st.floats(min_value=0.1, max_value=3000))
def test_every_rectangle_measures_its_sides(
    tmp_path_factory: pytest.TempPathFactory, width: float, height: float
) -> None:
    facts = measure_drawing(saved(tmp_path_factory.getbasetemp(), rectangle(width, height)))
    assert (facts.width_mm, facts.height_mm) == pytest.approx((width, height))
    assert facts.cut_length_mm == pytest.approx(2 * (width + height))
    assert facts.unit_stated


@pytest.mark.parametrize(("units", "factor"), [(1, 25.4), (4, 1), (5, 10), (6, 1000)])
def test_stated_units_are_converted(tmp_path: Path, units: int, factor: float) -> None:
    facts = measure_drawing(saved(tmp_path, rectangle(3, 2, units)))
    assert (facts.width_mm, facts.height_mm) == pytest.approx((3 * factor, 2 * factor))
    assert facts.cut_length_mm == pytest.approx(10 * factor)


def test_a_unit_that_makes_a_part_as_large_as_a_house_is_not_believed(tmp_path: Path) -> None:
    facts = measure_drawing(saved(tmp_path, rectangle(200, 100, 6)))
    assert facts.width_mm == pytest.approx(200)
    assert facts.unit_note == "the file states metres, but then the part would be 200,000 mm long"


def test_old_drawings_state_no_unit_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "part.dxf"
    path.write_text(R12)
    facts = measure_drawing(path)
    assert (facts.width_mm, facts.height_mm) == pytest.approx((40, 50), abs=0.02)
    assert facts.cut_length_mm == pytest.approx(50 + 20 * math.pi, rel=1e-3)
    assert facts.unit == "millimetres"
    assert not facts.unit_stated


def test_curves_and_blocks_are_cut_and_texts_are_not(tmp_path: Path) -> None:
    document = ezdxf.new()
    document.units = 4
    hole = document.blocks.new("HOLE")
    hole.add_circle((0, 0), 5)
    space = document.modelspace()
    for x in (0, 100):
        space.add_blockref("HOLE", (x, 0))
    space.add_arc((50, 0), 20, 0, 180)
    space.add_text("500 mm away", height=10).set_placement((500, 500))
    facts = measure_drawing(saved(tmp_path, document))
    assert facts.width_mm == pytest.approx(110, abs=0.02)
    assert facts.cut_length_mm == pytest.approx(40 * math.pi, rel=1e-3)


def test_a_block_that_multiplies_itself_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geometry.dxf._MAX_ENTITIES", 1000)
    document = ezdxf.new()
    inner = document.blocks.new("B0")
    inner.add_line((0, 0), (1, 1))
    for level in range(1, 8):
        block = document.blocks.new(f"B{level}")
        for _ in range(10):
            block.add_blockref(f"B{level - 1}", (0, 0))
    document.modelspace().add_blockref("B7", (0, 0))
    assert code_of(saved(tmp_path, document)) == "drawing-too-complex"


def test_polylines_without_their_common_subclass_are_repaired(tmp_path: Path) -> None:
    path = saved(tmp_path, rectangle(30, 20))
    text = path.read_text()
    start = text.index("LWPOLYLINE\n", text.index("ENTITIES"))
    end = text.index("100\nAcDbPolyline", start)
    path.write_text(f"{text[:start]}LWPOLYLINE\n{text[end:]}")
    assert measure_drawing(path).cut_length_mm == pytest.approx(100)


def test_drawings_without_lines_and_broken_ones(tmp_path: Path) -> None:
    assert code_of(saved(tmp_path, ezdxf.new())) == "drawing-empty"
    path = tmp_path / "part.dxf"
    path.write_text("0\nSECTION\n2\nENTITIES\n0\nCIRCLE\n8\n0\n10\nhere\n20\n0.0\n40\n1.0\n0\nENDSEC\n0\nEOF\n")
    assert code_of(path) in {"drawing-unreadable", "drawing-empty"}
    path.write_text(R12[:80])
    assert code_of(path) == "drawing-truncated"
    path.write_text("<html>")
    assert code_of(path) == "html-page"
    other = tmp_path / "part.dwg"
    other.write_text("AC1027")
    assert code_of(other) == "drawing-unsupported"


@pytest.mark.parametrize(
    ("attributes", "size", "unit", "stated"),
    [
        ('width="30mm" height="20mm"', (30, 20), "mm", True),
        ('width="3cm" height="1in"', (30, 25.4), "cm, in", True),
        ('width="72pt" height="6pc"', (25.4, 25.4), "pt, pc", True),
        ('width="96" height="48px"', (25.4, 12.7), "px", False),
        ('width="100%" height="100%" viewBox="0 0 96 192"', (25.4, 50.8), "px", False),
        ('viewBox="0,0,96,96"', (25.4, 25.4), "px", False),
    ],
)
def test_svg_pages(tmp_path: Path, attributes: str, size: tuple[float, float], unit: str, stated: bool) -> None:
    path = tmp_path / "part.svg"
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}></svg>')
    facts = measure_drawing(path)
    assert (facts.width_mm, facts.height_mm) == pytest.approx(size)
    assert sorted(facts.unit.split(", ")) == sorted(unit.split(", "))
    assert facts.unit_stated is stated
    assert facts.cut_length_mm is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<svg width='1mm'></svg>", "drawing-empty"),
        ("<svg viewBox='0 0 a b'></svg>", "drawing-empty"),
        ("<svg width='-1mm' height='-1mm'></svg>", "drawing-empty"),
        ("<page></svg>", "drawing-unreadable"),
        ("<page/>", "drawing-unreadable"),
        ("<svg width='1mm' height='1mm'>", "drawing-truncated"),
    ],
)
def test_svg_that_states_no_size(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "part.svg"
    path.write_text(text)
    assert code_of(path) == code


def test_svg_entities_do_no_harm(tmp_path: Path) -> None:
    laughs = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    path = tmp_path / "part.svg"
    path.write_text(f"<!DOCTYPE svg [{laughs}]><svg width='5mm' height='5mm'><text>&a11;</text></svg>")
    assert code_of(path) == "drawing-unreadable"
    (tmp_path / "secret").write_text("5mm")
    entity = f'<!ENTITY e SYSTEM "{(tmp_path / "secret").as_uri()}">'
    path.write_text(f"<!DOCTYPE svg [{entity}]><svg width='5mm' height='5mm'><text>&e;</text></svg>")
    assert measure_drawing(path).width_mm == 5
    path.write_text(f"<!DOCTYPE svg [{entity}]><svg width='&e;' height='5mm'></svg>")
    assert code_of(path) == "drawing-unreadable"


def test_facts_refuse_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="two lengths"):
        DrawingFacts(0, 0, None, "mm")
    with pytest.raises(ValueError, match="not negative"):
        DrawingFacts(1, 1, -1, "mm")


def test_real_drawings_are_measured(real_designs: Path) -> None:
    files = [
        path for path in sorted(real_designs.rglob("*")) if path.suffix.lower() in {".dxf", ".svg"} and path.is_file()
    ]
    assert files
    for path in files:
        facts = measure_drawing(path)
        assert 10 < facts.width_mm < 1000, path
        assert 10 < facts.height_mm < 1000, path
