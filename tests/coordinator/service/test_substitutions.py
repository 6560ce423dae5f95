"""Labs use something else where that was asked and approved; settings of parts; what the designer is told of it all."""

from __future__ import annotations

import zipfile
from urllib.parse import parse_qs, urlsplit

import pytest

from coordinator.schema.builds import JobState, PieceState, RunOutcome, TaskState
from coordinator.schema.change import SubstitutionKind as Kind
from coordinator.schema.change import SubstitutionState as State
from coordinator.schema.network import Role
from coordinator.service.access import Actor, Grant
from coordinator.service.changes.substitutions import SubstitutionView
from coordinator.service.designs.designs import DesignView
from coordinator.service.designs.issue_text import cut, issue_address, plain
from coordinator.service.house import Call
from coordinator.service.refusals import ForbiddenError
from coordinator.service.work.builds import BuildView
from core.errors import InputError, StateError
from core.part_settings import Orientation, PartSettings
from machines.lab import FirstArticle
from tests.coordinator.conftest import LICENCE

from .conftest import PRINTED, Town
from .test_whole_life import accept, by_hand, printed

ABS_FOOT = "Foot,1,3D printing,ABS,foot.stl,"


def ordered(town: Town, *rows: str) -> BuildView:
    return town.order(town.upload(*rows), first_article=FirstArticle.NEVER)


def task_of(town: Town, build: BuildView, name: str = "Foot") -> int:
    return next(task.id for task in town.application.tasks.of(build.id).items if task.name == name)


def asked(
    town: Town, task_id: int, kind: Kind = Kind.MATERIAL, instead: str = "PLA", lab: str = "north"
) -> SubstitutionView:
    substitutions = town.application.changes.substitutions
    return substitutions.ask(Call(town.people[lab]), task_id, lab, kind, instead, "no ABS here; it will hold")


def decided(
    town: Town, who: str, each: SubstitutionView, *, yes: bool = True, for_all: bool = False
) -> SubstitutionView:
    substitutions = town.application.changes.substitutions
    found = substitutions.decide(Call(town.people[who]), each.id, approve=yes, why="so be it", for_all=for_all)
    town.plan()
    return found


def maintainer(town: Town, design_id: int) -> Actor:
    person = town.join("mia", Role.DESIGNER)
    town.application.people.grant(Call(town.people["ste"]), person.id, Role.MAINTAINER, "", design_id)
    kept = Grant(Role.MAINTAINER, design=f"design {design_id}")
    town.people["mia"] = Actor(person.id, person.grants | {kept})
    return town.people["mia"]


def test_what_was_approved_is_matched_for_that_task_in_that_lab_and_told_with_each_piece(town: Town) -> None:
    build = ordered(town, ABS_FOOT)
    foot = task_of(town, build)
    assert town.application.tasks.one(foot).state is TaskState.UNPLACEABLE
    question = asked(town, foot)
    assert (question.wanted, question.instead, question.state) == ("abs", "pla", State.ASKED)
    town.plan()
    assert town.application.tasks.one(foot).state is TaskState.UNPLACEABLE, "a question alone changes nothing"
    decided(town, "ada", question)
    assert town.application.tasks.one(foot).state is TaskState.OPEN
    assert town.application.tasks.one(foot).material == "abs", "the design wants what it wanted"
    (offer,) = [each for each in town.application.offers.all(build_id=build.id).items if each.task == "Foot"]
    assert "approved for this lab: pla instead of abs" in offer.terms
    assert offer.program != "foot.gcode", "the design's own program is for ABS"


def test_each_piece_says_what_it_is_made_of_and_who_allowed_it(town: Town) -> None:
    build = ordered(town, "Panel,1,Manual cutting,MDF,,")
    decided(town, "ada", asked(town, task_of(town, build, "Panel"), Kind.MATERIAL, "Plywood"))
    accept(town)  # no file says how large it is
    (job,) = [each for each in town.application.jobs.all(build_id=build.id).items if each.task == "Panel"]
    assert (job.lab, job.state) == ("north", JobState.SCHEDULED)
    sheet = town.application.changes.settings.sheet(job.id)
    assert (sheet.material, sheet.substitutions) == ("plywood", ["plywood instead of mdf"])
    by_hand(town, build.id)
    (piece,) = [each for each in town.application.builds.report(build.id)["pieces"] if each["name"] == "Panel"]
    assert piece["outcome"] == "made"
    assert piece["substitutions"] == [
        {"of": "material", "wanted": "mdf", "instead": "plywood", "approved_by": town.people["ada"].id, "as": "builder"}
    ]


