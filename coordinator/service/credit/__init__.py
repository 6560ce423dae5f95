"""Mutual credit, where a network has chosen it: accounts with limits, payments, disputes, obligations and netting."""
