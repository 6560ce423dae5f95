"""From JSON schemas (OpenAPI 3.1) to the annotations and dataclasses of the generated client."""

from __future__ import annotations

import json
import keyword
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import InputError

__all__ = [
    "Field",
    "annotation",
    "dataclass_text",
    "docstring",
    "fields_of",
    "literal_text",
    "named_in",
    "sentence",
    "with_plain_names",
]

_REF: Final = "#/components/schemas/"
_WIDTH: Final = 120
_SIMPLE: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_FORMATS: Final = {"date-time": "datetime", "date": "date", "binary": "bytes"}


@dataclass(frozen=True, slots=True)
class Field:
    """A property of an object, or a parameter.

    Attributes:
        name: as the document has it.
        type: an annotation.
        default: as Python writes it; None where a value must be given.
        told: what the schema says of it, or "".
    """

    name: str
    type: str
    default: str | None
    told: str = ""

    @property
    def word(self) -> str:
        """The name as Python takes it."""
        return f"{self.name}_" if keyword.iskeyword(self.name) else self.name


def annotation(schema: Mapping[str, Any], *, given: bool = False) -> str:
    """The annotation of a schema.

    Args:
        schema: of a value.
        given: whether callers give it (then any sequence and mapping will do), or it is answered.

    Raises:
        InputError: it is a schema of a kind that none of our routes had before.
    """
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REF)
    if "const" in schema:
        return f"Literal[{_python(schema['const'])}]"
    if "enum" in schema:
        return f"Literal[{', '.join(_python(each) for each in schema['enum'])}]"
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(annotation(each, given=given) for each in schema[union]))
    kind = schema.get("type")
    if kind is None:
        return "Any"
    if kind == "array":
        return _array(schema, given=given)
    if kind == "object":
        inner = schema.get("additionalProperties", True)
        value = annotation(inner, given=given) if isinstance(inner, Mapping) else "Any"
        return f"{'Mapping' if given else 'dict'}[str, {value}]"
    if kind not in _SIMPLE:
        raise InputError(f"no annotation is known for a schema of the type {kind!r}")
    return _FORMATS.get(schema.get("format", ""), _SIMPLE[kind])


def fields_of(schema: Mapping[str, Any], *, given: bool = False) -> list[Field]:
    """The properties of an object; those that must be given come first."""
    required = set(schema.get("required", ()))
    found = [
        Field(
            name,
            annotation(each, given=given),
            None if name in required else _default(each, given=given),
            str(each.get("description", "")),
        )
        for name, each in schema.get("properties", {}).items()
    ]
    return sorted(found, key=lambda each: each.default is not None)


def dataclass_text(name: str, schema: Mapping[str, Any]) -> str:
    """The dataclass of an object."""
    told = sentence(str(schema.get("description") or f"{name}, as the API has it."))
    lines = ["@dataclass(frozen=True, slots=True, kw_only=True)", f"class {name}:", *docstring(told, 4), ""]
    lines += [
        f"    {each.word}: {each.type}" + (f" = {each.default}" if each.default is not None else "")
        for each in fields_of(schema)
    ]
    return "\n".join(lines) + "\n"


def literal_text(name: str, schema: Mapping[str, Any]) -> str:
    """An enumeration, as an alias for its words."""
    words = ", ".join(_python(each) for each in schema["enum"])
    told = sentence(str(schema.get("description") or f"{name}, as the API has it."))
    return "\n".join([f"{name}: TypeAlias = Literal[{words}]", *docstring(told, 0), ""])


def with_plain_names(document: dict[str, Any]) -> dict[str, Any]:
    """The document with names of schemas that are names of classes.

    Where two modules have a schema of one name, FastAPI puts the whole path of the module before it; its last word is
    enough.
    """
    names = {}
    for name in document["components"]["schemas"]:
        *path, last = name.split("__")
        names[name] = "".join(each.capitalize() for each in path[-1:] for each in each.split("_")) + last
    text = json.dumps(document)
    for name, short in names.items():
        if name != short:
            text = text.replace(f'"{_REF}{name}"', f'"{_REF}{short}"').replace(f'"{name}": ', f'"{short}": ')
    found: dict[str, Any] = json.loads(text)
    return found


def named_in(schema: Any) -> Iterator[str]:
    """The names of all schemas that one refers to."""
    if isinstance(schema, Mapping):
        for name, each in schema.items():
            if name == "$ref" and isinstance(each, str):
                yield each.removeprefix(_REF)
            else:
                yield from named_in(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from named_in(each)


def sentence(text: str) -> str:
    """What a route or a schema says of itself, in one line that fits a docstring."""
    return " ".join(text.split()).replace("\\", "\\\\").replace('"""', "'''")


def docstring(text: str, indent: int, more: Sequence[str] = ()) -> list[str]:
    """The lines of a docstring: the first sentence by itself where all of it does not fit into one line.

    Args:
        text: one line.
        indent: spaces before each.
        more: further lines, indented.
    """
    space = " " * indent
    if not more and len(space) + len(text) + 6 <= _WIDTH:
        return [f'{space}"""{text}"""']
    first, gap, rest = text.partition(". ")
    if not rest and not more:
        return [f'{space}"""{text}"""  # noqa: E501 (the words of the route)']
    lines = [f'{space}"""{first}{"." if gap else ""}']
    if rest:
        lines += ["", *textwrap.wrap(rest, _WIDTH, initial_indent=space, subsequent_indent=space)]
    if more:
        lines += ["", *more]
    return [*lines, f'{space}"""']


def _array(schema: Mapping[str, Any], *, given: bool) -> str:
    if "prefixItems" in schema:
        return f"tuple[{', '.join(annotation(each, given=given) for each in schema['prefixItems'])}]"
    inner = annotation(schema.get("items", {}), given=given)
    return f"Sequence[{inner}]" if given else f"tuple[{inner}, ...]"


def _default(schema: Mapping[str, Any], *, given: bool) -> str | None:
    value = schema.get("default")
    if isinstance(value, list):
        return "(" + "".join(f"{_python(each)}, " for each in value) + ")"
    if isinstance(value, Mapping):
        return "NOTHING" if given and not value else None  # what is answered is always whole
    return _python(value)


def _python(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)
