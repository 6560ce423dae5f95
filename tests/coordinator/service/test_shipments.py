"""What travels: packed, sent, arrived, damaged, lost, returned; who sees the address; what the plan makes of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from coordinator.schema.builds import BuildState, JobState, PieceState
from coordinator.schema.network import Role
from coordinator.schema.shipment import Outcome, ShipmentState
from coordinator.service.access import VISITOR, Actor
from coordinator.service.application import KEEPER
from coordinator.service.costing.lines import Kind
from coordinator.service.house import Call
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError
from coordinator.service.runs.queue import Queue
from coordinator.service.supplies.postage import Postage
from coordinator.service.supplies.purchases import Ordered
from coordinator.service.supplies.shipments import Packed, Sent, ShipmentView
from core.errors import InputError, StateError

from .conftest import NOW, Town
from .test_kits import line
from .test_supplies import ada, screws
from .test_whole_life import accept, lay_out

PANEL = "Panel,2,Manual cutting,,,"
TOMORROW = NOW + timedelta(days=1)


def apart(town: Town, *rows: str, checked: bool = False) -> int:
    """A build whose panels are cut in the north and whose assembly is the south's; the panels are made."""
    build = town.order(town.upload(*(rows or (PANEL,))), checked=checked)
    for task, lab in (("Panel", "north"), ("lamp", "south")):
        for offer in town.application.offers.all(build_id=build.id).items:
            if offer.task == task and offer.state == "offered" and offer.lab != lab:
                town.application.claims.make(Call(town.people[lab]), offer.lot_id, f"{lab}-bench", "ours")
                town.plan()
        accept(town)
    for job in town.application.jobs.all(build_id=build.id, state=JobState.SCHEDULED).items:
        if job.task == "Panel":
            assert job.lab == "north"
            town.application.jobs.start(Call(town.people["north"]), job.id)
            town.clock.move(minutes=5)
            town.application.jobs.end(Call(town.people["north"]), job.id, made=True, why="")
    town.plan()
    return build.id


@pytest.fixture
def split(town: Town) -> Town:
    """Assembly in the south only, for the north's bench does none."""
    entry = town.application.labs.one(KEEPER, "north").entry
    machines = [{**each, "processes": [p for p in each["processes"] if p != "assembly"]} for each in entry["machines"]]
    town.application.labs.put_one(Call(town.people["north"]), "north", {**entry, "machines": machines})
    return town


def north(town: Town) -> Call:
    return Call(town.people["north"])


def south(town: Town) -> Call:
    return Call(town.people["south"])


def packed(town: Town, build: int) -> ShipmentView:
    pieces = [each.id for each in town.application.pieces.all(build, PieceState.MADE).items]
    return town.application.shipments.pack(north(town), Packed("north", "south", pieces=pieces))


def sent(town: Town, build: int) -> ShipmentView:
    how = Sent("Post", "RR1", "https://track.example/RR1", TOMORROW)
    return town.application.shipments.send(north(town), packed(town, build).id, how)


def test_pieces_go_to_where_they_are_assembled_and_the_assembly_waits(split: Town) -> None:
    build = apart(split)
    parcels = split.application.parcels.of(VISITOR, "north")
    assert [(each.to_lab, len(each.things[0].pieces)) for each in parcels.to_pack] == [("south", 2)]
    (kit,) = split.application.kits.of(build)
    assert (kit.lab, line(kit, "Panel").where) == ("south", "at north")
    shipment = sent(split, build)
    assert split.application.parcels.of(VISITOR, "north").to_pack == []
    assert [each.id for each in split.application.parcels.of(VISITOR, "south").coming] == [shipment.id]
    kits = split.application.kits
    with pytest.raises(StateError, match=f"in shipment {shipment.id}: note that first"):
        kits.tick(south(split), kit.job_id, [line(kit, "Panel").task_id], "I see them")
    assert line(kits.one(kit.job_id), "Panel").expected_at == TOMORROW
    split.plan()
    job = split.application.jobs.one(kit.job_id)
    assert job.planned_start >= TOMORROW, "the plan waits for it"
    split.clock.move(days=1)
    arrived = split.application.shipments.arrive(south(split), shipment.id)
    assert (arrived.state, {each.outcome for each in arrived.items}) == ("arrived", {Outcome.ARRIVED})
    panels = [each.state for each in split.application.pieces.all(build).items if each.task == "Panel"]
    assert panels == [PieceState.DELIVERED] * 2
    assert kits.tick(south(split), kit.job_id, []).complete
    assert split.application.jobs.start(south(split), kit.job_id).state is JobState.RUNNING


