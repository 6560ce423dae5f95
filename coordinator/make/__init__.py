"""One order, made by one process: `fabcommons make`."""
