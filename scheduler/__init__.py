"""Who makes what, when: a pure optimiser over tasks, machines, opening hours and transport between labs.

It knows no database, no network and no other room but `core`. The way through it:

- `problem`: what is asked (`Problem` and its parts), `calendars`: when a lab is open, `document`: both as JSON.
- `precheck`: what can never be placed, in the operator's words.
- `solve`: `solve(problem, seconds=10)` gives a `plan.Plan` or raises `core.errors.PlanError` with the reason.
- `validator`: an independent judge of a plan, which shares no code with the solvers.

Behind `solve` stand `network` (the problem in indices), `hours` and `timetable` (calendar arithmetic), `list_schedule`
and `improvement` (any size), `cpsat_model` and `cpsat` (OR-Tools, up to a few hundred tasks), `bounds` over
`paths` and `capacity` (a lower bound that does not come from OR-Tools) and `incumbent` (the best valid plan so far).

`search` is the compiled local search on the tables of `shop`, `sequencing` where it begins; `improvement` searches for
any wishes, which `terms` counts, `lateness` for late work in large plans. `repair` takes one of the `events`,
`standing` one after another in milliseconds on `tables`, judged by `watch`. `explain` and `conflicts` give reasons,
`fjs` reads files.

Not here yet: people, operators, batches, stock, costs.
"""