def test_work_that_waits_for_a_parcel_without_a_date_has_no_next_moment(split: Town) -> None:
    build = apart(split)
    made = [each.id for each in split.application.pieces.all(build).items if each.state == PieceState.MADE]
    split.application.shipments.pack(north(split), Packed("north", "south", pieces=tuple(made)))
    with split.application.house.reading() as session:
        assert Queue(split.application.house.networks).next_moment(session, split.clock.now()) is None


def test_a_shipment_that_is_late_moves_the_plan(split: Town) -> None:
    build = apart(split)
    shipment = sent(split, build)
    split.plan()
    later = TOMORROW + timedelta(days=3)
    split.application.shipments.expect(south(split), shipment.id, later, "a strike")
    assert split.application.builds.one(build).planning
    split.plan()
    (kit,) = split.application.kits.of(build)
    assert kit.planned_start >= later


def test_in_a_checked_build_a_piece_is_delivered_once_a_peer_has_accepted_it(split: Town) -> None:
    build, pieces = apart(split, checked=True), split.application.pieces
    shipment = sent(split, build)
    split.application.shipments.arrive(south(split), shipment.id)
    assert {each.state for each in pieces.all(build).items if each.task == "Panel"} == {PieceState.MADE}
    first = shipment.items[0].piece_id or 0
    assert pieces.check(south(split), first, accept=True, why="fits").state is PieceState.DELIVERED


def test_what_is_lost_is_made_again(split: Town) -> None:
    build = apart(split)
    shipment = split.application.shipments.lose(north(split), sent(split, build).id, "the van burnt")
    assert shipment.state is ShipmentState.LOST
    states = [each.state for each in split.application.pieces.all(build).items if each.task == "Panel"]
    assert states == [PieceState.SCRAPPED] * 2
    split.plan()
    accept(split)
    again = split.application.jobs.all(build_id=build, state=JobState.SCHEDULED).items
    assert sum(len(each.pieces) for each in again if each.task == "Panel") == 2


def test_damaged_things_are_made_again_or_repaired(split: Town) -> None:
    build, shipments = apart(split), split.application.shipments
    shipment = sent(split, build)
    first, second = shipment.items
    verdicts = {first.id: Outcome.REMADE, second.id: Outcome.REPAIR}
    with pytest.raises(InputError, match="say what is wrong"):
        shipments.arrive(south(split), shipment.id, verdicts)
    with pytest.raises(InputError, match="made again or repaired"):
        shipments.arrive(south(split), shipment.id, {first.id: Outcome.LOST}, "where is it?")
    told = shipments.arrive(south(split), shipment.id, verdicts, "it was dropped")
    assert (told.state, [each.outcome for each in told.items]) == ("damaged", [Outcome.REMADE, Outcome.REPAIR])
    kits = split.application.kits
    found = line(kits.of(build)[0], "Panel")
    assert (found.here, "to be repaired" in found.where) == (0, True)
    with pytest.raises(StateError, match="not to be repaired"):
        shipments.repaired(south(split), shipment.id, first.id, "")
    shipments.repaired(south(split), shipment.id, second.id, "glued")
    assert line(kits.of(build)[0], "Panel").here == 1
    states = {each.id: each.state for each in split.application.pieces.all(build).items}
    assert (states[first.piece_id or 0], states[second.piece_id or 0]) == (PieceState.SCRAPPED, PieceState.DELIVERED)


def test_what_comes_back_or_was_never_sent_can_be_packed_again(split: Town) -> None:
    build, shipments = apart(split), split.application.shipments
    shipment = sent(split, build)
    with pytest.raises(StateError, match="in shipment"):
        packed_again = [each.piece_id for each in shipment.items if each.piece_id]
        shipments.pack(north(split), Packed("north", "south", pieces=packed_again))
    assert shipments.take_back(north(split), shipment.id, "nobody was there").state is ShipmentState.RETURNED
    again = packed(split, build)
    assert shipments.take_back(north(split), again.id, "").state is ShipmentState.UNPACKED
    with pytest.raises(StateError, match="cannot become"):
        shipments.arrive(south(split), again.id)


def test_who_may_say_what_of_a_shipment(split: Town) -> None:
    build, shipments = apart(split), split.application.shipments
    with pytest.raises(ForbiddenError):
        pieces = [each.id for each in split.application.pieces.all(build, PieceState.MADE).items]
        shipments.pack(south(split), Packed("north", "south", pieces=pieces))
    shipment = packed(split, build)
    for who, error in ((VISITOR, UnauthenticatedError), (split.people["ada"], ForbiddenError)):
        for step in (
            lambda who=who: shipments.send(Call(who), shipment.id, Sent()),
            lambda who=who: shipments.arrive(Call(who), shipment.id),
            lambda who=who: shipments.lose(Call(who), shipment.id, ""),
            lambda who=who: shipments.take_back(Call(who), shipment.id, ""),
        ):
            with pytest.raises(error):
                step()
    with pytest.raises(ForbiddenError):
        shipments.send(south(split), shipment.id, Sent())
    shipments.send(north(split), shipment.id, Sent())
    with pytest.raises(ForbiddenError):
        shipments.arrive(north(split), shipment.id)


