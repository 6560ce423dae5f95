"""`fabcommons agent probe` before virtual machines: what it finds, what it leaves alone, what it writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from agent.probing import Found, servers_at, user_of
from coordinator.commands.agent_probe import entry_of
from core.errors import InputError
from firmware_bridge.twin.log import read_log
from firmware_bridge.twin.process import TwinProcess
from machines.network import network_of
from tests.firmware_bridge.servers.conftest import moonraker  # noqa: F401 - a fixture


def probe(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "coordinator", "agent", "probe", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("firmware", ["marlin", "grbl"])
def test_a_machine_on_a_port_is_found_and_written_down(
    firmware: str, twin: Callable[..., tuple[TwinProcess, Path]], tmp_path: Path
) -> None:
    machine, _ = twin(firmware)
    out = tmp_path / "machines.yaml"
    answer = probe(machine.link, "--yes", "--json", "--out", out)
    assert answer.returncode == 0, answer.stderr
    (entry,) = json.loads(answer.stdout)["machines"]
    assert entry["entry"]["connection"] == {"driver": firmware, "port": str(machine.link), "baud": 115200}
    assert entry["missing"]
    written = yaml.safe_load(out.read_text())["machines"]
    assert written == [entry["entry"]]
    whole = {**written[0], "processes": ["fdm"], "materials": ["pla"], "envelope_mm": [200, 200, 200]}
    hours = {"daily": "08:00-18:00"}
    lab = {"id": "north", "name": "North", "timezone": "UTC", "opening_hours": hours, "machines": [whole]}
    found = network_of({"labs": [lab]}, where="test").machine(written[0]["id"])
    assert str(found.connection.driver) == firmware, "with what is missing it is an entry of the labs document"


def test_no_port_is_opened_before_a_person_says_so(twin: Callable[..., tuple[TwinProcess, Path]]) -> None:
    machine, log = twin("marlin")
    answer = probe(machine.link)
    assert answer.returncode == 0
    assert "may reset its board" in answer.stderr
    assert [each for each in read_log(log) if "line" in each or each.get("cause") not in (None, "power")] == []


def test_a_port_that_somebody_uses_is_left_alone(twin: Callable[..., tuple[TwinProcess, Path]]) -> None:
    machine, _ = twin("marlin")
    device = os.path.realpath(machine.link)
    held = os.open(device, os.O_RDWR | os.O_NOCTTY)
    try:
        answer = probe(machine.link, "--yes", "--json")
    finally:
        os.close(held)
    (told,) = json.loads(answer.stdout)["found"]
    assert told["driver"] is None
    assert "has it open" in told["reason"]


def test_who_uses_a_port_is_read_from_lock_files_and_descriptors(tmp_path: Path) -> None:
    port, other = tmp_path / "ttyX", tmp_path / "ttyY"
    port.touch()
    other.touch()
    processes, locks = tmp_path / "proc", tmp_path / "lock"
    locks.mkdir()
    for pid, opened in ((17, other), (18, port)):
        (processes / str(pid) / "fd").mkdir(parents=True)
        (processes / str(pid) / "fd" / "3").symlink_to(opened)
        (processes / str(pid) / "comm").write_text(f"program{pid}\n")
    assert user_of(str(port), processes, [locks]) == "program18 (18)"
    (processes / "18" / "fd" / "3").unlink()
    assert user_of(str(port), processes, [locks]) is None
    (locks / "LCK..ttyX").write_text("        17\n")
    assert user_of(str(port), processes, [locks]) == "program17 (17)"
    (locks / "LCK..ttyX").write_text("  99\n")
    assert user_of(str(port), processes, [locks]) is None, "a lock of a program that has ended"


def test_a_name_that_the_library_knows_gives_the_model() -> None:
    found = Found("/dev/ttyACM0", "marlin", "Prusa-Firmware 3.14", "Original Prusa i3 MK3S", 115200)
    entry = entry_of(found)
    assert entry.missing == ()
    assert entry.machine["model"] == "prusa-mk3s"
    unknown = entry_of(Found("/dev/ttyACM0", "marlin", "Marlin 2.1", "3D Printer", 115200))
    assert "model" not in unknown.machine, "what is not surely known is not guessed"
    assert unknown.missing
    server = entry_of(Found("http://octopi.local", "octoprint", "1.10", "OctoPrint"), "LAB_KEY")
    assert server.machine["connection"] == {
        "driver": "octoprint", "address": "http://octopi.local", "key_variable": "LAB_KEY",
    }  # fmt: skip


def test_hosts_have_usual_ports() -> None:
    assert servers_at("octopi.local") == (
        "http://octopi.local", "http://octopi.local:5000", "http://octopi.local:7125",
    )  # fmt: skip
    assert servers_at("10.0.0.7:81") == ("http://10.0.0.7:81",)
    assert servers_at("https://farm.local/octo2") == ("https://farm.local/octo2",)
    for odd in ("", "a b/c", "user@host", "host:x"):
        with pytest.raises(InputError):
            servers_at(odd)


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    out = tmp_path / "there.yaml"
    out.write_text("mine")
    answer = probe("http://127.0.0.1:9", "--out", out)
    assert answer.returncode == 2
    assert out.read_text() == "mine"


@pytest.mark.timeout(300)
def test_a_real_moonraker_is_found(moonraker, tmp_path: Path) -> None:  # noqa: F811
    with moonraker() as (server, _, _log):
        answer = probe(server.address.removeprefix("http://"), "--json")
    (entry,) = json.loads(answer.stdout)["machines"]
    assert entry["entry"]["connection"] == {"driver": "moonraker", "address": server.address}
