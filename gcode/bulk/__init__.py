"""The fast path: whole programs in compiled passes over arrays, for the coordinator.

- `gcode.bulk.listing`: bytes to the places of lines (`gcode.program` is the plain reader).
- `gcode.bulk.facts`: what a program does (`gcode.facts`).
- `gcode.bulk.safety`: what speaks against sending it (`gcode.safety`).

Each gives what its plain counterpart gives, and leaves rare lines to it; tests hold both to that. This package alone in
the room needs numpy and numba: nothing that an agent installs imports it.
"""
