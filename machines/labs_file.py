"""Adding to a labs file without touching what stands in it: comments, order and spelling stay as people wrote them.

The text is put in where the list ends; the whole is read before anything is written and must say what the old file said
and what was added, no more. The file is then replaced in one step: a reader sees the old one or the new one.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from core.errors import InputError, StateError
from machines.lab import Network
from machines.network import MOST_ALIASES, network_of
from machines.yaml_text import LOADER, parse_yaml

__all__ = ["add_labs", "add_machine"]

_MAX_BYTES = 5_000_000
_WIDTH = 110
_HINT = "put it in by hand; docs/labs.md describes the format"


def add_labs(path: Path, entries: list[dict[str, Any]]) -> Network:
    """Add labs to a file, which is made where there is none.

    Args:
        path: the labs file.
        entries: labs as the labs document has them.

    Returns:
        The network as the file says it now.

    Raises:
        InputError: the file or an entry cannot be used; the file is as it was.
        StateError: somebody else wrote the file meanwhile.
    """
    text = _text(path) if path.exists() else ""
    added = network_of({"labs": entries}, where="what is to be added").labs
    if not text.strip():
        return _replace(path, text, text + "labs:\n" + _block(entries, 2), Network(added))
    before = _parsed(text, path)
    _refuse_known("lab", [each.id for each in added], [each.id for each in before.labs], path)
    _refuse_known(
        "machine", [each.id for lab in added for each in lab.machines], [each.id for each in before.machines], path
    )
    root = yaml.compose(text, Loader=LOADER)
    node = _value(root, "labs") if isinstance(root, yaml.MappingNode) else None
    if not isinstance(node, yaml.SequenceNode):
        raise InputError("its labs are not a list", where=str(path), hint=_HINT)
    return _replace(path, text, _into(text, node, entries), replace(before, labs=(*before.labs, *added)))


def add_machine(path: Path, lab_id: str, entry: dict[str, Any]) -> Network:
    """Add a machine to a lab of a file.

    Args:
        path: the labs file.
        lab_id: of a lab in it.
        entry: a machine as the labs document has it.

    Returns:
        The network as the file says it now.

    Raises:
        InputError: the file, the lab or the entry cannot be used; the file is as it was.
        StateError: somebody else wrote the file meanwhile.
    """
    text = _text(path)
    before = _parsed(text, path)
    lab = next((each for each in before.labs if each.id == lab_id), None)
    if lab is None:
        known = ", ".join(each.id for each in before.labs)
        raise InputError(f"there is no lab {lab_id!r}", where=str(path), hint=f"there are {known}")
    frame = {"id": lab_id, "name": lab.name, "timezone": lab.zone, "opening_hours": {}, "machines": [entry]}
    added = network_of({"labs": [frame]}, where="what is to be added").labs[0].machines
    _refuse_known("machine", [each.id for each in added], [each.id for each in before.machines], path)
    wanted = replace(
        before,
        labs=tuple(replace(each, machines=(*each.machines, *added)) if each is lab else each for each in before.labs),
    )
    home = _lab_node(yaml.compose(text, Loader=LOADER), lab_id, path)
    node = _value(home, "machines")
    if isinstance(node, yaml.SequenceNode):
        return _replace(path, text, _into(text, node, [entry]), wanted)
    if node is not None:
        raise InputError(f"the machines of {lab_id} are not a list", where=str(path), hint=_HINT)
    if home.flow_style:
        end = home.end_mark.index - 1
        return _replace(path, text, f"{text[:end].rstrip(', ')}, machines: {json.dumps([entry])}{text[end:]}", wanted)
    column = home.start_mark.column
    block = f"{' ' * column}machines:\n{_block([entry], column + 2)}"
    return _replace(path, text, _after(text, home, block), wanted)


def _refuse_known(what: str, new: list[str], old: list[str], path: Path) -> None:
    if known := sorted(set(new) & set(old)):
        raise InputError(f"{what} {known[0]!r} is there already", where=str(path), hint="give it another id")


def _into(text: str, node: yaml.SequenceNode, entries: list[dict[str, Any]]) -> str:
    """The text with entries at the end of a list."""
    if node.flow_style:
        end = node.end_mark.index - 1
        joint = ", " if node.value else ""
        flow = ", ".join(json.dumps(each, ensure_ascii=False) for each in entries)
        return f"{text[:end].rstrip(', ') if node.value else text[:end]}{joint}{flow}{text[end:]}"
    return _after(text, node, _block(entries, node.start_mark.column))


def _after(text: str, node: yaml.Node, block: str) -> str:
    """The text with a block after the last line of a node; comments behind it stay behind the block."""
    lines = text.splitlines(keepends=True)
    last = _last_line(node)
    lines[last] = lines[last].rstrip("\n") + "\n"
    return "".join([*lines[: last + 1], block, *lines[last + 1 :]])


def _last_line(node: yaml.Node) -> int:
    """The last line on which a node says something; the end of a block node lies behind blank lines and comments."""
    children = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and children:
        return max(_last_line(child) for child in children)
    end = node.end_mark
    block_text = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    return int(end.line) - (1 if block_text or (end.column == 0 and end.line > node.start_mark.line) else 0)


def _block(entries: list[dict[str, Any]], column: int) -> str:
    """Entries as a list in block style."""
    lines = []
    for entry in entries:
        written = yaml.safe_dump(
            json.loads(json.dumps(entry)), sort_keys=False, allow_unicode=True, default_flow_style=None, width=_WIDTH
        )
        for number, line in enumerate(written.splitlines()):
            lines.append(f"{' ' * column}{'- ' if number == 0 else '  '}{line}".rstrip())
    return "\n".join(lines) + "\n"


def _lab_node(root: yaml.Node | None, lab_id: str, path: Path) -> yaml.MappingNode:
    labs = _value(root, "labs") if isinstance(root, yaml.MappingNode) else None
    for node in labs.value if isinstance(labs, yaml.SequenceNode) else ():
        if isinstance(node, yaml.MappingNode):
            own = _value(node, "id")
            if isinstance(own, yaml.ScalarNode) and own.value == lab_id:
                return node
    raise InputError(f"lab {lab_id} is not written as a plain entry", where=str(path), hint=_HINT)


def _value(node: yaml.MappingNode, key: str) -> yaml.Node | None:
    return next((value for name, value in node.value if name.value == key), None)


def _parsed(text: str, path: Path) -> Network:
    return network_of(parse_yaml(text, where=str(path), most_aliases=MOST_ALIASES), where=str(path))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"the file is larger than {_MAX_BYTES // 1_000_000} MB", where=str(path))
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except OSError as error:
        raise InputError(f"the labs file cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("the labs file is not UTF-8 text", where=str(path)) from None


def _replace(path: Path, before: str, after: str, wanted: Network) -> Network:
    """Write the file whole, if it says what it should and nobody else has written it."""
    if len(after.encode()) > _MAX_BYTES:
        raise InputError(f"the file would be larger than {_MAX_BYTES // 1_000_000} MB", where=str(path))
    try:
        found = _parsed(after, path)
    except InputError as error:
        raise InputError(f"it would no longer be right: {error.what}", where=error.where, hint=_HINT) from None
    if found != wanted:
        raise InputError("the place for it was not found for sure", where=str(path), hint=_HINT)
    target = path.resolve()  # a link stays a link
    if (_text(target) if target.exists() else "") != before:
        raise StateError("somebody else has written the file meanwhile", where=str(path), hint="try again")
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(after)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"the labs file cannot be written: {error.strerror}", where=str(path)) from None
    return found
