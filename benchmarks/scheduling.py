"""Gaps of `scheduler.solve` on public flexible job shops and on synthetic networks of labs, as a Markdown table.

    ./dev python -m benchmarks.scheduling --seconds 10 fjsp/brandimarte/mk01.fjs network/200x10.json.gz

    ./dev python -m benchmarks.scheduling --plain --seconds 10     # beside CP-SAT alone and PyJobShop
    ./dev python -m benchmarks.scheduling --set-ups --seconds 25       # forty tasks, five machines, four families

Without names it runs mk01 to mk10. Instances are read from `../shared/benchmarks`, or from `--folder`. Times are as in
the files (units or minutes), taken as seconds. `best` is the best known makespan, where the folder tells it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.networks import FOLDER, dated, peak_mb, read_network, set_up_problem
from benchmarks.peers import pyjobshop
from benchmarks.plain_cpsat import plain_cpsat
from scheduler.fjs import read_fjs
from scheduler.list_schedule import Schedule, decode
from scheduler.network import Network
from scheduler.paths import tails
from scheduler.problem import Problem
from scheduler.solve import solve
from scheduler.terms import terms_of
from scheduler.validator import violations


def tardiness(folder: Path, names: Sequence[str], seconds: float, workers: int) -> None:
    """Print weighted tardiness on networks, beside that of a list schedule by longest tail."""
    print("| instance | longest tail | first plan | after | share of longest tail | s | valid |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        document = json.loads(gzip.decompress((folder / name).read_bytes()))
        for transport in (False, True):
            problem = dated(document, read_network(document, transport=transport))
            network = Network(problem)
            found = decode(network, [-float(each) for each in tails(network)])
            if not isinstance(found, Schedule):
                raise SystemExit(f"{name}: no list schedule")
            plain = terms_of(problem, found.placements).weighted_lateness
            seen: list[int] = []
            began = time.perf_counter()
            plan = solve(
                problem, seconds=seconds, workers=workers, patience_s=None,
                progress=lambda each: seen.append(terms_of(problem, each.placements).weighted_lateness),  # noqa: B023 - called within its turn
            )  # fmt: skip
            late = terms_of(problem, plan.placements).weighted_lateness
            print(
                f"| {name} {'with' if transport else 'without'} transport | {plain} | {seen[0]} | {late} "
                f"| {late / plain:.3f} | {time.perf_counter() - began:.1f} "
                f"| {'no' if violations(problem, plan) else 'yes'} |",
                flush=True,
            )


def problems(folder: Path, names: Sequence[str]) -> Iterator[tuple[str, Problem, int | None]]:
    """Each instance with its name and its best known makespan; networks once without and once with transport."""
    known = json.loads((folder / "fjsp" / "best_known.json").read_text(encoding="utf-8"))["bounds"]
    for name in names:
        path = folder / name
        if path.suffix == ".fjs":
            best = known.get(path.relative_to(folder / "fjsp").with_suffix("").as_posix())
            yield name, read_fjs(path.read_text(encoding="utf-8")), best[1] if best else None
        else:
            document = json.loads(gzip.decompress(path.read_bytes()))
            yield f"{name} without transport", read_network(document, transport=False), None
            yield f"{name} with transport", read_network(document, transport=True), None


def main() -> None:
    """Print one row for each instance."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=[f"fjsp/brandimarte/mk{number:02}.fjs" for number in range(1, 11)])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--tardiness", action="store_true", help="due dates of networks instead of the makespan")
    parser.add_argument("--plain", action="store_true", help="solve each with CP-SAT alone and with PyJobShop too")
    parser.add_argument("--set-ups", action="store_true", help="small problems with set-ups instead of files")
    parser.add_argument("--seeds", type=int, nargs="+", default=range(1, 21), help="of those")
    options = parser.parse_args()
    if options.tardiness:
        tardiness(options.folder, options.names, options.seconds, options.workers)
        return
    print(
        "| instance | tasks | makespan | bound | best | over best | over bound | s | solver | valid "
        "| CP-SAT alone | PyJobShop |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    gaps: list[float] = []
    found = problems(options.folder, options.names)
    if options.set_ups:
        found = ((f"set-ups, seed {seed}", set_up_problem(seed), None) for seed in options.seeds)
    for name, problem, best in found:
        began = time.perf_counter()
        plan = solve(problem, seconds=options.seconds, workers=options.workers, patience_s=None)
        took_s = time.perf_counter() - began
        over = plan.makespan_s / best - 1 if best else None
        gaps += [over] if over is not None else []
        peer = "- | -"
        if options.plain and not options.set_ups:
            peer = str(plain_cpsat(problem, options.seconds, options.workers) or "no plan")
            peer += f" | {pyjobshop(problem, options.seconds, options.workers)}"
        print(
            f"| {name} | {len(problem.tasks)} | {plan.makespan_s} | {plan.lower_bound_s} | {best or '-'} "
            f"| {'-' if over is None else f'{over:.2%}'} | {plan.makespan_s / plan.lower_bound_s - 1:.2%} "
            f"| {took_s:.1f} | {plan.solver} | {'no' if violations(problem, plan) else 'yes'} | {peer} |",
            flush=True,
        )
    print(f"\nPeak memory {peak_mb():.0f} MB.")
    if gaps:
        print(f"\nMean over best: {sum(gaps) / len(gaps):.2%}")


if __name__ == "__main__":
    main()
