"""Interactive BOM pages: the circuit list that InteractiveHtmlBom embeds in its HTML, plain or compressed.

Sources: openscopeproject/InteractiveHtmlBom `DATAFORMAT.md`; the compression is lz-string's base64 form
(pieroxy/lz-string, `libs/lz-string.js`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bom.entry import Entry, Reading
from bom.leftover import Leftover, told
from bom.quantity import Quantity
from bom.words import headers, plain
from core.errors import InputError, LimitError
from core.trees import normal_form

__all__ = ["decompress", "read_interactive"]

_PLAIN: Final = re.compile(r"\bvar\s+(pcbdata|config)\s*=\s*(?=\{)")
_PACKED: Final = re.compile(
    r"\bvar\s+pcbdata\s*=\s*JSON\.parse\(LZString\.decompressFromBase64\(\s*[\"']([A-Za-z0-9+/=]+)[\"']"
)
_ALPHABET: Final = {sign: format(at, "06b") for at, sign in enumerate(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)}  # fmt: skip
_MAX_PACKED_CHARS: Final = 4_000_000
_MAX_CHARS: Final = 50_000_000
_LITERAL_8, _LITERAL_16, _END = range(3)


def read_interactive(page: str, file: str) -> Reading | None:
    """The components of an interactive BOM; None when the page embeds none.

    Args:
        page: the HTML.
        file: its path in the design.

    Raises:
        InputError: the embedded data is broken.
        LimitError: it unpacks to too much.
    """
    found = {match[1]: _object(page, match.end(), file) for match in _PLAIN.finditer(page)}
    packed = _PACKED.search(page)
    if packed:
        found["pcbdata"] = _object(decompress(packed[1], file), 0, file)
    bom = found.get("pcbdata", {}).get("bom")
    if not isinstance(bom, Mapping) or not isinstance(bom.get("both"), list):
        return None
    titles = found.get("config", {}).get("fields")
    entries = tuple(_entries(bom, titles if isinstance(titles, list) else ["Value", "Footprint"], file))
    read = {entry.place for entry in entries}
    groups = ((f"bom.both[{number}]", str(group)) for number, group in enumerate(bom["both"], start=1))
    left = (Leftover(place, text, "it names no component") for place, text in groups if place not in read)
    return Reading(file, "circuit", entries, findings=told(left, file), titled=True) if entries else None


def _object(text: str, start: int, file: str) -> dict[str, Any]:
    """The JSON object that begins here."""
    try:
        value, _ = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the embedded list is no JSON: {error}", where=file) from error
    return value if isinstance(value, dict) else {}


def _entries(bom: Mapping[str, Any], titles: Sequence[object], file: str) -> Iterator[Entry]:
    """One line a group: a list of [designator, footprint's index], its fields by that index."""
    fields = bom.get("fields")
    for number, group in enumerate(bom["both"], start=1):
        members = [each for each in group if isinstance(each, list) and each] if isinstance(group, list) else []
        if not members:
            continue
        values = fields.get(str(members[0][-1])) if isinstance(fields, Mapping) else None
        texts = [plain(str(each)) for each in values] if isinstance(values, list) else []
        cells = {
            role[0]: text
            for title, text in zip(titles, texts, strict=False)
            if text and (role := headers().get(normal_form(str(title))))
        }
        marks = ", ".join(str(each[0]) for each in members)
        name = cells.get("value") or cells.get("name") or marks
        amount = Quantity(float(len(members)), text=marks)
        yield Entry(
            name, amount, file, f"bom.both[{number}]", "designators counted", cells=cells | {"designator": marks}
        )


def decompress(packed: str, file: str = "") -> str:
    """The text behind lz-string's base64.

    Raises:
        InputError: it is broken.
        LimitError: it is too long or unpacks to too much.
    """
    if len(packed) > _MAX_PACKED_CHARS:
        raise LimitError("the compressed list is too long", where=file)
    bits = _Bits("".join(_ALPHABET.get(sign, "") for sign in packed.rstrip("=")))
    words: list[str] = ["", "", ""]
    out: list[str] = []
    width, last, size = 3, "", 0
    code = bits.take(2)
    while True:
        if code in {_LITERAL_8, _LITERAL_16}:
            words.append(chr(bits.take(8 if code == _LITERAL_8 else 16)))
            code = len(words) - 1
        elif code == _END:
            return "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if code > len(words) or bits.at_end:
            raise InputError("the compressed list is broken", where=file)
        entry = words[code] if code < len(words) else last + last[:1]
        out.append(entry)
        size += len(entry)
        if size > _MAX_CHARS:
            raise LimitError("the compressed list unpacks to too much", where=file)
        if last:
            words.append(last + entry[0])
        last = entry
        width = (len(words)).bit_length()
        code = bits.take(width)


class _Bits:
    """Numbers out of a row of bits, the lowest bit first."""

    def __init__(self, row: str) -> None:
        self._row = row
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at > len(self._row)

    def take(self, width: int) -> int:
        start, self._at = self._at, self._at + width
        return int(self._row[start : self._at][::-1] or "0", 2)
