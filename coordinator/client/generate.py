"""Write `coordinator/client/nouns` anew, out of the routes as they are: `./dev python -m coordinator.client.generate`.

With `--check` nothing is written; the status is 1 where something would be.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from coordinator.client.operations import Operation, method_text, operations_of
from coordinator.client.schema_types import dataclass_text, literal_text, named_in, with_plain_names

__all__ = ["COMMAND", "TARGET", "generated", "main"]

COMMAND: Final = "./dev python -m coordinator.client.generate"
TARGET: Final = Path(__file__).parent / "nouns"
_SHARED: Final = "shared"
_HEAD: Final = "Made by `" + COMMAND + "`: change the routes, not this file."
_IMPORTS: Final = {
    "dataclass": "from dataclasses import dataclass",
    "datetime": "from datetime import datetime",
    "date": "from datetime import date",
    "Mapping": "from collections.abc import Mapping",
    "Sequence": "from collections.abc import Sequence",
    "Iterator": "from collections.abc import Iterator",
    "Any": "from typing import Any",
    "Literal": "from typing import Literal",
    "TypeAlias": "from typing import TypeAlias",
    "new_key": "from coordinator.client.caller import new_key",
    "NOTHING": "from coordinator.client.calls import NOTHING",
    "Calls": "from coordinator.client.calls import Calls",
    "segment": "from coordinator.client.calls import segment",
}


def main(arguments: Sequence[str]) -> int:
    """Write what has changed, or with `--check` only say so."""
    wanted = generated()
    present = {each.name: each.read_text(encoding="utf-8") for each in TARGET.glob("*.py")}
    changed = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
    for name in changed:
        sys.stdout.write(f"{name}\n")
        if "--check" not in arguments:
            _put(TARGET / name, wanted.get(name))
    return 1 if changed and "--check" in arguments else 0


def generated() -> dict[str, str]:
    """The text of every module, by file name, formatted."""
    with tempfile.TemporaryDirectory(prefix="fabcommons-") as scratch:
        folder = Path(scratch)
        for name, text in _modules(_document(folder / "store"), "/api/v1").items():
            (folder / f"{name}.py").write_text(text, encoding="utf-8")
        rules = ["--config", str(Path(__file__).parents[2] / "pyproject.toml")]
        for command in (["check", "--quiet", "--fix", "--select", "I,F401"], ["format", "--quiet"]):
            subprocess.run([sys.executable, "-m", "ruff", *command, *rules, scratch], check=True, timeout=60)
        return {each.name: each.read_text(encoding="utf-8") for each in folder.glob("*.py")}


def _put(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _document(folder: Path) -> dict[str, Any]:
    """The OpenAPI document of the routes as they are."""
    from coordinator.client.embedded import opened

    with opened(folder) as app:
        return with_plain_names(app.openapi())


def _modules(document: Mapping[str, Any], prefix: str) -> dict[str, str]:
    schemas = document["components"]["schemas"]
    by_tag: dict[str, list[Operation]] = defaultdict(list)
    for each in operations_of(document, prefix):
        by_tag[each.tag].append(each)
    users: dict[str, set[str]] = defaultdict(set)
    for tag, operations in by_tag.items():
        for name in _used(operations, schemas):
            users[name].add(tag)
    modules = {}
    shared = {name for name, tags in users.items() if len(tags) > 1}
    shared |= {inner for name in shared for inner in _reached(name, schemas)}
    modules[_SHARED] = _module("What several nouns speak of.", schemas, shared, [], set(), None)
    for tag, operations in by_tag.items():
        own = {name for name in _used(operations, schemas) if name not in shared}
        told = f"The part of the API under `{tag}`, and what it answers."
        modules[_file(tag)] = _module(told, schemas, own, operations, shared, tag)
    modules["__init__"] = _index(sorted(by_tag))
    return modules


def _module(
    told: str, schemas: Mapping[str, Any], own: set[str], operations: Sequence[Operation], shared: set[str],
    tag: str | None,
) -> str:  # fmt: skip
    parts = [_kind_text(name, schemas[name]) for name in _ordered(own, schemas)]
    if tag is not None:
        methods = "\n".join(method_text(each) for each in operations)
        parts.append(f'class {_class(tag)}(Calls):\n    """The part of the API under `{tag}`."""\n\n{methods}')
    body = "\n\n".join(parts)
    names = sorted([*own, *([_class(tag)] if tag is not None else [])])
    imports = [line for word, line in _IMPORTS.items() if word in body]
    if tag is not None:
        imports += [f"from coordinator.client.nouns.shared import {name}" for name in sorted(shared)]
    exported = "__all__ = [" + ", ".join(f'"{name}"' for name in names) + "]"
    head = f'"""{told}\n\n{_HEAD}\n"""\n\nfrom __future__ import annotations\n'
    return "\n".join([head, *imports, "", exported, "", "", body])


def _kind_text(name: str, schema: Mapping[str, Any]) -> str:
    return literal_text(name, schema) if "enum" in schema else dataclass_text(name, schema)


def _index(tags: Sequence[str]) -> str:
    imports = "\n".join(f"from coordinator.client.nouns.{_file(tag)} import {_class(tag)}" for tag in tags)
    bases = ", ".join(_class(tag) for tag in tags)
    head = f'"""Every request of the API as a method.\n\n{_HEAD}\n"""\n\nfrom __future__ import annotations\n'
    told = "All of them in one; methods are named as the operations of the OpenAPI document."
    body = f'class Nouns({bases}):\n    """{told}"""\n'
    return "\n".join([head, imports, "", '__all__ = ["Nouns"]', "", "", body])


def _used(operations: Sequence[Operation], schemas: Mapping[str, Any]) -> set[str]:
    """The schemas that methods name: of answers, of items, and within the properties of bodies."""
    found: set[str] = set()
    for each in operations:
        answer = each.item or each.answer or {}
        body = each.body or {}
        inner = [schemas[name] for name in named_in(body)]  # the properties themselves become parameters
        for name in (*named_in(answer), *named_in(inner), *named_in([dict(one) for one in each.parameters])):
            found |= {name, *_reached(name, schemas)}
    return found


def _reached(name: str, schemas: Mapping[str, Any]) -> set[str]:
    found, todo = set(), [name]
    while todo:
        for each in named_in(schemas[todo.pop()]):
            if each not in found:
                found.add(each)
                todo.append(each)
    return found


def _ordered(names: set[str], schemas: Mapping[str, Any]) -> list[str]:
    """Enumerations first; they are real values, while dataclasses name each other in annotations only."""
    return sorted(names, key=lambda name: ("enum" not in schemas[name], name))


def _file(tag: str) -> str:
    return tag.replace("-", "_")


def _class(tag: str) -> str:
    return "".join(each.capitalize() for each in tag.replace("-", "_").split("_"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
