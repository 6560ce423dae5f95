"""Calibration finds what a machine hides, is not thrown by odd jobs, and is no surer than its jobs allow."""

from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from machines.calibration import UNCALIBRATED, Calibration, LoggedJob, calibrate, read_calibration


def runs(seed: int, count: int, factor: float, start_s: float, *, noise: float = 0.05, jams: float = 0.0):
    """Jobs of a virtual printer with a hidden factor and start; estimates err by `noise`, some jobs jam."""
    chance = random.Random(seed)
    for _ in range(count):
        estimated = chance.lognormvariate(8.3, 0.9)  # a median of 67 minutes
        real = start_s + factor * estimated * chance.lognormvariate(0, noise)
        yield LoggedJob(estimated, real * (3.0 if chance.random() < jams else 1.0))


def median_error(calibration: Calibration, jobs: list[LoggedJob]) -> float:
    return statistics.median(abs(calibration.duration_s(job.estimated_s) / job.real_s - 1) for job in jobs)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("factor", "start_s"), [(1.0, 240), (1.3, 500), (0.8, 60), (1.6, 900), (1.15, 0)])
def test_twenty_jobs_tell_the_next_fifty(seed: int, factor: float, start_s: float) -> None:
    jobs = list(runs(seed, 70, factor, start_s, jams=0.05))
    learned = calibrate(jobs[:20])
    assert median_error(learned, jobs[20:]) < 0.05
    if factor in {1.3, 1.6}:
        assert median_error(UNCALIBRATED, jobs[20:]) > 0.15


def test_intervals_hold_nine_in_ten() -> None:
    held = []
    for seed in range(40):
        jobs = list(runs(seed, 70, 1.2, 400, noise=0.07))
        learned = calibrate(jobs[:20])
        held += [low <= job.real_s <= high for job in jobs[20:] for low, high in [learned.interval_s(job.estimated_s)]]
    assert 0.85 <= statistics.mean(held) <= 0.96


def test_no_job_changes_nothing_and_one_changes_little() -> None:
    assert calibrate([]) == UNCALIBRATED
    one = calibrate([LoggedJob(3600, 3 * 3600)])
    assert 1.0 < one.factor < 1.6
    assert one.factor_sd < UNCALIBRATED.factor_sd


def test_odd_jobs_count_little() -> None:
    jobs = list(runs(1, 30, 1.2, 300))
    jammed = [*jobs, LoggedJob(3600, 40_000), LoggedJob(1800, 60)]
    assert calibrate(jammed).factor == pytest.approx(calibrate(jobs).factor, rel=0.04)


positive = st.floats(1, 1e6, allow_nan=False)


@given(st.lists(st.builds(LoggedJob, positive, positive), max_size=30))
def test_any_log_gives_a_calibration(jobs: list[LoggedJob]) -> None:
    learned = calibrate(jobs)
    low, high = learned.interval_s(1000.0)
    assert 0 < low <= learned.duration_s(1000.0) <= high
    assert learned.jobs == len(jobs)
    assert read_calibration(learned.to_json(), where="x") == learned


@given(st.lists(st.builds(LoggedJob, positive, positive), min_size=1, max_size=20), st.randoms())
def test_order_does_not_matter(jobs: list[LoggedJob], chance: random.Random) -> None:
    mixed = list(jobs)
    chance.shuffle(mixed)
    assert calibrate(mixed).factor == pytest.approx(calibrate(jobs).factor, rel=1e-6)


def test_more_jobs_are_surer() -> None:
    jobs = list(runs(3, 200, 1.1, 200))
    spreads = [calibrate(jobs[:count]).factor_sd for count in (0, 5, 20, 200)]
    assert spreads == sorted(spreads, reverse=True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"factor": 1}', "[" * 100_000])
def test_what_is_no_calibration_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_calibration(text, where="printer.json")


@pytest.mark.parametrize("change", [{"factor": -1}, {"factor": "1"}, {"noise": 0}, {"start_s": float("nan")}])
def test_nonsense_in_a_calibration_is_refused(change: dict[str, object]) -> None:
    import json

    document = json.loads(UNCALIBRATED.to_json()) | change
    with pytest.raises(InputError):
        read_calibration(json.dumps(document), where="printer.json")


@pytest.mark.parametrize("times", [(0, 1), (1, 0), (float("inf"), 1)])
def test_jobs_take_time(times: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="more than no time"):
        LoggedJob(*times)


def test_too_many_jobs_are_refused() -> None:
    with pytest.raises(InputError, match="more than"):
        calibrate([LoggedJob(1, 1)] * 10_001)
