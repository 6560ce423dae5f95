"""G-code understood: one parser, one modal state, one motion planner, one safety check.

- `gcode.words`: a line of text becomes a `Block` of words.
- `gcode.program`: a file becomes a `Program`: its hash, its lines, and what of them a machine is sent.
- `gcode.modal`: blocks in order become moves and dwells, in millimetres (units, modes, offsets, arcs).
- `gcode.limits`: what a machine's axes can do, and what a program sets of it.
- `gcode.motion`: moves become seconds, by trapezoids with look-ahead.
- `gcode.heating`: how long heaters are waited for.
- `gcode.facts`: what a program does: time, bounds, filament, temperatures, layers, kind.
- `gcode.slicer`, `gcode.dialect`: what its slicer claims, and which firmware it was written for.
- `gcode.safety`: what in a program a machine must not be sent, and why.
- `gcode.inspection`: all of these together, by the fast path where it pays.
- `gcode.bulk`: the fast path, compiled; the coordinator's alone.

The dialects understood are those of Marlin 2.1 and GRBL 1.1, and what RepRapFirmware and Klipper have in common with
them. Splines, canned cycles and inverse-time feed are refused, not guessed. Standard library and `core` only, but for
`gcode.bulk`.
"""