def finished(town: Town, *rows: str) -> int:
    """A build that is assembled in the south."""
    build = apart(town, *rows)
    shipment = sent(town, build)
    town.clock.move(days=1)
    town.application.shipments.arrive(south(town), shipment.id)
    (kit,) = town.application.kits.of(build)
    lay_out(town, south(town), kit.job_id)
    town.application.jobs.start(south(town), kit.job_id)
    town.application.jobs.end(south(town), kit.job_id, made=True, why="")
    return build


def test_the_finished_thing_at_the_builder_ends_the_life_of_the_build(split: Town) -> None:
    build, application = finished(split), split.application
    assert application.builds.one(build).state is BuildState.FINISHED
    (parcel,) = application.parcels.of(VISITOR, "south").to_pack
    assert parcel.to_lab is None
    application.deliveries.put_address(ada(split), build, "Ada L., Back Lane 7")
    shipments, pieces = application.shipments, parcel.things[0].pieces
    shipment = shipments.pack(south(split), Packed("south", None, build, pieces))
    assert shipment.address == "Ada L., Back Lane 7"
    shipments.send(south(split), shipment.id, Sent("Bike", "B1"))
    for who in (VISITOR, *(split.people[each] for each in ("ste", "north"))):
        seen = shipments.one(who, shipment.id)
        assert (seen.address, seen.tracking_number) == (None, None)
        for hidden in (lambda who=who: application.deliveries.address(who, build),):
            with pytest.raises((ForbiddenError, UnauthenticatedError)):
                hidden()
    assert shipments.one(split.people["ada"], shipment.id).tracking_number == "B1"
    shipments.arrive(ada(split), shipment.id)
    assert application.builds.one(build).state is BuildState.DELIVERED
    assert application.parcels.of(VISITOR, "south").to_pack == []
    assert shipments.one(split.people["south"], shipment.id).address is None, "it has arrived"
    log = application.log.after(0, 9999)
    assert not any("Back Lane" in str(event) or "B1" in str(event.data) for event in log)


def test_who_is_erased_leaves_no_address(split: Town) -> None:
    build = finished(split)
    split.application.deliveries.put_address(ada(split), build, "Ada L., Back Lane 7")
    split.application.people.erase(ada(split), split.people["ada"].id)
    (parcel,) = split.application.parcels.of(VISITOR, "south").to_pack
    shipment = split.application.shipments.pack(south(split), Packed("south", None, build, parcel.things[0].pieces))
    assert shipment.address is None


def test_what_was_bought_travels_by_amount_and_what_is_lost_is_bought_again(split: Town) -> None:
    build, application = apart(split, PANEL, "Screw,4,,,,Shop"), split.application
    task = screws(split, build)
    wanted = application.purchases.want(ada(split), {task.id: 6.0})
    application.purchases.order(ada(split), wanted.id, Ordered("Shop", place="north"))
    application.purchases.receive(ada(split), wanted.id, [])
    with pytest.raises(StateError, match="6 of it is there"):
        application.shipments.pack(north(split), Packed("north", "south", bought={task.id: 7.0}))
    some = application.shipments.pack(north(split), Packed("north", "south", bought={task.id: 4.0}))
    application.shipments.send(north(split), some.id, Sent())
    application.shipments.arrive(south(split), some.id)
    (kit,) = application.kits.of(build)
    assert line(kit, "Screw").here == 4
    rest = application.shipments.pack(north(split), Packed("north", "south", bought={task.id: 2.0}))
    application.shipments.send(north(split), rest.id, Sent())
    application.shipments.lose(north(split), rest.id, "")
    assert application.shopping.of(build)[0].missing == 0, "two were to spare"
    third = application.shipments.pack(south(split), Packed("south", "north", bought={task.id: 3.0}))
    application.shipments.send(south(split), third.id, Sent())
    application.shipments.lose(south(split), third.id, "")
    part = application.shopping.of(build)[0]
    assert (part.missing, part.state) == (3, "short")


