"""Local search on the disjunctive graph, compiled.

- `runs`: when a run may start and end under a machine's hours, forwards and backwards.
- `graph`: machine sequences with earliest and latest times, updated where a move changes them.
- `moves`: what a critical task could do instead, and what that is estimated to give.
- `tabu`: the search itself.
"""
