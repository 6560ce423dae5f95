"""What the repository holds beside the list: parts without a line, boards, files that are not here."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from bom.bill import BillLine
from bom.choice import Choice
from bom.partfiles import squash
from bom.titles import title_of
from bom.wording import listed
from bom.words import phrases
from core.provenance import Question
from core.trees import processes
from designs.design import Design, DesignFile, FileRole

__all__ = ["ask_around", "by_folder"]

_MAX_FOLDERS: Final = 6
_MAX_NAMES: Final = 8
_MAX_ABSENT: Final = 40
_BOARD_SUFFIXES: Final = frozenset({".kicad_pcb", ".brd", ".fzz", ".pcbdoc", ".gtl"})  # .gtl: a Gerber's top copper
_LAYER: Final = re.compile(r"\s+(?:[ft] cu|top(?: copper| layer)?)$")
_BOARD_NOUNS: Final = re.compile(r"\s+(?:pcb|board|module|circuit)$")


def ask_around(design: Design, choice: Choice, lines: Sequence[BillLine]) -> tuple[Question, ...]:
    """What files beside the list raise."""
    linked = {path for line in lines for path in line.files}
    return (
        *_sisters(choice),
        *_left_over(design, choice, linked),
        *(() if choice.reading.is_circuit else _boards(design, choice, lines)),
        *_absent(design, lines),
    )


def _list(choice: Choice) -> str:
    """What the list is called in a question."""
    return choice.sources[0] if choice.sources else f"the {choice.reading.form}"


def _sisters(choice: Choice) -> Iterator[Question]:
    """Several lists that are one bill: how many of each?"""
    for each in choice.reading.assemblies if len(choice.sources) > 1 else ():
        yield Question(each.name, f"How many of {each.name} are in one product (one was taken)?", ("1",))


def _absent(design: Design, lines: Sequence[BillLine]) -> Iterator[Question]:
    """Files of lines that the design lists without content."""
    known = {file.path: file for file in design.files}
    absent = [line.files[0] for line in lines if line.files and not known[line.files[0]].present]
    if absent:
        shown = listed(absent, _MAX_ABSENT)
        yield Question("absent files", f"Where is the content of these part files, which are only listed: {shown}?")


def _left_over(design: Design, choice: Choice, linked: Collection[str]) -> Iterator[Question]:
    """Meshes and outlines that no line names: options, plates, variants, or forgotten; those near the bill first."""
    stems = {PurePosixPath(path).stem.casefold() for path in linked}
    left = [
        file
        for file in design.files
        if (file.role is FileRole.MESH or file.suffix == ".dxf")
        and file.path not in linked
        and file.stem.casefold() not in stems
    ]
    if not left:
        return
    shown = by_folder(left, linked, PurePosixPath(choice.reading.file).parent)
    some = "1 part file has" if len(left) == 1 else f"{len(left)} part files have"
    ask = f"{some} no line in {_list(choice)}; options, plates, or forgotten"
    yield Question("part files without a line", f"{ask}: {shown}?")


def by_folder(files: Sequence[DesignFile], linked: Collection[str], near: PurePosixPath) -> str:
    """The files by folder in words, the folders near the list first; those below a folder without any line as one."""
    groups = sorted(_grouped(files, linked).items(), key=lambda group: (_distance(near, group[0]), str(group[0])))
    shown = "; ".join(_some(folder, each) for folder, each in groups[:_MAX_FOLDERS])
    return f"{shown}; and {len(groups) - _MAX_FOLDERS} more folders" if len(groups) > _MAX_FOLDERS else shown


def _grouped(left: Sequence[DesignFile], linked: Collection[str]) -> Mapping[PurePosixPath, list[DesignFile]]:
    """The files by folder; a folder of which nothing is linked counts as one with all that lies in it."""
    alive = {parent for path in linked for parent in PurePosixPath(path).parents} | {PurePosixPath()}
    groups: dict[PurePosixPath, list[DesignFile]] = defaultdict(list)
    for file in left:
        parents = PurePosixPath(file.path).parents
        groups[next((folder for folder in reversed(parents) if folder not in alive), parents[0])].append(file)
    return groups


def _some(folder: PurePosixPath, files: Sequence[DesignFile]) -> str:
    """The files of a folder by a pattern and some names: stl/plates/*.stl such as a.stl, b.stl."""
    suffixes = sorted({file.suffix for file in files})
    pattern = str(folder / (f"*{suffixes[0]}" if len(suffixes) == 1 else "*"))
    return f"{pattern} such as {listed((file.name for file in files), _MAX_NAMES)}"


def _distance(near: PurePosixPath, folder: PurePosixPath) -> int:
    """Steps up and down from one folder to the other."""
    shared = 0
    for mine, its in zip(near.parts, folder.parts, strict=False):
        if mine != its:
            break
        shared += 1
    return len(near.parts) + len(folder.parts) - 2 * shared


def _boards(design: Design, choice: Choice, lines: Sequence[BillLine]) -> Iterator[Question]:
    """Circuit boards that the design draws and no line names."""
    linked = {path for line in lines for path in line.files}
    folders = {
        folder: None
        for file in design.files
        if file.suffix in _BOARD_SUFFIXES and file.path not in linked and (folder := _project(file)) is not None
    }
    if not folders:
        return
    named = {squash(_BOARD_NOUNS.sub("", title_of(f"{line.name}.x"))) for line in lines if _is_circuit(line)}
    boards = [name for name in folders if not _is_named(name, named) and not _is_start(name, folders)]
    if boards:
        names = listed(f"{name} PCB" for name in boards)
        ask = f"These boards are drawn, but have no line in {_list(choice)}: {names}; made, bought, or not needed?"
        yield Question(
            f"{boards[0]} PCB" if len(boards) == 1 else "boards", ask, ("fabricate", "purchase", "not needed")
        )


def _is_named(board: str, names: Collection[str]) -> bool:
    """Whether a line is called as the board, or either name holds the other."""
    return any(squash(board) in each or each in squash(board) for each in names if each)


def _is_start(board: str, others: Collection[str]) -> bool:
    """Whether another board's name says the same and more: a copy of its output."""
    return any(other != board and other.startswith(f"{board} ") for other in others)


def _is_circuit(line: BillLine) -> bool:
    made = line.process is not None and processes().is_a(line.process, "electronics")
    return made or phrases("board_nouns").find(line.name) is not None


def _project(file: DesignFile) -> str | None:
    """A board's name: that of its file, or of its folder where this says more; None for old and generated copies."""
    folders = PurePosixPath(file.path).parts[:-1]
    if any(title_of(f"{folder}.x") in phrases("lesser_folders") for folder in folders):
        return None
    stem = _LAYER.sub("", title_of(file.path))
    folder = title_of(f"{folders[-1]}.x") if folders else ""
    return _BOARD_NOUNS.sub("", folder if folder.startswith(stem) else stem)