class Travels(RuleBasedStateMachine):
    """Pieces go to and fro; whatever is tried, none is in two open shipments, and none is lost from sight."""

    town: Town
    build: int

    @initialize()
    def begin(self) -> None:
        self.pieces = [
            each.id
            for each in self.town.application.pieces.all(self.build).items
            if each.state in (PieceState.MADE, PieceState.DELIVERED)
        ]

    def who(self, lab: str) -> Call:
        return Call(self.town.people[lab])

    @property
    def shipments(self) -> list[ShipmentView]:
        return self.town.application.shipments.all(VISITOR, limit=200).items

    @rule(data=st.data(), way=st.sampled_from([("north", "south"), ("south", "north")]))
    def pack(self, data: st.DataObject, way: tuple[str, str]) -> None:
        pieces = data.draw(st.lists(st.sampled_from(self.pieces), min_size=1, unique=True)) if self.pieces else []
        with suppress(StateError, InputError):
            self.town.application.shipments.pack(self.who(way[0]), Packed(*way, pieces=pieces))

    @precondition(lambda self: any(each.ended_at is None for each in self.shipments))
    @rule(data=st.data(), step=st.sampled_from(["send", "arrive", "return", "loss"]))
    def step(self, data: st.DataObject, step: str) -> None:
        application = self.town.application.shipments
        row = data.draw(st.sampled_from([each for each in self.shipments if each.ended_at is None]))
        at, to = self.who(row.from_lab or ""), self.who(row.to_lab or "")
        with suppress(StateError):
            if step == "send":
                application.send(at, row.id, Sent())
            elif step == "arrive":
                application.arrive(to, row.id)
            elif step == "return":
                application.take_back(at, row.id, "")
            else:
                application.lose(at, row.id, "gone")

    @invariant()
    def in_one_at_most(self) -> None:
        open_ = [item.piece_id for each in self.shipments if each.ended_at is None for item in each.items]
        assert len(open_) == len(set(open_))
        states = {each.id: each.state for each in self.town.application.pieces.all(self.build, limit=200).items}
        for each in self.shipments:
            for item in each.items:
                assert (item.outcome is None) == (each.ended_at is None)
                assert item.outcome is not Outcome.LOST or states[item.piece_id or 0] is PieceState.SCRAPPED


def test_no_piece_is_in_two_shipments(split: Town) -> None:
    build = apart(split, "Panel,6,Manual cutting,,,")

    class Here(Travels):
        town = split

    Here.build = build
    run_state_machine_as_test(Here, settings=settings(max_examples=6, stateful_step_count=12, deadline=None))


def test_a_stranger_with_a_role_elsewhere_sees_no_private_fact(split: Town) -> None:
    build = apart(split)
    shipment = sent(split, build)
    eve: Actor = split.join("eve", Role.BUILDER)
    assert split.application.shipments.one(eve, shipment.id).tracking_link is None
    assert split.application.shipments.one(split.people["south"], shipment.id).tracking_link is not None


def test_what_sending_cost_stands_beside_what_was_reckoned(split: Town) -> None:
    application, build = split.application, apart(split)
    parcel = packed(split, build)
    with pytest.raises(StateError, match="nothing was sent"):
        application.postages.note(north(split), parcel.id, Postage(490, "EUR"))
    application.shipments.send(north(split), parcel.id, Sent("Post"))
    (unknown,) = [each for each in application.quotes.of_build(build).came_to_unknown if each.kind is Kind.TRANSPORT]
    assert (unknown.what, unknown.source) == (f"shipment {parcel.id}", "nobody has noted what it cost")
    with pytest.raises(ForbiddenError):
        application.postages.note(ada(split), parcel.id, Postage(490, "EUR"))
    with pytest.raises(InputError, match="costs from 0"):
        Postage(-1, "EUR")
    application.postages.note(south(split), parcel.id, Postage(490, "EUR"))
    noted = application.postages.note(north(split), parcel.id, Postage(520, "EUR"))
    assert (noted.cost_cents, noted.currency) == (520, "EUR"), "the newer word counts"
    said = [each.data for each in application.log.after(0, 9999) if each.kind == "shipment.cost"]
    assert [each["cents"] for each in said] == [490, 520]
    quote = application.quotes.of_build(build)
    assert [(each.what, each.cents, each.source) for each in quote.came_to if each.kind is Kind.TRANSPORT] == [
        (f"shipment {parcel.id}", 520, "as noted for it"),
    ]
    assert [each.came_to_cents for each in quote.compared if each.kind is Kind.TRANSPORT] == [520]


def test_a_shipment_of_several_builds_is_shared_by_its_things_to_the_cent(split: Town) -> None:
    application = split.application
    builds = [apart(split), apart(split)]
    pieces = [each.id for build in builds for each in application.pieces.all(build, PieceState.MADE).items]
    parcel = application.shipments.pack(north(split), Packed("north", "south", pieces=pieces[:3]))
    application.shipments.send(north(split), parcel.id, Sent())
    application.postages.note(north(split), parcel.id, Postage(500, "EUR"))
    parts = [
        next(each for each in application.quotes.of_build(build).came_to if each.kind is Kind.TRANSPORT)
        for build in builds
    ]
    assert [each.cents for each in parts] == [333, 167]
    assert parts[0].source == "as noted for it, for 2 of 3 things"
