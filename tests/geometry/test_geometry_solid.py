"""geometry.solid and geometry.part: STEP in any unit, read in a process that may fail.

The files are boxes of our own making (ISO 10303-21, advanced boundary representation).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from geometry.drawing import DrawingFacts
from geometry.errors import GeometryError
from geometry.mesh import MeshFacts
from geometry.part import measure_part
from geometry.solid import measure_solid

pytest.importorskip("cascadio", reason="the extra `step` is not installed")

MILLIMETRE = "#9=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));"
METRE = "#9=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT($,.METRE.));"
INCH = (
    "#20=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));\n#21=DIMENSIONAL_EXPONENTS(1.,0.,0.,0.,0.,0.,0.);\n"
    "#22=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(25.4),#20);\n"
    "#9=(CONVERSION_BASED_UNIT('INCH',#22)LENGTH_UNIT()NAMED_UNIT(#21));"
)
_FACES = ((0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5))
_FRAME = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('box','',(''),(''),'','','');
FILE_SCHEMA(('AUTOMOTIVE_DESIGN'));
ENDSEC;
DATA;
#1=APPLICATION_CONTEXT('design');
#2=PRODUCT_CONTEXT('',#1,'mechanical');
#3=PRODUCT('box','box','',(#2));
#4=PRODUCT_DEFINITION_FORMATION('','',#3);
#5=PRODUCT_DEFINITION_CONTEXT('part definition',#1,'design');
#6=PRODUCT_DEFINITION('design','',#4,#5);
#7=PRODUCT_DEFINITION_SHAPE('','',#6);
#8=(GEOMETRIC_REPRESENTATION_CONTEXT(3)GLOBAL_UNIT_ASSIGNED_CONTEXT((#9,#10,#11))REPRESENTATION_CONTEXT('',''));
{unit}
#10=(NAMED_UNIT(*)PLANE_ANGLE_UNIT()SI_UNIT($,.RADIAN.));
#11=(NAMED_UNIT(*)SI_UNIT($,.STERADIAN.)SOLID_ANGLE_UNIT());
#12=ADVANCED_BREP_SHAPE_REPRESENTATION('',(#13),#8);
#13=MANIFOLD_SOLID_BREP('',#14);
#14=CLOSED_SHELL('',({faces}));
#15=SHAPE_DEFINITION_REPRESENTATION(#7,#12);
{body}
ENDSEC;
END-ISO-10303-21;
"""


def box_step(x: float, y: float, z: float, unit: str = MILLIMETRE) -> str:
    """A box with one corner at the origin, its edges in the unit that is stated."""
    points = [(i * x, j * y, k * z) for k in (0, 1) for j in (0, 1) for i in (0, 1)]
    body = [f"#{100 + n}=CARTESIAN_POINT('',{_text(point)});" for n, point in enumerate(points)]
    body += [f"#{110 + n}=VERTEX_POINT('',#{100 + n});" for n in range(8)]
    edges: dict[frozenset[int], tuple[int, int]] = {}
    for n, corners in enumerate(_FACES):
        at = 1000 + 100 * n
        loop = []
        for m, (start, end) in enumerate(zip(corners, (*corners[1:], corners[0]), strict=True)):
            pair = frozenset((start, end))
            if pair not in edges:
                edges[pair] = (start, 500 + 10 * len(edges))
                body += _edge(edges[pair][1], points, start, end)
            first, edge = edges[pair]
            body.append(f"#{at + m}=ORIENTED_EDGE('',*,*,#{edge},.{'T' if first == start else 'F'}.);")
            loop.append(f"#{at + m}")
        body += _face(400 + n, at, points, corners, ",".join(loop))
    return _FRAME.format(unit=unit, faces=",".join(f"#{400 + n}" for n in range(6)), body="\n".join(body))


def _text(numbers: tuple[float, ...]) -> str:
    return f"({','.join(f'{number:.9f}' for number in numbers)})"


def _towards(start: tuple[float, ...], end: tuple[float, ...]) -> tuple[float, ...]:
    """The unit vector of an edge that is parallel to an axis."""
    return tuple(float((b > a) - (b < a)) for a, b in zip(start, end, strict=True))


