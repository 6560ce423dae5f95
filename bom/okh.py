"""Open Know-How manifests filled with what was read and derived; what is not known is left out.

Sources: `okh-v1.schema.json`, `src/schema/okh.schema.json` and `okh-TEMPLATE.toml` (2.4) of iop-alliance/OpenKnowHow;
for v1 to LOSH `data_mapping/data-mapping-OKHv1.md` of OPEN-NEXT/OKH-LOSH; the table `[[bom-item]]` as proposed in
OpenKnowHow issue 145; material, thickness and printing process of a part as in the prose of OKH-LOSH.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bom.bill import Bill, BillLine, Make
from bom.okhparts import measured_parts
from core.trees import materials, processes
from designs.design import Design, FileRole, Manifest
from designs.licensing import read_licensing
from designs.manifest import is_placeholder
from geometry.survey import Surveying, survey

__all__ = ["losh_fields", "v1_fields"]

_VERSION: Final = "2.4"
_V1_VERSION: Final = "1.0.0"
_WEB: Final = re.compile(r"https?://\S+")
_READINESS: Final = (  # v1's claims, strongest first -> readiness of the technology and of its documentation
    ("made-independently", "true", {"technology-readiness-level": "OTRL-3", "documentation-readiness-level": "ODRL-3"}),
    ("made", "true", {"technology-readiness-level": "OTRL-3"}),
    ("development-stage", "prototype", {"technology-readiness-level": "OTRL-3"}),
)
_DIRECT: Final = {  # v1 -> LOSH
    "title": "name",
    "version": "version",
    "image": "image",
    "documentation-home": "repo",
    "documentation-language": "documentation-language",
    "bom": "bom",
    "archive-download": "release",
}
_MAPPED: Final = frozenset(
    {"description", "intended-use", "health-safety-notice", "license", "licensor", "making-instructions"}
    | {"operating-instructions", "software", "okh-manifest-version", *_DIRECT}
)
_ROLES: Final = {"source": {FileRole.SOLID}, "export": {FileRole.MESH, FileRole.DRAWING, FileRole.CIRCUIT}}
_EXPORTED: Final = frozenset({".step", ".stp", ".iges", ".igs"})  # exchange files, though they are solids
_PRINTING: Final = {"fdm": "FDM", "sla": "SLA", "msla": "SLA", "sls": "SLS", "mjf": "MJF", "dmls": "DMLS"}


def losh_fields(
    design: Design, bill: Bill, *, bom_path: str | None = None, measure: Surveying = survey
) -> dict[str, Any]:
    """The fields of an OKH-LOSH 2.4 manifest.

    Fields of the design's own manifest come first and stay as they are, unknown ones among them; those of a v1 manifest
    are mapped. `part` and `bom-item` are derived from the bill, unless the manifest has them.

    Args:
        design: the open design.
        bill: its bill.
        bom_path: where the bill lies; None for the file that was read.
        measure: what measures the part files.
    """
    stated = _stated(design.manifest)
    fields = {"okhv": _VERSION} | stated
    derived: dict[str, Any] = {
        "name": design.name,
        "repo": design.source.location if _WEB.fullmatch(design.source.location) else None,
        "license": _licence(design),
        "readme": _at_root(design, "readme"),
        "contribution-guide": _at_root(design, "contributing"),
        "bom": bom_path or next(iter(bill.sources), None),
        "tsdc": _codes(bill),
        "part": list(_parts(design, bill, measure)),
        "bom-item": [_item(line) for line in bill.lines],
    }
    fields |= {name: value for name, value in derived.items() if value and name not in fields}
    if bom_path:
        fields["bom"] = bom_path
    return fields


def v1_fields(design: Design, bill: Bill, *, bom_path: str | None = None) -> dict[str, Any]:
    """The fields of an Open Know-How v1 manifest; arguments as for `losh_fields`.

    v1 describes no parts: their files are its `design-files` and `manufacturing-files`.
    """
    manifest = design.manifest
    own = manifest.fields if manifest and manifest.dialect == "okh-v1" else {}
    fields = {"okh-manifest-version": _V1_VERSION} | {name: _typed(each) for name, each in own.items() if _says(each)}
    licence = _licence(design)
    linked = [path for line in bill.lines if line.make is not Make.PURCHASE for path in line.files]
    derived: dict[str, Any] = {
        "title": design.name,
        "description": manifest.description if manifest else None,
        "version": manifest.version if manifest else None,
        "license": {"hardware": licence} if licence else None,
        "project-link": _stated(manifest).get("repo"),
        "documentation-home": _at_root(design, "readme"),
        "bom": next(iter(bill.sources), None),
        "design-files": _listed(linked, design, "source"),
        "manufacturing-files": _listed(linked, design, "export"),
    }
    fields |= {name: value for name, value in derived.items() if value and name not in fields}
    if bom_path:
        fields["bom"] = bom_path
    return fields


def _stated(manifest: Manifest | None) -> dict[str, Any]:
    """What the design's manifest says, in the words of LOSH."""
    if manifest is None:
        return {}
    if manifest.dialect == "okh-losh":
        return {name: value for name, value in manifest.fields.items() if name != "okhv" and _says(value)}
    if manifest.dialect == "ohm":  # the words of v1 and LOSH with underscores
        words = {name.replace("_", "-"): value for name, value in manifest.fields.items()}
        function = {"function": manifest.description} if manifest.description else {}
        return _from_v1(words) | function
    if manifest.dialect != "okh-v1":
        facts = {"name": manifest.title, "version": manifest.version, "function": manifest.description}
        return {name: value for name, value in facts.items() if value}
    return _from_v1(manifest.fields)


