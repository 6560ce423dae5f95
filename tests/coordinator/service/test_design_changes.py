"""A version of somebody else waits for a maintainer, who sees what it changes, takes it over or says why not."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import pytest

from coordinator.schema.builds import DesignRow
from coordinator.schema.design_change import ChangeState
from coordinator.schema.network import Role
from coordinator.service.access import VISITOR, Actor, Grant
from coordinator.service.application import KEEPER
from coordinator.service.designs.designs import DesignView
from coordinator.service.governance.copies import ORIGIN_NAME
from coordinator.service.house import Call
from coordinator.service.membership.people import design_key
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from core.errors import InputError, StateError
from designs.design import Source
from tests.coordinator.conftest import LICENCE, block_stl, print_program

from .conftest import ROWS, Town

ADDRESS = "https://forge.example/lamp"


def keeper_of(town: Town, name: str, design: DesignView) -> Call:
    """Somebody who maintains a design from now on."""
    person = town.people.get(name) or town.join(name, Role.DESIGNER)
    town.application.people.grant(Call(KEEPER), person.id, Role.MAINTAINER, "", design.id)
    with town.application.house.reading() as session:
        key = design_key(session, design.id)
    town.people[name] = Actor(person.id, person.grants | {Grant(Role.MAINTAINER, design=key)})
    return Call(town.people[name])


def changed(town: Town, who: Call, height: int = 40, **files: str) -> DesignView:
    """A lamp of somebody else, with a foot as high as this."""
    archive = town.folder / f"{who.actor.id}.zip"
    foot = {"foot__stl": block_stl(20, 20, height), "foot__gcode": print_program(), **files}
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("lamp/bom.csv", "\n".join(["Part,Qty,Process,Material,File,Supplier", *ROWS]) + "\n")
        packed.writestr("lamp/LICENSE", f"SPDX-License-Identifier: {LICENCE}\n")
        for name, text in foot.items():
            packed.writestr(f"lamp/{name.replace('__', '.')}", text)
    return town.application.designs.upload(who, archive, "lamp")


@pytest.fixture
def lamp(town: Town) -> DesignView:
    """A lamp that dee maintains."""
    design = town.upload()
    keeper_of(town, "dee", design)
    town.join("fay", Role.DESIGNER)
    return design


def test_an_upload_is_taken_over_credited_and_the_builds_are_told(town: Town, lamp: DesignView) -> None:
    changes, dee, fay = town.application.design_changes, Call(town.people["dee"]), Call(town.people["fay"])
    build = town.order(lamp)
    taller = changed(town, fay, notes__txt="for high tables")
    proposed = changes.propose(fay, lamp.id, taller.id, "it stands firmer")
    assert (proposed.state, proposed.design_id, proposed.may_decide, proposed.may_withdraw) == (
        ChangeState.PROPOSED, lamp.id, False, True,
    )  # fmt: skip
    assert changes.one(dee.actor, proposed.id).may_decide
    assert [each.design_id for each in town.application.changes.versions.of(build.id)] == [lamp.id]
    seen = changes.difference(proposed.id)
    assert [(each.name, each.change) for each in seen.parts] == [("Foot", "changed")]
    assert {each.field for each in seen.parts[0].fields} == {"file"}
    assert (seen.files_added, seen.files_changed, seen.same) == (["notes.txt"], ["foot.stl"], lamp.tasks - 1)
    taken = changes.accept(dee, proposed.id, "tried it")
    made = town.application.designs.one(taken.made_id or 0)
    assert (taken.state, made.name, made.id > taller.id) == (ChangeState.ACCEPTED, lamp.name, True)
    with town.application.designs.opened(made.id) as design:
        assert design.locate("foot.stl").read_text() == block_stl(20, 20, 40)
        assert taller.content_sha256 in design.locate(ORIGIN_NAME).read_text(encoding="utf-8")
    with town.application.house.reading() as session:
        assert design_key(session, made.id) == design_key(session, lamp.id) != design_key(session, taller.id)
    assert made.id in {each.design_id for each in town.application.changes.versions.of(build.id) if each.newer}
    designs = town.application.designs
    assert designs.newer_than(taller.id) is None, "it stays a design of fay's"
    assert (designs.newer_than(lamp.id), designs.newer_than(made.id)) == (made.id, None)
    assert {each.id for each in designs.newest().items} == {taller.id, made.id}
    happened = [each for each in town.application.log.of_build(build.id, 200) if each.kind == "build.version-here"]
    assert [(each.subject, each.data["design"]) for each in happened] == [(f"build {build.id}", made.id)]


def test_who_proposed_it_is_credited_once(town: Town, lamp: DesignView) -> None:
    changes, dee, fay = town.application.design_changes, Call(town.people["dee"]), Call(town.people["fay"])
    taken = changes.accept(dee, changes.propose(fay, lamp.id, changed(town, fay).id, "it stands firmer").id, "")
    flows = town.application.flows
    told = {each.action: each for each in flows.events(design_id=lamp.id).items}
    assert set(told) == {"accept", "modify", "cite"}
    assert {each.design_id for each in told.values()} == {taken.made_id}
    who, keeper = (f"{flows.names().prefix}person/{each.actor.id}" for each in (fay, dee))
    assert (told["cite"].provider, told["accept"].provider, told["modify"].provider) == (who, who, keeper)
    assert told["modify"].state == "pass"
    assert [(each.who, each.kind) for each in flows.given(design_id=lamp.id).contributions] == [(who, "design")]


def test_a_fork_is_proposed_to_its_origin_and_goes_on(town: Town, lamp: DesignView) -> None:
    changes, dee, fay = town.application.design_changes, Call(town.people["dee"]), Call(town.people["fay"])
    fork = town.application.forks.make(fay, lamp.id, "Fay's lamp", "")
    keeper = keeper_of(town, "fay", fork)
    proposed = changes.propose(keeper, lamp.id, fork.id, "a better name")
    seen = changes.difference(proposed.id)
    assert (seen.parts, seen.files_added) == ([], []), "the word on its origin is no change"
    taken = changes.accept(dee, proposed.id, "")
    made = town.application.designs.one(taken.made_id or 0)
    assert (made.name, town.application.designs.one(fork.id).name) == (lamp.name, "Fay's lamp")
    with town.application.house.reading() as session:
        assert design_key(session, fork.id) == f"design {fork.id}", "the fork stays fay's"
    assert [each.made_id for each in changes.of_version(VISITOR, fork.id)] == [made.id]


def test_a_maintainer_says_why_not_and_it_may_be_proposed_anew(town: Town, lamp: DesignView) -> None:
    changes, dee, fay = town.application.design_changes, Call(town.people["dee"]), Call(town.people["fay"])
    taller = changed(town, fay)
    first = changes.propose(fay, lamp.id, taller.id, "it stands firmer")
    with pytest.raises(StateError, match="proposed already"):
        changes.propose(fay, lamp.id, taller.id, "it stands firmer")
    with pytest.raises(InputError, match="reason"):
        changes.decline(dee, first.id, " ")
    declined = changes.decline(dee, first.id, "it tips over")
    assert (declined.state, declined.decision) == (ChangeState.DECLINED, "it tips over")
    with pytest.raises(StateError, match="declined"):
        changes.accept(dee, first.id, "")
    second = changes.propose(fay, lamp.id, taller.id, "with a wider foot")
    assert [each.id for each in changes.all(VISITOR, ChangeState.PROPOSED, lamp.id).items] == [second.id]
    assert changes.withdraw(fay, second.id, "").state is ChangeState.WITHDRAWN
    assert town.application.flows.events(design_id=lamp.id).items == []


def test_what_is_somebody_elses_is_not_proposed_nor_decided(town: Town, lamp: DesignView) -> None:
    changes, dee, fay = town.application.design_changes, Call(town.people["dee"]), Call(town.people["fay"])
    taller = changed(town, fay)
    with pytest.raises(ForbiddenError, match="somebody else's"):
        changes.propose(Call(town.people["ada"]), lamp.id, taller.id, "mine now")
    with pytest.raises(UnauthenticatedError):
        changes.propose(Call(VISITOR), lamp.id, taller.id, "why")
    with pytest.raises(InputError, match="a version of design"):
        changes.propose(dee, lamp.id, lamp.id, "the same")
    with pytest.raises(UnknownError):
        changes.propose(fay, lamp.id, 999, "why")
    with pytest.raises(InputError, match="reason"):
        changes.propose(fay, lamp.id, taller.id, "")
    waits = changes.propose(fay, lamp.id, taller.id, "it stands firmer")
    for who in (fay, Call(town.people["ste"])):
        with pytest.raises(ForbiddenError):
            changes.accept(who, waits.id, "")
    with pytest.raises(ForbiddenError, match="takes it back"):
        changes.withdraw(dee, waits.id, "")
    with pytest.raises(UnknownError):
        changes.one(VISITOR, 99)


def test_what_a_newer_version_would_undo_is_not_taken_over(town: Town, lamp: DesignView) -> None:
    changes, dee, fay = town.application.design_changes, Call(town.people["dee"]), Call(town.people["fay"])
    first = changes.propose(fay, lamp.id, changed(town, fay, 30).id, "higher")
    second = changes.propose(fay, lamp.id, changed(town, fay, 40).id, "higher still")
    made = changes.accept(dee, first.id, "").made_id
    with pytest.raises(StateError, match=f"design {made} is newer"):
        changes.accept(dee, second.id, "")
    changes.decline(dee, second.id, "look at it beside the first")
    again = changes.propose(fay, lamp.id, second.version_id, "higher still")
    assert again.design_id == made
    assert town.application.designs.newer_than(lamp.id) == made
    assert changes.accept(dee, again.id, "").state is ChangeState.ACCEPTED


def fetched(town: Town, who: Call, height: int) -> int:
    """A version as it comes from the lamp's own address."""
    upload = changed(town, who, height)
    with town.application.designs.opened(upload.id) as design:
        source = Source("git", ADDRESS, f"{height:040x}")
        packed = town.application.designs.packed(replace(design, source=source, content_hash=f"{height:064x}"))
        with town.application.house.change(who.actor.id) as change:
            return town.application.designs.store(change, packed).design.id


