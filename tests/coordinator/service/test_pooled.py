"""A campaign's builds are planned as one: machines are changed over as rarely as can be, and that saving is shown."""

from __future__ import annotations

from itertools import groupby, pairwise

import pytest
import yaml

from commons.scope import Way
from coordinator.schema.builds import JobState, RunOutcome
from coordinator.schema.network import Role
from coordinator.service.access import VISITOR
from coordinator.service.application import KEEPER
from coordinator.service.costing.campaigns import CampaignView
from coordinator.service.designs.designs import DesignView
from coordinator.service.house import Call
from coordinator.service.planning.orders import want_plan
from coordinator.service.runs.jobs import JobView
from core.errors import StateError
from tests.coordinator.conftest import block_stl, print_program

from .conftest import Town
from .test_pledges import WEEK
from .test_scope import CHANGED

SPOOL = "      - {material: pla, form: filament, amount: 2, unit: kg, unit_cost: 21}\n"
BOTH = CHANGED.replace("materials: [pla]", "materials: [pla, petg]").replace(
    SPOOL, SPOOL + SPOOL.replace("pla", "petg")
)


@pytest.fixture
def pool(town: Town) -> Town:
    """One printer, for PLA and PETG, that takes 20 minutes to change over."""
    assert "material: petg" in BOTH
    town.application.labs.put(Call(KEEPER), yaml.safe_load(BOTH))
    town.join("ben", Role.BUILDER)
    return town


def two_materials(town: Town, name: str, height: int) -> DesignView:
    """A design with one print in PLA and one in PETG."""
    rows = [f"{name} {word},1,3D printing,{material},{name}_{word}.stl," for word, material in MATERIALS.items()]
    files = {
        f"{name}_{word}__{suffix}": text
        for at, word in enumerate(MATERIALS)
        for suffix, text in (("stl", block_stl(20, 20, height + at)), ("gcode", print_program(200)))
    }
    return town.upload(*rows, **files)


MATERIALS = {"foot": "PLA", "cap": "PETG"}


def prints(town: Town, builds: list[int]) -> list[JobView]:
    jobs = [each for build in builds for each in town.application.jobs.all(build_id=build, limit=200).items]
    return sorted((each for each in jobs if not each.by_hand), key=lambda job: job.planned_start)


def set_ups(jobs: list[JobView]) -> int:
    """How often the one printer is set up for a material."""
    assert len({each.machine for each in jobs}) == 1
    assert all(one.planned_end <= other.planned_start for one, other in pairwise(jobs))
    return len(list(groupby(each.task.split(" ")[1] for each in jobs)))


def reached(town: Town, designs: list[DesignView]) -> CampaignView:
    call = [Call(town.people[name]) for name in ("ada", "ben")]
    opened = town.application.campaigns.open(call[0], "the printer, once a material", len(designs), WEEK)
    for at, design in enumerate(designs):
        opened = town.application.campaigns.join(call[at % 2], opened.id, 1, design.id)
    assert len(opened.builds) == len(designs)
    return opened


def test_builds_of_a_campaign_are_planned_in_a_row(pool: Town) -> None:
    designs = [two_materials(pool, name, height) for name, height in (("red", 10), ("blue", 14), ("green", 18))]
    apart = [pool.order(each).id for each in designs]
    assert set_ups(prints(pool, apart)) > 2, "by themselves they come as they come"
    for each in apart:
        pool.application.changes.cancellations.cancel(Call(pool.people["ada"]), each, "together instead")
    campaign = reached(pool, designs)
    assert all(pool.application.builds.one(each).planning for each in campaign.builds)
    pool.plan()
    jobs = prints(pool, campaign.builds)
    assert len(jobs) == 6
    assert set_ups(jobs) == 2, "each material once"


