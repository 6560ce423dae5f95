"""The safety check, fast: the verdicts of `gcode.safety` on whole programs.

Compiled code passes over the lines that it knows to be harmless. Whatever else there is goes to the plain check, which
alone finds violations: so both always say the same, with the same words and line numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gcode.arcs import MAX_CHORDS
from gcode.bulk import registers as r
from gcode.bulk.compiler import compiled
from gcode.bulk.lines import Bytes, Words, read_line
from gcode.bulk.listing import Listing, Places
from gcode.bulk.modes import plain_from_state, state_from_plain
from gcode.bulk.moves import add_arc, target
from gcode.bulk.segments import Vector
from gcode.bulk.walker import MOVED, has_axes, obey
from gcode.safety import (
    GRBL_LETTERS,
    REALTIME,
    TOLERANCE_MM,
    LineCheck,
    SafetyPolicy,
    Tool,
    Violation,
    comment_violation,
    merged,
)
from gcode.safety_limits import MAX_DWELL_S
from gcode.safety_rules import LINE_CHARS, Rule

__all__ = ["check_listing"]

Table = NDArray[np.bool_]

_F, _H, _N, _P, _R, _S, _T = 5, 7, 13, 15, 17, 18, 19
_LINE_END = 10
_G4, _G10, _M3, _M4, _M5, _M204 = 40, 100, r.M + 30, r.M + 40, r.M + 50, r.M + 2040
# Places in the rules.
_MAX_CHARS, _MAX_FEED, _MAX_POWER, _MAX_ACC, _LOW, _HIGH = 0, 1, 2, 3, 4, 7
_TOOL, _MAX_P, _MAX_S, _REPRAP = 10, 11, 12, 13
_LASER, _SPINDLE = 1.0, 2.0
_KNOWN_LETTERS = np.array([chr(65 + place) in GRBL_LETTERS for place in range(26)])
_ACTED_ON = np.isin(np.arange(256), list(REALTIME))
# What `gcode.bulk.walker` follows and the plain check looks at no closer than here.
_KNOWN_G = (0, 1, 2, 3, 4, 10, 11, 20, 21, 90, 91, 92)
_KNOWN_M = (3, 4, 5, 73, 82, 83, 105, 106, 107, 204, 400)


def check_listing(listing: Listing, policy: SafetyPolicy) -> tuple[Violation, ...]:
    """All that speaks against sending the program, as `gcode.safety.check_program` says it."""
    plain = LineCheck(policy)
    allowed, rules = _allowed(plain, policy), _rules(policy)
    state, seen, tool = np.zeros(r.STATE_SIZE), np.zeros(r.SEEN_SIZE), np.zeros(1)
    words: Words = np.zeros((2, 26))
    chords = np.zeros((MAX_CHORDS + 1, r.MOVE_SIZE))
    found: list[Violation] = []
    state_from_plain(plain.state, state)
    index, count = 0, listing.line_count
    while True:
        index = _pass_over(
            listing.data, listing.starts, listing.stops, index, words, state, seen, allowed, rules, tool, chords
        )
        plain_from_state(plain.state, state)
        plain.tool_on = bool(tool[0])
        number = int(listing.numbers[min(index, count - 1)])
        found.extend(plain.line(listing.text(index), number) if index < count else plain.end(number))
        if index >= count or len(found) >= policy.max_violations:
            return merged(found[: policy.max_violations], _comments(listing, policy), policy)
        state_from_plain(plain.state, state)
        tool[0] = plain.tool_on
        index += 1


def _comments(listing: Listing, policy: SafetyPolicy) -> Iterator[Violation]:
    """What speaks against the comments of a program for a machine that speaks GRBL."""
    acted_on = np.flatnonzero(_ACTED_ON[listing.data]) if policy.dialect == "grbl" else ()
    if not len(acted_on):
        return
    ends = np.flatnonzero(listing.data == _LINE_END)
    for index in np.unique(np.searchsorted(ends, acted_on)).tolist():
        start = int(ends[index - 1]) + 1 if index else 0
        stop = int(ends[index]) if index < len(ends) else len(listing.data)
        place = int(np.searchsorted(listing.numbers, index + 1))
        is_sent = place < listing.line_count and int(listing.numbers[place]) == index + 1
        source = listing.data[start:stop].tobytes().decode("latin-1").removesuffix("\r")
        violation = comment_violation(source, listing.text(place) if is_sent else "", index + 1, policy)
        if violation is not None:
            yield violation


def _allowed(plain: LineCheck, policy: SafetyPolicy) -> Table:
    """Whether compiled code may judge a command, by its code."""
    table: Table = np.zeros(r.T, dtype=np.bool_)
    for number in _KNOWN_G:
        table[number * 10] = f"G{number}" in plain.allowed
    for number in _KNOWN_M:
        table[r.M + number * 10] = f"M{number}" in plain.allowed and (
            policy.max_power is not None or number not in {3, 4}
        )
    if policy.tool is Tool.SPINDLE:
        table[_M4] = False
    table[100] = False  # G10 with other words than S is no retraction
    return table


def _rules(policy: SafetyPolicy) -> Vector:
    box, inf = policy.envelope_mm, np.inf
    low = [-inf] * 3 if box is None else [side - TOLERANCE_MM for side in box.minimum]
    high = [inf] * 3 if box is None else [side + TOLERANCE_MM for side in box.maximum]
    stated = policy.max_feed_mm_min if str(Rule.FEED) not in policy.overrides else None
    feed = inf if stated is None else stated
    power = np.nan if policy.max_power is None else policy.max_power
    tool = {None: 0.0, Tool.LASER: _LASER, Tool.SPINDLE: _SPINDLE}[policy.tool]
    waits = [MAX_DWELL_S, inf] if policy.dialect == "grbl" else [1000 * MAX_DWELL_S, MAX_DWELL_S]
    return np.array(
        [
            LINE_CHARS[policy.dialect],
            feed,
            power,
            policy.max_acceleration_mm_s2,
            *low,
            *high,
            tool,
            *waits,
            policy.dialect == "reprap",
        ],
        dtype=np.float64,
    )


@compiled
def _is_inside(point: Vector, rules: Vector) -> bool:
    inside = True
    for axis in range(3):
        inside = inside and rules[_LOW + axis] <= point[axis] <= rules[_HIGH + axis]
    return inside


@compiled
def _is_tame(code: int, words: Words, state: Vector, rules: Vector) -> bool:
    """Whether feed and power are within the limits."""
    feed, power = words[0, _F], words[0, _S]
    if not np.isnan(feed) and ((feed <= 0.0 and code != 0) or feed * state[r.UNIT] > rules[_MAX_FEED]):
        return False
    if code == _M204:
        for letter in (_P, _R, _S, _T):
            if words[0, letter] > rules[_MAX_ACC]:
                return False
    if code == _G4:
        long_wait: bool = words[0, _P] > rules[_MAX_P] or power > rules[_MAX_S]
        return not long_wait and not (rules[_TOOL] == _LASER and state[r.TOOL_ON] != 0.0)
    if np.isnan(power) or np.isnan(rules[_MAX_POWER]) or code == _G10:
        return True
    if code >= r.M and code not in (_M3, _M4):
        return True
    tame: bool = 0.0 <= power <= rules[_MAX_POWER]
    return tame


@compiled
def _is_fit(state: Vector, rules: Vector, end: Vector) -> bool:
    """Whether a cut to there is one for this tool: a spindle turns below zero, a laser does not go down burning."""
    if rules[_TOOL] == _SPINDLE:
        turns: bool = state[r.TOOL_ON] != 0.0 or (end[2] >= -TOLERANCE_MM and state[r.POSITION + 2] >= -TOLERANCE_MM)
        return turns
    burns: bool = state[r.TOOL_ON] != 0.0 and state[r.POWER] > 0.0 and end[2] < state[r.POSITION + 2]
    return not burns


@compiled
def _stays_inside(
    code: int, words: Words, state: Vector, rules: Vector, end: Vector, start: Vector, chords: Vector
) -> bool:
    """Whether the line's moves do; they are then made, otherwise nothing is."""
    motion = state[r.MOTION]
    if not has_axes(words) and code < 20:
        return True
    target(words, state, end)
    if motion != 0.0 and rules[_TOOL] != 0.0 and not _is_fit(state, rules, end):
        return False
    if motion < 20.0:
        inside = _is_inside(end, rules)
        if inside:
            for axis in range(4):
                state[r.POSITION + axis] = end[axis]
        return inside
    for axis in range(4):
        start[axis] = state[r.POSITION + axis]
    count = add_arc(words, end, motion == 20.0, state, chords, 0)
    inside = count >= 0
    for index in range(count):
        inside = inside and _is_inside(chords[index], rules)
    if not inside:
        for axis in range(4):
            state[r.POSITION + axis] = start[axis]
    return inside


