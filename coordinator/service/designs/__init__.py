"""Designs as they come in: their archives, bills, questions, parts, and what is told to designers."""
