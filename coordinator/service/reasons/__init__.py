"""Why the work of the network stands where it does."""
