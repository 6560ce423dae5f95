"""The lab's side: a journal on disk, and a runner that drives one machine through `firmware_bridge`.

It installs on a small computer: no numpy, no solver, no database.
"""