@compiled
def _is_short(data: Bytes, start: int, stop: int, rules: Vector) -> bool:
    """Whether the firmware holds the line, and no tab is in it, no macro's name, no E that may be an exponent."""
    odd = 0
    if stop - start > 1:
        odd += data[start] > 64 and data[start + 1] > 64  # a name or a keyword, not a letter and its number
    for at in range(start, stop):
        odd += data[at] == 9
        if rules[_REPRAP] != 0.0 and at > start and (data[at] == 69 or data[at] == 101):
            odd += data[at - 1] == 46 or 48 <= data[at - 1] <= 57
    short: bool = stop - start <= rules[_MAX_CHARS]
    return short and odd == 0


@compiled
def _is_known(words: Words, state: Vector, rules: Vector) -> bool:
    """Whether GRBL knows all words of the line, or RepRapFirmware moves without H; others are not asked."""
    unknown = 1 if rules[_REPRAP] != 0.0 and words[1, _H] != 0.0 else 0
    if state[r.GRBL] != 0.0:
        for letter in range(26):
            unknown += words[1, letter] == 1.0 or (words[1, letter] != 0.0 and not _KNOWN_LETTERS[letter])
    return unknown == 0


@compiled
def _pass_over(
    data: Bytes, starts: Places, stops: Places, index: int, words: Words, state: Vector, seen: Vector,
    allowed: Table, rules: Vector, tool: Vector, chords: Vector,
) -> int:  # fmt: skip
    """The first line from `index` on that is not known to be harmless; the state is then the one before it."""
    end, start = np.empty(4), np.empty(4)
    while index < len(starts):
        code = read_line(data, starts[index], stops[index], words)
        if code != r.NO_COMMAND and (code < 0 or code >= r.T or not allowed[code]):
            break
        short = _is_short(data, starts[index], stops[index], rules) and _is_known(words, state, rules)
        if not short or words[1, _N] != 0.0 or not _is_tame(code, words, state, rules):
            break
        what = obey(code, words, state, seen)
        if what == r.HARD:
            break
        if what == MOVED and not _stays_inside(code, words, state, rules, end, start, chords):
            break
        if code in (_M3, _M4, _M5):
            tool[0] = 0.0 if code == _M5 else 1.0
        index += 1
    return index
