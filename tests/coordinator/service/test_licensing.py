"""Licences that act: policies accept what is settled, people settle the rest and say how, permissions hold."""

from __future__ import annotations

import pytest

from bom.answers import Answer
from commons.licences.parties import Maker, Purpose
from coordinator.schema.builds import JobState, OfferState
from coordinator.schema.network import Role
from coordinator.service.access import Actor, Grant
from coordinator.service.designs.designs import DesignView
from coordinator.service.house import Call
from coordinator.service.licensing.views import AnswerWord
from coordinator.service.log import EventView
from coordinator.service.refusals import ForbiddenError, UnknownError, UnsettledError
from coordinator.service.runs.jobs import JobView
from coordinator.service.work.offers import OfferView
from core.errors import InputError, StateError
from tests.coordinator.conftest import block_stl, print_program

from .conftest import Town

PARTS = ("Foot", "Panel")
FOOT = "Foot,1,3D printing,PLA,foot.stl,"
NC, PPL = "CC-BY-NC-4.0", "PPL OR LicenseRef-commercial"


def call(town: Town, who: str) -> Call:
    return Call(town.people[who])


def is_maker(town: Town, lab: str, maker: Maker | None) -> None:
    """Say what kind of maker a lab is, as its operator."""
    entry = dict(town.application.labs.one(town.people[lab], lab).entry)
    entry.pop("maker", None)
    town.application.labs.put_one(call(town, lab), lab, entry | ({"maker": str(maker)} if maker else {}))


def offers(town: Town, state: OfferState | None = OfferState.OFFERED) -> list[OfferView]:
    """Offers of parts; the assembly is another matter."""
    return [each for each in town.application.offers.all(state=state, limit=200).items if each.task in PARTS]


def jobs(town: Town) -> list[JobView]:
    return [each for each in town.application.jobs.all().items if each.task in PARTS]


def settled(town: Town) -> list[EventView]:
    return [each for each in town.application.log.after(0, 9999) if each.kind == "licence.settled"]


def foot(town: Town, licence: str | None, **how: object) -> None:
    """Order one printed foot."""
    town.order(town.upload(FOOT, licence=licence), **how)


@pytest.mark.parametrize(
    ("licence", "maker", "purpose", "accepted"),
    [
        ("CERN-OHL-S-2.0", None, None, True),  # the same for everybody: nobody is asked who they are
        ("CERN-OHL-S-2.0", Maker.COMPANY, Purpose.SALE, True),
        (NC, Maker.ASSOCIATION, Purpose.OWN_USE, True),
        (NC, Maker.ASSOCIATION, Purpose.SALE, False),
        (NC, Maker.ASSOCIATION, None, False),
        (NC, None, Purpose.GIFT, False),
        (PPL, Maker.COOPERATIVE, Purpose.SALE, True),
        (PPL, Maker.COMPANY, Purpose.SALE, False),
        (PPL, Maker.SCHOOL, Purpose.GIFT, True),
        (None, Maker.PERSON, Purpose.OWN_USE, False),
        ("LicenseRef-own", Maker.PERSON, Purpose.OWN_USE, False),
    ],
)
def test_a_policy_accepts_only_what_is_settled(
    town: Town, licence: str | None, maker: Maker | None, purpose: Purpose | None, accepted: bool
) -> None:
    is_maker(town, "north", maker)
    foot(town, licence, purpose=purpose)
    (offer,) = offers(town, None)
    assert offer.state is (OfferState.ACCEPTED if accepted else OfferState.OFFERED)
    assert offer.licence.settled == accepted
    assert (offer.licence.maker, offer.licence.purpose) == (maker, purpose)
    assert settled(town) == []


def test_a_person_settles_it_and_says_how(town: Town) -> None:
    is_maker(town, "north", Maker.COMPANY)
    foot(town, NC, purpose=Purpose.SALE)
    (offer,) = offers(town)
    assert offer.licence.answer is AnswerWord.STOP
    assert offer.licence.sentence == "A company may not make it for sale: it may not be made for payment."
    assert [each.clause for each in offer.licence.reasons] == ["2(a)(1)"]
    answer = town.application.offers.answer
    for note in ("", "  "):
        with pytest.raises(UnsettledError, match="may not be made for payment"):
            answer(call(town, "north"), offer.id, accept=True, why="we can", licence_note=note)
    assert offers(town) == [offer]
    answer(call(town, "north"), offer.id, accept=True, why="we can", licence_note="we have a licence from the designer")
    (event,) = settled(town)
    assert (event.subject, event.who, event.why) == (
        f"offer {offer.id}", town.people["north"].id, "we have a licence from the designer",
    )  # fmt: skip
    assert event.data["sentence"] == offer.licence.sentence
    (job,) = jobs(town)
    assert job.state is JobState.SCHEDULED


