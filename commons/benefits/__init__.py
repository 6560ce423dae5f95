"""Benefits: who gets what of an income, by a formula that fits on a page.

`commons.benefits.formula` reads a formula (TOML), `commons.benefits.contributions` is what it counts,
`commons.benefits.distribution` shares an income by it, down to the contribution that each cent comes from.
"""
