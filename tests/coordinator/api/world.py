"""A coordinator and its agents in processes of their own, and the people of the labs, who act over HTTP."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from core.hashes import sha256_of_file
from firmware_bridge.twin.log import LoggedJob, jobs
from firmware_bridge.twin.process import find_twin
from gcode.program import read_program
from tests.coordinator.proof import GOOD

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "seedling-station"
PATIENCE_S = 300.0  # for a computer that is busy with much else; nothing here waits for time to pass


def two_labs() -> dict[str, Any]:
    """Two of the labs of the example: enough for all of it."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "examples" / "labs.yaml").read_text(encoding="utf-8"))
    return {"labs": document["labs"][:2], "transport": document["transport"][:1]}


@dataclass
class World:
    """One network in a folder."""

    folder: Path
    design: Path = EXAMPLE
    labs: dict[str, Any] = field(default_factory=two_labs)
    speed: str = "2000"
    lease_s: float = 60.0
    database_url: str | None = None
    port: int = 0
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    # -- processes

    def serve(self) -> None:
        """Start the coordinator, or start it again in the same folder, at the same port."""
        labs = self.folder / "labs.yaml"
        labs.write_text(yaml.safe_dump(self.labs), encoding="utf-8")
        command = ["serve", "--dir", str(self.folder / "coordinator"), "--port", str(self.port), "--labs", str(labs)]
        command += ["--speed", self.speed, "--lease", str(self.lease_s), "--seconds", "0.3"]
        command += ["--requests-per-second", "10000"]
        if self.database_url is not None:
            command += ["--database-url", self.database_url]
        out = self.folder / "serve.out"
        out.write_bytes(b"")
        self._start("serve", command, out)
        self.until(lambda: "fabcommons serves at" in out.read_text(), "the coordinator serves")
        self.port = int(re.search(r"serves at http://127\.0\.0\.1:(\d+)", out.read_text())[1])  # type: ignore[index]
        if "steward" not in self.tokens:
            self.until(lambda: "inv_" in out.read_text(), "an invitation is printed")
            code = re.search(r"inv_[\w-]+", out.read_text())[0]  # type: ignore[index]
            self.tokens["steward"] = self.post("/invitations/accept", None, code=code, name="Ste")["token"]

    def agent(self, lab: str) -> None:
        """Start the agent of a lab, or start it again with the same token and folder."""
        token = self.tokens.get(f"agent of {lab}")
        if token is None:
            token = self.post("/tokens", lab, label="box", agent_of=lab)["token"]
            self.tokens[f"agent of {lab}"] = token
        command = ["agent", "--coordinator", self.address, "--dir", str(self.folder / lab), "--speed", self.speed]
        self._start(f"agent {lab}", command, self.folder / f"{lab}.out", FABCOMMONS_TOKEN=token)

    def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes.pop(name).wait()

    def close(self) -> None:
        """End everything, virtual machines too."""
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.http.close()
        for link in self.folder.rglob("*.tty"):
            twin = find_twin(link)
            if twin is not None:
                twin.stop()

    def _start(self, name: str, command: list[str], out: Path, **variables: str) -> None:
        with out.open("ab") as file:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "coordinator", *command],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **variables},
                cwd=ROOT,
            )

    # -- HTTP

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, method: str, path: str, who: str | None = None, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return self.http.request(method, f"{self.address}/api/v1{path}", headers=headers, **options)

    def get(self, path: str, who: str | None = None) -> Any:
        answer = self.call("GET", path, who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, who: str | None, **body: Any) -> Any:
        answer = self.call("POST", path, who, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def until(self, there: Callable[[], object], what: str) -> None:
        """Wait for something that other processes do."""
        end = time.monotonic() + PATIENCE_S
        while not there():
            assert time.monotonic() < end, f"in vain: {what}; {self.told()}"
            for name, process in self.processes.items():
                assert process.poll() is None, f"{name} ended with {process.returncode}; {self.told()}"
            time.sleep(0.05)

    def told(self) -> str:
        return "\n".join(f"== {path.name}\n{path.read_text()[-1500:]}" for path in sorted(self.folder.glob("*.out")))

    # -- people

    def join(self, name: str, role: str, lab: str = "") -> None:
        code = self.post("/invitations", "steward", role=role, lab=lab)["code"]
        self.tokens[name] = self.post("/invitations/accept", None, code=code, name=name)["token"]

    def settle(self) -> None:
        """A builder, and an operator in each lab, known by its id."""
        self.join("builder", "builder")
        for lab in self.get("/labs")["items"]:
            self.join(lab["id"], "operator", lab["id"])

    def order(self) -> int:
        """Import the design as a zip and order one; returns the build's id."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for path in sorted(self.design.rglob("*")):
                if path.is_file():
                    archive.write(path, f"station/{path.relative_to(self.design)}")
        answer = self.call("POST", "/designs/archive?name=station", "builder", content=packed.getvalue())
        assert answer.status_code == 201, answer.text
        return int(self.post("/builds", "builder", design_id=answer.json()["id"])["id"])

    def act(self, build: int) -> dict[str, Any]:
        """Everything that people can do now: take offers, unpack, work by hand, check, rule. Returns the build."""
        for offer in self.get("/offers?state=offered&limit=200")["items"]:
            self.call("POST", f"/offers/{offer['id']}/accept", offer["lab"], json={"why": "we can"})
        for task in self.get(f"/builds/{build}/tasks?state=ordered&limit=200")["items"]:
            self.call("POST", f"/tasks/{task['id']}/arrival", "builder")
        for job in self.get(f"/jobs?build_id={build}&limit=200")["items"]:
            self._tend(job)
        found: dict[str, Any] = self.get(f"/builds/{build}")
        return found

    def _tend(self, job: dict[str, Any]) -> None:
        path, lab = f"/jobs/{job['id']}", job["lab"]
        if job["state"] in ("failed", "lost contact"):
            self.call("POST", f"{path}/verdict", lab, json={"verdict": "scrapped", "why": "not to be trusted"})
        elif job["by_hand"] and job["state"] in ("scheduled", "running"):
            kit = self.call("GET", f"/kits/{job['id']}", lab)
            if kit.is_success:  # it assembles: what other labs have made is carried over
                seen = {"tasks": [line["task_id"] for line in kit.json()["lines"]], "why": "carried over"}
                self.call("POST", f"/kits/{job['id']}/ticks", lab, json=seen)
            begun = self.call("POST", f"{path}/start", lab, json={}).is_success
            if begun or job["state"] == "running":
                self.call("POST", f"{path}/end", lab, json={})
        elif job["to_check"]:
            for piece in job["pieces"]:
                self.call("POST", f"/pieces/{piece['id']}/check", "builder", json={"accept": True, "why": "it fits"})

    def finished(self, build: int) -> dict[str, Any]:
        """Act until the build is finished; returns its report, which the machines' logs must bear out."""
        self.until(lambda: self.act(build)["state"] == "finished", "the build is finished")
        report: dict[str, Any] = self.get(f"/builds/{build}/report")
        self.prove(report)
        return report

    def prove(self, report: dict[str, Any]) -> None:
        """No job was started twice on any machine, and each piece was made by a program that was executed in full."""
        logged = {path.stem: jobs(path) for path in sorted(self.folder.glob("*/machines/*.log"))}
        ids = [job.job_id for found in logged.values() for job in found]
        assert len(ids) == len(set(ids)), f"started twice: {sorted(each for each in ids if ids.count(each) > 1)}"
        programs = {sha256_of_file(path): read_program(path).lines for path in self.design.rglob("*.gcode")}
        for piece in report["pieces"]:
            if piece["outcome"] in GOOD and piece["toolpath_sha256"]:
                mine: list[LoggedJob] = [
                    job for job in logged[piece["machine"]] if job.job_id == piece["piece"].partition("/")[0]
                ]
                assert [job.executed(programs[piece["toolpath_sha256"]]) for job in mine] == [True], piece

    def events(self) -> list[dict[str, Any]]:
        """The whole event log."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.get(f"/log?limit=500&after={found[-1]['id'] if found else 0}")
            found += page["items"]
            if page["next"] is None:
                return found


def good(report: dict[str, Any]) -> dict[str, int]:
    """How many good pieces there are, by name."""
    counts: dict[str, int] = {}
    for piece in report["pieces"]:
        counts[piece["name"]] = counts.get(piece["name"], 0) + (piece["outcome"] in GOOD)
    return counts