def test_another_build_of_the_design_is_not_concerned(town: Town) -> None:
    design = town.upload(ABS_FOOT)
    first, second = (town.order(design, first_article=FirstArticle.NEVER) for _ in range(2))
    decided(town, "ada", asked(town, task_of(town, first)))
    assert town.application.tasks.one(task_of(town, second)).state is TaskState.UNPLACEABLE


def test_declined_or_withdrawn_nothing_changes(town: Town) -> None:
    build = ordered(town, ABS_FOOT)
    foot = task_of(town, build)
    declined = decided(town, "ada", asked(town, foot), yes=False)
    assert (declined.state, declined.decision) == (State.DECLINED, "so be it")
    with pytest.raises(StateError):
        decided(town, "ada", declined)
    again = asked(town, foot)
    with pytest.raises(StateError, match="already"):
        asked(town, foot)
    withdrawn = town.application.changes.substitutions.withdraw(Call(town.people["north"]), again.id, "we got ABS")
    assert withdrawn.state is State.WITHDRAWN
    assert town.application.tasks.one(foot).state is TaskState.UNPLACEABLE


def test_work_that_has_not_begun_there_is_offered_anew(town: Town) -> None:
    build = ordered(town, "Foot,1,3D printing,PLA,foot.stl,")
    (before,) = [job for job in town.application.jobs.all(build_id=build.id).items if job.task == "Foot"]
    decided(town, "ada", asked(town, task_of(town, build), Kind.MATERIAL, "PETG"))
    assert town.application.jobs.one(before.id).state is JobState.WITHDRAWN
    foot = town.application.tasks.one(task_of(town, build))
    assert [lot.stage for lot in foot.lots] == ["scheduled"], "PETG is not there either: what the design wants counts"


@pytest.mark.parametrize("kind", [Kind.PROCESS, Kind.TOLERANCE])
def test_what_changes_the_fit_a_maintainer_decides_where_there_is_one(town: Town, kind: Kind) -> None:
    build = ordered(town, "Panel,1,laser cutting,Plywood,,")
    panel = task_of(town, build, "Panel")
    instead = {Kind.PROCESS: "manual cutting", Kind.TOLERANCE: "0.3 mm"}[kind]
    question = asked(town, panel, kind, instead)
    mia = maintainer(town, build.design_id)
    substitutions = town.application.changes.substitutions
    assert not substitutions.may_decide(town.people["ada"], question.id)
    with pytest.raises(ForbiddenError, match="may not decide"):
        decided(town, "ada", question)
    assert substitutions.may_decide(mia, question.id)
    approved = decided(town, "mia", question, for_all=True)
    assert (approved.decided_as, approved.for_all) == ("maintainer", True)
    if kind is Kind.PROCESS:
        stages = [lot.stage for lot in town.application.tasks.one(panel).lots]
        assert stages in (["scheduled"], ["offered"])
        offers = town.application.offers.all(build_id=build.id).items
        assert {offer.lab for offer in offers if offer.task == "Panel"} == {"north"}


def test_a_builder_cannot_say_that_it_is_good_for_all(town: Town) -> None:
    question = asked(town, task_of(town, ordered(town, ABS_FOOT)))
    with pytest.raises(InputError, match="a maintainer"):
        decided(town, "ada", question, for_all=True)


