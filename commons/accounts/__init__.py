"""Accounts: a ledger of flows as plain text that accounting programs read.

`commons.accounts.beancount` writes it, `commons.accounts.names` makes names that such programs allow.
"""
