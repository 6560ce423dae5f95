"""The dialects in which designs describe themselves, told by the file's name.

Sources: `okh-v1.schema.json` and `src/schema/okh.schema.json` of iop-alliance/OpenKnowHow (v1 YAML, LOSH TOML); the
JSON of Open Hardware Manager (`okh-manifest.json`: the words of v1 and LOSH with underscores); `kitspace.yaml` as its
README describes it; `buildconf.yaml` of GitBuilding (`gitbuilding/buildup/config.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from designs.documents import Document, parse_json, parse_toml, parse_yaml

__all__ = ["DIALECTS", "Dialect", "dialect_of"]

_OKH_NAME: Final = r"(?:okh(?:[-_. ].*)?|.*[-_.]okh)\.(?:{})"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of manifest.

    Attributes:
        name: "okh-losh", "okh-v1", "ohm", "kitspace" or "gitbuilding".
        pattern: of the file's name.
        parse: its text to fields.
        whole: whether such a file is written to describe the design, and not only for one tool.
        title, version, description, licence, bom: keys of these facts, the best first.
    """

    name: str
    pattern: re.Pattern[str]
    parse: Callable[[str], Document]
    whole: bool
    title: tuple[str, ...] = ()
    version: tuple[str, ...] = ()
    description: tuple[str, ...] = ()
    licence: tuple[str, ...] = ()
    bom: tuple[str, ...] = ()

    def value(self, keys: tuple[str, ...], fields: dict[str, Any]) -> Any:
        """What stands under the first of the keys that is there."""
        return next((fields[key] for key in keys if key in fields), None)


def _named(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_LICENCE: Final = ("license", "licence")
DIALECTS: Final = (
    Dialect(
        "okh-losh", _named(_OKH_NAME.format("toml")), parse_toml, whole=True,
        title=("name",), version=("version",), description=("function",), licence=_LICENCE, bom=("bom",),
    ),
    Dialect(
        "okh-v1", _named(_OKH_NAME.format("ya?ml")), parse_yaml, whole=True,
        title=("title",), version=("version",), description=("description",), licence=_LICENCE, bom=("bom",),
    ),
    Dialect(
        "ohm", _named(_OKH_NAME.format("json")), parse_json, whole=True,
        title=("title",), version=("version",), description=("function", "description"), licence=_LICENCE, bom=("bom",),
    ),
    Dialect("kitspace", _named(r"kitspace\.ya?ml"), parse_yaml, whole=False, description=("summary",), bom=("bom",)),
    Dialect(
        "gitbuilding", _named(r"buildconf\.ya?ml"), parse_yaml, whole=False, title=("Title",), licence=("License",)
    ),
)  # fmt: skip


def dialect_of(name: str) -> Dialect | None:
    """The dialect of a file of this name, or None."""
    return next((each for each in DIALECTS if each.pattern.fullmatch(name)), None)