def test_a_version_of_the_own_address_waits_unless_a_maintainer_brings_it_in(town: Town, lamp: DesignView) -> None:
    changes, fay = town.application.design_changes, Call(town.people["fay"])
    with town.application.house.change("coordinator") as change:
        change.session.get_one(DesignRow, lamp.id).location = ADDRESS
    dee = keeper_of(town, "dee", lamp)
    build = town.order(lamp)
    theirs = fetched(town, fay, 40)
    waits = changes.all(VISITOR, ChangeState.PROPOSED).items[0]
    assert (waits.version_id, waits.design_id) == (theirs, lamp.id)
    versions = town.application.changes.versions
    assert [each.design_id for each in versions.of(build.id)] == [lamp.id]
    assert "build.version-here" not in {each.kind for each in town.application.log.of_build(build.id, 200)}
    taken = changes.accept(dee, waits.id, "it is ours")
    assert taken.made_id == theirs
    assert [each.design_id for each in versions.of(build.id)] == [theirs, lamp.id]
    assert town.application.flows.events(design_id=lamp.id).items == [], "those who keep it made it"
    own = fetched(town, dee, 50)
    assert [each.design_id for each in versions.of(build.id)] == [own, theirs, lamp.id]
    assert town.application.designs.newer_than(lamp.id) == own
    refused = fetched(town, fay, 60)
    late = changes.all(VISITOR, ChangeState.PROPOSED).items[0]
    changes.decline(dee, late.id, "a branch of somebody")
    assert refused not in {each.design_id for each in versions.of(build.id)}