@pytest.mark.parametrize(
    ("kind", "instead", "message"),
    [
        (Kind.MATERIAL, " ", "not said"),
        (Kind.MATERIAL, "ABS", "what the design wants"),
        (Kind.PROCESS, "sorcery", "."),
        (Kind.TOLERANCE, "wide", "millimetres"),
        (Kind.TOLERANCE, "-1", "millimetres"),
        (Kind.PART, "another foot", "no part to be bought"),
    ],
)
def test_what_is_no_substitute_is_refused(town: Town, kind: Kind, instead: str, message: str) -> None:
    foot, before = task_of(town, ordered(town, ABS_FOOT)), town.application.log.newest()
    with pytest.raises(InputError, match=message):
        asked(town, foot, kind, instead)
    assert town.application.log.newest() == before


def test_only_operators_ask_for_their_lab(town: Town) -> None:
    foot, substitutions = task_of(town, ordered(town, ABS_FOOT)), town.application.changes.substitutions
    for who in ("ada", "south", "ste"):
        with pytest.raises(ForbiddenError):
            substitutions.ask(Call(town.people[who]), foot, "north", Kind.MATERIAL, "PLA", "we have none")


# -- settings


def test_settings_of_the_design_and_of_the_builder_reach_the_sheet(town: Town) -> None:
    header = "Part,Qty,Process,Material,File,Supplier,Infill,Layer height"
    design = uploaded(town, header, "Foot,1,3D printing,PLA,foot.stl,,40 %,0.2 mm")
    build = town.order(design)
    settings, foot = town.application.changes.settings, task_of(town, build)
    stated = settings.of(foot)
    assert (stated.stated, stated.set) == ({"infill_percent": 40, "layer_mm": 0.2}, {})
    (before,) = [job for job in town.application.jobs.all(build_id=build.id).items if job.task == "Foot"]
    asked_for = PartSettings(infill_percent=100, orientation=Orientation.TOP_DOWN)
    now = settings.put(Call(town.people["ada"]), foot, asked_for, 0.1, "it broke")
    assert now.settings == {"infill_percent": 100, "layer_mm": 0.2, "orientation": "top down", "tolerance_mm": 0.1}
    assert now.text == "infill 100 %, layers of 0.2 mm, lying top down"
    assert town.application.jobs.one(before.id).state is JobState.WITHDRAWN
    town.plan()
    accept(town)  # whether the machine is so exact nobody says
    jobs = town.application.jobs.all(build_id=build.id).items
    (job,) = [job for job in jobs if job.task == "Foot" and job.state is not JobState.WITHDRAWN]
    assert job.program != "foot.gcode", "the design's own program is made otherwise"
    sheet = settings.sheet(job.id)
    assert (sheet.settings, sheet.tolerance_mm, sheet.material) == (now.text, 0.1, "pla")
    assert any("top down" in each for each in sheet.not_honoured)


def test_settings_that_no_process_knows_are_told_as_such(town: Town) -> None:
    build = ordered(town, "Panel,1,Manual cutting,Plywood,,")
    panel = task_of(town, build, "Panel")
    now = town.application.changes.settings.put(
        Call(town.people["ada"]), panel, PartSettings(infill_percent=5), None, ""
    )
    assert now.not_honoured == ["infill 5 %: means nothing for manual cutting"]


def test_who_may_not_sets_nothing_and_what_is_bought_has_no_settings(town: Town) -> None:
    build = ordered(town, "Foot,1,3D printing,PLA,foot.stl,", "Screw,4,,,,Shop")
    settings = town.application.changes.settings
    for who in ("north", "south"):
        with pytest.raises(ForbiddenError):
            settings.put(Call(town.people[who]), task_of(town, build), PartSettings(walls=3), None, "")
    with pytest.raises(InputError, match="only what is made"):
        settings.put(Call(town.people["ada"]), task_of(town, build, "Screw"), PartSettings(walls=3), None, "")
    with pytest.raises(InputError, match="tolerance"):
        settings.put(Call(town.people["ada"]), task_of(town, build), PartSettings(), 99.0, "")


def uploaded(town: Town, header: str, *rows: str) -> DesignView:
    archive = town.folder / "other.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("lamp/bom.csv", "\n".join([header, *rows]) + "\n")
        packed.writestr("lamp/LICENSE", f"SPDX-License-Identifier: {LICENCE}\n")
        for name, text in PRINTED.items():
            packed.writestr(f"lamp/{name.replace('__', '.')}", text)
    return town.application.designs.upload(Call(town.people["ada"]), archive, "lamp")


