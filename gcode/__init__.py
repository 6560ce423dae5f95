"""G-code understood: one parser, one modal state, one motion planner, one safety check.

- `gcode.words`: a line of text becomes a `Block` of words.
- `gcode.program`: a file becomes a `Program`: its hash, its lines, and what of them a machine is sent.
- `gcode.modal`: blocks in order become moves and dwells, in millimetres (units, modes, offsets, arcs).
- `gcode.motion`: moves become seconds, by trapezoids with look-ahead.
- `gcode.facts`: what a program does: time, bounds, filament, temperatures, kind.
- `gcode.safety`: what in a program a machine must not be sent, and why.

The dialects understood are those of Marlin 2.1 and GRBL 1.1. Splines, canned cycles and inverse-time feed are refused,
not guessed. Standard library and `core` only.
"""
