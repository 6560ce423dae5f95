"""PyJobShop beside us: run by the Python of its own environment (`./dev peers pyjobshop`), not by ours.

    .peers/pyjobshop/bin/python benchmarks/pyjobshop_peer.py SECONDS WORKERS < shop.json

The shop is `{"tasks": [[[machine, seconds], ...], ...], "arrows": [[before, after, lag], ...], "machines": N}`. It
prints the makespan, or null when there is no plan in that time; building the model is not counted. PyJobShop knows no
transport between machines, no closed hours that an unattended run may cross, and no stability.
"""

import json
import sys

from pyjobshop import Model


def main() -> None:
    """Read a shop, solve it, print what was found."""
    seconds, workers = float(sys.argv[1]), int(sys.argv[2])
    shop = json.load(sys.stdin)
    model = Model()
    machines = [model.add_machine() for _ in range(shop["machines"])]
    tasks = []
    for options in shop["tasks"]:
        task = model.add_task()
        for machine, duration in options:
            model.add_mode(task, [machines[machine]], duration)
        tasks.append(task)
    for before, after, lag in shop["arrows"]:
        model.add_end_before_start(tasks[before], tasks[after], delay=lag)
    result = model.solve(solver="ortools", time_limit=seconds, num_workers=workers, display=False)
    found = result.status.name in ("OPTIMAL", "FEASIBLE")
    print(json.dumps(int(result.objective) if found else None))


if __name__ == "__main__":
    main()
