"""List items to entries: "3x [leg](leg.stl) (printed)", "8 x cup hooks", groups and sub-assemblies by nesting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bom.bill import Assembly
from bom.entry import Entry
from bom.markdown import Item
from bom.quantity import UNKNOWN, Quantity
from bom.spares import amount_before, amount_behind
from bom.text import Words, read_words, without_forms
from bom.words import kind_of, phrases, words
from core.provenance import Origin

__all__ = ["amount_behind_colon", "has_amount", "item_words", "names_file", "read_items", "with_amounts"]

_MAX_UNCOUNTED_WORDS: Final = 16
_MAX_DEPTH: Final = 12
_MAX_TITLE_WORDS: Final = 10
_MAX_NAME_CHARS: Final = 200
_REMARK: Final = re.compile(r"\s*[(\[]([^()\[\]]*(?:\([^()]*\)[^()\[\]]*)*)[)\]]\s*")
_PURPOSE: Final = re.compile(r"\s+for\s+(?=\w+ing\b)", re.IGNORECASE)
_SIZE_CLAUSE: Final = re.compile(r"\s+with\s+(?:an?\s+)?(?=\d)", re.IGNORECASE)
_ADVICE: Final = re.compile(r"(?:you|we|if|use|see|please|note|make|attach|there|this|these|don't|do)\b", re.IGNORECASE)
_FILE_SUFFIXES: Final = "stl|step|stp|3mf|obj|dxf|svg|scad|amf|f3d|fcstd|ipt|sldprt"
_FILE_NAME: Final = re.compile(rf"(.+)\.(?:{_FILE_SUFFIXES})", re.IGNORECASE)
_FILE_FIRST: Final = re.compile(rf"([^/\n:(]{{1,80}}?\.(?:{_FILE_SUFFIXES}))(?![\w.])", re.IGNORECASE)
_FILE_TAIL: Final = re.compile(
    rf"\s+[-\u2013\u2014:]\s+(?P<file>[\w.+-]{{1,80}}\.(?:{_FILE_SUFFIXES}))$", re.IGNORECASE
)
_COLON_AMOUNT: Final = re.compile(
    r"(?P<name>[^:]*[^\W\d][^:]*?)(?:\s*:|\s+[-\u2013\u2014])\s*(?:(?P<amount>\d{1,3})\s*(?:x|pcs?\.?)?"
    r"|(?P<measure>\d{1,4}(?:[.,]\d+)?\s*(?:m|cm|g|kg|l|ml|ft|metres?|meters?|grams?|lit(?:re|er)s?)))",
    re.IGNORECASE,
)
_LABELLED_AMOUNT: Final = re.compile(
    rf"\s*[,;(\[-]*\s*\b(?:{'|'.join(sorted(words('count_labels')))})\.?\s*[:=]?\s*(?P<amount>\d{{1,4}})\b\s*[)\]]?",
    re.IGNORECASE,
)
_FIRST_OF_TAIL: Final = re.compile(r"(\S{2,7})\s*([(\u2013\u2014-].*)", re.DOTALL)
_OFFERS: Final = re.compile(
    r"(?:\s+[-\u2013\u2014|,]\s*(?:link|buy|shop|amazon|aliexpress|ebay|here|source|(?:[$\u20ac\u00a3]\s?\d|\d+\s?[$\u20ac\u00a3])[\d.,]*))+\s*$",
    re.IGNORECASE,
)
_BARE_COUNT: Final = re.compile(r"(?P<name>.*[^\W\d]s)\s*\((?P<amount>\d{1,3})\)", re.IGNORECASE)
_NUMBER_BEHIND: Final = re.compile(r"(?P<name>.*\w.*\S)\s*\((?P<amount>\d{1,3})\)")
_HABIT: Final = 3
_SINGULAR_S: Final = re.compile(r"(?:ss|us|is|lens|gps|bus|chassis|series)$", re.IGNORECASE)


@dataclass(slots=True)
class _Node:
    item: Item
    words: Words
    children: list[_Node] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.words.text

    @property
    def is_group(self) -> bool:
        """Whether its children are the parts: they have amounts or name files.

        Below an item that has an amount itself, files alone are the item's own.
        """
        counted = [each for each in self.children if has_amount(each.text)]
        parts = [each for each in self.children if each in counted or _links_part(each.words) or _file(each.text)]
        if not has_amount(self.text):
            return bool(parts) or (bool(self.children) and self._says_what_follows)
        return len(parts) == len(self.children) and any(each in counted or each.words.links for each in parts)

    @property
    def _says_what_follows(self) -> bool:
        """Whether the text is short as a title is, and says of what kind the items below are."""
        return len(self.text.split()) <= _MAX_TITLE_WORDS and kind_of(self.text) is not None


def has_amount(text: str) -> bool:
    """Whether the item's text states an amount at either end."""
    return amount_before(text) is not None or amount_behind(text) is not None


