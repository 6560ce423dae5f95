"""How long runs take before their instructions exist: prints, sheets, milling, hand work."""

from machines.durations.estimate import Estimate, Shape
from machines.durations.run import estimate_run, of_program

__all__ = ["Estimate", "Shape", "estimate_run", "of_program"]