def test_declining_needs_no_word_on_the_licence(town: Town) -> None:
    foot(town, None)
    (offer,) = offers(town)
    declined = town.application.offers.answer(call(town, "north"), offer.id, accept=False, why="no")
    assert declined.state is OfferState.DECLINED
    assert settled(town) == []


def test_a_word_where_nothing_is_open_is_no_event(town: Town) -> None:
    town.order(town.upload("Panel,1,Manual cutting,Plywood,,"))
    (offer,) = offers(town)  # how large it is nobody knows, so a person is asked
    town.application.offers.answer(call(town, offer.lab), offer.id, accept=True, why="", licence_note="it is open")
    assert settled(town) == []


def test_a_lab_that_claims_says_how_it_is_settled(town: Town) -> None:
    foot(town, NC, purpose=Purpose.SALE)
    (offer,) = offers(town)
    make = town.application.claims.make
    with pytest.raises(UnsettledError):
        make(call(town, "north"), offer.lot_id, "north-printer", "we do it")
    assert offers(town) == [offer]  # nothing of the claim has happened
    claim = make(call(town, "north"), offer.lot_id, "north-printer", "we do it", "the designer is one of us")
    town.plan()
    assert [each.subject for each in settled(town)] == [f"claim {claim.id}"]
    assert len(jobs(town)) == 1


def test_a_permission_of_a_steward_lets_the_policy_accept(town: Town) -> None:
    """So a network of friends works overnight: the designer says once that it may be made here."""
    design = town.upload(FOOT, licence=None)
    town.order(design)
    (offer,) = offers(town)
    permissions = town.application.licensing.permissions
    given = permissions.give(call(town, "ste"), design.id, Purpose.SALE, "Ria, the designer, by mail today")
    assert given.lab is None
    town.plan()
    assert offers(town) == []
    (job,) = jobs(town)
    assert settled(town) == []
    seen = town.application.offers.one(offer.id).licence
    assert (seen.answer, seen.permitted, seen.settled) == (AnswerWord.ASK, "Ria, the designer, by mail today", True)
    permissions.end(call(town, "ste"), given.id, "she has changed her mind")
    with pytest.raises(StateError, match="ended already"):
        permissions.end(call(town, "ste"), given.id, "")
    assert not town.application.offers.one(offer.id).licence.settled
    assert town.application.jobs.one(job.id).state is JobState.SCHEDULED  # what was accepted stays


@pytest.mark.parametrize(
    ("up_to", "purpose", "holds"),
    [
        (Purpose.GIFT, Purpose.OWN_USE, True),
        (Purpose.GIFT, Purpose.GIFT, True),
        (Purpose.GIFT, Purpose.AT_COST, False),
        (Purpose.GIFT, None, False),  # it may be for sale, as far as anybody knows
        (Purpose.SALE, None, True),
    ],
)
def test_a_permission_holds_up_to_its_purpose(town: Town, up_to: Purpose, purpose: Purpose | None, holds: bool) -> None:
    design = town.upload(FOOT, licence=None)
    town.application.licensing.permissions.give(call(town, "ste"), design.id, up_to, "hers")
    town.order(design, purpose=purpose)
    assert (offers(town) == []) == holds


def test_an_operator_permits_for_the_own_lab_only(town: Town) -> None:
    design = town.upload("Panel,1,Manual cutting,Plywood,,", licence=None)
    give = town.application.licensing.permissions.give
    for lab in (None, "south"):
        with pytest.raises(ForbiddenError):
            give(call(town, "north"), design.id, Purpose.SALE, "we bought a licence", lab)
    for who, lab in (("ada", None), ("ada", "north")):
        with pytest.raises(ForbiddenError):
            give(call(town, who), design.id, Purpose.SALE, "so it is", lab)
    with pytest.raises(InputError, match="says who permits"):
        give(call(town, "north"), design.id, Purpose.SALE, " ", "north")
    given = give(call(town, "north"), design.id, Purpose.SALE, "we bought a licence", "north")
    town.order(design)
    (offer,) = offers(town)
    assert offer.licence.settled == (offer.lab == "north")
    with pytest.raises(ForbiddenError):
        town.application.licensing.permissions.end(call(town, "south"), given.id, "")
    with pytest.raises(UnknownError):
        town.application.licensing.permissions.end(call(town, "ste"), 99, "")


