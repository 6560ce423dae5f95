"""geometry.drawing: sizes and cutting lengths of DXF and SVG."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path

import ezdxf
import pytest
from ezdxf.document import Drawing
from hypothesis import given, settings
from hypothesis import strategies as st

from geometry.drawing import DrawingFacts, DrawingLayer, measure_drawing
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
    assert (facts.pierce_count, facts.open_count) == (3, 1)
    assert facts.left_out == ("texts (1)",)


def test_what_is_not_cut_is_left_out_and_said_so(tmp_path: Path) -> None:
    document = rectangle(100, 50)
    document.layers.add("AXES", linetype="CENTER")
    document.linetypes.add("CENTER", [2.0, 1.25, -0.25, 0.25, -0.25])
    document.layers.add("NOTES").off()
    space = document.modelspace()
    space.add_line((0, 500), (0, -500), dxfattribs={"layer": "AXES"})
    space.add_line((500, 0), (-500, 0), dxfattribs={"layer": "NOTES"})
    space.add_linear_dim(base=(0, -300), p1=(0, 0), p2=(100, 0)).render()
    space.add_point((900, 900))
    space.add_lwpolyline([(0, 0), (100, 0), (100, 50), (0, 50)], close=True)
    facts = measure_drawing(saved(tmp_path, document))
    assert (facts.width_mm, facts.height_mm, facts.cut_length_mm) == pytest.approx((100, 50, 300))
    assert facts.pierce_count == 1
    assert facts.left_out == (
        "centre lines and hidden edges (1)",
        "dimensions (1)",
        "lines that are switched off (1)",
        "points (1)",
        "lines that lie on another one (1)",
    )


def test_loose_segments_are_joined_layer_by_layer(tmp_path: Path) -> None:
    document = ezdxf.new()
    document.units = 4
    for layer, size in (("CUT", 100), ("ENGRAVE", 10)):
        corners = [(0, 0), (size, 0), (size, size), (0, size)]
        for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
            document.modelspace().add_line(end, start, dxfattribs={"layer": layer})
    facts = measure_drawing(saved(tmp_path, document))
    assert facts.layers == (DrawingLayer("CUT", 400, 1), DrawingLayer("ENGRAVE", 40, 1))
    assert (facts.pierce_count, facts.open_count) == (2, 0)


@pytest.mark.parametrize("dimensioned", [True, False])
def test_a_frame_of_a_sheet_is_no_part_of_a_drawing_with_dimensions(tmp_path: Path, dimensioned: bool) -> None:
    document = rectangle(277, 190)
    space = document.modelspace()
    space.add_circle((100, 100), 20)
    space.add_text("PANEL")
    if dimensioned:
        space.add_linear_dim(base=(100, 50), p1=(80, 100), p2=(120, 100)).render()
    facts = measure_drawing(saved(tmp_path, document))
    assert facts.width_mm == pytest.approx(40 if dimensioned else 277, abs=0.02)
    frame = "277 x 190 mm (A4)"
    assert (f"a frame of {frame}" in facts.left_out) is dimensioned
    assert facts.doubts == (() if dimensioned else (f"a rectangle of {frame} surrounds all: is it a frame?",))


def test_a_block_that_is_a_frame_with_its_title_is_left_out(tmp_path: Path) -> None:
    document = rectangle(30, 20)
    block = document.blocks.new("ANY NAME")
    block.add_lwpolyline([(0, 0), (420, 0), (420, 297), (0, 297)], close=True)
    block.add_line((200, 0), (200, 50))
    block.add_attdef("TITLE", (210, 10))
    document.modelspace().add_blockref("ANY NAME", (-50, -50))
    facts = measure_drawing(saved(tmp_path, document))
    assert facts.cut_length_mm == pytest.approx(100)
    assert "frames of a sheet A3 (1)" in facts.left_out


def test_centre_marks_of_holes_are_not_cut(tmp_path: Path) -> None:
    document = rectangle(100, 50)
    space = document.modelspace()
    space.add_circle((30, 20), 4)
    space.add_line((22, 20), (38, 20))
    space.add_line((30, 12), (30, 28))
    space.add_line((60, 10), (80, 10))
    facts = measure_drawing(saved(tmp_path, document))
    assert facts.cut_length_mm == pytest.approx(300 + 8 * math.pi + 20, rel=1e-3)
    assert (facts.pierce_count, facts.open_count) == (3, 1)
    assert facts.left_out == ("centre marks of holes (2)",)


def test_a_small_drawing_without_a_unit_may_be_in_inches_and_that_is_a_hint_only(tmp_path: Path) -> None:
    facts = measure_drawing(saved(tmp_path, rectangle(12, 8, 0)))
    assert facts.width_mm == pytest.approx(12)
    assert facts.unit_note == "the file states no unit, and 12 is small for a sheet part: are they inches?"


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


def test_a_drawing_of_endless_lines_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, rectangle(30, 20))
    monkeypatch.setattr("geometry.dxf._MAX_LINES", path.read_bytes().count(b"\n") - 1)
    assert code_of(path) == "drawing-too-complex"


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


def svg(folder: Path, attributes: str, body: str) -> Path:
    path = folder / "part.svg"
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    path.write_text(f"<svg {names} {attributes}>{body}</svg>")
    return path


MM = 'width="100mm" height="100mm" viewBox="0 0 100 100"'
LAUGH = '<g id="g{0}">' + '<use href="#g{1}"/>' * 10 + "</g>"
BOX = '<rect x="10" y="10" width="30" height="20" stroke="black" fill="none"/>'


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
    full = '<rect width="100%" height="100%" stroke="red" fill="none"/>'
    facts = measure_drawing(svg(tmp_path, attributes, full))
    assert (facts.width_mm, facts.height_mm) == pytest.approx(size)
    assert facts.cut_length_mm == pytest.approx(2 * sum(size))
    assert sorted(facts.unit.split(", ")) == sorted(unit.split(", "))
    assert facts.unit_stated is stated


@pytest.mark.parametrize(
    ("body", "size", "length", "pierces"),
    [
        (BOX, (30, 20), 100, 1),
        ('<g transform="translate(5 5) scale(2)">' + BOX + "</g>", (60, 40), 200, 1),
        (f'<defs><g id="a">{BOX}</g></defs><use xlink:href="#a"/><use href="#a" y="40"/>', (30, 60), 200, 2),
        ('<circle cx="50" cy="50" r="20" stroke="red" fill="none"/>', (40, 40), 40 * math.pi, 1),
        ('<path d="M10 10 H40 V30 H10 Z M20 20 l5 0" stroke="red"/>', (30, 20), 105, 2),
        ('<path d="M0 50 A50 50 0 0 1 100 50" stroke="red"/>', (100, 50), 50 * math.pi, 1),
        ('<path d="M0 50 A50 50 0 0 0 100 50" stroke="red"/>', (100, 50), 50 * math.pi, 1),
        ('<ellipse cx="50" cy="50" rx="40" ry="10" transform="rotate(90 50 50)" stroke="red"/>', (20, 80), 171.57, 1),
        ('<g transform="scale(1 -1)"><circle cy="-50" r="20" stroke="red"/></g>', (40, 40), 40 * math.pi, 1),
        ('<path d="M0 0 C0 0 60 0 60 0 Q60 0 60 30" stroke="red"/>', (60, 30), 90, 1),
        ('<polygon points="0,0 30,0 30,40" stroke="red"/>', (30, 40), 120, 1),
        (f'<g style="display:none">{BOX}</g><line x2="9" stroke="red"/>', (9, 0), 9, 1),
        ('<symbol id="s">' + BOX + '</symbol><line x2="9" stroke="red"/>', (9, 0), 9, 1),
        ('<rect width="40" height="10"/><rect width="100" height="100" fill="white"/>', (40, 10), 100, 1),
    ],
)
def test_svg_outlines(tmp_path: Path, body: str, size: tuple[float, float], length: float, pierces: int) -> None:
    facts = measure_drawing(svg(tmp_path, MM, body))
    assert (facts.width_mm, facts.height_mm) == pytest.approx(size, abs=0.02)
    assert facts.cut_length_mm == pytest.approx(length, rel=1e-3)
    assert facts.pierce_count == pierces


def test_svg_colours_and_layers(tmp_path: Path) -> None:
    inkscape = 'xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" ' + MM
    body = (
        "<style>.e { stroke: #00f; fill: none }</style>"
        f'{BOX}<line class="e" x1="50" x2="60"/><rect width="90" height="90" fill="gray"/><text>A</text>'
        '<g inkscape:groupmode="layer" inkscape:label="Fold"><line y2="10" stroke="black"/></g>'
    )
    facts = measure_drawing(svg(tmp_path, inkscape, body))
    assert [(each.name, round(each.cut_length_mm, 3), each.pierce_count) for each in facts.layers] == [
        ("#000000", 100, 1),
        ("#0000ff", 10, 1),
        ("Fold", 10, 1),
    ]
    assert facts.left_out == ("fills without a stroke (1)", "texts (1)")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "drawing-empty"),
        ("<text>nothing else</text>", "drawing-empty"),
        ('<path d="M0 0 L" stroke="red"/>', "drawing-empty"),
        ('<g id="a"><use href="#a"/></g>', "drawing-too-complex"),
        ("".join(LAUGH.format(n, n + 1) for n in range(9)) + BOX, "drawing-too-complex"),
    ],
)
def test_svg_without_lines_and_without_end(tmp_path: Path, body: str, code: str) -> None:
    assert code_of(svg(tmp_path, MM, body)) == code


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
    line = "xmlns='http://www.w3.org/2000/svg' width='5mm' height='5mm'><line x2='100%' stroke='red'/>"
    path.write_text(f"<!DOCTYPE svg [{entity}]><svg {line}<text>&e;</text></svg>")
    assert measure_drawing(path).width_mm == pytest.approx(5)
    path.write_text(f"<!DOCTYPE svg [{entity}]><svg width='&e;' height='5mm'></svg>")
    assert code_of(path) == "drawing-unreadable"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"width_mm": 0.0, "height_mm": 0.0}, "two lengths"),
        ({"cut_length_mm": 0.0}, "above zero"),
        ({"pierce_count": 0}, "there is a contour"),
        ({"open_count": 2}, "no more of them are open"),
    ],
)
def test_facts_refuse_what_cannot_be(change: dict[str, float], rule: str) -> None:
    sound = {"width_mm": 1.0, "height_mm": 1.0, "cut_length_mm": 4.0, "pierce_count": 1, "open_count": 0}
    with pytest.raises(ValueError, match=rule):
        DrawingFacts(**(sound | change), layers=(), unit="mm")  # type: ignore[arg-type]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([*"MLHVCSQTAZmlhvcsqtaz,x", "0", "5", "-3", ".5", "1e9", "1e400"]), max_size=30))
def test_any_path_is_measured_or_refused(tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> None:
    path = svg(tmp_path_factory.getbasetemp(), MM, f'<path d="{" ".join(words)}" stroke="red"/>')
    with suppress(GeometryError):
        assert measure_drawing(path).cut_length_mm > 0


def test_real_drawings_are_measured(real_designs: Path) -> None:
    files = [
        path for path in sorted(real_designs.rglob("*")) if path.suffix.lower() in {".dxf", ".svg"} and path.is_file()
    ]
    assert files
    for path in files:
        facts = measure_drawing(path)
        assert 10 < facts.width_mm < 1000, path
        assert 10 < facts.height_mm < 1000, path
        assert facts.open_count < facts.pierce_count, path
