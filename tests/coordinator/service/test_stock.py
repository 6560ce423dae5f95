"""What machines are loaded with: held against what a job needs before it starts, booked when it has ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from coordinator import ledger
from coordinator.loading import amount_taken, objection
from coordinator.schema.builds import JobRow, JobState, RunOutcome
from coordinator.schema.stock import BookingKind, BookingRow, NeedRow, NeedUnit, Place, StockKind, StockRow
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from coordinator.service.machinery.labs import Labs
from coordinator.service.machinery.standing import as_it_stands
from coordinator.service.machinery.stock import NewItem, StockView
from coordinator.service.refusals import ForbiddenError, StaleError
from coordinator.service.runs.attempts import Told, WorkView
from coordinator.store import Store
from core.errors import InputError, StateError
from tests.coordinator.conftest import block_stl, print_program

from .conftest import NOW, Town

FOOT = "Foot,1,3D printing,PLA,foot.stl,"


def spool(town: Town, grams: float, material: str = "PLA", low: float | None = None) -> StockView:
    """A new spool of the lab in the north."""
    new = NewItem(StockKind.SPOOL, f"{material} {grams:g}", grams, material, low=low)
    return town.application.stock.add(Call(town.people["north"]), "north", new)


def order_foot(town: Town, nozzle: str = "") -> None:
    """One printed foot, which needs a hundredth of a gram or so."""
    program = f"; nozzle_diameter = {nozzle}\n{print_program()}" if nozzle else print_program()
    town.order(town.upload(FOOT, foot__stl=block_stl(20, 20, 20), foot__gcode=program))


def load(town: Town, item: StockView) -> None:
    town.application.loads.load(Call(town.people["north"]), "north-printer", item.id)


def claim(town: Town, agent: str = "agent") -> WorkView | None:
    actor = town.people.setdefault(agent, town.agent("north"))
    return town.application.attempts.claim(actor, "north", ["north-printer"])


def held(town: Town) -> list[str]:
    town.application.held.sweep()
    return [each.why for each in town.application.held.all("north")]


def kinds(town: Town) -> list[str]:
    return [each.kind for each in town.application.log.after(0, 9999)]


def test_a_lab_that_keeps_no_book_is_held_to_nothing(town: Town) -> None:
    order_foot(town)
    assert held(town) == []
    assert claim(town) is not None


def test_a_job_is_held_until_what_it_needs_is_loaded(town: Town) -> None:
    pla, petg = spool(town, 500), spool(town, 500, "PETG")
    order_foot(town)
    assert claim(town) is None
    assert held(town) == ["load 1 g of PLA; nothing is loaded"]
    foot = next(each for each in town.application.jobs.all().items if each.task == "Foot")
    assert foot.waits == "load 1 g of PLA; nothing is loaded"
    load(town, petg)
    assert held(town) == ["load 1 g of PLA; PETG is loaded"]
    assert claim(town) is None
    load(town, pla)
    assert claim(town) is not None
    assert held(town) == []
    assert kinds(town).count("job.held") == 2, "a reason is told once, and another when it changes"
    assert "job.freed" in kinds(town)


def test_a_job_that_waits_for_another_is_not_held_yet(town: Town) -> None:
    new = NewItem(StockKind.SHEET, "ply", 5, "plywood")
    town.application.stock.add(Call(town.people["north"]), "north", new)
    town.application.locks.lock(Call(town.people["north"]), "north-bench", "the bench is wet")
    town.application.locks.lock(Call(town.people["south"]), "south-bench", "the bench is wet")
    order_foot(town)
    town.clock.move(days=30)
    assert held(town) == [], "the lamp is assembled after its foot is made"


def test_a_spool_that_is_too_short_is_named_with_both_amounts(town: Town) -> None:
    item = spool(town, 500)
    load(town, item)
    order_foot(town)
    town.application.stock.correct(Call(town.people["north"]), item.id, 0.01, "weighed")
    assert claim(town) is None
    assert held(town) == ["load 1 g of PLA; the spool has 0.01 g"]


def test_a_nozzle_is_held_against_the_program_where_one_is_said_to_be_fitted(town: Town) -> None:
    order_foot(town, nozzle="0.6,0.6")
    stock, north = town.application.stock, Call(town.people["north"])
    thin = stock.add(north, "north", NewItem(StockKind.TOOL, "brass 0.4", diameter_mm=0.4))
    assert held(town) == [], "a nozzle in a drawer says nothing of the one that is in"
    town.application.loads.load(north, "north-printer", thin.id)
    assert held(town) == ["load a tool of 0.6 mm; one of 0.4 mm is fitted"]
    assert claim(town) is None
    town.application.loads.unload(north, "north-printer", Place.TOOL)
    assert claim(town) is not None


def test_a_person_may_let_it_start_all_the_same_and_says_why(town: Town) -> None:
    spool(town, 500)
    order_foot(town)
    job = town.application.jobs.all().items[0]
    loads, north = town.application.loads, town.people["north"]
    with pytest.raises(InputError, match="say why"):
        loads.waive(Call(north), job.id, " ")
    with pytest.raises(ForbiddenError):
        loads.waive(Call(town.people["south"]), job.id, "let it")
    waiver = loads.waive(Call(north), job.id, "the book is wrong")
    assert waiver.waived == "load 1 g of PLA; nothing is loaded"
    assert claim(town) is not None
    event = next(each for each in town.application.log.after(0, 9999) if each.kind == "job.waived")
    assert (event.who, event.why) == (north.id, "the book is wrong")


def test_what_comes_off_between_the_claim_and_the_start_gives_the_job_back(town: Town) -> None:
    load(town, spool(town, 500))
    order_foot(town)
    work = claim(town)
    assert work is not None
    town.application.loads.unload(Call(town.people["north"]), "north-printer", Place.MATERIAL)
    with pytest.raises(StaleError):
        town.application.attempts.start(town.people["agent"], work.attempt_id, work.fence)
    job = town.application.jobs.one(work.job_id)
    assert (job.state, job.started_at) == (JobState.SCHEDULED, None)


def started(town: Town) -> WorkView:
    work = claim(town)
    assert work is not None
    town.application.attempts.start(town.people["agent"], work.attempt_id, work.fence)
    return work


def end(town: Town, work: WorkView, outcome: RunOutcome, lines: int | None) -> None:
    town.application.attempts.end(
        town.people["agent"], work.attempt_id, work.fence, outcome, lines=lines, message="it ended"
    )


def need_of(town: Town) -> float:
    """Grams that the one job needs."""
    with town.application.house.reading() as session:
        need = session.scalars(select(NeedRow).where(NeedRow.place == Place.MATERIAL)).one()
        assert need.amount is not None
        return need.amount / ledger.PER_UNIT


def test_what_a_run_took_is_booked_off_once(town: Town) -> None:
    item = spool(town, 500)
    load(town, item)
    order_foot(town)
    work = started(town)
    assert town.application.stock.one(item.id).left == 500
    for _ in range(2):
        end(town, work, RunOutcome.FINISHED, 50)
    assert town.application.stock.one(item.id).left == pytest.approx(500 - need_of(town))
    newest = town.application.stock.bookings(item.id).items[0]
    assert (newest.kind, newest.job_id, newest.why) == (BookingKind.USED, work.job_id, "made")


def test_a_failed_run_took_as_much_as_it_did_of_its_program(town: Town) -> None:
    item = spool(town, 500)
    load(town, item)
    order_foot(town)
    work = started(town)
    told = Told(attempt_id=work.attempt_id, fence=work.fence, lines_done=10, lines_total=40, state="running")
    town.application.attempts.progress(town.people["agent"], [told])
    end(town, work, RunOutcome.FAILED, 20)
    share = 1.5 / 3.9  # of the program's 20 first lines 15 feed 0.1 mm each, of 39
    assert town.application.stock.one(item.id).left == pytest.approx(500 - need_of(town) * share, abs=0.001)
    assert town.application.stock.bookings(item.id).items[0].why == "1.5 of 3.9 mm were fed, up to line 20"
    town.application.jobs.rule(Call(town.people["north"]), work.job_id, JobState.SCRAPPED, "half a foot")
    assert len(town.application.stock.bookings(item.id).items) == 2, "ruled on, it is not booked again"


def test_a_run_that_failed_before_it_fed_anything_took_nothing(town: Town) -> None:
    item = spool(town, 500)
    load(town, item)
    order_foot(town)
    end(town, started(town), RunOutcome.FAILED, 4)
    assert town.application.stock.one(item.id).left == 500


def test_what_is_ruled_scrapped_after_lost_contact_took_what_it_had_fed(town: Town) -> None:
    item = spool(town, 500)
    load(town, item)
    order_foot(town)
    work = started(town)
    told = Told(attempt_id=work.attempt_id, fence=work.fence, lines_done=25, lines_total=49, state="running")
    town.application.attempts.progress(town.people["agent"], [told])
    town.real.move(seconds=60)
    town.application.attempts.sweep()
    town.application.jobs.rule(Call(town.people["north"]), work.job_id, JobState.SCRAPPED, "half a foot")
    assert town.application.stock.one(item.id).left == pytest.approx(500 - need_of(town) * 2.0 / 3.9, abs=0.001)


def test_a_program_that_is_gone_leaves_the_share_of_lines(town: Town) -> None:
    item = spool(town, 500)
    load(town, item)
    order_foot(town)
    work = started(town)
    told = Told(attempt_id=work.attempt_id, fence=work.fence, lines_done=10, lines_total=40, state="running")
    town.application.attempts.progress(town.people["agent"], [told])
    with town.application.house.looking() as session:
        digest = session.get_one(JobRow, work.job_id).program_sha256
    assert digest is not None
    town.application.house.files.path(digest).unlink()
    end(town, work, RunOutcome.FAILED, 20)
    assert town.application.stock.bookings(item.id).items[0].why == "20 of 40 lines"


def test_of_a_run_of_which_nothing_is_known_all_is_booked_and_said(town: Town) -> None:
    item = spool(town, 500)
    load(town, item)
    order_foot(town)
    end(town, started(town), RunOutcome.FAILED, None)
    newest = town.application.stock.bookings(item.id).items[0]
    assert newest.why == "how far it came is not known: all of it is booked"
    assert newest.change == pytest.approx(-need_of(town))


def test_a_run_out_of_contact_takes_nothing_until_a_person_has_ruled(town: Town) -> None:
    item = spool(town, 500)
    load(town, item)
    order_foot(town)
    work = started(town)
    town.real.move(seconds=60)
    assert town.application.attempts.sweep() == 1
    assert town.application.stock.one(item.id).left == 500
    town.application.jobs.rule(Call(town.people["north"]), work.job_id, JobState.MADE, "it lies there")
    assert town.application.stock.one(item.id).left < 500


def test_a_spool_that_is_changed_in_the_midst_pays_for_its_part(town: Town) -> None:
    first, second = spool(town, 500), spool(town, 700)
    load(town, first)
    order_foot(town)
    work = started(town)
    told = Told(attempt_id=work.attempt_id, fence=work.fence, lines_done=10, lines_total=40, state="running")
    town.application.attempts.progress(town.people["agent"], [told])
    load(town, second)
    end(town, work, RunOutcome.FINISHED, 40)
    need, left = need_of(town), [town.application.stock.one(each.id).left for each in (first, second)]
    first_share = 0.5 / 3.9  # of the 10 first lines 5 feed
    expected = (500 - need * first_share, 700 - need * (1 - first_share))
    assert left == [pytest.approx(each, abs=0.001) for each in expected]


def test_low_stock_is_told_once_each_time_that_it_falls(town: Town) -> None:
    item = spool(town, 500, low=100)
    north = Call(town.people["north"])
    for left in (99, 50, 400, 20):
        town.application.stock.correct(north, item.id, left, "weighed")
    low = [each.why for each in town.application.log.after(0, 9999) if each.kind == "stock.low"]
    assert low == ["PLA 500: 99 g left", "PLA 500: 20 g left"]
    assert town.application.stock.one(item.id).is_low


def test_plans_do_not_promise_what_is_not_there(town: Town) -> None:
    spool(town, 0.005)
    order_foot(town)
    offer = town.application.offers.all().items[0]
    assert "short" in offer.terms
    assert "0.00 g" in offer.terms or "less than 1 g" in offer.terms


def stock_for_plans(town: Town, *builds: int) -> list[tuple[str, str, float]]:
    """What plans see of the lab in the north: material, form, amount."""
    with town.application.house.reading() as session:
        network = town.application.house.networks.of(session)
        assert network is not None
        seen = as_it_stands(session, network, NOW, builds).lab("north").stock
    return [(each.material, str(each.form), each.amount) for each in seen]


def test_plans_see_the_book_less_what_is_promised_and_the_entry_for_the_rest(town: Town) -> None:
    entry = town.application.labs.one(KEEPER, "north").entry
    entry["stock"] = [
        {"material": "pla", "form": "filament", "amount": 9, "unit": "kg"},
        {"material": "plywood", "form": "panel", "amount": 3, "unit": "piece"},
    ]
    town.application.labs.put_one(Call(town.people["north"]), "north", entry)
    panels = ("plywood", "panel", 3.0)
    assert stock_for_plans(town) == [("pla", "filament", 9.0), panels]
    item, petg = spool(town, 500), spool(town, 200, "PETG")
    assert stock_for_plans(town) == [panels, ("pla", "filament", 0.5), ("petg", "filament", 0.2)]
    town.application.stock.retire(Call(town.people["north"]), petg.id, "wet")
    assert stock_for_plans(town) == [panels, ("pla", "filament", 0.5), ("petg", "filament", 0.0)]
    load(town, item)
    order_foot(town)
    (build,) = town.application.builds.all().items
    promised = pytest.approx((500 - need_of(town)) / 1000)
    assert stock_for_plans(town)[1][2] == promised
    assert stock_for_plans(town, build.id)[1][2] == 0.5, "what a build takes its own plan counts"
    work = started(town)
    assert stock_for_plans(town, build.id)[1][2] == promised, "what runs is nobody's to plan"
    end(town, work, RunOutcome.FINISHED, 50)
    assert stock_for_plans(town)[1][2] == pytest.approx(town.application.stock.one(item.id).left / 1000)


def test_sheets_are_counted_by_their_size(town: Town) -> None:
    """A need of an area takes a part of a sheet; of what size the sheet is, is known when it is loaded."""
    new = NewItem(StockKind.SHEET, "ply 4", 3, "plywood", thickness_mm=4, length_mm=600, width_mm=400)
    item = town.application.stock.add(Call(town.people["north"]), "north", new)
    with town.application.house.reading() as session:
        row = session.get_one(StockRow, item.id)
        need = NeedRow(kind=StockKind.SHEET, material="plywood", unit=NeedUnit.SQUARE_METRE, slot=0, thickness_mm=4.2)
        need.amount = 60  # thousandths of a square metre: a quarter of a sheet
        assert (amount_taken(need, row), objection(need, row)) == (250, None)
        need.amount = 1000
        assert objection(need, row) == "load 5 sheets of plywood of 4.2 mm; there are 3 sheets"
        need.thickness_mm = 6.0
        assert objection(need, row) == "load 5 sheets of plywood of 6 mm; sheets of 4 mm are loaded"
        assert objection(need, None) == "load a sheet of plywood of 6 mm; nothing is loaded"


def test_who_may_not_and_what_is_no_item_is_refused(town: Town) -> None:
    stock, north = town.application.stock, Call(town.people["north"])
    with pytest.raises(ForbiddenError):
        stock.add(north, "south", NewItem(StockKind.SPOOL, "S", 1.0, "PLA"))
    with pytest.raises(InputError, match="not a known word"):
        stock.add(north, "north", NewItem(StockKind.SPOOL, "S", 1.0, "moon dust"))
    for wrong in (
        lambda: NewItem(StockKind.SPOOL, "S", 1.0),
        lambda: NewItem(StockKind.SPOOL, " ", 1.0, "PLA"),
        lambda: NewItem(StockKind.SPOOL, "S", -1.0, "PLA"),
        lambda: NewItem(StockKind.SPOOL, "S", float("nan"), "PLA"),
        lambda: NewItem(StockKind.TOOL, "bit", 2.0),
        lambda: NewItem(StockKind.SHEET, "S", 1.0, "plywood", length_mm=600),
        lambda: NewItem(StockKind.SHEET, "S", 1.0, "plywood", thickness_mm=0.0),
    ):
        with pytest.raises(InputError):
            wrong()
    item = spool(town, 500)
    load(town, item)
    with pytest.raises(StateError, match="is on north-printer"):
        stock.retire(north, item.id, "empty")
    with pytest.raises(StateError, match="is of north"):
        town.application.loads.load(Call(town.people["south"]), "south-bench", item.id)


def test_a_machine_that_leaves_gives_back_what_is_on_it(town: Town) -> None:
    item = spool(town, 500)
    load(town, item)
    labs: Labs = town.application.labs
    entry = labs.one(KEEPER, "north").entry
    entry["machines"] = entry["machines"][1:]
    labs.put_one(Call(town.people["north"]), "north", entry)
    assert town.application.stock.one(item.id).machine is None


STEPS = st.lists(
    st.tuples(st.sampled_from(("use", "weigh", "use")), st.integers(0, 3_000_000)), min_size=1, max_size=20
)  # fmt: skip


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shelf") / "x.db"


@given(amount=st.integers(0, 2_000_000), steps=STEPS, gone=st.booleans())
@settings(max_examples=60, deadline=None)
def test_bookings_add_up_to_what_is_left_which_is_never_below_nothing(
    shelf: Path, amount: int, steps: list[tuple[str, int]], gone: bool
) -> None:
    store = Store(shelf)
    with store.transaction() as session:
        session.connection().exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        item = StockRow(lab="x", kind=StockKind.SPOOL, name="S", left=amount, low=None, added_at=NOW, added_by="p")
        session.add(item)
        ledger.receive(session, item, NOW, who="p", why="")
        for word, value in steps:
            if word == "use":
                ledger.take(session, item, value, NOW, who="m", why="made", job_id="J1")
            else:
                ledger.set_left(session, item, value, NOW, who="p", why="weighed")
        if gone:
            ledger.retire(session, item, NOW, who="p", why="empty")
        session.flush()
        rows = session.scalars(select(BookingRow).where(BookingRow.stock_id == item.id).order_by(BookingRow.id)).all()
        left = 0
        for row in rows:
            left += row.change
            assert row.left == left >= 0
            assert row.kind in (BookingKind.CORRECTED, BookingKind.RECEIVED) or row.change <= 0
        assert left == item.left
        assert sum(-row.change for row in rows if row.kind is BookingKind.USED) == sum(
            value for word, value in steps if word == "use"
        )
        session.rollback()
    store.close()
