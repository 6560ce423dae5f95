"""What a piece took: its share of its run, each number with its source; the shares add up to the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from commons.flows.events import Measure as FlowMeasure
from coordinator.schema.builds import JobState, PieceState, RunOutcome
from coordinator.service.application import KEEPER
from coordinator.service.costing.effort import BuildEffort, FigureView, PieceEffort
from coordinator.service.costing.figures import Figure, Measure, share_of_figure, share_of_line
from coordinator.service.costing.lines import Kind, Line
from coordinator.service.costing.runs import Run
from coordinator.service.flows.asked import Asked
from coordinator.service.flows.work import Declared
from coordinator.service.house import Call
from coordinator.service.refusals import UnknownError
from coordinator.service.runs.attempts import WorkView
from coordinator.service.supplies.postage import Postage
from coordinator.service.supplies.shipments import Packed, Sent
from tests.coordinator.conftest import block_stl, print_program

from .conftest import Town
from .test_quotes import PRICED
from .test_requests import left_out as asked_to_leave_out
from .test_requests import running
from .test_shipments import apart, north
from .test_shipments import split as split
from .test_stock import load, spool

FEET = "Foot,3,3D printing,PLA,foot.stl,"
POWERED = PRICED.replace("        hourly_cost: 3\n", "        hourly_cost: 3\n        energy_w: 100\n")
SECONDS = 601  # of the run: no three shares are alike


@pytest.fixture
def powered(town: Town) -> Town:
    town.application.labs.put(Call(KEEPER), yaml.safe_load(POWERED))
    return town


def end(town: Town, work: WorkView, outcome: RunOutcome = RunOutcome.FINISHED) -> None:
    """The run of a job ends, after so many seconds."""
    town.clock.move(seconds=SECONDS)
    town.application.attempts.end(town.people["agent"], work.attempt_id, work.fence, outcome, lines=50, message="")


def printed(town: Town, outcome: RunOutcome = RunOutcome.FINISHED) -> list[PieceEffort]:
    """Three feet of one run, and what each took."""
    load(town, spool(town, 500))
    town.order(town.upload(FEET, foot__stl=block_stl(20, 20, 20), foot_x3__gcode=print_program()))
    town.people["agent"] = town.agent("north")
    work = running(town, town.people["agent"])
    end(town, work, outcome)
    return of_job(town, work.job_id)


def of_job(town: Town, job_id: str) -> list[PieceEffort]:
    return [town.application.efforts.of_piece(each.id) for each in town.application.jobs.one(job_id).pieces]


def the(figures: Sequence[FigureView], measure: Measure) -> FigureView:
    (found,) = [each for each in figures if each.measure is measure]
    return found


def total(efforts: Sequence[PieceEffort], measure: Measure) -> float:
    return sum(the(each.figures, measure).amount or 0 for each in efforts)


def test_pieces_of_a_run_share_alike_what_it_took_and_each_number_has_a_source(powered: Town) -> None:
    found = printed(powered)
    assert [the(each.figures, Measure.MACHINE).amount for each in found] == [201, 200, 200]
    assert {each.shared_by for each in found} == {3}
    first = found[0]
    machine = the(first.figures, Measure.MACHINE)
    assert (machine.what, machine.unit, machine.whole) == ("Printer", "s", SECONDS)
    assert machine.source == f"run {first.job_id}, from start to end"
    hands = the(first.figures, Measure.PEOPLE)
    assert (hands.whole, hands.amount) == (12 * 60, 240)
    assert hands.source == f"12 min for each run, from North's entry; run {first.job_id}"
    energy = the(first.figures, Measure.ENERGY)
    assert energy.whole == pytest.approx(0.1 * SECONDS / 3600, abs=1e-6)
    assert energy.source == "100 W on average while it runs, from North's entry"
    plastic = the(first.figures, Measure.MATERIAL)
    assert (plastic.what, plastic.unit, plastic.source) == ("PLA", "g", "booked of the stock of North")
    booked = sum(each.change for each in powered.application.stock.bookings(1).items if each.kind == "used")
    assert total(found, Measure.MATERIAL) == pytest.approx(-booked, abs=1e-9)
    assert total(found, Measure.ENERGY) == pytest.approx(energy.whole, abs=1e-9)


def test_costs_of_pieces_add_up_to_what_the_run_came_to_in_the_quote(powered: Town) -> None:
    powered.application.rates.set_own(Call(powered.people["north"]), "making", Asked(1000, "EUR"))
    found = printed(powered)
    quote = powered.application.quotes.of_build(1)
    cents = Counter[Kind]()
    for effort in found:
        for line in effort.costs:
            cents[line.kind] += line.cents or 0
    assert cents == {each.kind: each.cents for each in quote.came_to}
    assert set(cents) == {Kind.MATERIAL, Kind.MACHINE, Kind.SET_UP, Kind.WORK}
    assert sum(each.sums[0].cents for each in found) == quote.spent[0].cents
    (hours,) = [each for each in found[0].costs if each.kind is Kind.MACHINE]
    assert (hours.what, hours.cents) == ("0.17 h of Printer", 17)
    assert hours.source == "3.00 EUR an hour, from North's entry; one of 3 equal shares of its run"


def test_a_scrapped_piece_took_the_same(powered: Town) -> None:
    found = printed(powered, RunOutcome.FAILED)
    before = [each.figures for each in found]
    powered.application.jobs.rule(Call(powered.people["north"]), found[0].job_id, JobState.SCRAPPED, "warped")
    after = of_job(powered, found[0].job_id)
    assert {each.state for each in after} == {PieceState.SCRAPPED}
    assert [each.figures for each in after] == before
    assert total(after, Measure.MACHINE) == SECONDS


def test_what_was_left_out_of_a_run_bears_nothing_of_it(powered: Town) -> None:
    agent = powered.people["agent"] = powered.agent("north")
    work, asked = asked_to_leave_out(powered, agent, "foot_x2__gcode")
    powered.application.requests.answer(agent, asked.id, done=True, text="left out")
    end(powered, work)
    made, left = of_job(powered, work.job_id)
    assert (made.left_out, left.left_out, made.shared_by) == (False, True, 1)
    assert the(made.figures, Measure.MACHINE).amount == SECONDS
    assert (left.figures, left.unknown, left.costs, left.costs_unknown) == ([], [], [], [])


def test_what_is_not_known_says_why(town: Town) -> None:
    town.order(town.upload(FEET, foot__stl=block_stl(20, 20, 20), foot_x3__gcode=print_program()))
    agent = town.people["agent"] = town.agent("north")
    job = next(each for each in town.application.jobs.all().items if each.task == "Foot")
    waiting = of_job(town, job.id)[0]
    assert {each.source for each in waiting.unknown} == {"it has not begun"}
    assert (waiting.figures, waiting.costs) == ([], [])
    work = running(town, agent)
    assert {each.source for each in of_job(town, job.id)[0].unknown} == {"it has not ended"}
    end(town, work)
    found = of_job(town, job.id)[0]
    assert {each.measure: each.source for each in found.unknown} == {
        Measure.ENERGY: "North does not state what power it takes",
        Measure.PEOPLE: "North states no minutes for it",
        Measure.MATERIAL: "nothing was booked of a stock",
    }
    assert all(each.amount is None for each in found.unknown)
    town.application.pieces.check(Call(town.people["ada"]), found.piece_id, accept=True, why="fine")
    checked = town.application.efforts.of_piece(found.piece_id)
    assert ("1 check by peers", "how long a check takes is not noted") in {(e.what, e.source) for e in checked.unknown}
    with pytest.raises(UnknownError, match="there is no piece 999"):
        town.application.efforts.of_piece(999)


def test_a_machine_that_has_left_keeps_its_time_and_nothing_else(powered: Town) -> None:
    found = printed(powered)
    entry = powered.application.labs.one(KEEPER, "north").entry
    rest = [each for each in entry["machines"] if each["id"] != "north-printer"]
    powered.application.labs.put_one(Call(powered.people["north"]), "north", {**entry, "machines": rest})
    after = of_job(powered, found[0].job_id)
    assert total(after, Measure.MACHINE) == SECONDS
    gone = {each.measure: each.source for each in after[0].unknown}
    assert gone == dict.fromkeys((Measure.PEOPLE, Measure.ENERGY), "it has left the network, and what its entry said")


def test_a_piece_tells_the_ways_that_it_went_and_its_share_of_them(split: Town) -> None:
    build = apart(split)
    efforts, application = split.application.efforts, split.application
    pieces = [each.id for each in application.pieces.all(build, PieceState.MADE).items]
    assert the(efforts.of_piece(pieces[0]).figures, Measure.PEOPLE).what == "by hand at Bench"
    parcel = application.shipments.pack(north(split), Packed("north", "south", pieces=pieces))
    assert efforts.of_piece(pieces[0]).journeys == [], "it was not sent yet"
    application.shipments.send(north(split), parcel.id, Sent("Post"))
    (unknown,) = efforts.of_piece(pieces[0]).journeys
    assert (unknown.from_lab, unknown.to_lab, unknown.carrier, unknown.cents) == ("north", "south", "Post", None)
    application.postages.note(north(split), parcel.id, Postage(501, "EUR"))
    shares = [efforts.of_piece(each).journeys[0].cents for each in pieces]
    assert shares == [251, 250]
    line = next(each for each in efforts.of_piece(pieces[1]).costs if each.kind is Kind.TRANSPORT)
    assert (line.cents, line.source) == (250, "as noted for it, one of 2 things")
    assert [(each.cents, each.things) for each in efforts.of_build(build).journeys] == [(501, 2)]


def amounts(build: BuildEffort) -> dict[Measure, tuple[float | None, int]]:
    return {each.measure: (each.amount, each.unknown) for each in build.totals}


def test_a_build_adds_up_its_runs_and_what_was_entered_for_it(powered: Town) -> None:
    found = printed(powered)
    build = powered.application.efforts.of_build(1)
    assert amounts(build)[Measure.MACHINE] == (SECONDS, 0)
    assert amounts(build)[Measure.PEOPLE] == (720, 0)
    assert amounts(build)[Measure.ENERGY] == (pytest.approx(total(found, Measure.ENERGY)), 0)
    ada = Call(powered.people["ada"])
    entered = powered.application.work.declare(ada, Declared("documentation", 90, build_id=1))
    assert amounts(powered.application.efforts.of_build(1))[Measure.PEOPLE] == (720 + 90 * 60, 0)
    powered.application.work.correct(ada, entered.number, "it was an hour", FlowMeasure.of(60, "min").value)
    assert amounts(powered.application.efforts.of_build(1))[Measure.PEOPLE] == (720 + 60 * 60, 0)


def test_work_by_hand_counts_once_also_where_the_ledger_tells_it(split: Town) -> None:
    build = apart(split)
    before = amounts(split.application.efforts.of_build(build))[Measure.PEOPLE]
    flows = split.application.flows.events(build_id=build)
    worked = next(each for each in flows.items if each.action == "work")
    assert amounts(split.application.efforts.of_build(build))[Measure.PEOPLE] == before
    split.application.work.correct(Call(split.people["ste"]), worked.number, "longer", FlowMeasure.of(9, "min").value)
    assert amounts(split.application.efforts.of_build(build))[Measure.PEOPLE] == before


COUNTS = st.integers(1, 60)


@given(st.integers(0, 10**9), COUNTS, st.sampled_from(["s", "g", "sheet", "kWh"]))
def test_shares_of_a_figure_add_up_to_the_whole(whole: int, count: int, unit: str) -> None:
    figure = Figure(Measure.MATERIAL, "PLA", "booked", unit, whole, whole)
    places = list(range(1, count + 1))
    shares = [share_of_figure(figure, places, each).parts or 0 for each in places]
    assert sum(shares) == whole
    assert max(shares) - min(shares) <= 1, "alike, to the least part"


@given(st.lists(st.integers(0, 10**8), min_size=3, max_size=3), COUNTS)
def test_shares_of_a_cost_add_up_to_the_cent_and_stay_in_their_interval(cents: list[int], count: int) -> None:
    low, middle, high = sorted(cents)
    line = Line(Kind.WORK, "an hour", "a rate", middle, low, high, "EUR")
    places = list(range(1, count + 1))
    shares = [share_of_line(line, places, each) for each in places]  # a Line refuses an amount outside its interval
    assert [sum(getattr(each, name) or 0 for each in shares) for name in ("low_cents", "cents", "high_cents")] == [
        low, middle, high,
    ]  # fmt: skip


def test_what_is_not_known_has_no_share() -> None:
    figure = Figure(Measure.ENERGY, "Printer", "nobody says", "kWh")
    line = Line(Kind.WORK, "an hour", "nobody has set a rate")
    share = share_of_line(line, [1, 2], 1)
    assert (share_of_figure(figure, [1, 2], 1), share.cents) == (figure, None)
    assert share.source == "nobody has set a rate; one of 2 equal shares of its run"
    assert share_of_line(line, [1], 1) == line


def test_figures_and_runs_refuse_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="is no unit"):
        Figure(Measure.ENERGY, "x", "y", "J")
    with pytest.raises(ValueError, match="known together"):
        Figure(Measure.ENERGY, "x", "y", "kWh", 5)
    with pytest.raises(ValueError, match="from nothing to the whole"):
        Figure(Measure.ENERGY, "x", "y", "kWh", 6, 5)
    with pytest.raises(ValueError, match="no less than no time"):
        Run("J1", "north-printer", None, -1)
