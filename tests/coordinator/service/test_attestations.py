"""What was observed of a design's parts, counted from the pieces themselves."""

from __future__ import annotations

import json

import pytest

from coordinator.schema.builds import JobState, PieceState, RunOutcome
from coordinator.service.house import Call
from coordinator.service.refusals import UnknownError
from core.hashes import sha256_of_file
from tests.coordinator.conftest import block_stl

from .conftest import Town
from .test_whole_life import printed


def test_facts_count_what_was_made_and_what_failed(town: Town) -> None:
    design = town.upload()
    assert town.application.attestations.of(design.id) == []
    town.order(design)
    agent = town.agent("north")
    spoilt = printed(town, agent, RunOutcome.FAILED)
    town.application.jobs.rule(Call(town.people["north"]), spoilt.job_id, JobState.SCRAPPED, "it came off the bed")
    town.plan()
    good = printed(town, agent)
    piece = town.application.pieces.all(state=PieceState.MADE).items[0]
    town.application.pieces.check(Call(town.people["south"]), piece.id, accept=True, why="")
    (foot,) = town.application.attestations.of(design.id)
    part = town.folder / "foot.stl"
    part.write_text(block_stl(20, 20, 20))
    assert foot["file_sha256"] == sha256_of_file(part)
    assert (foot["part"], foot["file"], foot["version"]) == ("Foot", "foot.stl", design.content_sha256)
    assert (foot["failed"], foot["accepted"], foot["rejected"], foot["labs"]) == (spoilt.pieces, 1, 0, 1)
    made = sum(each.pieces for each in (good,))
    assert foot["made"] == made
    assert foot["first_at"] <= foot["last_at"]
    assert json.loads(json.dumps(foot)) == foot
    assert "north" not in json.dumps(foot)


def test_a_design_that_is_not_there_has_none(town: Town) -> None:
    with pytest.raises(UnknownError):
        town.application.attestations.of(7)
