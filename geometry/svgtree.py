"""An SVG file as a tree of elements that is safe to walk.

No entity is resolved, no other file and no network is read, and what `use` would repeat is counted before it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from lxml import etree  # type: ignore[import-untyped]

from geometry.errors import GeometryError

__all__ = ["LAYER", "Element", "count_tags", "local_name", "prepared", "read_svg_tree"]

Element: TypeAlias = Any  # lxml has no types

_MAX_BYTES = 8 * 2**20
_MAX_ELEMENTS = 20_000
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_INKSCAPE = "{http://www.inkscape.org/namespaces/inkscape}"
_DROPPED = frozenset({"image", "text", "foreignObject", "script", "metadata", "animate", "animateTransform", "set"})
_HIDDEN_SHAPES = frozenset({"symbol", "marker", "mask", "pattern", "clipPath"})  # drawn only where they are used
LAYER = "fabcommons-layer"


def read_svg_tree(path: Path) -> Element:
    """The root element.

    Raises:
        GeometryError: "drawing-unreadable", "drawing-too-complex" or "file-too-large".
        OSError: the file cannot be read.
    """
    if path.stat().st_size > _MAX_BYTES:
        what = f"the drawing has more than the {_MAX_BYTES:,} bytes that are read"
        raise GeometryError(what, code="file-too-large", where=path.name)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise GeometryError(
            "the drawing is no well-formed XML", code="drawing-unreadable", where=path.name, hint=error.msg
        ) from error
    if local_name(root) != "svg":
        raise GeometryError("the drawing is no SVG", code="drawing-unreadable", where=path.name)
    if _repeated(root) > _MAX_ELEMENTS:
        raise GeometryError("the drawing has too many lines", code="drawing-too-complex", where=path.name)
    return root


def local_name(element: Element) -> str:
    """The tag without its namespace; empty for what is no element."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def count_tags(root: Element, *names: str) -> int:
    """How many elements have one of these local names."""
    return sum(local_name(element) in names for element in root.iter())


def prepared(root: Element, width_px: float, height_px: float) -> bytes:
    """The tree as XML for a reader of shapes: nothing but shapes, its page's size and view stated in pixels.

    Every group that is an Inkscape layer hands its name on as the attribute `fabcommons-layer`.
    """
    for element in list(root.iter()):
        name = local_name(element)
        if name in _DROPPED or not name:
            element.getparent().remove(element)
        elif name in _HIDDEN_SHAPES and local_name(element.getparent()) != "defs":
            holder = etree.Element("{http://www.w3.org/2000/svg}defs")
            element.getparent().replace(element, holder)
            holder.append(element)
        elif element.get(f"{_INKSCAPE}groupmode") == "layer":
            element.set(LAYER, element.get(f"{_INKSCAPE}label") or element.get("id") or "layer")
    root.set("width", repr(width_px))
    root.set("height", repr(height_px))
    if root.get("viewBox") is None:
        root.set("viewBox", f"0 0 {width_px!r} {height_px!r}")
    return bytes(etree.tostring(root))


def _repeated(root: Element) -> float:
    """How many elements there are with all that `use` repeats; infinite when an element uses itself."""
    named = {element.get("id"): element for element in root.iter() if element.get("id")}
    sizes: dict[Element, float] = {}
    open_elements = [(root, False)]
    while open_elements:
        element, ready = open_elements.pop()
        target = named.get((element.get("href") or element.get(_XLINK_HREF) or "")[1:])
        parts = [*element, *([target] if local_name(element) == "use" and target is not None else [])]
        if ready:
            sizes[element] = 1 + sum(sizes[part] for part in parts)
        elif element not in sizes:
            sizes[element] = float("inf")  # while its parts are open: met again, it holds itself
            open_elements.append((element, True))
            open_elements.extend((part, False) for part in parts if part not in sizes)
    return sizes[root]