def with_amounts(items: Sequence[Item]) -> list[Item]:
    """The items, a number behind a colon, a dash or in brackets taken for their amount where that is their habit.

    "Washer M3: 8" and "Nut - 4" are a habit where three do so, "Motor 12V (1)" where more than half of all do so, and
    the numbers do not simply run on, as those of footnotes do.
    """
    items = _with_bracketed_amounts([_with_labelled_amount(item) for item in items])
    found = {item.line: match for item in items if item.bullet and (match := amount_behind_colon(item.text))}
    if len(found) < _HABIT:
        return items
    return [replace(item, text=_amount_first(match)) if (match := found.get(item.line)) else item for item in items]


def _with_bracketed_amounts(items: list[Item]) -> list[Item]:
    found = {
        item.line: match
        for item in items
        if item.bullet and len(item.text) <= _MAX_NAME_CHARS and (match := _NUMBER_BEHIND.fullmatch(item.text.strip()))
    }
    numbers = [int(match["amount"]) for match in found.values()]
    run_on = numbers == [*range(numbers[0], numbers[0] + len(numbers))] if numbers else True
    if len(found) < _HABIT or run_on or len(found) * 2 <= sum(item.bullet for item in items):
        return items
    return [replace(item, text=_amount_first(match)) if (match := found.get(item.line)) else item for item in items]


def _amount_first(match: re.Match[str]) -> str:
    return f"{match['name']} ({match['amount']}x)" if match["amount"] else f"{match['measure']} {match['name']}"


def _with_labelled_amount(item: Item) -> Item:
    """The item, an amount that is called one ("servo (Qty: 2)") or follows a plural ("cups (24)") before its name."""
    short = item.bullet and len(item.text) <= _MAX_NAME_CHARS
    if short and (many := _BARE_COUNT.fullmatch(item.text.strip())):
        return replace(item, text=f"{many['amount']}x {many['name']}")
    found = _LABELLED_AMOUNT.search(item.text) if short else None
    rest = f"{item.text[: found.start()]} {item.text[found.end() :]}".strip(" ,;-") if found else ""
    return replace(item, text=f"{found['amount']}x {rest}") if found and rest else item


def amount_behind_colon(text: str) -> re.Match[str] | None:
    """The name and the number behind a colon or dash ("Washer M3: 8", "Nut - 4"), if that is all that a line says."""
    return _COLON_AMOUNT.fullmatch(text) if len(text) <= _MAX_NAME_CHARS else None


def names_file(text: str) -> bool:
    """Whether the item begins with the name of a part file."""
    return _file(text) is not None


def _file(text: str) -> str | None:
    """The file name that the item begins with, as in "foot.stl" or "foot.stl (2x, PLA)"."""
    found = _FILE_FIRST.match(text)
    return found[1] if found else None


def _links_part(words: Words) -> bool:
    return any(_FILE_NAME.fullmatch(link.rsplit("/", 1)[-1]) for link in words.links)


def read_items(items: Sequence[Item], file: str) -> tuple[tuple[Entry, ...], tuple[Assembly, ...]]:
    """The lines of list items, and the sub-assemblies that group some of them.

    Under a counted item ("2 x Arm") amounts count for one of it, so they are multiplied downwards.

    Args:
        items: in order; indentation nests them.
        file: the text's path in the design.
    """
    entries: list[Entry] = []
    assemblies: dict[str, Assembly] = {}
    for root in _tree(items):
        _visit(root, (), None, 1.0, file, entries, assemblies)
    return tuple(entries), tuple(assemblies.values())


def _tree(items: Sequence[Item]) -> list[_Node]:
    roots: list[_Node] = []
    stack: list[_Node] = []
    for item in items:
        node = _Node(item, item_words(item))
        while stack and (stack[-1].item.indent >= item.indent or stack[-1].item.titles != item.titles):
            stack.pop()
        del stack[_MAX_DEPTH:]
        (stack[-1].children if stack else roots).append(node)
        stack.append(node)
    return roots


def item_words(item: Item) -> Words:
    """The item's words without prices and links to shops at their end: "Trucks x2 - link - $30"."""
    words = read_words(item.text)
    text = without_forms(words)
    return replace(words, text=_OFFERS.sub("", text) or text)


def _visit(
    node: _Node,
    groups: tuple[str, ...],
    assembly: str | None,
    times: float,
    file: str,
    entries: list[Entry],
    assemblies: dict[str, Assembly],
) -> None:
    """One item: a line, or a group with its items; `times` is how many of the assembly one product holds."""
    if node.is_group:
        text = re.sub(r"\s*:\s*$", "", node.text)
        counted = amount_before(text) or amount_behind(text)
        title = counted[1] if counted else text
        count = times * ((counted[0].value if counted else None) or 1.0)
        if counted and title and title not in assemblies:
            assemblies[title] = Assembly(title, count, assembly)
        for child in node.children:
            _visit(child, (*groups, title), title if counted else assembly, count, file, entries, assemblies)
        return
    entry = _entry(node, groups, assembly, file)
    if entry is None:
        return
    amount = entry.quantity.value
    if times != 1.0 and amount is not None:
        rule = f"{entry.rule}, for each of {times:g} x {assembly}"
        entry = replace(entry, quantity=replace(entry.quantity, value=amount * times), rule=rule)
    entries.append(entry)


