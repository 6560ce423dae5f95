"""Manifests written as text: TOML 1.0.0 and YAML 1.1.

Values are texts, numbers, booleans, lists and mappings with text keys. What is written reads back the same with
`designs.documents`, where numbers with a point come back as text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from designs.documents import parse_toml

__all__ = ["completed_toml", "okh_v1_text", "toml_text", "yaml_text"]

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_TABLE: Final = re.compile(r"^[ \t]*\[", re.MULTILINE)
_WIDTH: Final = 100
_OKH_V1_HEAD: Final = "%Open Know-How Manifest 1.0\n---\n"


def toml_text(fields: Mapping[str, Any]) -> str:
    """The fields as TOML: plain values first, then tables in order.

    Raises:
        TypeError: a value is of another kind.
    """
    return "\n".join(_table(fields, ())).strip("\n") + "\n" if fields else ""


def completed_toml(text: str, additions: Mapping[str, Any]) -> str | None:
    """The TOML text as it stands, comments and all, with further top-level fields, or other values of plain ones.

    Returns:
        The text; None when that cannot be done without writing it anew, or the text does not parse.
    """
    before = parse_toml(text)
    if before.fault is not None:
        return None
    for name in set(before.fields) & set(additions):
        line = f"{_key(name)} = {_value(additions[name])}"
        text = re.sub(rf"^[ \t]*{re.escape(_key(name))}[ \t]*=.*$", lambda _: line, text, count=1, flags=re.MULTILINE)  # noqa: B023 - called at once
    added = {name: value for name, value in additions.items() if name not in before.fields}
    plain = {name: value for name, value in added.items() if not _is_table(value)}
    tables = {name: value for name, value in added.items() if _is_table(value)}
    first = _TABLE.search(text)
    at = first.start() if first else len(text)
    head = text[:at].rstrip() + "\n" if text[:at].strip() else ""
    tail = f"\n{text[at:].rstrip()}\n" if text[at:].strip() else ""
    whole = f"{head}{toml_text(plain)}{tail}" + (f"\n{toml_text(tables)}" if tables else "")
    after = parse_toml(whole)
    expected = before.fields | parse_toml(toml_text(additions)).fields
    return whole if after.fault is None and after.fields == expected else None


class _Dumper(yaml.SafeDumper):
    """The safe dumper without aliases; texts with signs that PyYAML would lose stand in double quotes."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (the base class names it)
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = None if all(sign.isprintable() or sign == "\n" for sign in text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def yaml_text(fields: Mapping[str, Any]) -> str:
    """The fields as YAML, in their order."""
    return yaml.dump(dict(fields), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH)


def okh_v1_text(fields: Mapping[str, Any]) -> str:
    """The fields as an Open Know-How v1 manifest: YAML below the line that such a file begins with."""
    return _OKH_V1_HEAD + yaml_text(fields)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)
    )


def _table(fields: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """The lines of a table: its plain values, then the tables in it under their full names."""
    for name, value in fields.items():
        if not _is_table(value):
            yield f"{_key(name)} = {_value(value)}"
    for name, value in fields.items():
        inner = (*path, name)
        dotted = ".".join(map(_key, inner))
        if isinstance(value, Mapping):
            yield f"\n[{dotted}]"
            yield from _table(value, inner)
        elif _is_table(value):
            for each in value:
                yield f"\n[[{dotted}]]"
                yield from _table(each, inner)


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    """A basic string; JSON's escapes are TOML's too, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return _list(value)
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(name)} = {_value(each)}' for name, each in value.items())} }}"
    raise TypeError(f"a {type(value).__name__} cannot be written as TOML")


def _list(values: list[Any]) -> str:
    """On one line where that is short."""
    items = [_value(each) for each in values]
    line = f"[{', '.join(items)}]"
    return line if len(line) <= _WIDTH else "[\n" + "".join(f"  {each},\n" for each in items) + "]"
