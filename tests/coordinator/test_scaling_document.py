"""docs/scaling.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from typer.main import get_command

from coordinator import store
from coordinator.api import messenger
from coordinator.cli import app
from coordinator.service import application, tail, tending
from coordinator.service.planning import planner
from coordinator.service.runs import presence

TEXT = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text(encoding="utf-8")


def says(sentence: str) -> bool:
    return sentence in re.sub(r"\s+", " ", TEXT)


def test_numbers_are_those_of_the_code() -> None:
    kept = store._READERS["postgresql"]
    assert says(f"keeps up to {kept} connections open and takes {kept + 20} at most")
    assert says(f"{tending._HOLD_S:g} s (webhooks: {messenger._HOLD_S:g} s) after it was killed")
    assert tail._LOOK_EVERY_S == 2.0
    assert says("looks every two seconds")
    assert says(f"reports that come within {application._TOLD_EVERY_S:g} s share a transaction")
    assert presence._WRITE_EVERY_S == 1.0
    assert says(f"written once a second for all, and every {presence._SEEN_EVERY.total_seconds():g} s for each")
    assert says(f"takes over {planner._LIMIT_S / 60:g} minutes is ended")


def test_options_and_variables_are_there() -> None:
    serve = get_command(app).commands["serve"]  # type: ignore[attr-defined] # it is a group
    known = {name for option in serve.params for name in option.opts}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", TEXT)) - {"--port", "--nworkers", "--nthreads"}  # those of Dask
    assert named <= known, named - known
    variables = {option.envvar for option in serve.params}
    assert set(re.findall(r"FABCOMMONS_[A-Z_]+", TEXT)) <= variables
