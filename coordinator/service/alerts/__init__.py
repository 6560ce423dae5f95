"""Alerts: what there is to tell, who is told, where, when not, and what becomes of it."""
