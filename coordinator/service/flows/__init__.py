"""Flows: the economic events of the network, told from the log, declared, corrected, exchanged, and their worth."""
