# mypy: disable-error-code="no-any-return"
"""People for a run: as many of each skill as it needs, each free for all of it, found exactly.

The assignment of people to the needs of one run is a matching by augmenting paths (Kuhn 1955); who has few skills comes
first, so that who has many stays free for other work.
"""

from __future__ import annotations

from typing import NamedTuple

from scheduler.compiled import compiled
from scheduler.search.levels import Levels, blocked
from scheduler.shop import FROM, IN_LAB, MODE, NEVER, PAUSING, TO, WINDOWS, WINDOWS_END, Ints, Shop

__all__ = ["Crews", "crew_blocked"]

_FREE, _MATCH, _VIA, _SEEN = range(4)
_PERSON, _QUEUE = range(2)


class Crews(NamedTuple):
    """Who is there, and what tasks need.

    Attributes:
        first: where people stand among the levels.
        labs: by person, their lab; people with few skills first.
        skills: by person and skill, 1 where they have it.
        needs: by task, the first and behind the last of its units.
        units: the skill of each unit.
        people: room by person.
        found: room by unit of one task; its first column tells the people that were found last.
    """

    first: Ints
    labs: Ints
    skills: Ints
    needs: Ints
    units: Ints
    people: Ints
    found: Ints


@compiled
def _away(shop: Shop, levels: Levels, resource: int, machine: int, start: int, end: int) -> int:
    """Until when somebody is not free for a run, or -1; while it pauses nobody is asked for."""
    if shop.machines[machine, MODE] != PAUSING:
        return blocked(levels, resource, start, end, 1)
    last = -1
    for window in range(shop.machines[machine, WINDOWS], shop.machines[machine, WINDOWS_END]):
        from_s, to_s = max(start, shop.spans[window, FROM]), min(end, shop.spans[window, TO])
        if from_s < to_s:
            last = max(last, blocked(levels, resource, from_s, to_s, 1))
    return last


@compiled
def _augment(crews: Crews, first: int, unit: int) -> bool:
    """Find somebody for one more unit, others changing places if they must."""
    people = crews.people
    for person in range(len(people)):
        people[person, _SEEN] = 0
    crews.found[0, _QUEUE], head, size = unit, 0, 1
    while head < size:
        asking = crews.found[head, _QUEUE]
        head += 1
        for person in range(len(people)):
            if people[person, _FREE] == 0 or people[person, _SEEN] != 0:
                continue
            if crews.skills[person, crews.units[first + asking]] == 0:
                continue
            people[person, _SEEN], people[person, _VIA] = 1, asking
            if people[person, _MATCH] >= 0:
                crews.found[size, _QUEUE] = people[person, _MATCH]
                size += 1
                continue
            while True:
                moved = people[person, _VIA]
                before = crews.found[moved, _PERSON]
                people[person, _MATCH], crews.found[moved, _PERSON] = moved, person
                if moved == unit:
                    return True
                person = before
    return False


@compiled
def crew_blocked(shop: Shop, levels: Levels, crews: Crews, task: int, machine: int, start: int, end: int) -> int:
    """Until when there are not enough people for a run, `NEVER` included; -1 when there are: `found` tells them."""
    first, last = crews.needs[task, 0], crews.needs[task, 1]
    if first == last:
        return -1
    later, people = NEVER, crews.people
    for person in range(len(people)):
        people[person, _FREE], people[person, _MATCH] = 0, -1
        if crews.labs[person] != shop.machines[machine, IN_LAB]:
            continue
        until = _away(shop, levels, crews.first[0] + person, machine, start, end)
        if until < 0:
            people[person, _FREE] = 1
        else:
            later = min(later, until)
    for unit in range(last - first):
        crews.found[unit, _PERSON] = -1
    for unit in range(last - first):
        if not _augment(crews, first, unit):
            return later
    return -1
