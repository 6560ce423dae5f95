"""From the operations of an OpenAPI document to the methods of the generated client."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from coordinator.client.schema_types import Field, annotation, docstring, fields_of, sentence
from core.errors import InputError

__all__ = ["BY_HAND", "Operation", "method_text", "operations_of"]

BY_HAND: Final[Mapping[str, str]] = {
    "follow_events": "a stream without an end: coordinator.client.following",
    "read_file": "goes to the disk as it comes: coordinator.client.client",
    "begin_upload": "in parts: coordinator.client.uploading",
    "continue_upload": "in parts: coordinator.client.uploading",
    "end_upload": "in parts: coordinator.client.uploading",
    "add_photo": "a file: coordinator.client.client",
    "give_program": "in parts where it is large: coordinator.client.uploading",
    "measure_upload": "in parts: coordinator.client.uploading",
    "tell_upload_protocol": "for other clients",
    "upload_design": "in parts where it is large: coordinator.client.uploading",
    "import_ledger": "a file: coordinator.client.client",
    "pack_stick": "goes to the disk as it comes: coordinator.client.client",
    "take_stick": "in parts where it is large: coordinator.client.client",
    "hear_forge": "the door of forges, which sign what they say",
}
"""Operations for which no method is generated, and why."""
_JSON: Final = "application/json"
_KEY: Final = "Idempotency-Key"
_REF: Final = "#/components/schemas/"
_CURSOR: Final = frozenset({"after", "limit"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One route.

    Attributes:
        id: the method's name.
        tag: its noun.
        method, path: of HTTP; the path is below `/api/v1`.
        parameters: in "path", "query" or "header", and whether each is required, as the document has them.
        body: the schema of a JSON body, or None.
        answer: the schema of a JSON answer; None where it is no JSON.
        media: of the answer; "" where there is none.
        told: what it does.
        schemas: all of the document, by name.
    """

    id: str
    tag: str
    method: str
    path: str
    parameters: Sequence[Mapping[str, Any]]
    body: Mapping[str, Any] | None
    answer: Mapping[str, Any] | None
    media: str
    told: str
    schemas: Mapping[str, Mapping[str, Any]]

    @property
    def _turns(self) -> bool:
        """Whether the request can ask for another page."""
        return {"after", "limit"} <= {each["name"] for each in self.parameters}

    @property
    def item(self) -> Mapping[str, Any] | None:
        """The schema of an item, where the answer is a page of a list that the request can turn."""
        resolved = _resolved(self.answer, self.schemas) if self.answer else {}
        properties = resolved.get("properties", {})
        if set(properties) != {"items", "next"} or not self._turns:
            return None
        found: Mapping[str, Any] = properties["items"]["items"]
        return found


def operations_of(document: Mapping[str, Any], prefix: str) -> list[Operation]:
    """Every operation of a document below a prefix, but those that are written by hand."""
    found = []
    for path, methods in document["paths"].items():
        for method, each in methods.items():
            if path.startswith(f"{prefix}/") and each["operationId"] not in BY_HAND:
                found.append(_operation(path.removeprefix(prefix), method, each, document["components"]["schemas"]))
    return found


def method_text(operation: Operation) -> str:
    """The method of an operation.

    Raises:
        InputError: it takes or answers something that no method can be made for.
    """
    path = [_parameter(each) for each in operation.parameters if each["in"] == "path"]
    query = [_parameter(each) for each in operation.parameters if each["in"] == "query"]
    headers = [_parameter(each) for each in operation.parameters if each["in"] == "header" and each["name"] != _KEY]
    item = operation.item
    if item is not None:
        query = [each for each in query if each.name not in _CURSOR]
    body, flat = _body(operation, {each.name for each in (*path, *query)})
    keyed = any(each["name"] == _KEY for each in operation.parameters)
    given = [*path, *sorted([*body, *query, *headers], key=lambda each: each.default is not None)]
    returned = f"Iterator[{annotation(item)}]" if item is not None else _returned(operation)
    lines = [f"    def {operation.id}({_signature(given, keyed=keyed)}) -> {returned}:"]
    lines += _docstring(operation, given)
    request = _request(query, headers, body, flat=flat, keyed=keyed, paged=item is not None)
    lines += [f"        {each}" for each in _call(operation, path, item, request)]
    return "\n".join(lines) + "\n"


