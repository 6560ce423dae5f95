"""Flows: what was made, used, given and handed on, as economic events of ValueFlows 1.0.

`commons.flows.actions` holds the 19 actions and what each does to a stock, `commons.flows.events` an event,
`commons.flows.ledger` keeps events and what follows from them, `commons.flows.documents` writes and reads them as
JSON-LD, `commons.flows.facts` is what happens in a workshop and `commons.flows.telling` tells it as events,
`commons.flows.giving` turns events into the contributions that a formula counts.
"""
