"""What is done until a build is delivered: agents run machines, hands assemble, peers look, parcels travel."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from .stage import Stage

__all__ = ["OPERATORS", "PEERS", "Making"]

OPERATORS: Final = {"north": "ada", "south": "ben", "west": "cem"}
PEERS: Final = {"north": "ben", "south": "cem", "west": "ada"}
_MACHINES: Final = {"north": ("north-printer-1", "north-printer-2"), "south": ("south-laser",), "west": ("west-mill",)}
_RUN_MIN: Final = {"north": 60, "south": 6, "west": 18}
_HAND_MIN: Final = {"Lamp head": 20, "Seedling station": 70}
_QUIET: Final = timedelta(hours=4)
_TURNS: Final = 400


class Making:
    """The making of builds. `flawed` names a task of which the first piece that a peer sees is rejected."""

    def __init__(self, stage: Stage, flawed: str = "") -> None:
        self._stage = stage
        self._flawed = flawed
        self.rejected: list[int] = []

    def plan(self) -> None:
        """Plan what is to be planned; labs take what they are offered."""
        self._stage.plan()
        for offer in self._stage.all("/offers?state=offered"):
            self._stage.post(f"/offers/{offer['id']}/accept", OPERATORS[offer["lab"]], why="we read it, and can")

    def run_all(self) -> int:
        """Let all machines work until none finds any more; returns how many runs there were."""
        found = quiet = 0
        for _ in range(_TURNS):
            ran = self._turn()
            found += ran
            quiet = 0 if ran else quiet + 1
            if quiet == 4:
                return found
            if not ran:
                self._stage.clock.moment += _QUIET
        raise AssertionError("the machines find no end")

    def _turn(self) -> int:
        """One run of each machine that has work."""
        stage, begun = self._stage, self._stage.clock.now()
        runs = []
        for lab, machines in _MACHINES.items():
            for machine in machines:
                work = stage.post("/agent/work", f"agent of {lab}", machines=[machine])
                if work is not None:
                    path, fence = f"/agent/attempts/{work['attempt_id']}", work["fence"]
                    stage.post(f"{path}/start", f"agent of {lab}", fence=fence)
                    runs.append((_RUN_MIN[lab], lab, path, fence))
        for minutes, lab, path, fence in sorted(runs):
            stage.clock.moment = begun + timedelta(minutes=minutes)
            told = {"outcome": "finished", "lines": 50, "message": "finished"}
            stage.post(f"{path}/end", f"agent of {lab}", fence=fence, **told)
        return len(runs)

    def look(self, build_id: int) -> int:
        """Peers of other labs look at every piece that waits for that; returns how many they saw."""
        seen = 0
        for job in self._stage.all(f"/jobs?build_id={build_id}&state=made"):
            for piece in job["pieces"]:
                if piece["state"] == "made":
                    good = job["task"] != self._flawed
                    said = {"accept": good, "why": "it fits" if good else "warped"}
                    self._stage.post(f"/pieces/{piece['id']}/check", PEERS[job["lab"]], **said)
                    seen += 1
                    if not good:
                        self.rejected.append(piece["id"])
                        self._flawed = ""
        return seen

    def carry(self, build_id: int, task_names: set[str], from_lab: str, to_lab: str | None, carrier: str) -> int:
        """Send the good pieces of tasks; returns the shipment's id."""
        stage = self._stage
        pieces = [
            piece["id"]
            for job in stage.all(f"/jobs?build_id={build_id}&state=made")
            if job["task"] in task_names
            for piece in job["pieces"]
            if piece["state"] == "accepted"
        ]
        sender = OPERATORS[from_lab]
        receiver = "kim" if to_lab is None else OPERATORS[to_lab]
        where = {"from_lab": from_lab, "to_lab": to_lab, "build_id": build_id, "pieces": pieces}
        shipment = stage.post("/shipments", sender, **where)["id"]
        stage.post(f"/shipments/{shipment}/send", sender, carrier=carrier)
        stage.clock.move(hours=3)
        stage.post(f"/shipments/{shipment}/arrival", receiver)
        return int(shipment)

    def by_hand(self, build_id: int, task: str) -> int:
        """An operator does the work by hand of a task; returns how many pieces that made."""
        stage, made = self._stage, 0
        for job in stage.all(f"/jobs?build_id={build_id}&state=scheduled"):
            if job["task"] == task:
                operator = OPERATORS[job["lab"]]
                lines = stage.get(f"/kits/{job['id']}", operator)["lines"]
                seen = {"tasks": [each["task_id"] for each in lines], "why": "it lies here"}
                stage.post(f"/kits/{job['id']}/ticks", operator, **seen)
                stage.post(f"/jobs/{job['id']}/start", operator)
                stage.clock.move(minutes=_HAND_MIN[task] * len(job["pieces"]))
                stage.post(f"/jobs/{job['id']}/end", operator, made=True)
                made += len(job["pieces"])
        return made
