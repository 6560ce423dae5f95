"""docs/upkeep.md names every event that is told of stock and machines, and what is assumed where nobody has said."""

from __future__ import annotations

import re
from pathlib import Path

from coordinator.service.machinery import reservations, standing

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "upkeep.md").read_text(encoding="utf-8")
SOURCES = (
    "ledger.py",
    *(f"service/machinery/{name}.py" for name in ("stock", "loads", "locks", "upkeep", "reservations", "held")),
)


def test_every_event_is_told_and_none_besides() -> None:
    code = "\n".join((ROOT / "coordinator" / name).read_text(encoding="utf-8") for name in SOURCES)
    recorded = set(re.findall(r'"((?:stock|machine|job|upkeep|reservation)\.[a-z-]+)"', code))
    recorded |= {f"stock.{kind}" for kind in ("received", "used", "corrected", "retired")}
    readings = (ROOT / "coordinator" / "service" / "machinery" / "readings.py").read_text(encoding="utf-8")
    recorded |= set(re.findall(r'"(machine\.[a-z-]+)"', readings))
    table = TEXT[TEXT.index("| event |") :].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z]+\.[a-z-]+)`", table)) == recorded


def test_what_is_assumed_is_told() -> None:
    assert f"planned for as {standing.LOCK_LASTS.days} days from now on" in TEXT
    assert standing.OUTSIDE_LASTS.total_seconds() == 3600
    assert "planned for as an hour from now on" in TEXT
    assert reservations.MOST_OF_GUESTS == 5
    assert "five at a time" in TEXT
