"""What only the designer can know about a bill."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from bom.bill import BillLine, Make, Status
from bom.doubts import doubts
from bom.judgement import stock_noun
from bom.lexicon import words_of
from bom.lines import Conclusion, Line
from bom.naming import head_noun
from bom.places import origin_of
from bom.wording import listed, summed_up
from bom.words import phrases
from core.numerals import whole_number
from core.provenance import Origin, Question
from core.trees import normal_form, processes

__all__ = ["ask", "merge", "of_all"]

_MIRROR: Final = re.compile(r"mirror|left and right|\blh\b.*\brh\b", re.IGNORECASE)
_SPARE: Final = re.compile(r"\bspares?\b|\bextras?\b", re.IGNORECASE)
_STATED_LENGTH: Final = re.compile(r"\b(\d+(?:[.,]\d+)?)\s*mm\b(?!\s*(?:OD|ID|gauge))", re.IGNORECASE)
_ODD_COUNT_HEADERS: Final = frozenset({"units", "amount", "number", "no of", "items"})
_MANY_NAMES: Final = 40
_SEVERAL: Final = 4
_MERGED: Final = {
    "Which file is ...?": ("files", "Which files are these, one for each"),
    "... is named without an amount: is it one?": ("amounts", "Named without an amount, is it one of each"),
    "How much or how many of ... does one product need?": ("amounts", "How many of each does one product need"),
}
_CUTTERS: Final = ("bought cut", "cut here")
_SHORTEST_CUT_MM: Final = 40
_ROUND: Final = 100


def ask(result: Conclusion) -> tuple[Question, ...]:
    """The open questions of a bill, those about single lines first."""
    alone = [question for line in result.lines for question in doubts(line)]
    found: dict[tuple[str, str], Question] = {}
    for question in (*alone, *_together(result.lines), *_outside(result)):
        found.setdefault((question.item, question.question), question)
    return tuple(found.values())


def merge(questions: Sequence[Question]) -> tuple[Question, ...]:
    """The questions, those that are put the same way of many lines as one: to read, not to answer one by one."""
    return tuple(_merged(questions))


def _merged(questions: Sequence[Question]) -> Iterator[Question]:
    way_of = [_way(each) for each in questions]
    ways = Counter(way_of)
    said: set[str] = set()
    for question, way in zip(questions, way_of, strict=True):
        if ways[way] < _SEVERAL or way not in _MERGED:
            yield question
        elif way not in said:
            said.add(way)
            item, ask = _MERGED[way]
            names = listed((each.item for each, its in zip(questions, way_of, strict=True) if its == way), _MANY_NAMES)
            yield replace(question, item=item, question=f"{ask}: {names}?", about=None)


def _way(question: Question) -> str:
    """The question with the name left out."""
    return question.question.replace(question.item, "...")


def of_all(lines: Sequence[BillLine]) -> Iterator[Question]:
    """What is asked once of all lines that lack the same."""
    made = [line.name for line in lines if line.material is None and _lacks_material(line)]
    if made:
        yield Question("material", f"Which material are these made of: {listed(made)}?", about="material")
    guessed = [line.name for line in lines if line.make is Make.PURCHASE and _is_guessed(line)]
    if guessed:
        ask = f"Are these bought, as was assumed: {listed(guessed)}?"
        yield Question("make or buy", ask, ("yes", "no"), about="make")
    open_lines = [line for line in lines if line.status is not Status.REQUIRED]
    optional = [line.name for line in open_lines if line.status is Status.OPTIONAL]
    if optional:
        yield Question("optional parts", f"Which of these are wanted: {_together_and_alone(optional)}?")
    choices = [line.name for line in open_lines if line.status is Status.CHOOSE]
    if choices:
        ask = f"Which of these is wanted: {_together_and_alone(choices)}?"
        yield Question("choice", ask, tuple(choices))


def _is_guessed(line: BillLine) -> bool:
    return origin_of(line.provenance, "make") is Origin.GUESSED


def _together(lines: Sequence[Line]) -> Iterator[Question]:
    roles = frozenset[str]().union(*(each.entry.cells for each in lines))  # what no line states needs no looking at
    yield from of_all([each.line for each in lines])
    yield from _tools(lines)
    yield from _mirrored(lines)
    yield from _spares(lines) if "notes" in roles else ()
    yield from _consumables(lines)
    yield from _stocks(lines)
    yield from _by_columns(lines)
    yield from _gaps(lines) if "number" in roles else ()
    yield from _packages(lines, are_sized="package_size" in roles)
    said = {each.said for each in lines}  # far fewer texts than names
    yield from _cut_lengths(lines, said)
    yield from _undrawn(lines) if "undrawn" in roles else ()
    yield from _unpowered(lines, said)


def _together_and_alone(names: Sequence[str]) -> str:
    """The names, behind a short sum of them where that is shorter by far."""
    short, full = summed_up(names), listed(names, _MANY_NAMES)
    return f"{short} ({full})" if len(short) * 2 < len(full) else full


def _lacks_material(line: BillLine) -> bool:
    return line.material is None and line.make is Make.FABRICATE and not _is_circuit(line)


def _is_circuit(line: BillLine) -> bool:
    return line.process is not None and processes().is_a(line.process, "electronics")


def _tools(lines: Sequence[Line]) -> Iterator[Question]:
    """Lines under a title such as "Tools" that are no tools to build with by their own words."""
    sections = {each.entry.section for each in lines}
    of_tools = {each for each in sections if any(phrases("tool_words").find(title) for title in each)}
    tools = [each.line.name for each in lines if each.entry.section in of_tools] if of_tools else []
    if tools:
        ask = f"Listed as tools, yet made: are these parts of the product: {listed(tools)}?"
        yield Question("tools", ask, ("yes", "no"))


def _mirrored(lines: Sequence[Line]) -> Iterator[Question]:
    mirrored = [each.line.name for each in lines if each.line.files and _MIRROR.search(each.entry.text)]
    if mirrored:
        ask = "Is one of each pair made mirrored from the same file"
        yield Question("mirrored parts", f"{ask}: {listed(mirrored)}?", ("yes", "no"))


def _spares(lines: Sequence[Line]) -> Iterator[Question]:
    """Lines whose notes speak of spares; notes repeat, so that each is looked at once."""
    noted = [(notes, each.line.name) for each in lines if (notes := each.entry.cells.get("notes"))]
    of_spares = {notes for notes in {notes for notes, _ in noted} if _SPARE.search(notes)}
    spare = [name for notes, name in noted if notes in of_spares] if of_spares else []
    if spare:
        yield Question("spares", f"How many spares of these: {listed(spare)}?")


def _consumables(lines: Sequence[Line]) -> Iterator[Question]:
    """Titles and sub-assemblies that hold consumables."""
    stands = dict.fromkeys((each.entry.assembly, each.entry.section) for each in lines)
    texts = dict.fromkeys(text for assembly, titles in stands for text in (assembly or "", *titles))
    for text in texts:
        if "consumable" in text.casefold():
            yield Question(text, f"{text}: are its lines built in, or a stock for use?", ("built in", "stock"))


def _stocks(lines: Sequence[Line]) -> Iterator[Question]:
    """Lines that are cut from stock of a length that nobody states."""
    listing = [each for each in lines if each.entry.length_column]
    cut = [(each.line.name, noun) for each in listing if (noun := stock_noun(each.entry))]
    if cut:
        stocks = " and ".join(dict.fromkeys(f"{noun.rstrip('s')}s" for _, noun in cut))
        ask = f"How long are the {stocks} from which these are cut: {listed(name for name, _ in cut)}?"
        yield Question(stocks, ask)


def _by_columns(lines: Sequence[Line]) -> Iterator[Question]:
    apart = [each.entry for each in lines if each.entry.assembly_untitled]
    untitled = dict.fromkeys(name for each in apart for name in each.uses or (each.assembly,))
    if untitled:
        names = listed(name for name in untitled if name)
        yield Question("sub-assembly", f"Are these the sub-assemblies: {names}?", ("yes", "no"))
    yield from _variants([each for each in lines if each.entry.variants and len(set(_amounts(each))) > 1])
    rules = {each.entry.rule for each in lines}
    for header in sorted(rule.removeprefix("column ") for rule in rules if rule.startswith("column ")):
        if normal_form(header) in _ODD_COUNT_HEADERS:
            yield Question(header, f"Does the column {header} hold the number of pieces?", ("yes", "no"))


def _amounts(line: Line) -> Iterator[tuple[float | None, str]]:
    """What the variants need of the line."""
    return ((each.value, each.unit) for each in line.entry.variants.values())


def _variants(lines: Sequence[Line]) -> Iterator[Question]:
    """Amounts that are stated for each variant of the product: which one is built?"""
    of_file: dict[str, list[Line]] = {}
    for each in lines:
        of_file.setdefault(each.entry.file, []).append(each)
    for file, some in of_file.items():
        variants = tuple(dict.fromkeys(variant for each in some for variant in each.entry.variants))
        ask = f"The list states amounts for each of {', '.join(variants)}: which is built? It decides about"
        yield Question(file, f"{ask} {listed(each.line.name for each in some)}", variants, about="variant")


def _gaps(lines: Sequence[Line]) -> Iterator[Question]:
    stated = [number for each in lines if (number := whole_number(each.entry.cell("number"))) is not None]
    numbers = set(stated)
    if len(numbers) < 5 or len(numbers) != len(stated) or len(numbers) * 2 < len(lines):
        return
    first, last = min(numbers), max(numbers)
    if 0 < last - first + 1 - len(numbers) < len(numbers):  # part numbers may lie millions apart
        missing = [number for number in range(first, last) if number not in numbers]
        ask = f"Positions {listed(map(str, missing))} are missing from the numbering: are lines missing?"
        yield Question("item numbers", ask, ("no", "yes"))


def _packages(lines: Sequence[Line], *, are_sized: bool) -> Iterator[Question]:
    """Things sold by more than are needed, and round numbers that look like a package and not like a need."""
    counted = [each for each in lines if each.line.quantity and _is_bought_by_piece(each)]
    larger = [
        f"{each.line.name} ({each.line.quantity:g} of {size})"
        for each in (counted if are_sized else ())
        if (size := whole_number(each.entry.cell("package_size"))) and size > (each.line.quantity or 0)
    ]
    if larger:
        ask = "Sold by the package: are the amounts pieces, and does the rest go into stock"
        yield Question("packages", f"{ask}: {listed(larger, _MANY_NAMES)}?", ("pieces", "packages"))
    round_numbers = [each.line.name for each in counted if (each.line.quantity or 1) % _ROUND == 0]
    if round_numbers:
        ask = f"Round numbers: are these needed, or is it what a package holds: {listed(round_numbers)}?"
        yield Question("package sizes", ask, ("needed", "package"))


def _is_bought_by_piece(line: Line) -> bool:
    return line.line.make is Make.PURCHASE and line.line.unit == "piece"


def _cut_lengths(lines: Sequence[Line], said: Iterable[str]) -> Iterator[Question]:
    """Bought things whose names state a length: cut by the seller, or here?"""
    nouns_of_length = {each: noun for each in said if (noun := phrases("length_nouns").last(each))}
    cut = [
        (nouns_of_length[each.said], each.line.name)
        for each in ([each for each in lines if each.said in nouns_of_length] if nouns_of_length else ())
        if each.line.make is Make.PURCHASE and each.line.unit == "piece"
        if _states_length(each.line.name) and not stock_noun(each.entry)
    ]
    if len(cut) > 1:
        nouns = listed(noun if noun.endswith("s") else f"{noun}s" for noun, _ in cut)
        names = listed((name for _, name in cut), _MANY_NAMES)
        yield Question(nouns, f"Are these bought in the length that the name states, or cut here: {names}?", _CUTTERS)


def _states_length(name: str) -> bool:
    lengths = [float(number.replace(",", ".")) for number in _STATED_LENGTH.findall(name)]
    return max(lengths, default=0) >= _SHORTEST_CUT_MM


def _undrawn(lines: Sequence[Line]) -> Iterator[Question]:
    """Things that a model only mentions, so that nothing states their size or kind."""
    named = [each.line.name for each in lines if each.entry.cell("undrawn")]
    if named:
        yield Question(summed_up(named), f"The model names these and draws none: which kind and size: {listed(named)}?")


def _unpowered(lines: Sequence[Line], said: Iterable[str]) -> Iterator[Question]:
    """Motors without anything that feeds and switches them: the list is not whole."""
    nouns = phrases("powered_nouns")
    naming = {each for each in said if nouns.find(each)}
    named = [each for each in lines if each.said in naming and each.line.make is not Make.FABRICATE] if naming else []
    powered = [each.line.name for each in named if nouns.find(head_noun(each.line.name))]
    if not powered or any(each.line.make is Make.FABRICATE and _is_circuit(each.line) for each in lines):
        return
    if not any(
        map(phrases("powering_nouns").find, {each.said for each in lines if each.line.make is not Make.FABRICATE})
    ):
        ask = f"There are {listed(powered)}, but no battery, controller or other electronics: where are these listed?"
        yield Question("electronics", ask)


def _outside(result: Conclusion) -> Iterator[Question]:
    for entry in result.modules:
        where = next((f" ({link})" for link in entry.links), "")
        yield Question(
            entry.name, f"{entry.name} is a design of its own{where}: is it made too, or bought?", ("made", "bought")
        )
    others = {_first_words(entry.name) for entry in result.alternatives}
    named = [each.line.name for each in result.lines if _first_words(each.line.name) in others] if others else []
    if named:
        yield Question(
            "alternatives", f"The list names alternatives for these; is one used: {listed(named, 24)}?", ("no", "yes")
        )


def _first_words(name: str) -> str:
    return " ".join(words_of(name)[:2]).rstrip("s")
