"""What one machine adds to its estimates: a speed factor and a start, learned from jobs that it has run.

A run takes `start_s + factor x estimate`. Both begin at what is usual (the prior) and move with each logged job; single
odd jobs (a jam, a pause) count little. Relative errors are taken as normal, outliers weighed down
after Huber (1964, "Robust estimation of a location parameter", with his 1.345).
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

from core.errors import InputError

__all__ = ["UNCALIBRATED", "Calibration", "LoggedJob", "calibrate", "read_calibration"]

_FACTOR_SD = 0.2  # machines differ from their profile by so much
_START_S, _START_SD_S = 240.0, 150.0  # homing and heating
_NOISE, _NOISE_JOBS = 0.06, 4  # what an estimate errs from part to part, and how many jobs that knowledge is worth
_HUBER = 1.345
_ROUNDS = 30
_NINE_IN_TEN = 1.645
_MOST_JOBS = 10_000


@dataclass(frozen=True, slots=True)
class LoggedJob:
    """A job that ran to its end.

    Attributes:
        estimated_s: by the program or the estimate, heating and homing left out.
        real_s: from the start to the end of the run.
    """

    estimated_s: float
    real_s: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(each) and each > 0 for each in (self.estimated_s, self.real_s)):
            raise ValueError("a job took, and was estimated at, more than no time")


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a machine's runs take beyond their estimates.

    Attributes:
        factor: times the estimate.
        start_s: more, for homing and heating.
        noise: standard deviation of the relative error that is left.
        factor_sd, start_sd_s: how sure factor and start are.
        jobs: how many were learned from.
    """

    factor: float
    start_s: float
    noise: float
    factor_sd: float
    start_sd_s: float
    jobs: int

    def __post_init__(self) -> None:
        numbers = (self.factor, self.start_s, self.noise, self.factor_sd, self.start_sd_s)
        if not all(math.isfinite(each) for each in numbers):
            raise ValueError("a calibration consists of finite numbers")
        if not (self.factor > 0 and self.start_s >= 0 and self.noise > 0):
            raise ValueError("factor and noise are above zero, and no run starts before it is begun")
        if min(self.factor_sd, self.start_sd_s) < 0 or self.jobs < 0:
            raise ValueError("spreads and the number of jobs are not below zero")

    def duration_s(self, estimated_s: float) -> float:
        """What a run takes whose moves are estimated."""
        return self.start_s + self.factor * estimated_s

    def interval_s(self, estimated_s: float, spread: float | None = None) -> tuple[float, float]:
        """Where a run lies nine times in ten.

        Args:
            estimated_s: its moves.
            spread: half the width of the estimate's own 90 % interval, as a share; None where only logs tell.
        """
        expected = self.duration_s(estimated_s)
        own = self.noise if spread is None else max(self.noise, spread / _NINE_IN_TEN)
        deviation = math.hypot(own * self.factor * estimated_s, self.factor_sd * estimated_s, self.start_sd_s)
        share = _NINE_IN_TEN * deviation / expected
        return expected / (1 + share), expected * (1 + share)

    def to_json(self) -> str:
        """One JSON object, as `read_calibration` takes it."""
        return json.dumps(asdict(self), sort_keys=True)


UNCALIBRATED = Calibration(1.0, _START_S, _NOISE, _FACTOR_SD, _START_SD_S, 0)
"""What is taken for a machine that has not run yet."""


def calibrate(jobs: Iterable[LoggedJob]) -> Calibration:
    """Learn from jobs; without any it is `UNCALIBRATED`.

    Raises:
        InputError: there are more than 10,000.
    """
    logged = list(jobs)
    if len(logged) > _MOST_JOBS:
        raise InputError(f"{len(logged)} jobs are more than {_MOST_JOBS}", hint="give the latest ones")
    if not logged:
        return UNCALIBRATED
    factor, start, noise = 1.0, _START_S, _NOISE
    for _ in range(_ROUNDS):
        previous = factor, start
        weights = [_weight(job, factor, start, noise) for job in logged]
        factor, start, factor_sd, start_sd = _fit(logged, weights)
        noise = _noise(logged, factor, start)
        if math.isclose(factor, previous[0], rel_tol=1e-6) and math.isclose(start, previous[1], abs_tol=1e-3):
            break
    return Calibration(factor, start, noise, factor_sd, start_sd, len(logged))


def _weight(job: LoggedJob, factor: float, start: float, noise: float) -> float:
    expected = start + factor * job.estimated_s
    deviation = noise * expected
    off = abs(job.real_s - expected) / deviation
    return (1.0 if off <= _HUBER else _HUBER / off) / (deviation * deviation)


def _fit(jobs: Sequence[LoggedJob], weights: Sequence[float]) -> tuple[float, float, float, float]:
    """Least squares of factor and start with their priors, and their standard deviations."""
    prior_factor, prior_start = 1 / _FACTOR_SD**2, 1 / _START_SD_S**2
    ff = prior_factor + math.fsum(w * job.estimated_s**2 for w, job in zip(weights, jobs, strict=True))
    fs = math.fsum(w * job.estimated_s for w, job in zip(weights, jobs, strict=True))
    ss = prior_start + math.fsum(weights)
    f = prior_factor + math.fsum(w * job.estimated_s * job.real_s for w, job in zip(weights, jobs, strict=True))
    s = prior_start * _START_S + math.fsum(w * job.real_s for w, job in zip(weights, jobs, strict=True))
    determinant = ff * ss - fs * fs
    factor, start = (f * ss - s * fs) / determinant, (s * ff - f * fs) / determinant
    if start < 0:  # the start is not known better than that there is none
        factor, start = f / ff, 0.0
    return max(factor, 0.01), start, math.sqrt(ss / determinant), math.sqrt(ff / determinant)


def _noise(jobs: Sequence[LoggedJob], factor: float, start: float) -> float:
    """Spread of the relative errors, by their median, drawn towards what is usual while jobs are few."""
    errors = [abs(job.real_s / (start + factor * job.estimated_s) - 1) for job in jobs]
    seen = 1.4826 * statistics.median(errors)  # standard deviation of a normal law by its median deviation
    seen *= math.sqrt(len(jobs) / max(1, len(jobs) - 2))  # two figures were fitted to the same jobs
    variance = (_NOISE_JOBS * _NOISE**2 + len(jobs) * seen**2) / (_NOISE_JOBS + len(jobs))
    return math.sqrt(variance)


def read_calibration(text: str, *, where: str) -> Calibration:
    """A calibration as `Calibration.to_json` writes it.

    Raises:
        InputError: it is not one.
    """
    hint = "calibrate the machine again"
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("the calibration is not JSON", where=where, hint=hint) from error
    names = [each.name for each in fields(Calibration)]
    if not isinstance(document, dict) or sorted(document) != sorted(names):
        raise InputError(f"a calibration has exactly {', '.join(names)}", where=where, hint=hint)
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in document.values()):
        raise InputError("a calibration consists of numbers", where=where, hint=hint)
    try:
        return Calibration(**{**document, "jobs": int(document["jobs"])})
    except (ValueError, OverflowError) as error:
        raise InputError(str(error), where=where, hint=hint) from error