def _entry(node: _Node, groups: tuple[str, ...], assembly: str | None, file: str) -> Entry | None:
    quantity, rest, rule, origin = _amount(node.words)
    if quantity.value is None and _is_prose(node.text):
        return None
    tail = _FILE_TAIL.search(rest)
    name, remarks, trailing = _name(rest[: tail.start()] if tail else rest, node)
    remarks += (tail["file"],) if tail else ()
    if trailing is not None and quantity.value is None:
        quantity, rule = trailing, "amount behind the name"
    if not name or len(name) > _MAX_NAME_CHARS or not re.search(r"\w", name):
        return None
    if quantity.value is None and quantity.text == "" and _is_singular(name):
        quantity, rule, origin = Quantity(1.0), "one thing named without an amount", Origin.GUESSED
    below = [child.words for child in node.children]
    stated = _file(rest) or next((found for each in below if (found := _file(each.text))), None)
    return Entry(
        name=name, quantity=quantity, file=file, place=str(node.item.line), rule=rule, origin=origin,
        section=node.item.titles + groups, assembly=assembly,
        links=node.words.links + tuple(link for each in below for link in each.links),
        remarks=remarks + tuple(each.text for each in below), cells={"file": stated} if stated else {},
    )  # fmt: skip


def _amount(words: Words) -> tuple[Quantity, str, str, Origin]:
    leading = amount_before(words.text)
    if leading:
        return leading[0], leading[1], "amount before the name", Origin.READ
    return UNKNOWN, words.text, "no amount stated", Origin.READ


def _is_prose(text: str) -> bool:
    """Whether the text is a sentence or advice rather than a thing."""
    count = len(text.split())
    return count > _MAX_UNCOUNTED_WORDS * 2 or (count > 3 and bool(_ADVICE.match(text)) and ":" not in text[:30])


def _name(rest: str, node: _Node) -> tuple[str, tuple[str, ...], Quantity | None]:
    """The name, the remarks behind it, and an amount found behind it."""
    label = next((each for each in node.words.labels if each), "")
    if (linked := _file(label)) == label and linked and len(rest) > len(label) and rest.endswith(label):
        rest = rest[: -len(label)].rstrip(" ,;:(-\u2013\u2014") or rest
    label_words = read_words(label).text
    if label_words and rest.startswith(label_words):
        name, tail = label_words, rest[len(label_words) :].strip(" ,.;:-")
    else:
        name, tail = _cut(rest)
    first, rest_of_tail = (found[1], found[2]) if (found := _FIRST_OF_TAIL.match(tail)) else (tail, "")
    trailing = amount_behind(name) or amount_behind(f"{name} {first}".strip())
    if trailing and amount_behind(name):
        name = _cut(trailing[1])[0]
    elif trailing:
        tail = rest_of_tail
    file_name = _FILE_NAME.fullmatch(name)
    if file_name and label_words == name:
        name = file_name[1]
    tail = re.sub(r"^\(([^()]*)\)$", r"\1", tail)
    remarks = tuple(dict.fromkeys(each for each in (*_REMARK.findall(rest), tail) if each))
    return name.strip(" ,.;:"), remarks, trailing[0] if trailing else None


def _cut(text: str) -> tuple[str, str]:
    """A name and what follows it: a bracket at its end, a purpose, an explanation behind a colon, a sentence."""
    ends = [len(text)]
    bracket = _REMARK.search(text)
    if (
        bracket
        and bracket.start() > 0
        and (bracket.end() == len(text) or text[bracket.end() - 1 :].lstrip()[:1] in "*(.,;")
    ):
        ends.append(bracket.start())
    for pattern in (_PURPOSE, _SIZE_CLAUSE, re.compile(r":\s"), re.compile(r"\.\s+(?=[A-Z])"), re.compile(r"\n")):
        found = pattern.search(text)
        if found and found.start() > 0:
            ends.append(found.start())
    return text[: min(ends)].strip(), text[min(ends) :].strip(" ,.;:")


def _is_singular(name: str) -> bool:
    """Whether the name is of one countable thing: its last word of letters has no plural s, and it is no mass."""
    words = [word for word in re.split(r"[\s/,]+", re.sub(r"[(\[].*", "", name)) if word.isalpha() and len(word) > 1]
    if not words or phrases("mass_nouns").last(name):
        return False
    last = words[-1].lower()
    return not last.endswith("s") or bool(_SINGULAR_S.search(last))