def _operation(path: str, method: str, each: Mapping[str, Any], schemas: Mapping[str, Any]) -> Operation:
    body = each.get("requestBody", {}).get("content", {})
    if body and _JSON not in body:
        raise InputError(
            f"{each['operationId']} takes {', '.join(body)}", hint="write it by hand, and add it to BY_HAND"
        )
    answers = [answer.get("content", {}) for status, answer in each["responses"].items() if status.startswith("2")]
    content: Mapping[str, Any] = next((answer for answer in answers if answer), {})
    media = _JSON if _JSON in content else next(iter(content), "")
    return Operation(
        each["operationId"], each["tags"][0], method.upper(), path, each.get("parameters", ()),
        body[_JSON]["schema"] if body else None, content[_JSON]["schema"] if media == _JSON else None, media,
        sentence(each.get("description", "")), schemas,
    )  # fmt: skip


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    for option in schema.get("anyOf", ()):  # a body that may be left out
        if "$ref" in option:
            return _resolved(option, schemas)
    return schemas[schema["$ref"].removeprefix(_REF)] if "$ref" in schema else schema


def _parameter(parameter: Mapping[str, Any]) -> Field:
    schema = parameter["schema"]
    kind = annotation(schema, given=True)
    default = None if parameter.get("required") else repr(schema.get("default"))
    if default == "None" and "None" not in kind.split(" | "):
        kind = f"{kind} | None"
    return Field(parameter["name"], kind, default, str(parameter.get("description", "")))


def _body(operation: Operation, taken: set[str]) -> tuple[list[Field], bool]:
    """What a body is made of, and whether that is its properties or the whole."""
    if operation.body is None:
        return [], True
    resolved = _resolved(operation.body, operation.schemas)
    if "properties" not in resolved:
        return [Field("document", annotation(operation.body, given=True), None, "The body of the request.")], False
    fields = fields_of(resolved, given=True)
    clash = taken & {each.name for each in fields}
    if clash:
        raise InputError(f"{operation.id} takes {', '.join(clash)} in its path or query and in its body")
    return fields, True


def _variable(name: str) -> str:
    return re.sub(r"\W+", "_", name).lower()


def _word(field: Field) -> str:
    word = replace(field, name=_variable(field.name)).word
    return f"{word}_" if hasattr(builtins, word) else word


def _signature(given: Sequence[Field], *, keyed: bool) -> str:
    words = ["self"] + [f"{_word(each)}: {each.type}" for each in given if each.default is None]
    optional = [f"{_word(each)}: {each.type} = {each.default}" for each in given if each.default is not None]
    if keyed:
        optional.append("key: str | None = None")
    return ", ".join([*words, *(["*", *optional] if optional else [])])


def _docstring(operation: Operation, given: Sequence[Field]) -> list[str]:
    told = [f"        `{_word(each)}`: {sentence(each.told)}" for each in given if each.told]
    return docstring(operation.told, 8, told)


def _returned(operation: Operation) -> str:
    if operation.answer is not None:
        return annotation(operation.answer)
    return "None" if not operation.media else "str" if operation.media.startswith("text/") else "bytes"


def _request(
    query: Sequence[Field], headers: Sequence[Field], body: Sequence[Field], *, flat: bool, keyed: bool, paged: bool
) -> list[str]:
    def pairs(fields: Sequence[Field]) -> str:
        return "{" + ", ".join(f'"{each.name}": {_word(each)}' for each in fields) + "}"

    if paged:
        return [pairs(query)]
    found = [f"query={pairs(query)}"] if query else []
    if body:
        found.append(f"body={pairs(body) if flat else 'document'}")
    if headers:
        found.append(f"headers={pairs(headers)}")
    if keyed:
        found.append("key=new_key(key)")
    return found


def _call(operation: Operation, path: Sequence[Field], item: Mapping[str, Any] | None, request: list[str]) -> list[str]:
    place = re.sub(r"\{(\w+)\}", lambda found: "{segment(" + found[1] + ")}", operation.path)
    where = f'{"f" if path else ""}"{place}"'
    if item is not None:
        rows = next(each["schema"]["maximum"] for each in operation.parameters if each["name"] == "limit")
        return [f"return self._pages({annotation(item)}, {where}, {request[0]}, {rows:.0f})"]
    returned = _returned(operation)
    more = "".join(f", {each}" for each in request)
    if operation.answer is None and operation.media:
        if operation.method != "GET":
            raise InputError(f"{operation.id} answers {operation.media} to {operation.method}", hint="write it by hand")
        return [f"return self._caller.{'text' if returned == 'str' else 'bytes'}({where}{more})"]
    if returned == "None":
        return [f'self._caller.json("{operation.method}", {where}{more})']
    request_text = f'{returned}, "{operation.method}", {where}{more}'
    if returned.isidentifier():
        return [f"return self._one({request_text})"]
    return [f"found: {returned} = self._any({request_text})", "return found"]