def _from_v1(stated: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: _typed(value) for name, value in stated.items() if _says(value)}
    fields = {name: own[each] for each, name in _DIRECT.items() if own.get(each)}
    if own.get("project-link"):
        fields.setdefault("repo", own["project-link"])
    about = [own.get(each) for each in ("description", "intended-use", "health-safety-notice")]
    licensors = [each for each in map(_person, _each(own.get("licensor"))) if each]
    mapped: dict[str, Any] = {
        "function": "\n\n".join(each.strip() for each in about if isinstance(each, str) and each.strip()),
        "licensor": licensors[0] if len(licensors) == 1 else licensors,
        "manufacturing-instructions": _paths(own.get("making-instructions")),
        "user-manual": _paths(own.get("operating-instructions")),
        "software": [{"release": path} for path in _paths(own.get("software"))],
    }
    for name, claim, levels in _READINESS:
        if str(own.get(name, "")).casefold() == claim:  # a truth value or a text
            mapped |= levels
            break
    fields |= {name: value for name, value in mapped.items() if value}
    return fields | {name: value for name, value in own.items() if name not in _MAPPED and name not in fields}


def _says(value: Any) -> bool:
    """Whether there is something in it that is no placeholder of a template."""
    if isinstance(value, str):
        return bool(value.strip()) and not is_placeholder(value)
    if isinstance(value, Mapping | list):
        return any(map(_says, value.values() if isinstance(value, Mapping) else value))
    return value is not None


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _person(value: Any) -> str | None:
    """``Name <mail>`` of a person."""
    if isinstance(value, str):
        return value.strip() or None
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str) or not value["name"].strip():
        return None
    email = value.get("email")
    return f"{value['name']} <{email}>" if isinstance(email, str) and email else str(value["name"])


def _paths(value: Any) -> list[str]:
    found = [each.get("path") if isinstance(each, Mapping) else each for each in _each(value)]
    return [each for each in found if isinstance(each, str) and each]


def _typed(value: Any) -> Any:
    """Truth values as such: manifests are read as text."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _licence(design: Design) -> str | None:
    return design.licence or read_licensing(design).effective


def _at_root(design: Design, stem: str) -> str | None:
    return next((file.path for file in design.files if file.stem.casefold() == stem and "/" not in file.path), None)


def _codes(bill: Bill) -> list[str]:
    """The modules of DIN SPEC 3105-1 of everything that is made."""
    codes = (_code(line) for line in bill.lines if line.make is Make.FABRICATE)
    return list(dict.fromkeys(code for code in codes if code))


def _code(line: BillLine) -> str | None:
    code = processes().fact(line.process, "tsdc") if line.process else None
    return code if isinstance(code, str) else None


def _parts(design: Design, bill: Bill, measure: Surveying) -> Iterator[dict[str, Any]]:
    """A table for each part that is made and has files."""
    made = [line for line in bill.lines if line.make is Make.FABRICATE and any(_files_of(line.files, design).values())]
    measured = measured_parts(design, made, measure)
    for line in made:
        facts: dict[str, Any] = {"name": line.name, **_files_of(line.files, design)}
        facts |= {
            "tsdc": _code(line),
            "material": _material(line),
            "printing-process": _PRINTING.get(line.process or ""),
        }
        facts |= {"thickness-mm": line.thickness_mm, **measured.get(line.key, {})}
        yield {name: value for name, value in facts.items() if value}


def _files_of(paths: tuple[str, ...], design: Design) -> dict[str, list[str]]:
    """The paths by the key under which a manifest lists them."""
    return {key: _of_role(paths, design, key) for key in _ROLES}


def _of_role(paths: tuple[str, ...], design: Design, key: str) -> list[str]:
    known = [file for path in paths if (file := design.file(path)) is not None]
    exported = {file.path for file in known if file.suffix in _EXPORTED}
    found = [file.path for file in known if file.role in _ROLES[key] and file.path not in exported]
    return found + [path for path in paths if path in exported] if key == "export" else found


def _listed(paths: list[str], design: Design, key: str) -> list[dict[str, str]]:
    unique = tuple(dict.fromkeys(paths))
    return [{"path": path, "title": path.rpartition("/")[2]} for path in _of_role(unique, design, key)]


def _material(line: BillLine) -> str | None:
    known = line.material is not None and line.material in materials()
    return materials()[line.material].label if known and line.material else line.material


def _item(line: BillLine) -> dict[str, Any]:
    amount = line.quantity
    facts = {"id": line.key, "name": line.name, "amount": int(amount) if amount == int(amount or 0) else amount}
    return {name: value for name, value in (facts | {"unit": line.unit}).items() if value is not None}
