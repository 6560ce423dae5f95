"""What a finished demo must be able to prove, from the machines' own logs alone."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from core.hashes import sha256_of_file
from firmware_bridge.twin.log import LoggedJob, jobs
from gcode.program import read_program
from machines.machine import Driver
from machines.network import read_network

_EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE = _EXAMPLES / "seedling-station"
GOOD = ("made", "accepted", "delivered")
"""Outcomes of pieces that can be used."""


def proof(folder: Path, *, whole_wires: bool = True) -> dict[str, Any]:
    """Check the as-built report in a demo's folder against the machines' logs; return the report.

    No job was started twice on any machine; each piece that a machine made was made by a job whose program the machine
    executed in full, every line once and in order; the program is the one that the report names by its hash. Where
    wires change bytes nobody can promise this of GRBL, which has no checksum: its programs are passed over then.
    """
    report: dict[str, Any] = json.loads((folder / "as-built.json").read_text())
    logged = {path.stem: jobs(path) for path in sorted((folder / "machines").glob("*.log"))}
    starts = Counter(job.job_id for found in logged.values() for job in found)
    assert starts
    assert set(starts.values()) == {1}, f"started twice: {[job for job, count in starts.items() if count > 1]}"
    programs = {sha256_of_file(path): read_program(path).lines for path in EXAMPLE.rglob("*.gcode")}
    network = read_network(_EXAMPLES / "labs.yaml")
    for piece in report["pieces"]:
        if not piece["toolpath_sha256"] or piece["outcome"] not in GOOD:
            continue
        if whole_wires or network.machine(piece["machine"]).connection.driver is not Driver.GRBL:
            _made_in_full(piece, logged[piece["machine"]], programs)
    return report


def _made_in_full(piece: dict[str, Any], logged: list[LoggedJob], programs: dict[str, tuple[str, ...]]) -> None:
    job_id = piece["piece"].partition("/")[0]
    found = [job for job in logged if job.job_id == job_id]
    assert len(found) == 1, f"{piece['machine']} knows nothing of {job_id}"
    assert found[0].executed(programs[piece["toolpath_sha256"]]), f"{job_id} was not executed in full"
