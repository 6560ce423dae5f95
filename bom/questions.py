"""What only the designer can know about a bill."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bom.bill import Make, Status
from bom.judgement import stock_noun
from bom.lines import Conclusion, Line
from bom.substance import find_materials
from bom.words import phrases
from core.provenance import Origin, Question
from core.trees import normal_form, processes

__all__ = ["ask"]

_MIRROR: Final = re.compile(r"mirror|left and right|\blh\b.*\brh\b", re.IGNORECASE)
_SPARE: Final = re.compile(r"\bspares?\b|\bextras?\b", re.IGNORECASE)
_OWN_LENGTH: Final = re.compile(r"(?:^|[\s,])\d+(?:[.,]\d+)?\s*(?:m|cm|ft|feet|metres?|meters?)\b", re.IGNORECASE)
_ODD_COUNT_HEADERS: Final = frozenset({"units", "amount", "number", "no of", "items"})
_MANY: Final = 12
_MANY_PIECES: Final = 20


def ask(result: Conclusion) -> tuple[Question, ...]:
    """The open questions of a bill, those about single lines first."""
    found: dict[tuple[str, str], Question] = {}
    for line in result.lines:
        for question in _about(line):
            found.setdefault((question.item, question.question), question)
    for question in (*_together(result.lines), *_outside(result)):
        found.setdefault((question.item, question.question), question)
    return tuple(found.values())


def _about(line: Line) -> Iterator[Question]:
    yield from _amount(line)
    yield from _making(line)
    name = line.line.name
    if line.link is not None and line.link.doubtful:
        options = line.link.doubtful
        yield Question(name, f"Which file is {name}: {' or '.join(options[:4])}?", options, about="files")


def _amount(line: Line) -> Iterator[Question]:
    name, quantity, entry = line.line.name, line.entry.quantity, line.entry
    if quantity.value is None:
        said = f" (the list says {quantity.text!r})" if quantity.text else ""
        yield Question(name, f"How much or how many of {name} does one product need{said}?", about="quantity")
    elif entry.origin is Origin.GUESSED:
        yield Question(name, f"{name} is named without an amount: is it one?", ("1",), about="quantity")
    elif quantity.is_range or quantity.approximate:
        ask = f"The list says {quantity.text!r} of {name}: is {quantity.value:g} {quantity.unit} right?"
        yield Question(name, ask, about="quantity")
    elif quantity.unit == "piece" and quantity.value >= _MANY_PIECES and phrases("mass_nouns").find(name):
        ask = f"{name}: is {quantity.value:g} a number of pieces or a length, and in which unit?"
        yield Question(name, ask, ("mm", "cm", "m", "piece"), about="unit")
    elif quantity.unit == "piece" and _OWN_LENGTH.search(name) and phrases("mass_nouns").find(name):
        yield Question(name, f"{name}: is it {quantity.value:g} of the length that the name states?", ("yes", "no"))


def _making(line: Line) -> Iterator[Question]:
    bill, verdict = line.line, line.verdict
    if bill.make is Make.UNKNOWN:
        ask = f"Is {bill.name} made or bought ({bill.make_reason})?"
        yield Question(bill.name, ask, ("fabricate", "purchase"), about="make")
    if verdict.rivals and verdict.process:
        labels = [processes()[each].label for each in (verdict.process, *verdict.rivals)]
        options = (verdict.process, *verdict.rivals)
        yield Question(bill.name, f"{bill.name}: {' or '.join(labels)}?", options, about="process")
    if verdict.origin is Origin.GUESSED and bill.process == "sheet_cutting" and not bill.files:
        ask = f"{bill.name}: is it bought cut to size, or cut here by the sheets' outlines?"
        yield Question(bill.name, ask, ("fabricate", "purchase"), about="make")
    elif bill.make is Make.FABRICATE and not bill.files and bill.process != "sawing":
        yield Question(bill.name, f"Which file is {bill.name}?", about="files")
    elif bill.make is Make.FABRICATE and bill.process is None:
        of = f" of {bill.material}" if bill.material else ""
        yield Question(bill.name, f"By which process is {bill.name}{of} made?", about="process")
    if bill.make is Make.FABRICATE and bill.material and len(find_materials(bill.material)) > 1:
        ask = f"{bill.name}: which material, {bill.material}?"
        yield Question(bill.name, ask, find_materials(bill.material), about="material")


def _together(lines: Sequence[Line]) -> Iterator[Question]:
    made = [each.line.name for each in lines if _lacks_material(each)]
    if made:
        yield Question("material", f"Which material are these made of: {_names(made)}?", about="material")
    guessed = [
        each.line.name for each in lines if each.line.make is Make.PURCHASE and each.verdict.origin is Origin.GUESSED
    ]
    if guessed:
        yield Question("make or buy", f"Are these bought, as was assumed: {_names(guessed)}?", ("yes", "no"))
    optional = [each.line.name for each in lines if each.line.status is Status.OPTIONAL]
    if optional:
        yield Question("optional parts", f"Which of these are wanted: {_names(optional)}?")
    choices = [each.line.name for each in lines if each.line.status is Status.CHOOSE]
    if choices:
        yield Question("choice", f"Which of these is wanted: {_names(choices)}?", tuple(choices))
    yield from _by_notes(lines)
    yield from _by_columns(lines)


def _lacks_material(line: Line) -> bool:
    process = line.line.process
    circuit = process is not None and processes().is_a(process, "electronics")
    return line.line.make is Make.FABRICATE and line.line.material is None and not circuit


def _by_notes(lines: Sequence[Line]) -> Iterator[Question]:
    tools = [each.line.name for each in lines if any(phrases("tool_words").find(title) for title in each.entry.section)]
    if tools:
        yield Question(
            "tools", f"Listed as tools, yet made: are these parts of the product: {_names(tools)}?", ("yes", "no")
        )
    mirrored = [each.line.name for each in lines if each.line.files and _MIRROR.search(each.entry.text)]
    if mirrored:
        ask = "Is one of each pair made mirrored from the same file"
        yield Question("mirrored parts", f"{ask}: {_names(mirrored)}?", ("yes", "no"))
    spare = [each.line.name for each in lines if _SPARE.search(each.entry.cell("notes"))]
    if spare:
        yield Question("spares", f"How many spares of these: {_names(spare)}?")
    consumable = {
        text: None
        for each in lines
        for text in (each.entry.assembly or "", *each.entry.section)
        if "consumable" in text.casefold()
    }
    for text in consumable:
        yield Question(text, f"{text}: are its lines built in, or a stock for use?", ("built in", "stock"))
    cut = [(each.line.name, noun) for each in lines if (noun := stock_noun(each.entry))]
    if cut:
        stocks = " and ".join(dict.fromkeys(f"{noun.rstrip('s')}s" for _, noun in cut))
        yield Question(
            stocks, f"How long are the {stocks} from which these are cut: {_names(name for name, _ in cut)}?"
        )


def _by_columns(lines: Sequence[Line]) -> Iterator[Question]:
    untitled = {each.entry.assembly: None for each in lines if each.entry.assembly_untitled}
    if untitled:
        names = _names(name for name in untitled if name)
        yield Question("sub-assembly", f"Are these the sub-assemblies: {names}?", ("yes", "no"))
    headers = {each.entry.rule.removeprefix("column ") for each in lines if each.entry.rule.startswith("column ")}
    for header in sorted(headers):
        if normal_form(header) in _ODD_COUNT_HEADERS:
            yield Question(header, f"Does the column {header} hold the number of pieces?", ("yes", "no"))
    yield from _gaps(lines)


def _gaps(lines: Sequence[Line]) -> Iterator[Question]:
    numbers = [int(number) for each in lines if (number := each.entry.cell("number")).isdigit()]
    if len(numbers) < 5 or len(numbers) != len(set(numbers)) or len(numbers) * 2 < len(lines):
        return
    missing = sorted(set(range(min(numbers), max(numbers))) - set(numbers))
    if 0 < len(missing) < len(numbers):
        listed = ", ".join(map(str, missing[:_MANY]))
        yield Question(
            "item numbers", f"Positions {listed} are missing from the numbering: are lines missing?", ("no", "yes")
        )


def _outside(result: Conclusion) -> Iterator[Question]:
    for entry in result.modules:
        where = next((f" ({link})" for link in entry.links), "")
        yield Question(
            entry.name, f"{entry.name} is a design of its own{where}: is it made too, or bought?", ("made", "bought")
        )
    others = {_first_words(entry.name) for entry in result.alternatives}
    named = [line.line.name for line in result.lines if _first_words(line.line.name) in others]
    if named:
        yield Question(
            "alternatives", f"The list names alternatives for these; is one used: {_names(named, 24)}?", ("no", "yes")
        )


def _first_words(name: str) -> str:
    return " ".join(normal_form(name).split()[:2]).rstrip("s")


def _names(names: Iterable[str], most: int = _MANY) -> str:
    every = list(dict.fromkeys(names))
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
