"""What a build is made by: the version of its design, tasks that follow another version, settings of tasks.

A task that follows another version brings its files along: they are laid beside those of the build's version, in a
folder of their own, so that whatever measures, slices or checks them needs to know nothing of versions.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

import networkx as nx
from sqlalchemy import select
from sqlalchemy.orm import Session

from bom.bill import Bill
from bom.graph import Task, TaskGraph, task_graph
from bom.reader import read_bill
from coordinator.builds import task_facts
from coordinator.plans.programs import programs_of
from coordinator.schema.builds import BuildRow, TaskRow, TaskState
from coordinator.schema.change import TaskSettingsRow, TaskVersionRow
from coordinator.service.designs.designs import Designs
from core.errors import InputError
from core.hashes import sha256_of_file
from core.part_settings import PartSettings
from designs.design import Design, DesignFile

__all__ = ["Recipe", "Terms", "combined", "opened_recipe", "opened_version", "with_settings"]

_BESIDE = "fabcommons-versions"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a build's tasks differ in from the bill of its design.

    Attributes:
        design_id: the version that the build follows.
        quantity: how many products.
        keys: of the tasks that are to be done; what the bill has beside them was declined.
        versions: key of a task -> id of the version that it follows instead.
        settings: key of a task -> its settings as JSON values, which count more than the bill's.
    """

    design_id: int
    quantity: int
    keys: frozenset[str]
    versions: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, build: BuildRow) -> Terms:
        """As a build is now."""
        mine = select(TaskRow.id).where(TaskRow.build_id == build.id)
        versions = session.scalars(select(TaskVersionRow).where(TaskVersionRow.task_id.in_(mine)))
        settings = session.scalars(select(TaskSettingsRow).where(TaskSettingsRow.task_id.in_(mine)))
        return cls(
            design_id=build.design_id,
            quantity=build.quantity,
            keys=frozenset(task.key for task in build.tasks if task.state is not TaskState.CANCELLED),
            versions={each.task.key: each.design_id for each in versions},
            settings={each.task.key: each.document for each in settings if each.document},
        )

    def version_of(self, key: str) -> int:
        """Id of the version that a task follows."""
        return self.versions.get(key, self.design_id)


@dataclass(frozen=True, slots=True)
class Recipe:
    """An open design, its bill, and the tasks that build so many of it."""

    design: Design
    bill: Bill
    graph: TaskGraph
    _stored: dict[str, dict[str, Any]] = field(default_factory=dict, init=False, compare=False, repr=False)
    _instructions: dict[str, str | None] = field(default_factory=dict, init=False, compare=False, repr=False)

    def read(self) -> None:
        """Read all files now, so that no transaction waits for that later."""
        for task in self.graph.order():
            self.stored(task)
            self.instructions(task)

    def stored(self, task: Task) -> dict[str, Any]:
        """What the store keeps of a task, by column; its file is read once."""
        if task.id not in self._stored:
            self._stored[task.id] = task_facts(self.design, task)
        return self._stored[task.id]

    def instructions(self, task: Task) -> str | None:
        """What tells whether the design's own instructions for a task are the same; None where it has none."""
        if task.id not in self._instructions:
            programs = programs_of(self.design, replace(task, own_program=True))
            hashes = sorted(f"{pieces}: {sha256_of_file(self.design.locate(path))[:16]}" for pieces, path in programs)
            self._instructions[task.id] = ", ".join(hashes) or None
        return self._instructions[task.id]


def opened_recipe(stack: ExitStack, designs: Designs, terms: Terms) -> Recipe:
    """Open what a build is made by; valid until the stack closes.

    Raises:
        UnknownError: there is no such design.
        InputError: tasks of several versions wait for each other in a circle.
    """
    wanted = {terms.design_id, *terms.versions.values()}
    opened = {each: opened_version(stack, designs, each, terms.quantity) for each in sorted(wanted)}
    return combined(opened[terms.design_id], terms, opened)


def opened_version(stack: ExitStack, designs: Designs, design_id: int, quantity: int) -> Recipe:
    """Open a version of a design whole; valid until the stack closes.

    Raises:
        UnknownError: there is no such design.
    """
    design = stack.enter_context(designs.opened(design_id))
    bill = read_bill(design)
    return Recipe(design, bill, task_graph(bill, quantity=quantity))


def combined(base: Recipe, terms: Terms, opened: Mapping[int, Recipe]) -> Recipe:
    """The tasks that count, each of the version that it follows and with its settings.

    Args:
        base: of the version that the build follows.
        terms: what differs.
        opened: the versions that tasks follow instead, by id.

    Raises:
        InputError: tasks of several versions wait for each other in a circle.
    """
    if terms.keys == set(base.graph.graph) and not terms.versions and not terms.settings:
        return base
    whole: nx.DiGraph[str] = nx.DiGraph()
    for key in base.graph.graph:
        if key in terms.keys and key not in terms.versions:
            whole.add_node(key, **base.graph.graph.nodes[key])
    design = base.design
    for key, version in terms.versions.items():
        other = opened[version]
        if key in terms.keys and key in other.graph.graph:
            task, design = _brought(design, other, version, other.graph.task(key))
            whole.add_node(key, task=task, shares=other.graph.graph.nodes[key]["shares"])
    _join(whole, base.graph, set(whole))
    for version in sorted(set(terms.versions.values())):
        _join(whole, opened[version].graph, {key for key, at in terms.versions.items() if at == version})
    for key in terms.settings.keys() & whole.nodes:
        whole.nodes[key]["task"] = with_settings(whole.nodes[key]["task"], terms.settings[key])
    try:
        return Recipe(design, base.bill, TaskGraph(whole, base.graph.final))
    except ValueError:
        hint = "move these parts together, or stay with the version that you have"
        raise InputError("parts of these versions wait for each other in a circle", hint=hint) from None


def with_settings(task: Task, document: Mapping[str, Any]) -> Task:
    """The task with what was set for it; where nothing was set the bill counts."""
    chosen = PartSettings.of(document)
    return replace(
        task,
        settings=chosen.over(task.settings),
        own_program=task.own_program and not chosen.stated,
        tolerance_mm=document.get("tolerance_mm") or task.tolerance_mm,
    )


def _join(whole: nx.DiGraph[str], graph: TaskGraph, mine: set[str]) -> None:
    """Add the edges of a graph that touch tasks which follow it."""
    for before, after, data in graph.graph.edges(data=True):
        there = before in whole and after in whole and not whole.has_edge(before, after)
        if there and (before in mine or after in mine):
            whole.add_edge(before, after, **data)


def _brought(design: Design, other: Recipe, version: int, task: Task) -> tuple[Task, Design]:
    """A task of another version and the design with the task's files laid in."""
    if task.file is None:
        return task, design
    beside = [path for _, path in programs_of(other.design, task)]
    files = []
    for path in (task.file, *beside):
        found = other.design.file(path)
        if found is None:
            continue
        target = str(PurePosixPath(_BESIDE, str(version), path))
        files.append(DesignFile(target, found.size_bytes, found.role, found.present))
        place = design.root / target
        if found.present and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(other.design.locate(path), place)
    known = {each.path for each in design.files}
    added = tuple(each for each in files if each.path not in known)
    moved = str(PurePosixPath(_BESIDE, str(version), task.file))
    return replace(task, file=moved), replace(design, files=(*design.files, *added))
