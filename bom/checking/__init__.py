"""A linter for designs: what a designer can put right so that strangers can make the thing.

`bom.checking.checks.check_design` takes an open design and its bill to findings; each has a code (`docs/findings.md`
lists them), a place, a sentence and a fix. `bom.checking.reports` writes them as JSON, as annotations of GitHub and as
SARIF.
"""
