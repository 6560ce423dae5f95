"""Builds and what they consist of: tasks, offers, claims, pieces and their checks."""
