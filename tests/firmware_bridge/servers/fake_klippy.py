"""A Klipper that prints nothing: the socket that Moonraker talks to, JSON messages that end with 0x03.

    python fake_klippy.py SOCKET GCODE_FOLDER LINES_PER_SECOND LOG

Each started file and each line of G-code is written to LOG.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

_ENDPOINTS = [
    "info",
    "emergency_stop",
    "list_endpoints",
    "objects/list",
    "objects/query",
    "objects/subscribe",
    "gcode/script",
    "gcode/help",
    "gcode/subscribe_output",
    "pause_resume/pause",
    "pause_resume/resume",
    "pause_resume/cancel",
    "register_remote_method",
]
_ZEROES = {"temperature": 21.0, "target": 0.0}
_TICK_S = 0.05


class Klippy:
    def __init__(self, folder: Path, lines_per_s: float, log: Path) -> None:
        self.folder, self.lines_per_s, self.log = folder, lines_per_s, log
        self.status: dict[str, dict[str, Any]] = {
            "webhooks": {"state": "ready", "state_message": "Printer is ready"},
            "print_stats": {"state": "standby", "filename": "", "message": "", "print_duration": 0.0,
                            "total_duration": 0.0, "filament_used": 0.0, "info": {}},
            "virtual_sdcard": {"progress": 0.0, "file_position": 0, "file_size": 0, "is_active": False},
            "display_status": {"progress": 0.0, "message": None},
            "pause_resume": {"is_paused": False},
            "extruder": dict(_ZEROES),
            "heater_bed": dict(_ZEROES),
            "toolhead": {"position": [0, 0, 0, 0], "homed_axes": "xyz"},
            "gcode_move": {"gcode_position": [0, 0, 0, 0]},
            "idle_timeout": {"state": "Idle"},
            "configfile": {"config": {"virtual_sdcard": {"path": str(folder)}}, "settings": {}},
        }  # fmt: skip
        self.subscribers: list[tuple[asyncio.StreamWriter, dict[str, Any], Any]] = []
        self.lines: list[str] = []
        self.at = 0.0

    def note(self, text: str) -> None:
        with self.log.open("a") as file:
            file.write(text + "\n")

    def tell(self, name: str, **values: Any) -> None:
        self.status[name].update(values)
        for writer, template, wanted in self.subscribers:
            if name in wanted and not writer.is_closing():
                message = {**template, "params": {"eventtime": time.monotonic(), "status": {name: values}}}
                writer.write(json.dumps(message).encode() + b"\x03")

    def script(self, text: str) -> None:
        for line in text.splitlines():
            self.note(line)
            found = re.match(r'SDCARD_PRINT_FILE FILENAME="?([^"]+)"?', line)
            if found:
                self.print_file(found[1].lstrip("/"))

    def print_file(self, name: str) -> None:
        if self.status["print_stats"]["state"] in {"printing", "paused"}:
            raise RuntimeError("SD busy")
        data = (self.folder / name).read_text()
        self.lines, self.at = data.splitlines(), 0.0
        self.tell("virtual_sdcard", file_size=len(data), is_active=True, progress=0.0)
        self.tell("print_stats", state="printing", filename=name, message="", print_duration=0.0, total_duration=0.0)

    def pause(self) -> None:
        if self.status["print_stats"]["state"] == "printing":
            self.tell("pause_resume", is_paused=True)
            self.tell("print_stats", state="paused")

    def resume(self) -> None:
        if self.status["print_stats"]["state"] == "paused":
            self.tell("pause_resume", is_paused=False)
            self.tell("print_stats", state="printing")

    def cancel(self) -> None:
        if self.status["print_stats"]["state"] in {"printing", "paused"}:
            self.tell("pause_resume", is_paused=False)
            self.tell("virtual_sdcard", is_active=False)
            self.tell("print_stats", state="cancelled")

    def stop(self) -> None:
        self.tell("webhooks", state="shutdown", state_message="Shutdown due to webhooks request")
        self.tell("print_stats", state="paused")  # as the real one says

    async def work(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            stats = self.status["print_stats"]
            if stats["state"] != "printing" or self.status["webhooks"]["state"] != "ready":
                continue
            first, self.at = int(self.at), min(len(self.lines), self.at + self.lines_per_s * _TICK_S)
            failing = next((line for line in self.lines[first : int(self.at)] if line.startswith("FAIL")), None)
            self.tell("virtual_sdcard", progress=self.at / len(self.lines), file_position=int(self.at))
            spent = stats["print_duration"] + _TICK_S
            if failing:
                self.tell("print_stats", state="error", message=f"Unknown command: {failing}", print_duration=spent)
            elif self.at >= len(self.lines):
                self.tell("print_stats", state="complete", print_duration=spent, total_duration=spent)
            else:
                self.tell("print_stats", print_duration=spent, total_duration=spent)

    def answer(self, method: str, params: dict[str, Any], writer: asyncio.StreamWriter) -> Any:
        actions = {"pause": self.pause, "resume": self.resume, "cancel": self.cancel}
        match method:
            case "info":
                hooks = self.status["webhooks"]
                return {**hooks, "hostname": "bench", "klipper_path": "/opt/klipper", "python_path": sys.executable,
                        "process_id": os.getpid(), "user_id": 0, "group_id": 0, "log_file": "/dev/null",
                        "config_file": "/dev/null", "software_version": "v0.12.0-fake", "cpu_info": "none"}  # fmt: skip
            case "list_endpoints":
                return {"endpoints": _ENDPOINTS}
            case "objects/list":
                return {"objects": list(self.status)}
            case "objects/query" | "objects/subscribe":
                wanted = params.get("objects", {})
                if method == "objects/subscribe":
                    self.subscribers = [each for each in self.subscribers if each[0] is not writer]
                    self.subscribers.append((writer, params["response_template"], wanted))
                told = {name: self.status[name] for name in wanted if name in self.status}
                return {"eventtime": time.monotonic(), "status": told}
            case "gcode/script":
                self.script(params["script"])
                return {}
            case "emergency_stop":
                self.stop()
                return {}
            case _:
                name = method.removeprefix("pause_resume/")
                if name in actions:
                    actions[name]()
                return {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                request = json.loads((await reader.readuntil(b"\x03"))[:-1])
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            answer: dict[str, Any] = {}
            try:
                answer["result"] = self.answer(request["method"], request.get("params") or {}, writer)
            except (RuntimeError, OSError, KeyError) as error:
                answer["error"] = {"error": "WebRequestError", "message": str(error)}
            if "id" in request:
                writer.write(json.dumps({"id": request["id"], **answer}).encode() + b"\x03")


async def main(socket: str, folder: str, lines_per_s: str, log: str) -> None:
    klippy = Klippy(Path(folder), float(lines_per_s), Path(log))
    await asyncio.start_unix_server(klippy.serve, socket, limit=20_000_000)
    await klippy.work()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
