"""A typed client of a coordinator on the base install: `from coordinator.client.client import connect`."""
