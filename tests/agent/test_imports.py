"""What a lab's small computer loads: nothing that the coordinator alone needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "alembic", "apprise", "babel", "cryptography", "distributed", "fastapi", "ezdxf", "jinja2", "jwt", "lxml",
    "networkx", "numba", "numpy", "ortools", "psycopg", "pydantic", "reportlab", "scipy", "segno", "shapely",
    "sqlalchemy", "starlette", "trimesh", "uvicorn",
}  # fmt: skip


@pytest.mark.parametrize(
    "module", ["coordinator.commands.agent", "coordinator.commands.agent_probe", "coordinator.cli"]
)
def test_an_agent_loads_nothing_heavy(module: str) -> None:
    """Each of these packages costs megabytes that a small computer has not."""
    code = f"import sys, {module}; print(*sorted({{each.partition('.')[0] for each in sys.modules}}))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert set(answer.stdout.split()) & HEAVY == set()


def test_opening_every_kind_of_machine_loads_nothing_heavy() -> None:
    code = (
        "import sys, asyncio\n"
        "from agent.devices import Bench, MachineAddress\n"
        "from agent.station import Station\n"
        "from firmware_bridge.servers.kinds import KINDS\n"
        "[kind('http://127.0.0.1:9', '') for kind in KINDS.values()]\n"
        "print(*sorted({each.partition('.')[0] for each in sys.modules}))\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert set(answer.stdout.split()) & HEAVY == set()