def _edge(at: int, points: list[tuple[float, float, float]], start: int, end: int) -> list[str]:
    return [
        f"#{at}=EDGE_CURVE('',#{110 + start},#{110 + end},#{at + 1},.T.);",
        f"#{at + 1}=LINE('',#{100 + start},#{at + 2});",
        f"#{at + 2}=VECTOR('',#{at + 3},1.);",
        f"#{at + 3}=DIRECTION('',{_text(_towards(points[start], points[end]))});",
    ]


def _face(
    face: int, at: int, points: list[tuple[float, float, float]], corners: tuple[int, ...], loop: str
) -> list[str]:
    u, v = (_towards(points[corners[0]], points[corners[1]]), _towards(points[corners[1]], points[corners[2]]))
    normal = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
    return [
        f"#{at + 10}=EDGE_LOOP('',({loop}));",
        f"#{at + 11}=FACE_OUTER_BOUND('',#{at + 10},.T.);",
        f"#{face}=ADVANCED_FACE('',(#{at + 11}),#{at + 12},.T.);",
        f"#{at + 12}=PLANE('',#{at + 13});",
        f"#{at + 13}=AXIS2_PLACEMENT_3D('',#{100 + corners[0]},#{at + 14},#{at + 15});",
        f"#{at + 14}=DIRECTION('',{_text(normal)});",
        f"#{at + 15}=DIRECTION('',{_text(u)});",
    ]


def code_of(path: Path) -> str:
    with pytest.raises(GeometryError) as caught:
        measure_part(path)
    return caught.value.code


@pytest.mark.parametrize(("unit", "factor"), [(MILLIMETRE, 1), (METRE, 1000), (INCH, 25.4)])
def test_a_box_measures_the_same_in_every_unit(tmp_path: Path, unit: str, factor: float) -> None:
    path = tmp_path / "box.STEP"
    path.write_text(box_step(30 / factor, 20 / factor, 10 / factor, unit))
    facts = measure_solid(path)
    assert facts.extents_mm == pytest.approx((30, 20, 10), abs=1e-3)
    assert facts.volume_mm3 == pytest.approx(6000, rel=1e-4)
    assert (facts.body_count, facts.watertight, facts.unit_suspicion) == (1, True, None)


def test_a_small_solid_is_not_suspected_since_its_file_states_the_unit(tmp_path: Path) -> None:
    path = tmp_path / "pin.stp"
    path.write_text(box_step(0.5, 0.4, 0.3))
    assert measure_solid(path).unit_suspicion is None


def test_what_is_no_solid_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "box.step"
    sound = box_step(3, 2, 1)
    path.write_text(sound[: len(sound) // 2])
    assert code_of(path) == "solid-truncated"
    path.write_text("ISO-10303-21;\nnonsense\nEND-ISO-10303-21;\n")
    assert code_of(path) == "solid-unreadable"
    path.write_text(sound.replace("(#13)", "()"))
    assert code_of(path) in {"mesh-empty", "solid-unreadable"}


def test_a_reader_that_hangs_or_is_missing_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "box.step"
    path.write_text(box_step(3, 2, 1))
    endless = tmp_path / "endless.py"
    endless.write_text("while True: pass\n")
    monkeypatch.setattr("geometry.solid._PROGRAM", endless)
    monkeypatch.setattr("geometry.solid._LIMIT_S", 0.2)
    assert code_of(path) == "solid-too-complex"
    monkeypatch.setattr("geometry.solid.find_spec", lambda name: None)
    with pytest.raises(GeometryError, match="an extra that is not installed") as caught:
        measure_solid(path)
    assert (caught.value.code, caught.value.hint) == ("step-not-installed", "pip install 'fabcommons[step]'")


def test_any_part_is_measured_by_its_suffix(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0H9"/></svg>'
    )
    (tmp_path / "b.off").write_text("OFF\n3 1 0\n0 0 0\n9 0 0\n0 9 0\n3 0 1 2\n")
    (tmp_path / "c.step").write_text(box_step(3, 2, 1))
    (tmp_path / "d.gcode").write_text("G1 X1\n")
    assert isinstance(measure_part(tmp_path / "a.svg"), DrawingFacts)
    assert isinstance(measure_part(tmp_path / "b.off"), MeshFacts)
    assert isinstance(measure_part(tmp_path / "c.step"), MeshFacts)
    assert code_of(tmp_path / "d.gcode") == "part-unsupported"
