"""Live progress: a table of machines on a terminal, a line an event elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.live import Live as LiveDisplay
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from sqlalchemy import select

from coordinator.make.dispatch import Live
from coordinator.make.pace import Pace
from coordinator.schema.builds import EventRow, JobRow, JobState, TaskRow, TaskState
from coordinator.store import Store
from machines.lab import Network

__all__ = ["Watch"]

_REFRESH_S = 0.25
_TAIL = 8
_SENTENCES = {
    "plan.made": "a plan is made: {why}",
    "job.running": "starts {what}",
    "job.made": "has made {what}",
    "job.failed": "failed at {what}: {why}",
    "job.lost-contact": "lost contact at {what}: {why}",
    "job.scrapped": "{what} scrapped by the {who}: {why}",
    "build.finished": "everything is made",
}


class Watch:
    """Tails the event log of a build and shows how it comes into being."""

    def __init__(
        self, console: Console, store: Store, build_id: int, network: Network, live: Live, pace: Pace, *, table: bool
    ) -> None:
        """Args: table: redraw a table where the console is a terminal; False when somebody may be asked there."""
        self._console = console
        self._table = table and console.is_terminal
        self._store = store
        self._build_id = build_id
        self._network = network
        self._live = live
        self._pace = pace
        with store.reading() as session:
            self._seen = session.scalar(select(EventRow.id).order_by(EventRow.id.desc()).limit(1)) or 0
        self._tail: list[Text] = []
        self._zone = ZoneInfo(network.labs[0].zone)

    async def follow(self) -> None:
        """Show progress until cancelled."""
        with self._display() as display:
            try:
                while True:
                    self._turn(display)
                    await asyncio.sleep(_REFRESH_S)
            finally:
                self._turn(display)

    def _turn(self, display: LiveDisplay | None) -> None:
        for line in self._news():
            self._tail = [*self._tail, line][-_TAIL:]
            if display is None:
                self._console.print(line, soft_wrap=True)
        if display is not None:
            display.update(self._picture(), refresh=True)

    @contextmanager
    def _display(self) -> Iterator[LiveDisplay | None]:
        if not self._table:
            yield None
            return
        with LiveDisplay(self._picture(), console=self._console, auto_refresh=False, transient=True) as display:
            yield display

    def _news(self) -> Iterator[Text]:
        with self._store.reading() as session:
            events = session.scalars(select(EventRow).where(EventRow.id > self._seen).order_by(EventRow.id)).all()
            jobs = {f"job {job.id}": _what(job) for job in session.scalars(select(JobRow))} if events else {}
        arrived = [event for event in events if event.kind == "task.arrived"]
        for event in events:
            self._seen = event.id
            if event.kind in _SENTENCES:
                what = jobs.get(event.subject, "")
                sentence = _SENTENCES[event.kind].format(what=what, why=event.why, who=event.who)
                yield self._line(event.at, event.data.get("machine", ""), sentence)
            elif event in arrived[:1]:  # the many purchases of one moment are one line
                yield self._line(event.at, "", f"{len(arrived)} purchases have arrived")

    def _line(self, at: datetime, machine: str, sentence: str) -> Text:
        return Text(f"{at.astimezone(self._zone):%a %H:%M}  {machine:16}{sentence}")

    def _picture(self) -> RenderableType:
        with self._store.reading() as session:
            jobs = session.scalars(select(JobRow).where(JobRow.build_id == self._build_id)).all()
            names = {job.id: job.lot.task.name for job in jobs}
            tasks = session.scalars(select(TaskRow).where(TaskRow.build_id == self._build_id)).all()
        done = sum(task.state is TaskState.DONE for task in tasks)
        table = Table(box=None, pad_edge=False)
        for heading in ("lab", "machine", "job", "", "made"):
            table.add_column(heading)
        for machine in self._network.machines:
            job_id, share = self._live.progress.get(machine.id, ("", 0.0))
            running = next((j.id for j in jobs if j.machine == machine.id and j.state is JobState.RUNNING), job_id)
            made = sum(job.machine == machine.id and job.state is JobState.MADE for job in jobs)
            bar = ProgressBar(total=1.0, completed=share, width=24) if running else Text("")
            job_name = Text(names.get(running, ""))
            table.add_row(Text(machine.lab), Text(machine.name), job_name, bar, Text(str(made or "")))
        clock = f"{self._pace.now().astimezone(self._zone):%a %d %b %H:%M}"
        return Group(Text(f"{clock}   {done} of {len(tasks)} tasks done", style="bold"), table, *self._tail)


def _what(job: JobRow) -> str:
    """The pieces of a job in words."""
    count = len(job.pieces)
    return job.lot.task.name if count == 1 else f"{count} x {job.lot.task.name}"