def test_what_stands_in_a_row_stays_there_when_one_fails(pool: Town) -> None:
    campaign = reached(pool, [two_materials(pool, name, height) for name, height in (("red", 10), ("blue", 14))])
    pool.plan()
    jobs = prints(pool, campaign.builds)
    assert set_ups(jobs) == 2
    agent, attempts = pool.agent("north"), pool.application.attempts
    work = attempts.claim(agent, "north", ["north-printer"])
    assert work is not None
    attempts.start(agent, work.attempt_id, work.fence)
    pool.clock.move(minutes=5)
    attempts.end(agent, work.attempt_id, work.fence, RunOutcome.FAILED, lines=1, message="")
    failed = pool.application.jobs.one(work.job_id)
    pool.application.jobs.rule(Call(pool.people["north"]), failed.id, JobState.SCRAPPED, "string")
    for build in reversed(campaign.builds):
        with pool.application.house.change("test") as change:
            want_plan(change, build, "anything")
        pool.plan()
        left = [each for each in prints(pool, campaign.builds) if each.id != failed.id]
        assert len(left) == 4, "what failed is made again"
        assert set_ups([each for each in left if each.id in {job.id for job in jobs}]) == 2, (
            "what stands in a row stays"
        )


def test_what_each_saves_is_that_of_the_plan_that_was_made(pool: Town) -> None:
    designs = [two_materials(pool, name, height) for name, height in (("red", 10), ("blue", 14))]
    campaign = reached(pool, designs)
    shares = pool.application.campaigns.shares
    assert shares(pool.people["ada"], campaign.id) == [], "of several designs nothing is known before the plan"
    pool.plan()
    found = shares(pool.people["ada"], campaign.id)
    assert {each.who for each in found} == {pool.people["ada"].id, pool.people["ben"].id}
    # two runs of 12 minutes each to set up, and two change-overs of 20 minutes for both, at 3 EUR an hour
    assert [(each.alone_cents, each.share_cents, each.saved_cents) for each in found] == [(320, 220, 100)] * 2
    assert {(each.way, each.planned) for each in found} == {(str(Way.SHAPLEY), True)}
    assert shares(VISITOR, campaign.id) == []


def test_orders_of_one_design_save_what_their_plan_saves(pool: Town) -> None:
    design = two_materials(pool, "red", 10)
    call = [Call(pool.people[name]) for name in ("ada", "ben")]
    campaigns = pool.application.campaigns
    opened = campaigns.open(call[0], "red ones", 3, WEEK, design_id=design.id, pieces=1)
    campaigns.join(call[1], opened.id, 2)
    before = campaigns.shares(KEEPER, opened.id)
    assert [each.planned for each in before] == [False, False]
    pool.plan()
    after = campaigns.shares(KEEPER, opened.id)
    assert [each.planned for each in after] == [True, True]
    (build,) = campaigns.one(opened.id).builds
    runs = len(prints(pool, [build]))
    assert sum(each.share_cents for each in after) == 60 * runs, "12 minutes a run at 3 EUR an hour"


def test_a_build_that_could_not_be_ordered_keeps_no_other_from_its_plan(
    pool: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    designs = [two_materials(pool, name, height) for name, height in (("red", 10), ("blue", 14))]
    campaigns, order = pool.application.campaigns, pool.application.builds.order
    opened = campaigns.open(Call(pool.people["ada"]), "the printer", 2, WEEK)
    campaigns.join(Call(pool.people["ada"]), opened.id, 1, designs[0].id)

    def refused(call: Call, design_id: int, *rest: object, **more: object) -> object:
        if design_id == designs[1].id:
            raise StateError("its files are gone")
        return order(call, design_id, *rest, **more)  # type: ignore[arg-type]  # what it is given is passed on

    with monkeypatch.context() as patched:
        patched.setattr(pool.application.builds, "order", refused)
        with pytest.raises(StateError, match="files are gone"):
            campaigns.join(Call(pool.people["ben"]), opened.id, 1, designs[1].id)
        assert campaigns.sweep() == 0, "who tends the network goes on"
    (first,) = campaigns.one(opened.id).builds
    pool.plan()
    assert len(prints(pool, [first])) == 2
    assert (campaigns.sweep(), campaigns.sweep()) == (1, 0)
    pool.plan()
    assert len(prints(pool, campaigns.one(opened.id).builds)) == 4