# -- the text for the designer


def test_the_designer_is_told_what_happened_and_of_nobody(town: Town) -> None:
    build = ordered(town, "Foot,1,3D printing,PLA,foot.stl,", "Panel,1,laser cutting,,,")
    agent, foot = town.agent("north"), task_of(town, build)
    work = printed(town, agent, RunOutcome.FAILED)
    ruling = "it broke at <b>0.4</b> mm; ask jo@example.org or +44 20 7946 0958, see https://x.example/?token=1"
    town.application.jobs.rule(Call(town.people["north"]), work.job_id, JobState.SCRAPPED, ruling)
    town.plan()
    printed(town, agent)
    (piece,) = town.application.pieces.all(build.id, PieceState.MADE).items
    town.application.pieces.check(Call(town.people["south"]), piece.id, accept=False, why=f"@octocat [x](y) {ruling}")
    mia = maintainer(town, build.design_id)
    assert mia.id
    decided(town, "mia", asked(town, foot, Kind.MATERIAL, "PETG"), for_all=True)
    told = town.application.changes.feedback.of(build.design_id)
    text = told.markdown
    assert "### Runs that failed" in text
    assert "### Pieces that a peer rejected" in text
    assert "### Made again" in text
    assert "### Estimates against reality" in text
    assert "`alternatives: petg` says so" in text
    assert "### Open questions" in text
    assert told.findings >= 5
    for private in ("example.org", "7946", "token=1", *(actor.id for actor in town.people.values()), agent.id, "north"):
        assert private not in text, private
    for mark in ("<b>", "@octocat", "[x](y)"):
        assert mark not in text
    assert told.issue_url is None, "an upload has no forge"
    assert town.application.changes.feedback.of(build.design_id) == told


@pytest.mark.parametrize(
    ("location", "start", "body"),
    [
        ("https://github.com/o/r.git", "https://github.com/o/r/issues/new?", "body"),
        ("https://gitlab.com/group/sub/r", "https://gitlab.com/group/sub/r/-/issues/new?", "issue[description]"),
        ("https://codeberg.org/o/r/", "https://codeberg.org/o/r/issues/new?", "body"),
    ],
)
def test_a_known_forge_takes_the_text_in_its_address(location: str, start: str, body: str) -> None:
    text = "# é & ü\n" + "a line with ünïcode and 100 % of signs?\n" * 400
    address = issue_address(location, "A title & more", text)
    assert address is not None
    assert address.startswith(start)
    assert len(address) <= 7500
    asked_with = parse_qs(urlsplit(address).query)
    assert text.startswith(asked_with[body][0].partition("\n\n(The rest")[0])
    short = issue_address(location, "t", "b\n#&?")
    assert short is not None
    assert parse_qs(urlsplit(short).query)[body] == ["b\n#&?"]


@pytest.mark.parametrize(
    "location",
    ["https://example.org/o/r", "upload:lamp", "http://github.com/o/r", "https://github.com/o", "https://github.com/a/b/c",
     "https://github.com/o/r?x=1#y/../z x/", "https://github.com.evil.example/o/r", "javascript:alert(1)"],
)  # fmt: skip
def test_other_places_have_no_such_address(location: str) -> None:
    found = issue_address(location, "t", "b")
    assert found is None or found.startswith("https://github.com/o/r/issues/new?title=t&body=b")


def test_what_others_wrote_is_no_mark_up() -> None:
    assert plain("a\n\n# b") == r"a \# b"
    assert "\n" not in plain("x\r\ny\u2028z")
    assert plain("<img src=x>") == r"\<img src=x\>"
    assert plain("#12 and !7") == r"\#12 and \!7"
    assert len(plain("x" * 1000)) <= 300
    assert cut("a\n" * 100, 80).endswith("too long.)\n")
    assert len(cut("a\n" * 100, 80)) <= 80
