"""`fabcommons machine calibrate`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from coordinator.commands.output import print_json, say, warn
from coordinator.folder import OrderFolder
from coordinator.learning import jobs_csv, learned_from, logged_jobs, orders_in, was_simulated
from core.errors import InputError
from machines.calibration import Calibration, calibrate

__all__ = ["SIMULATED", "show", "taught_by"]

SIMULATED = "these runs were simulated: they teach how long virtual machines take, and nothing about real ones"


def taught_by(folder: Path | None) -> Mapping[str, Calibration]:
    """What the finished runs of an order, or of all orders in a folder, teach, by machine id; nothing without a folder.

    Runs that were simulated count only where there are no others.

    Raises:
        InputError: the folder holds no order.
    """
    if folder is None:
        return {}
    orders = orders_in(folder)
    real = [order for order in orders if not was_simulated(order)]
    if not real:
        warn(SIMULATED)
    elif len(real) < len(orders):
        warn(f"{len(orders) - len(real)} of {len(orders)} orders were simulated and are left out")
    return learned_from(*(real or orders))


def show(machine_id: str, folder: Path, out: Path | None, *, as_json: bool) -> None:
    """Print what a machine's finished runs teach, and keep them as a log.

    Raises:
        InputError: the folder holds no order, or none of the machine's runs has finished there.
    """
    order = OrderFolder(folder)
    logged = logged_jobs(order)
    if was_simulated(order):
        warn(SIMULATED)
    if machine_id not in logged:
        known = f"runs of {', '.join(sorted(logged))} have" if logged else "no run of any machine has"
        raise InputError(f"no run of {machine_id!r} has finished here", where=str(folder), hint=f"{known} finished")
    jobs = logged[machine_id]
    learned = calibrate(jobs)
    if out is not None:
        try:
            out.write_text(jobs_csv(jobs), encoding="utf-8")
        except OSError as error:
            raise InputError(f"the log cannot be written: {error.strerror}", where=str(out)) from error
    if as_json:
        print_json({"machine": machine_id, **asdict(learned)})
        return
    plural = "s" if learned.jobs != 1 else ""
    say(f"{machine_id}: {learned.jobs} finished run{plural}")
    say(f"a run takes {learned.start_s:.0f} s and {learned.factor:.3f} times its program's moves")
    say(f"not sure: {learned.start_sd_s:.0f} s, {learned.factor_sd:.3f}; a run errs by {learned.noise:.1%} beside that")
    if out is not None:
        say(f"kept in {out}: `fabcommons estimate PART --jobs {out}`")