def test_a_maintainer_permits_and_answers_to_questions_change_nothing_of_it(town: Town) -> None:
    town.join("des", Role.DESIGNER)
    design = town.upload("Foot,2,3D printing,,foot.stl,", licence=None)
    town.application.people.grant(call(town, "ste"), town.people["des"].id, Role.MAINTAINER, "", design.id)
    keeps = Grant(Role.MAINTAINER, design=f"design {design.id}")
    town.people["des"] = Actor(town.people["des"].id, frozenset({keeps}))
    town.application.licensing.permissions.give(call(town, "des"), design.id, Purpose.SALE, "it is mine")
    asked = next(each for each in design.questions if each.about == "material")
    answering = town.application.changes.answering
    made = answering.answer(call(town, "ste"), design.id, [Answer(asked.item, "material", "PLA")])
    assert made.id != design.id
    town.order(made)
    assert all(each.licence.settled for each in offers(town))


def test_saying_what_it_is_for_answers_what_waited(town: Town) -> None:
    is_maker(town, "north", Maker.SCHOOL)
    foot(town, NC)
    (offer,) = offers(town)
    assert offer.licence.unsaid == ["nobody has said what it is made for, and the licence tells that apart"]
    with pytest.raises(ForbiddenError):
        town.application.licensing.say_purpose(call(town, "north"), offer.build_id, Purpose.GIFT)
    said = town.application.licensing.say_purpose(call(town, "ada"), offer.build_id, Purpose.GIFT)
    assert said.purpose is Purpose.GIFT
    town.plan()
    assert offers(town) == []
    events = [each for each in town.application.log.after(0, 9999) if each.kind == "build.purpose"]
    assert [(each.data["before"], each.data["purpose"]) for each in events] == [(None, "gift")]


def test_saying_what_kind_of_maker_it_is_answers_what_waited(town: Town) -> None:
    foot(town, PPL, purpose=Purpose.SALE)
    assert len(offers(town)) == 1
    is_maker(town, "north", Maker.COOPERATIVE)
    town.plan()
    assert offers(town) == []


def mixed(town: Town) -> DesignView:
    """A design whose foot was taken from elsewhere, under terms of its own."""
    files = {"other/foot.stl": block_stl(20, 20, 20), "other/foot.gcode": print_program(),
             "other/LICENSE": f"SPDX-License-Identifier: {NC}\n"}  # fmt: skip
    return town.upload("Foot,1,3D printing,PLA,other/foot.stl,", "Panel,1,Manual cutting,Plywood,,",
                       licence="CERN-OHL-S-2.0", **files)  # fmt: skip


def test_a_part_is_asked_for_by_its_own_licence(town: Town) -> None:
    design = mixed(town)
    seen = town.application.licensing.of_design(design.id)
    assert [(each.file, each.licence) for each in seen.parts] == [("other/foot.stl", NC)]
    assert [(each.part, each.clause) for each in seen.clashes] == [("other/foot.stl", "CERN-OHL-S-2.0, 3.3(d)")]
    town.order(design, purpose=Purpose.SALE)
    asked = {each.task: each.licence for each in town.application.offers.all().items}
    assert asked["Foot"].answer is AnswerWord.STOP
    assert asked["Panel"].answer is AnswerWord.WITH_DUTIES
    assembly = next(each for name, each in asked.items() if name not in ("Foot", "Panel"))
    assert assembly.answer is AnswerWord.STOP


def test_advice_needs_nothing_that_is_stored(town: Town) -> None:
    found = town.application.licensing.advise("CC-BY-NC-4.0", Maker.COMPANY, Purpose.SALE)
    assert (found.answer, found.reasons[0].clause) == (AnswerWord.STOP, "2(a)(1)")
    with pytest.raises(UnknownError):
        town.application.licensing.of_design(9)
    with pytest.raises(UnknownError):
        town.application.licensing.of_piece(9)
