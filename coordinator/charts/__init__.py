"""Schedules as charts: bars on an axis of time, and the same as tables."""
