"""Contours as a DXF drawing of release 2010, in millimetres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO

import ezdxf
from contours import Contour
from ezdxf import units

__all__ = ["dxf_bytes"]


def dxf_bytes(layers: Mapping[str, Sequence[Contour]]) -> bytes:
    """A drawing with one layer for each kind of cut.

    Args:
        layers: name of a layer -> its closed contours.

    Returns:
        The file; the same contours always give the same bytes.
    """
    fixed_before = ezdxf.options.write_fixed_meta_data_for_testing
    ezdxf.options.write_fixed_meta_data_for_testing = True  # no time stamp, no random identifiers
    try:
        document = ezdxf.new("R2010", units=units.MM)
        space = document.modelspace()
        for name, contours in layers.items():
            document.layers.add(name)
            for contour in contours:
                round_one = contour.as_circle
                if round_one:
                    space.add_circle(round_one[0], round_one[1], dxfattribs={"layer": name})
                else:
                    corners = [(round(v.x, 4), round(v.y, 4), round(v.bulge, 9)) for v in contour.vertices]
                    space.add_lwpolyline(corners, format="xyb", close=True, dxfattribs={"layer": name})
        for kind in sorted(document.entitydb.dxf_types_in_use()):  # else the order of the classes is left to chance
            document.classes.add_class(kind)
        text = StringIO()
        document.write(text)
    finally:
        ezdxf.options.write_fixed_meta_data_for_testing = fixed_before
    return text.getvalue().encode("ascii")
