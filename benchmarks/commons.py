"""What the commons' library takes: events, netting, shares of an income; as a Markdown table.

    ./dev python -m benchmarks.commons
    ./dev python -m benchmarks.commons --events 10000 --parties 100 --debts 1000 --contributions 10000

All is drawn from a fixed seed. The peers, in the same run: for events a loop that adds their numbers up as floats in
two dictionaries and checks nothing; for netting the same problem as a linear program (HiGHS, by
`scipy.optimize.linprog`), which must strike out as much; for an income the same proportions as floats, which do not add
up to the cent. Times are processor seconds, the best of three.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from commons.accounts import beancount
from commons.benefits.contributions import Contribution
from commons.benefits.distribution import distributed
from commons.benefits.formula import read_formula
from commons.flows.actions import Action
from commons.flows.documents import read_events, written
from commons.flows.events import Event, Measure, reversal
from commons.flows.ledger import Ledger
from commons.netting import Debt, netted

_FORMULA = Path(__file__).parents[1] / "examples/benefits/buckets.toml"
_START = datetime(2030, 1, 1, tzinfo=UTC)
_INCOME = 100_000_000
_RUNS = 3
_ACTIONS = (Action.PRODUCE, Action.CONSUME, Action.USE, Action.WORK, Action.CITE, Action.TRANSFER)


def draw_events(count: int, chance: random.Random) -> list[Event]:
    """Events of 300 agents and 1,000 stocks, out of order; one in a hundred takes another back."""
    found: list[Event] = []
    for number in range(count):
        if number % 100 == 99:
            found.append(reversal(found[-50], f"event:{number}", _START + timedelta(minutes=number)))
            continue
        action = chance.choice(_ACTIONS)
        effort = action in (Action.USE, Action.WORK)
        measure = Measure.of(chance.randrange(1, 10_000), "s" if effort else "piece")
        found.append(
            Event(
                f"event:{number}",
                action,
                _START + timedelta(minutes=number),
                f"lab:{chance.randrange(300)}",
                f"lab:{chance.randrange(300)}",
                quantity=None if effort else measure,
                effort=measure if effort else None,
                resource=f"stock:{chance.randrange(1000)}",
                to_resource=f"stock:{chance.randrange(1000)}" if action is Action.TRANSFER else None,
                process=None if action is Action.TRANSFER else f"job:{number // 5}",
            )
        )
    chance.shuffle(found)
    return found


def draw_debts(parties: int, count: int, chance: random.Random) -> list[Debt]:
    """Debts between two parties each, sums spread evenly over their logarithm."""
    pairs = [chance.sample(range(parties), 2) for _ in range(count)]
    return [Debt(f"p{one}", f"p{other}", int(10 ** chance.uniform(2, 6))) for one, other in pairs]


def draw_contributions(count: int, chance: random.Random) -> list[Contribution]:
    """Contributions of 300 people."""
    kinds = ("design", "making", "machine", "care")
    return [
        Contribution(f"e{number}", f"person:{chance.randrange(300)}", chance.choice(kinds), chance.randrange(1, 600))
        for number in range(count)
    ]


def settle(events: Sequence[Event]) -> Ledger:
    """A ledger of events."""
    ledger = Ledger()
    ledger.take_in(events)
    ledger.balances()
    return ledger


def plain_sums(rows: Sequence[tuple[str, str, str, float]]) -> int:
    """The peer of events: who gave and who received, nothing checked."""
    gave: dict[tuple[str, str], float] = defaultdict(float)
    received: dict[tuple[str, str], float] = defaultdict(float)
    for provider, receiver, action, value in rows:
        gave[provider, action] += value
        received[receiver, action] += value
    return len(gave) + len(received)


def linear_program(debts: Sequence[Debt]) -> int:
    """The peer of netting: how much can be struck out."""
    names = {name: at for at, name in enumerate({name for debt in debts for name in (debt.debtor, debt.creditor)})}
    at = np.arange(len(debts))
    rows = np.concatenate([[names[debt.debtor] for debt in debts], [names[debt.creditor] for debt in debts]])
    signs = np.repeat([1.0, -1.0], len(debts))
    balance = coo_array((signs, (rows, np.concatenate([at, at]))), shape=(len(names), len(debts)))
    bounds = [(0, debt.amount) for debt in debts]
    found = linprog(-np.ones(len(debts)), A_eq=balance, b_eq=np.zeros(len(names)), bounds=bounds, method="highs")
    return round(-found.fun)


def plain_shares(contributions: Sequence[Contribution]) -> float:
    """The peer of a distribution: proportions of one sum."""
    whole = sum(each.minutes for each in contributions)
    return sum(_INCOME * each.minutes / whole for each in contributions)


def best(work: Callable[[], object]) -> float:
    """Processor seconds, the best of some runs."""
    took = []
    for _ in range(_RUNS):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


def row(what: str, took_s: float, peer: str = "", peer_s: float | None = None) -> None:
    """Print a row of the table."""
    beside = f"{peer} | {peer_s:.3f} | {took_s / peer_s:.2g}" if peer_s else "| |"
    print(f"| {what} | {took_s:.2f} | {beside} |", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one row for each kind of work."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--parties", type=int, default=1000)
    parser.add_argument("--debts", type=int, default=10_000)
    parser.add_argument("--contributions", type=int, default=100_000)
    options = parser.parse_args(arguments)
    chance = random.Random(1)
    events = draw_events(options.events, chance)
    debts = draw_debts(options.parties, options.debts, chance)
    contributions = draw_contributions(options.contributions, chance)
    formula = read_formula(_FORMULA.read_text(), where=_FORMULA.name)
    flat = [
        (each.provider or "", each.receiver or "", str(each.action), float(measure.value))
        for each in events
        if (measure := each.quantity or each.effort)
    ]
    print("| what | s | peer | s | ratio |\n|---|---:|---|---:|---:|")
    row(f"{len(events):,} events settle", best(lambda: settle(events)), "floats added", best(lambda: plain_sums(flat)))
    ledger = settle(events)
    text = written(ledger).encode()
    row(f"they are written as JSON-LD ({len(text) / 1e6:.0f} MB)", best(lambda: written(ledger)))
    row("that is read, checked and settled", best(lambda: settle(read_events(text, where="export.jsonld"))))
    row("they are written for Beancount", best(lambda: beancount.written(ledger)))
    if netted(debts).total != linear_program(debts):
        raise SystemExit("netting strikes out another sum than the linear program")
    row(
        f"{options.parties:,} parties net {len(debts):,} obligations", best(lambda: netted(debts)),
        "HiGHS", best(lambda: linear_program(debts)),
    )  # fmt: skip
    row(
        f"an income is shared by {len(contributions):,} contributions",
        best(lambda: distributed(formula, _INCOME, contributions)), "floats", best(lambda: plain_shares(contributions)),
    )  # fmt: skip


if __name__ == "__main__":
    main()
