# mypy: disable-error-code="no-any-return"
"""When a run may start and end under the hours of a machine's lab and around fixed work: forwards and backwards."""

from __future__ import annotations

from scheduler.compiled import compiled
from scheduler.shop import (
    BOOKINGS,
    BOOKINGS_END,
    FREE,
    FREE_FROM,
    FROM,
    MODE,
    NEVER,
    PAUSING,
    TENDED,
    TO,
    WINDOWS,
    WINDOWS_END,
    Ints,
    Shop,
)

__all__ = ["end_of", "latest_start", "start_of"]


@compiled
def _position(spans: Ints, column: int, first: int, last: int, moment: int, through: int) -> int:
    """The first position from `first` to `last` whose value is above the moment (`through`=1) or at least it (0)."""
    while first < last:
        middle = (first + last) // 2
        value = spans[middle, column]
        if value > moment or (value == moment and through == 0):
            last = middle
        else:
            first = middle + 1
    return first


@compiled
def start_of(shop: Shop, machine: int, ready: int, length: int) -> int:
    """The earliest start from `ready` on, or `NEVER`."""
    moment = max(ready, shop.machines[machine, FREE_FROM])
    first, last = shop.machines[machine, BOOKINGS], shop.machines[machine, BOOKINGS_END]
    while True:
        start = _open_start(shop, machine, moment, length)
        if first == last or start >= NEVER:
            return start
        booking = _position(shop.spans, TO, first, last, start, 1)
        if booking == last or shop.spans[booking, FROM] >= end_of(shop, machine, start, length):
            return start
        moment = shop.spans[booking, TO]


@compiled
def _open_start(shop: Shop, machine: int, moment: int, length: int) -> int:
    mode = shop.machines[machine, MODE]
    if mode == FREE:
        return moment
    last = shop.machines[machine, WINDOWS_END]
    window = _position(shop.spans, TO, shop.machines[machine, WINDOWS], last, moment, 1)
    while window < last:
        start = max(moment, shop.spans[window, FROM])
        if mode != TENDED or start + length <= shop.spans[window, TO]:
            return start
        window += 1
    return NEVER


@compiled
def end_of(shop: Shop, machine: int, start: int, length: int) -> int:
    """When the machine is free again after a run that starts in its hours, or `NEVER`."""
    end = start + length
    if shop.machines[machine, MODE] == PAUSING:
        return _paused_end(shop, machine, start, length)
    if shop.machines[machine, MODE] == FREE or shop.machines[machine, MODE] == TENDED or start >= NEVER:
        return end
    last = shop.machines[machine, WINDOWS_END]
    window = _position(shop.spans, TO, shop.machines[machine, WINDOWS], last, end, 0)
    return max(end, shop.spans[window, FROM]) if window < last else NEVER


@compiled
def _paused_end(shop: Shop, machine: int, start: int, length: int) -> int:
    """When so many open seconds have passed, or `NEVER`."""
    last = shop.machines[machine, WINDOWS_END]
    window = _position(shop.spans, TO, shop.machines[machine, WINDOWS], last, start, 1)
    left = length
    while window < last and start < NEVER:
        begins = max(start, shop.spans[window, FROM])
        if begins + left <= shop.spans[window, TO]:
            return begins + left
        left -= shop.spans[window, TO] - begins
        window += 1
    return NEVER


@compiled
def _paused_latest(shop: Shop, machine: int, due: int, length: int) -> int:
    """The latest open moment from which so many open seconds pass by `due`, or `-NEVER`."""
    first = shop.machines[machine, WINDOWS]
    window = _position(shop.spans, FROM, first, shop.machines[machine, WINDOWS_END], due, 1) - 1
    left = length
    while window >= first:
        ends = min(due, shop.spans[window, TO])
        if ends - left >= shop.spans[window, FROM]:
            return ends - left
        left -= max(0, ends - shop.spans[window, FROM])
        window -= 1
    return -NEVER


@compiled
def latest_start(shop: Shop, machine: int, due: int, length: int) -> int:
    """The latest start of a run that is over by `due`, or `-NEVER`; it may lie before the machine is free."""
    first, last = shop.machines[machine, BOOKINGS], shop.machines[machine, BOOKINGS_END]
    while True:
        start = _open_latest(shop, machine, due, length)
        if first == last or start <= -NEVER:
            return start
        booking = _position(shop.spans, FROM, first, last, end_of(shop, machine, start, length), 0) - 1
        if booking < first or shop.spans[booking, TO] <= start:
            return start
        due = shop.spans[booking, FROM]


@compiled
def _open_latest(shop: Shop, machine: int, due: int, length: int) -> int:
    mode = shop.machines[machine, MODE]
    if mode == FREE:
        return due - length
    first, last = shop.machines[machine, WINDOWS], shop.machines[machine, WINDOWS_END]
    window = _position(shop.spans, FROM, first, last, due, 1) - 1
    if mode == TENDED:
        while window >= first:
            start = min(due, shop.spans[window, TO]) - length
            if start >= shop.spans[window, FROM]:
                return start
            window -= 1
        return -NEVER
    if mode == PAUSING:
        return _paused_latest(shop, machine, due, length)
    if window < first:
        return -NEVER
    start = min(due, shop.spans[window, TO]) - length
    window = _position(shop.spans, FROM, first, last, start, 1) - 1
    return min(start, shop.spans[window, TO] - 1) if window >= first else -NEVER
