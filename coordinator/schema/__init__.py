"""What the coordinator remembers, as tables, by noun; `builds` has the base of all."""
