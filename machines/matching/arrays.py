"""Very many requirements against very many machines at once, in numpy arrays.

Words are matched once for each different pair of words by the same functions as one by one; sizes, thicknesses,
features and tolerances are compared as arrays; a part is turned freely only where its box does not decide. Reasons are
made on demand.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from machines.lab import Machine
from machines.matching.answer import Match, Reason, Verdict
from machines.matching.boxes import fit_boxes
from machines.matching.detail import certificates_reason, tools_of, training_reason
from machines.matching.matcher import RANK, match
from machines.matching.material import material_reason
from machines.matching.requirement import Requirement
from machines.matching.size import VERDICTS, find_fit, laid_out, passes_through, room_of
from machines.matching.thickness import span_of
from machines.matching.words import find_work

__all__ = ["Matches", "match_all"]

Ranks = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
_Indices = npt.NDArray[np.intp]
_T = TypeVar("_T")

_ROWS = 512  # requirements at a time: some ten megabytes
_EPSILON = 1e-9  # as one by one
_SHEET_EPSILON = 1e-6
_VERDICTS = {rank: verdict for verdict, rank in RANK.items()}


@dataclass(frozen=True, slots=True)
class Matches:
    """All answers.

    Attributes:
        needs, machines: as asked.
        verdicts: shape (needs, machines): 1 yes, 0 unknown, -1 no.
    """

    needs: tuple[Requirement, ...]
    machines: tuple[Machine, ...]
    verdicts: Ranks

    def verdict(self, need: int, machine: int) -> Verdict:
        """The verdict for the requirement and the machine at these places."""
        return _VERDICTS[int(self.verdicts[need, machine])]

    def answer(self, need: int, machine: int) -> Match:
        """The verdict with its reasons, made now."""
        return match(self.needs[need], self.machines[machine])


def match_all(needs: Sequence[Requirement], machines: Sequence[Machine]) -> Matches:
    """Hold every requirement against every machine.

    Args:
        needs: the requirements; those that share a part should share its `hull`.
        machines: the machines.

    Returns:
        The same verdicts as `machines.matching.match` gives one by one.
    """
    if not needs or not machines:
        return Matches(tuple(needs), tuple(machines), np.empty((len(needs), len(machines)), np.int8))
    options = [(owner, option) for owner, need in enumerate(needs) for option in need.options]
    rows = [option for _, option in options]
    tables, columns = _Tables.of(rows, machines), _Columns.of(machines)
    ranks = np.empty((len(rows), len(machines)), np.int8)
    for start in range(0, len(rows), _ROWS):
        part = slice(start, start + _ROWS)
        ranks[part] = _chunk(rows[part], tables.rows[part], tables, columns, machines)
    if len(rows) > len(needs):  # the best of the materials that a design allows
        owners = np.array([owner for owner, _ in options])
        ranks = np.maximum.reduceat(ranks, np.flatnonzero(np.r_[True, np.diff(owners) > 0]), axis=0)
    return Matches(tuple(needs), tuple(machines), ranks)


def _chunk(
    needs: list[Requirement], kinds: _Indices, tables: _Tables, columns: _Columns, machines: Sequence[Machine]
) -> Ranks:
    """Verdicts of some requirements, shape (needs, machines)."""
    ranks = tables.words[kinds[:, None], tables.columns[None, :]]
    shaping = np.array([need.shapes_a_part for need in needs])
    sheets = np.flatnonzero([need.holds_thickness for need in needs])
    thickness = _column(needs[row].sheet_mm for row in sheets)
    spans = tables.spans[kinds[sheets][:, None], tables.columns[None, :]]
    asked = np.array([needs[row].asks_thickness for row in sheets], dtype=bool)
    ranks[sheets] = np.minimum(ranks[sheets], _thickness(thickness, spans, asked[:, None]))
    fine = np.flatnonzero(shaping & np.array([need.feature_mm is not None for need in needs]))
    by_nozzle = tables.nozzles[kinds[fine][:, None], tables.columns[None, :]]
    finest = np.where(by_nozzle, columns.finest_nozzle, columns.finest_tool)
    ranks[fine] = np.minimum(ranks[fine], _at_most(finest, _column(needs[row].feature_mm for row in fine)))
    allowed = [need.tolerances_mm if need.shapes_a_part else None for need in needs]
    exact = np.array([row for row, span in enumerate(allowed) if span is not None], dtype=np.intp)
    tightest, loosest = (_column(span[end] for span in allowed if span is not None) for end in (0, 1))
    held, hopeless = _at_most(columns.tolerance, tightest), _at_most(columns.tolerance, loosest)
    ranks[exact] = np.minimum(ranks[exact], np.where(hopeless < 0, -1, np.maximum(held, 0)).astype(np.int8))
    many = np.flatnonzero(shaping & np.array([need.axes is not None for need in needs]))
    ranks[many] = np.minimum(ranks[many], _at_most(-columns.axes, -_column(needs[row].axes for row in many)))
    rows, places = np.nonzero((ranks >= 0) & shaping[:, None])
    ranks[rows, places] = np.minimum(ranks[rows, places], _sizes(needs, machines, rows, places, columns))
    return ranks


def _column(values: Iterable[float | None]) -> Floats:
    """Numbers as a column, None as NaN, shape (n, 1)."""
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)[:, None]


def _at_most(has: Floats, allowed: Floats) -> Ranks:
    """Yes where what the machine has is at most what is allowed, unknown where it is not stated."""
    ranks = np.where(has <= allowed + _EPSILON, 1, -1)
    return np.where(np.isnan(has), 0, ranks).astype(np.int8)


def _thickness(thickness: Floats, spans: Floats, asked: npt.NDArray[np.bool_]) -> Ranks:
    """Verdicts of a column of thicknesses on spans, shape (needs, machines, 3): least, greatest, doubtful.

    Where no span is known it is unknown if that has to be asked; film, doubtful without end, needs no thickness.
    """
    least, greatest, doubtful = (spans[..., place] for place in range(3))
    outside = (thickness < least - _SHEET_EPSILON) | (thickness > doubtful + _SHEET_EPSILON)
    ranks = np.where(outside, -1, np.where(thickness <= greatest + _SHEET_EPSILON, 1, 0))
    ranks = np.where(np.isnan(thickness), np.where(np.isinf(doubtful), 1, 0), ranks)
    return np.where(np.isnan(least), np.where(asked, 0, 1), ranks).astype(np.int8)


def _sizes(
    needs: list[Requirement], machines: Sequence[Machine], rows: _Indices, places: _Indices, columns: _Columns
) -> Ranks:
    """Verdicts on the sizes of pairs of requirement and machine, shape (pairs,)."""
    measured = [need.extents_mm is not None and not need.is_a_drawing and not need.is_no_flat_piece for need in needs]
    extents = np.array(
        [laid_out(need) if known else (np.nan,) * 3 for need, known in zip(needs, measured, strict=True)]
    )
    flat = np.array([need.lies_flat for need in needs])[rows]
    room = np.where(flat[:, None], columns.flat_rooms[places], columns.rooms[places])
    ranks = np.zeros(len(rows), np.int8)
    known = ~(np.isnan(extents[rows]).any(axis=1) | np.isnan(room).any(axis=1))
    square = np.array([need.turns_about_its_axis for need in needs])[rows]
    ranks[known] = fit_boxes(extents[rows[known]], room[known], flat[known], square[known])
    turnable = np.array([need.hull is not None for need in needs])[rows]
    found: dict[Hashable, int] = {}
    for pair in np.flatnonzero(known & turnable & (ranks == 0)):
        need, machine = needs[rows[pair]], machines[places[pair]]
        key = (need.hull, need.lies_flat, laid_out(need), room_of(need, machine), machine.margin_mm)
        if key not in found:
            answer = find_fit(need, machine)
            found[key] = 0 if answer is None else RANK[VERDICTS[answer.verdict]]
        ranks[pair] = found[key]
    passing = np.array([machine.feed_through is not None for machine in machines])[places]
    for pair in np.flatnonzero(known & flat & passing & (ranks < 0)):
        ranks[pair] = 0 if passes_through(needs[rows[pair]], machines[places[pair]]) else -1
    return ranks


@dataclass(frozen=True, slots=True)
class _Columns:
    """What machines state in numbers, NaN where they do not; shapes (machines,) and (machines, 3)."""

    rooms: Floats
    flat_rooms: Floats
    finest_nozzle: Floats
    finest_tool: Floats
    tolerance: Floats
    axes: Floats

    @classmethod
    def of(cls, machines: Sequence[Machine]) -> _Columns:
        envelopes = np.array([machine.envelope_mm or (np.nan,) * 3 for machine in machines])
        margins = np.array([[machine.margin_mm] for machine in machines])
        sheets = np.array([machine.sheet_room_mm or (np.nan,) * 3 for machine in machines])
        rooms = np.maximum(0.0, envelopes - 2 * margins)  # NaN stays NaN
        flat_rooms = np.maximum(0.0, sheets - 2 * margins)
        return cls(
            rooms=rooms,
            flat_rooms=np.column_stack([flat_rooms[:, :2], sheets[:, 2]]),
            finest_nozzle=np.array([min(machine.nozzles_mm, default=np.nan) for machine in machines]),
            finest_tool=np.array([min(machine.tools_mm, default=np.nan) for machine in machines]),
            tolerance=np.array(
                [np.nan if machine.tolerance_mm is None else machine.tolerance_mm for machine in machines]
            ),
            axes=np.array([np.nan if machine.axes is None else machine.axes for machine in machines], np.float64),
        )


@dataclass(frozen=True, slots=True)
class _Tables:
    """Answers by kinds of requirement and kinds of machine: those that use the same words.

    Attributes:
        rows, columns: the kind of each requirement and of each machine.
        words: verdicts on process, material, certificates and training, shape (row kinds, column kinds).
        spans: least, greatest and doubtful thickness, NaN for unknown, shape (row kinds, column kinds, 3).
        nozzles: whether a nozzle makes the features, else a tool.
    """

    rows: _Indices
    columns: _Indices
    words: Ranks
    spans: Floats
    nozzles: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, needs: Sequence[Requirement], machines: Sequence[Machine]) -> _Tables:
        rows, wanted = _kinds(needs, lambda each: (each.process, each.material, each.certificates, each.skills))
        columns, offered = _kinds(machines, _machine_words)
        shape = (len(wanted), len(offered))
        tables = cls(rows, columns, np.full(shape, -1, np.int8), np.full((*shape, 3), np.nan), np.zeros(shape, bool))
        for column, machine in enumerate(offered):
            for row, need in enumerate(wanted):
                tables._fill(row, column, need, machine)
        return tables

    def _fill(self, row: int, column: int, need: Requirement, machine: Machine) -> None:
        work = find_work(need, machine)
        if work.reason.verdict is Verdict.NO:
            return
        reasons: tuple[Reason | None, ...] = (
            work.reason,
            material_reason(need, machine, work),
            certificates_reason(need, machine),
            training_reason(need, machine),
        )
        self.words[row, column] = min(RANK[each.verdict] for each in reasons if each is not None)
        self.nozzles[row, column] = tools_of(machine, work)[1] == "nozzle"
        span = span_of(need, machine, work)
        if span is not None:
            self.spans[row, column] = span.least_mm, span.greatest_mm, span.doubtful_mm


def _machine_words(machine: Machine) -> Hashable:
    thickness = tuple(sorted(machine.thickness_mm.items()))
    heat = (machine.limits.nozzle_c, machine.limits.bed_c, machine.model, "materials" in machine.from_model)
    stated = (machine.power_w, heat, machine.certificates, machine.training)
    return machine.processes, machine.materials, thickness, stated


def _kinds(items: Sequence[_T], key: Callable[[_T], Hashable]) -> tuple[_Indices, list[_T]]:
    """The kind of each item, and the first item of each kind."""
    numbers: dict[Hashable, int] = {}
    firsts: list[_T] = []
    kinds = np.empty(len(items), np.intp)
    for place, item in enumerate(items):
        number = numbers.setdefault(key(item), len(firsts))
        if number == len(firsts):
            firsts.append(item)
        kinds[place] = number
    return kinds, firsts
