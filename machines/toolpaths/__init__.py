"""Instructions for machines, made from part files: sliced filament, cut sheets, rendered OpenSCAD."""
