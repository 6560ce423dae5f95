"""What a file is for, judged by its suffix."""

from __future__ import annotations

from pathlib import PurePosixPath

from designs.design import FileRole

__all__ = ["role_of"]

_SUFFIXES: dict[FileRole, str] = {
    FileRole.MESH: "3mf amf obj off ply stl",
    FileRole.SOLID: (
        "3dm asm brep brp f3d f3z fcstd iam iges igs ipt par prt psm scad sat shapr skp sldasm sldprt step stp x_b x_t"
    ),
    FileRole.DRAWING: "ai cdr dft drawio dwg dxf eps idw lbrn lbrn2 slddrw svg svgz",
    FileRole.CIRCUIT: (
        "brd drl dsn gbl gbo gbp gbr gbs gerber gko gm1 gml gtl gto gtp gts kicad_mod kicad_pcb kicad_pro kicad_sch"
        " kicad_sym lbr pcbdoc sch schdoc xln"
    ),
    FileRole.TOOLPATH: "bgcode cnc g gco gcode ngc nc ncc tap",
    FileRole.TABLE: "csv fods ods tsv xls xlsm xlsx",
    FileRole.TEXT: "adoc asciidoc doc docx htm html log markdown md mdx odt org pdf rst rtf tex txt",
    FileRole.DATA: "cfg conf ini json jsonld rdf toml ttl xml yaml yml",
    FileRole.IMAGE: "bmp gif heic jpeg jpg png psd tif tiff webp xcf",
    FileRole.CODE: (
        "bat c cc cpp css cxx go h hpp ino ipynb java jl js jsx lua m pde ps1 py r rb rs scss sh ts tsx vue"
    ),
    FileRole.ARCHIVE: "7z bz2 gz rar tar tgz xz zip zst",
}
_ROLES = {f".{suffix}": role for role, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_TEXT_NAMES = frozenset({"authors", "changelog", "contributors", "copying", "licence", "license", "notice", "readme"})


def role_of(path: str) -> FileRole:
    """The role of a file of this POSIX path; OTHER when the suffix says nothing."""
    pure = PurePosixPath(path)
    role = _ROLES.get(pure.suffix.lower())
    if role is None and pure.name.lower() in _TEXT_NAMES:
        return FileRole.TEXT
    return role or FileRole.OTHER
