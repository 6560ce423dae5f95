"""Read YAML, TOML and JSON documents from strangers, whole or, where they are broken, block by block.

YAML 1.1 is read by PyYAML's base loader: every scalar is text as written, so ``1.10``, ``no`` and dates stay what they
are, and tags make no objects. Aliases are refused (a few hundred bytes of them can stand for gigabytes),
and so is great depth. TOML is version 1.0.0; numbers with a point and dates are text as well, and so are the former in
JSON (RFC 8259). A key that stands twice in YAML or JSON is a fault: what one of them says is lost.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

__all__ = ["Document", "parse_json", "parse_toml", "parse_yaml"]

_Load: TypeAlias = Callable[[str], dict[str, Any]]

_MAX_DEPTH = 32
_MAX_SALVAGED_LINES = 2000
_TOML_LINE = re.compile(r"at line (\d+)")
_YAML_KEY = re.compile(r"[A-Za-z_][\w .-]*:(?:\s|$)")
_TOML_KEY = re.compile(r"[\w.\"-]+\s*=")
_BLANKS_AND_COMMA = " \t\r\n,"
_JSON_KEY = re.compile(r"([ \t]*)\"(?:[^\"\\]|\\.)*\"\s*:")


@dataclass(frozen=True, slots=True)
class Document:
    """What could be read of a document.

    Attributes:
        fields: its top level.
        fault: why it is not well formed, without a full stop, or None.
        line: where, counted from 1, or None.
    """

    fields: dict[str, Any]
    fault: str | None = None
    line: int | None = None


class _ParseError(Exception):
    """A document that does not parse: a sentence, the line counted from 1, the fields if they are known still."""

    def __init__(self, reason: str, line: int | None, fields: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.fields = fields


def parse_yaml(text: str) -> Document:
    """The first document of a YAML text; its top level should be a mapping. A leading directive line is passed over."""
    first, newline, rest = text.partition("\n")
    return _parse(f"#{newline}{rest}" if first.startswith("%") else text, _load_yaml, _YAML_KEY)


def parse_toml(text: str) -> Document:
    """A TOML text."""
    return _parse(text, _load_toml, _TOML_KEY)


def parse_json(text: str) -> Document:
    """A JSON text; its top level should be an object."""
    indents = [len(found[1]) for found in map(_JSON_KEY.match, text.splitlines()[:_MAX_SALVAGED_LINES]) if found]
    outer = re.compile(
        rf"[ \t]{{0,{min(indents, default=0)}}}\"(?:[^\"\\]|\\.)*\"\s*:"
    )  # the others are inside of values
    return _parse(text, _load_json, outer, block=_load_json_block)


def _parse(text: str, load: _Load, key: re.Pattern[str], *, block: _Load | None = None) -> Document:
    """What can be read of a text; `block` reads a part of it, where that takes more than reading the whole."""
    try:
        return Document(load(text))
    except _ParseError as fault:
        fields = _salvage(text, block or load, key) if fault.fields is None else fault.fields
        return Document(fields, fault.reason, fault.line)


def _salvage(text: str, load: _Load, key: re.Pattern[str]) -> dict[str, Any]:
    """The top-level blocks that can be read by themselves. Of a name the first counts; lists of one name are joined."""
    fields: dict[str, Any] = {}
    for block in _blocks(text, key):
        for attempt in (block, block.replace("\n", "\n ")):  # the second: lines that should have been indented
            try:
                found = load(attempt)
            except _ParseError as fault:
                if fault.fields is None:
                    continue
                found = fault.fields
            for name, value in found.items():
                known = fields.setdefault(name, value)
                if known is not value and isinstance(known, list) and isinstance(value, list):
                    known.extend(value)
            break
    return fields


def _blocks(text: str, key: re.Pattern[str]) -> Iterator[str]:
    block: list[str] = []
    in_table = False
    for line in text.splitlines()[:_MAX_SALVAGED_LINES]:
        is_header = line.startswith("[")
        if is_header or (key.match(line) and not in_table):
            yield "\n".join(block)
            block = []
        in_table = in_table or is_header
        block.append(line)
    yield "\n".join(block)


class _Loader(yaml.BaseLoader):
    """The base loader without aliases and without depth; it notes the first key that stands twice."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self.twice: tuple[str, int] | None = None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if self.twice is None and isinstance(key, yaml.ScalarNode) and key.value in seen:
                self.twice = key.value, key.start_mark.line + 1
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML has no types for it
        line: int = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise _ParseError("aliases (*) are not read", line)
        if self._depth >= _MAX_DEPTH:
            raise _ParseError(f"it is nested more than {_MAX_DEPTH} deep", line)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _load_yaml(text: str) -> dict[str, Any]:
    try:
        loader = _Loader(text)
        try:
            document = loader.get_data() if loader.check_node() else {}
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise _ParseError(error.problem or "it is no YAML", _line(error)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _ParseError(f"the character U+{error.character:04X} is not allowed", line) from error
    except RecursionError as error:
        raise _ParseError("it is nested too deep", None) from error
    if not isinstance(document, dict):
        raise _ParseError("its top level is no mapping of names to values", 1)
    fields = {str(name): value for name, value in document.items()}
    if loader.twice:
        name, line = loader.twice
        raise _ParseError(f"{name!r} stands twice, and only the last counts", line, fields)
    return fields


def _line(error: yaml.MarkedYAMLError) -> int | None:
    """Where the fault lies; of a key without colon that is where the key begins, not where the search was given up."""
    is_key = error.context == "while scanning a simple key"
    mark = error.context_mark if is_key else error.problem_mark
    return mark.line + 1 if mark else None


def _load_toml(text: str) -> dict[str, Any]:
    try:
        return {name: _plain(value) for name, value in tomllib.loads(text, parse_float=str).items()}
    except tomllib.TOMLDecodeError as error:
        place = _TOML_LINE.search(str(error))
        reason = re.sub(r"\s*\(at .*\)$", "", str(error))
        raise _ParseError(reason[:1].lower() + reason[1:], int(place.group(1)) if place else None) from error
    except RecursionError as error:
        raise _ParseError("it is nested too deep", None) from error


def _load_json(text: str) -> dict[str, Any]:
    twice: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in found]
        twice.extend(name for name in dict.fromkeys(names) if names.count(name) > 1)
        return dict(found)

    try:
        document = json.loads(text, parse_float=str, parse_constant=str, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        raise _ParseError(error.msg[:1].lower() + error.msg[1:], error.lineno) from error
    except RecursionError as error:
        raise _ParseError("it is nested too deep", None) from error
    except ValueError as error:  # an integer of thousands of digits
        raise _ParseError("it holds a number that is too long", None) from error
    if not isinstance(document, dict):
        raise _ParseError("its top level is no object", 1)
    if twice:
        raise _ParseError(f"{twice[0]!r} stands twice, and only the last counts", None, document)
    return document


def _load_json_block(text: str) -> dict[str, Any]:
    """Some lines of an object: the brackets around it may be among them, a comma may end them."""
    inside = text.strip().removeprefix("{").rstrip(_BLANKS_AND_COMMA)
    try:
        return _load_json(f"{{{inside}}}")
    except _ParseError:
        return _load_json(f"{{{inside.removesuffix('}').rstrip(_BLANKS_AND_COMMA)}}}")


def _plain(value: Any) -> Any:
    """The value with dates and times as text."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int) else str(value)
