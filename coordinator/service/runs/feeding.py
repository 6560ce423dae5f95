"""How much of its material a run has taken so far: by its program, up to the last line that the machine took.

Programs are read before a transaction begins, as others wait while one writes.
"""

from __future__ import annotations

import logging

from sqlalchemy import select

from coordinator.consumption import Fed
from coordinator.schema.builds import JobRow, RunRow
from coordinator.schema.service import ProgressRow
from coordinator.schema.stock import UseRow
from coordinator.service.house import House
from core.errors import FabcommonsError
from gcode.inspection import filament_after

__all__ = ["Feeding"]

_LOG = logging.getLogger("fabcommons")


class Feeding:
    """What runs have fed."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of_job(self, job_id: str, lines: int | None = None) -> Fed | None:
        """What the run of a job has fed; None where nothing is to be booked for it, or its program does not tell.

        Args:
            job_id: of the job.
            lines: that its machine took, where that is known better than by its progress.
        """
        with self._house.reading() as session:
            open_uses = select(UseRow.id).where(UseRow.job_id == job_id, UseRow.settled_at.is_(None)).limit(1)
            job, run = session.get(JobRow, job_id), session.get(RunRow, job_id)
            progress = session.get(ProgressRow, job_id)
            if job is None or job.program_sha256 is None or session.scalar(open_uses) is None:
                return None
            told = (
                lines,
                run.lines if run is not None else None,
                progress.lines_done if progress is not None else None,
            )
            known = [each for each in told if each is not None]
            digest = job.program_sha256
        if not known:
            return None
        return self._fed(digest, 0 if lines == 0 else max(known))

    def on_machine(self, machine: str, slot: int) -> dict[str, Fed]:
        """By job, what runs have fed that take from a slot of a machine."""
        query = select(UseRow.job_id).join(JobRow, JobRow.id == UseRow.job_id)
        query = query.where(JobRow.machine == machine, UseRow.slot == slot, UseRow.settled_at.is_(None))
        with self._house.reading() as session:
            jobs = session.scalars(query).all()
        found = {each: self.of_job(each) for each in jobs}
        return {job: fed for job, fed in found.items() if fed is not None}

    def _fed(self, digest: str, lines: int) -> Fed | None:
        try:
            by_tool = filament_after(self._house.files.path(digest).read_bytes(), lines)
        except (FabcommonsError, OSError, KeyError) as error:
            _LOG.warning("what a run has fed is not known: %s", error)
            return None
        return Fed(lines, {tool: told for tool, told in by_tool.items() if told[1] > 0})
