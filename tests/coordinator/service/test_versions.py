"""A newer version of a design under a build: what it would change, and what staying, moving or moving in part does."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from bom.answers import Answer
from coordinator.schema.builds import BuildState, JobState, PieceState, TaskState
from coordinator.schema.network import Role
from coordinator.service.designs.designs import DesignView
from coordinator.service.house import Call
from coordinator.service.refusals import ForbiddenError, UnknownError
from coordinator.service.work.builds import BuildView
from core.errors import InputError, StateError
from machines.lab import FirstArticle
from tests.coordinator.conftest import block_stl, print_program

from .conftest import ROWS, Town
from .test_whole_life import claimed, finish, lay_out, printed

FOOT, PANEL, SCREW = "fabricate:foot", "fabricate:panel", "purchase:screw"
LAMP = "assemble:product"
NEW_FOOT = {"foot__stl": block_stl(20, 20, 25), "foot__gcode": print_program()}


def ordered(town: Town, design: DesignView | None = None) -> BuildView:
    return town.order(design, first_article=FirstArticle.NEVER)


def parts(town: Town, build_id: int, design_id: int) -> dict[str, Any]:
    seen = town.application.changes.versions.difference(build_id, design_id)
    return {each.key: each for each in seen.parts}


def move(town: Town, build_id: int, design_id: int, keys: list[str] | None = None, who: str = "ada") -> Any:
    moved = town.application.changes.moving.move(Call(town.people[who]), build_id, design_id, "it is better", keys)
    town.plan()
    return moved


def outcomes(town: Town, build_id: int, name: str) -> Counter[str]:
    report = town.application.builds.report(build_id)
    return Counter(each["outcome"] for each in report["pieces"] if each["name"] == name)


def test_the_difference_is_told_part_by_part_and_changes_nothing(town: Town) -> None:
    build = ordered(town)
    printed(town, town.agent("north"))
    newer = town.upload(
        "Foot,3,3D printing,PETG,foot.stl,", "Panel,2,Manual cutting,Plywood,,", "Rod,1,,,,Shop", **NEW_FOOT
    )
    before = town.application.log.newest()
    told = parts(town, build.id, newer.id)
    assert town.application.log.newest() == before
    assert {key: each.change for key, each in told.items()} == {
        FOOT: "changed",
        "purchase:rod": "added",
        SCREW: "removed",
    }
    foot = told[FOOT]
    assert {each.field: (each.before, each.after) for each in foot.fields if each.field != "file"} == {
        "quantity": ("2 piece", "3 piece"),
        "material": ("pla", "petg"),
    }
    assert "file" in {each.field for each in foot.fields}
    assert (foot.made, foot.stands, foot.machine_h) == (1, False, pytest.approx(10 / 60, abs=0.01))
    seen = town.application.changes.versions.difference(build.id, newer.id)
    assert (seen.pieces_lost, seen.same) == (1, 2)
    assert seen.pieces_withdrawn > 0


def test_the_builder_is_told_and_may_stay(town: Town) -> None:
    build = ordered(town)
    newer = town.upload(*ROWS, **NEW_FOOT)
    told = [each for each in town.application.log.after(0, 1000) if each.kind == "build.version-here"]
    assert [(each.subject, each.data) for each in told] == [(f"build {build.id}", {"design": newer.id})]
    versions = town.application.changes.versions.of(build.id)
    assert [(each.design_id, each.current, each.newer, each.decision) for each in versions] == [
        (newer.id, False, True, None),
        (build.design_id, True, False, None),
    ]
    stays = town.application.changes.moving.stay(Call(town.people["ada"]), build.id, newer.id, "no time")
    assert (stays.decision, stays.why) == ("stay", "no time")
    assert town.application.changes.versions.of(build.id)[0].decision == "stay"
    assert town.application.builds.one(build.id).design_id == build.design_id


def test_moved_wholly_old_pieces_are_superseded_and_never_delivered(town: Town) -> None:
    build, agent = ordered(town), town.agent("north")
    printed(town, agent)
    (old,) = town.application.pieces.all(build.id, PieceState.MADE).items
    newer = town.upload(*ROWS, **NEW_FOOT)
    scheduled = {job.id for job in town.application.jobs.all(build_id=build.id, state=JobState.SCHEDULED).items}
    moved = move(town, build.id, newer.id)
    assert (moved.pieces_lost, moved.to_design_id) == (1, newer.id)
    assert town.application.builds.one(build.id).design_id == newer.id
    assert town.application.pieces.one(old.id).state is PieceState.SUPERSEDED
    with pytest.raises(StateError, match="superseded"):
        town.application.pieces.deliver(Call(town.people["ada"]), old.id)
    with pytest.raises(StateError, match="superseded"):
        town.application.pieces.check(Call(town.people["south"]), old.id, accept=True, why="")
    withdrawn = {job.id for job in town.application.jobs.all(build_id=build.id, state=JobState.WITHDRAWN).items}
    assert withdrawn <= scheduled
    assert withdrawn
    assert {each.task for each in town.application.board.needed().items} <= {"Panel"}, "what was put aside nobody needs"
    finish(town, agent, build.id)
    assert outcomes(town, build.id, "Foot") == {"made": 2, "superseded": 1}
    report = town.application.builds.report(build.id)
    assert report["design_sha256"] == newer.content_sha256
    versions = {each["outcome"]: each["version_sha256"] for each in report["pieces"] if each["name"] == "Foot"}
    assert versions == {"superseded": build.design_sha256, "made": newer.content_sha256}
    files = {each["outcome"]: each["file_sha256"] for each in report["pieces"] if each["name"] == "Foot"}
    assert files["superseded"] != files["made"]


def test_pieces_of_parts_that_are_the_same_stand(town: Town) -> None:
    build, agent = ordered(town), town.agent("north")
    printed(town, agent)
    newer = town.upload(*ROWS[:2], "Screw,6,,,,Shop")
    assert set(parts(town, build.id, newer.id)) == {SCREW}
    move(town, build.id, newer.id)
    assert outcomes(town, build.id, "Foot")["made"] == 1
    finish(town, agent, build.id)
    assert outcomes(town, build.id, "Foot") == {"made": 2}
    report = town.application.builds.report(build.id)
    assert {each["version_sha256"] for each in report["pieces"] if each["name"] == "Foot"} == {
        build.design_sha256,
        newer.content_sha256,
    }
    assert [each["quantity"] for each in report["bought"]] == [6]


@pytest.mark.parametrize(("quantity", "made"), [(3, 3), (1, 1)])
def test_another_number_of_the_same_part_makes_more_or_fewer(town: Town, quantity: int, made: int) -> None:
    build, agent = ordered(town), town.agent("north")
    printed(town, agent)
    newer = town.upload(f"Foot,{quantity},3D printing,PLA,foot.stl,", *ROWS[1:])
    assert parts(town, build.id, newer.id)[FOOT].stands
    move(town, build.id, newer.id)
    finish(town, agent, build.id)
    assert outcomes(town, build.id, "Foot")["made"] == made


def test_what_runs_while_the_build_moves_comes_to_its_end_and_is_superseded(town: Town) -> None:
    build, agent, attempts = ordered(town), town.agent("north"), town.application.attempts
    work = claimed(town, agent)
    attempts.start(agent, work.attempt_id, work.fence)
    newer = town.upload(*ROWS, **NEW_FOOT)
    assert parts(town, build.id, newer.id)[FOOT].running == 1
    move(town, build.id, newer.id)
    assert attempts.claim(agent, "north", ["north-printer"]) is None, "the machine is at work"
    attempts.end(agent, work.attempt_id, work.fence, outcome="finished", lines=50, message="done")  # type: ignore[arg-type]
    assert {each.state for each in town.application.jobs.one(work.job_id).pieces} == {PieceState.SUPERSEDED}
    finish(town, agent, build.id)
    assert outcomes(town, build.id, "Foot") == {"made": 2, "superseded": 1}


def test_moved_in_part_the_others_are_made_of_the_version_they_follow(town: Town) -> None:
    build, agent = ordered(town), town.agent("north")
    newer = town.upload("Foot,2,3D printing,PLA,foot.stl,", "Panel,2,Manual cutting,PLA,,", "Rod,1,,,,Shop", **NEW_FOOT)
    with pytest.raises(InputError, match="does not differ"):
        move(town, build.id, newer.id, ["assemble:lamp"])
    with pytest.raises(InputError, match="no part"):
        move(town, build.id, newer.id, [])
    move(town, build.id, newer.id, [PANEL])
    tasks = {task.key: task for task in town.application.tasks.of(build.id).items}
    assert set(tasks) == {FOOT, PANEL, SCREW, LAMP}
    assert tasks[PANEL].material == "pla"
    finish(town, agent, build.id)
    report = town.application.builds.report(build.id)
    versions = {each["name"]: each["version_sha256"] for each in report["pieces"] if each["outcome"] == "made"}
    assert versions["Foot"] == build.design_sha256
    assert versions["Panel"] == newer.content_sha256
    hashes = {each["name"]: each["file_sha256"] for each in report["pieces"]}
    old = {task.key: task.file_sha256 for task in town.application.tasks.of(build.id).items}
    assert hashes["Foot"] == old[FOOT]


def test_a_build_that_moved_in_part_moves_on_wholly_later(town: Town) -> None:
    build, agent = ordered(town), town.agent("north")
    newer = town.upload("Foot,2,3D printing,PLA,foot.stl,", "Panel,2,Manual cutting,PLA,,", **NEW_FOOT)
    move(town, build.id, newer.id, [PANEL])
    newest = town.upload(
        "Foot,2,3D printing,PLA,foot.stl,", "Panel,2,Manual cutting,PLA,,", "Rod,1,,,,Shop", **NEW_FOOT
    )
    assert {key: each.change for key, each in parts(town, build.id, newest.id).items()} == {
        FOOT: "changed",
        SCREW: "removed",
        "purchase:rod": "added",
    }
    move(town, build.id, newest.id)
    finish(town, agent, build.id)
    states = {task.key: task.state for task in town.application.tasks.of(build.id).items}
    assert states[SCREW] is TaskState.CANCELLED
    assert states["purchase:rod"] is TaskState.DONE
    report = town.application.builds.report(build.id)
    assert report["complete"]
    assert {each["version_sha256"] for each in report["pieces"] if each["name"] == "Foot"} == {newest.content_sha256}


def test_what_a_maintainer_calls_compatible_stands(town: Town) -> None:
    build, agent = ordered(town), town.agent("north")
    printed(town, agent)
    newer = town.upload(*ROWS, **NEW_FOOT)
    versions = town.application.changes.versions
    assert not parts(town, build.id, newer.id)[FOOT].stands
    with pytest.raises(ForbiddenError):
        versions.mark_compatible(Call(town.people["ada"]), build.design_id, newer.id, FOOT, "a longer foot will do")
    with pytest.raises(InputError, match="reason"):
        versions.mark_compatible(Call(town.people["ste"]), build.design_id, newer.id, FOOT, "")
    versions.mark_compatible(Call(town.people["ste"]), build.design_id, newer.id, FOOT, "a longer foot will do")
    foot = parts(town, build.id, newer.id)[FOOT]
    assert (foot.stands, foot.compatible) == (True, True)
    move(town, build.id, newer.id)
    finish(town, agent, build.id)
    assert outcomes(town, build.id, "Foot") == {"made": 2}


def test_an_assembly_that_was_begun_is_made_anew_with_the_new_part(town: Town) -> None:
    build, agent = ordered(town, town.upload(ROWS[0])), town.agent("north")
    for _ in range(2):
        printed(town, agent)
    job = next(job for job in town.application.jobs.all(build_id=build.id).items if job.task == "lamp")
    operator = Call(town.people[job.lab])
    lay_out(town, operator, job.id)
    town.application.jobs.start(operator, job.id)
    newer = town.upload(ROWS[0], **NEW_FOOT)
    lamp = parts(town, build.id, newer.id)[LAMP]
    assert [each.field for each in lamp.fields] == ["parts"]
    move(town, build.id, newer.id)
    town.application.jobs.end(operator, job.id, made=True, why="")
    assert town.application.builds.one(build.id).state is BuildState.OPEN
    finish(town, agent, build.id)
    assert outcomes(town, build.id, "lamp") == {"made": 1, "superseded": 1}


def test_only_the_builder_decides_about_versions_of_the_same_design(town: Town) -> None:
    build = ordered(town)
    newer = town.upload(*ROWS, **NEW_FOOT)
    town.join("bob", Role.BUILDER)
    with pytest.raises(ForbiddenError):
        move(town, build.id, newer.id, who="bob")
    with pytest.raises(UnknownError):
        move(town, build.id, build.design_id)
    town.people["ada"], ada = town.people["bob"], town.people["ada"]
    strange = town.upload(*ROWS[:1])  # of the same name, by somebody else
    town.people["ada"] = ada
    assert strange.id not in {each.design_id for each in town.application.changes.versions.of(build.id)}
    with pytest.raises(UnknownError):
        move(town, build.id, strange.id)


def test_two_decisions_at_one_moment_do_not_mix(town: Town) -> None:
    """A build that was moved while its difference was looked at is looked at again."""
    build = ordered(town)
    one = town.upload(*ROWS, **NEW_FOOT)
    other = town.upload(*ROWS[:2], **NEW_FOOT)
    moving, opened = town.application.changes.moving, town.application.designs.opened
    done: list[object] = []

    def meanwhile(design_id: int) -> Any:
        if design_id == other.id and not done:
            done.append(moving.move(Call(town.people["ada"]), build.id, one.id, "first"))
        return opened(design_id)

    town.application.designs.opened = meanwhile  # type: ignore[method-assign]
    with pytest.raises(StateError, match="at this moment"):
        moving.move(Call(town.people["ada"]), build.id, other.id, "second")
    assert town.application.builds.one(build.id).design_id == one.id


# -- answers


def test_an_answer_makes_a_version_that_builds_are_told_of(town: Town) -> None:
    design = town.upload("Foot,2,3D printing,,foot.stl,", *ROWS[1:])
    build = ordered(town, design)
    question = next(each for each in design.questions if each.about == "material")
    answering = town.application.changes.answering
    given = [Answer(question.item, "material", "PLA")]
    answered = answering.answer(Call(town.people["ada"]), design.id, given)
    assert answered.id != design.id
    assert not any(each.about == "material" for each in answered.questions)
    assert [(each.item, each.answer, each.made_id) for each in answering.of(design.id)] == [
        (question.item, "PLA", answered.id)
    ]
    foot = parts(town, build.id, answered.id)[FOOT]
    assert [(each.field, each.before, each.after) for each in foot.fields] == [("material", None, "pla")]
    assert foot.stands is False
    assert town.application.designs.one(design.id) == design, "what was read stays as it was"
    assert answering.answer(Call(town.people["ada"]), design.id, given).id == answered.id


def test_later_imports_take_answers_along_unless_the_design_answers_itself(town: Town) -> None:
    design = town.upload("Foot,2,3D printing,,foot.stl,", *ROWS[1:])
    given = [Answer("material", "material", "PLA")]
    town.application.changes.answering.answer(Call(town.people["ada"]), design.id, given)
    later = town.upload("Foot,2,3D printing,,foot.stl,", *ROWS[1:], "Nut,2,,,,Shop")
    assert not any(each.about == "material" for each in later.questions)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer("Foot", "process", "sorcery"), "not taken"),
        (Answer("Foot", "quantity", "some"), "not taken"),
        (Answer("Hat", "quantity", "4"), "nothing is asked about 'Hat'"),
        (Answer("Foot", "infill_percent", "150 %"), "not taken"),
    ],
)
def test_an_answer_that_does_not_fit_changes_nothing(town: Town, answer: Answer, message: str) -> None:
    design, before = town.upload(), town.application.log.newest()
    with pytest.raises(InputError, match=message):
        town.application.changes.answering.answer(Call(town.people["ada"]), design.id, [answer])
    assert town.application.log.newest() == before


def test_only_who_keeps_a_design_answers_for_it(town: Town) -> None:
    design = town.upload()
    given = [Answer("Foot", "material", "PETG")]
    town.join("bob", Role.BUILDER)
    for name in ("bob", "north"):
        with pytest.raises(ForbiddenError):
            town.application.changes.answering.answer(Call(town.people[name]), design.id, given)
    assert town.application.changes.answering.answer(Call(town.people["ste"]), design.id, given).id != design.id
