"""Virtual machines: Marlin 2.1, GRBL 1.1, grblHAL and FluidNC as processes of their own on pseudo-terminals.

`start_twin` starts one that outlives its starter, `find_twin` rejoins it, `read_log` and `jobs` read what it executed.
`python -m firmware_bridge.twin --help` is the same from a shell. Needs pseudo-terminals that
report a hang-up, as those of Linux do.
"""

from firmware_bridge.twin.log import LoggedJob, jobs, read_log
from firmware_bridge.twin.process import TwinProcess, find_twin, start_twin

__all__ = ["LoggedJob", "TwinProcess", "find_twin", "jobs", "read_log", "start_twin"]
