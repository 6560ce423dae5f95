"""Read YAML and TOML documents from strangers, whole or, where they are broken, block by block.

YAML 1.1 is read by PyYAML's base loader: every scalar is text as written, so ``1.10``, ``no`` and dates stay what they
are, and tags make no objects. Aliases are refused (a few hundred bytes of them can stand for gigabytes),
and so is great depth. TOML is version 1.0.0; numbers with a point and dates are text as well.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

__all__ = ["Document", "parse_toml", "parse_yaml"]

_MAX_DEPTH = 32
_MAX_SALVAGED_LINES = 2000
_TOML_LINE = re.compile(r"at line (\d+)")
_YAML_KEY = re.compile(r"[A-Za-z_][\w .-]*:(?:\s|$)")
_TOML_KEY = re.compile(r"[\w.\"-]+\s*=")


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
    """A document that does not parse: a sentence, and the line counted from 1."""

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def parse_yaml(text: str) -> Document:
    """The first document of a YAML text; its top level should be a mapping. A leading directive line is passed over."""
    first, newline, rest = text.partition("\n")
    return _parse(f"#{newline}{rest}" if first.startswith("%") else text, _load_yaml, _YAML_KEY)


def parse_toml(text: str) -> Document:
    """A TOML text."""
    return _parse(text, _load_toml, _TOML_KEY)


def _parse(text: str, load: Callable[[str], dict[str, Any]], key: re.Pattern[str]) -> Document:
    try:
        return Document(load(text))
    except _ParseError as fault:
        return Document(_salvage(text, load, key), fault.reason, fault.line)


def _salvage(text: str, load: Callable[[str], dict[str, Any]], key: re.Pattern[str]) -> dict[str, Any]:
    """The top-level blocks that can be read by themselves. Of a name the first counts; lists of one name are joined."""
    fields: dict[str, Any] = {}
    for block in _blocks(text, key):
        for attempt in (block, block.replace("\n", "\n ")):  # the second: lines that should have been indented
            try:
                found = load(attempt)
            except _ParseError:
                continue
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
    """The base loader without aliases and without depth."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
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
    return {str(name): value for name, value in document.items()}


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


def _plain(value: Any) -> Any:
    """The value with dates and times as text."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int) else str(value)
