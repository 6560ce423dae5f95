"""Alerts: who is told of what, once, when, after whom; and what is not said."""

from __future__ import annotations

import ast
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

import coordinator
from coordinator.api.alert_sender import AlertSender
from coordinator.moves import MOVES
from coordinator.schema.alert import AlertAddressRow, AlertNoteRow
from coordinator.schema.builds import JobRow, JobState, OfferRow, OfferState, PlanRow
from coordinator.schema.governance import DistributionState, ProposalState
from coordinator.schema.network import MachineRow, Role
from coordinator.schema.request import RequestKind, RequestRow, RequestState
from coordinator.schema.service import AttemptRow, AttemptState, ProgressRow
from coordinator.schema.stock import BookingKind
from coordinator.service.alerts.desk import HabitView, WishView
from coordinator.service.alerts.facts import plain
from coordinator.service.alerts.outbox import Letter
from coordinator.service.alerts.quiet import QuietHours
from coordinator.service.alerts.rules import CLOSES, CONDITIONS, NO_ALERT, RULES, TOPICS, Topic
from coordinator.service.application import Application
from coordinator.service.house import Call, Settings
from coordinator.service.refusals import (
    ForbiddenError,
    TooManyError,
    UnauthenticatedError,
    UnknownError,
)
from core.errors import InputError, LimitError, StateError

from .conftest import Town

SOURCE = Path(coordinator.__file__).parent


@dataclass
class Services:
    """All services at once: takes letters, or answers with the problems that it was told to."""

    town: Town
    problems: list[str | None] = field(default_factory=list)
    taken: list[Letter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sender = AlertSender(self.town.application, failed=self.fail, hand_over=self)
        self.sender.turn()  # from here on it is told what happens

    def fail(self, error: BaseException) -> None:
        raise error

    def __call__(
        self, letters: Sequence[Letter], local: bool, closing: threading.Event
    ) -> Iterator[tuple[Letter, str | None]]:
        for each in letters:
            problem = self.problems.pop(0) if self.problems else None
            if problem is None:
                self.taken.append(each)
            yield each, problem

    def turn(self) -> list[Letter]:
        """What was taken in one turn."""
        before = len(self.taken)
        self.sender.turn()
        return self.taken[before:]

    def known_at(self, name: str, address: str = "") -> int:
        """A person is told at an address from now on."""
        addresses, actor = self.town.application.alerts.addresses, self.town.people[name]
        made = addresses.add(actor, address or f"ntfys://{name}-topic", "my phone")
        (letter,) = self.turn()
        addresses.verify(actor, made.id, re.search(r"\d{8}", letter.body)[0])  # type: ignore[index]
        return made.id


@pytest.fixture
def services(town: Town) -> Services:
    town.join("nora", Role.OPERATOR, "north")
    with_settings(town, public_url="https://fab.example")
    return Services(town)


def with_settings(town: Town, **changed: object) -> None:
    house = town.application.house
    values = {name: getattr(house.settings, name) for name in Settings.__slots__}
    object.__setattr__(house, "settings", Settings(**{**values, **changed}))  # type: ignore[arg-type]


def happens(town: Town, kind: str, subject: str, why: str = "", **data: object) -> None:
    with town.application.house.change("coordinator") as change:
        change.record(kind, subject, why, **data)


@pytest.fixture
def job(services: Services) -> str:
    """A job in the north, of a build that ada ordered; nothing of it is told any more."""
    services.town.order(services.town.upload("Foot,1,3D printing,PLA,foot.stl,"))
    services.turn()
    with services.town.application.house.reading() as session:
        return session.scalars(select(JobRow.id).where(JobRow.machine == "north-printer")).one()


def to(services: Services, letters: list[Letter]) -> list[str]:
    """The people to whom letters went."""
    with services.town.application.house.reading() as session:
        ids = [session.get_one(AlertAddressRow, each.address_id).person_id for each in letters]
    names = {actor.id: name for name, actor in services.town.people.items()}
    return sorted(names[each] for each in ids)


# -- what is said


def test_every_kind_of_event_is_told_or_named_as_not_told() -> None:
    """Found in the code itself, so that who adds an event must say what becomes of it."""
    kinds, families = recorded()
    assert {"job.failed", "offer.declined", "build.finished", "plan.failed", "machine.cleared"} <= kinds
    told = RULES.keys() | CLOSES.keys() | NO_ALERT
    assert kinds - told == set(), "say in coordinator/service/alerts/rules.py who is told of these, or that nobody is"
    assert families == set(), "say in `recorded` from which words these kinds are made up"
    assert not RULES.keys() & NO_ALERT
    assert not CLOSES.keys() & NO_ALERT


def recorded() -> tuple[set[str], set[str]]:
    """Kinds of events that the code records; and nouns of which it makes the kinds up from words that are not known."""
    words = {_noun(kind): [str(each) for each in states] for kind, states in MOVES.items()}
    words["first-article"].append("begun")
    words["stock"] = [str(each) for each in BookingKind]
    words["proposal"] = [str(each) for each in ProposalState if each is not ProposalState.OPEN]
    words["distribution"] = [str(each) for each in DistributionState]
    kinds, families = set(), set()
    for path in SOURCE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or getattr(call.func, "attr", getattr(call.func, "id", "")) != "record":
                continue
            for part in (part for argument in call.args for part in ast.walk(argument)):
                if isinstance(part, ast.JoinedStr) and isinstance(part.values[0], ast.Constant):
                    noun, dot, rest = str(part.values[0].value).partition(".")
                    if dot and not rest and re.fullmatch("[a-z-]+", noun):
                        families |= set() if noun in words else {noun}
                        kinds |= {f"{noun}.{word.replace(' ', '-')}" for word in words.get(noun, ())}
                elif isinstance(part, ast.Constant) and re.fullmatch(
                    r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*", str(part.value)
                ):
                    kinds.add(str(part.value))
    return kinds, families


def _noun(kind: type) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind.__name__.removesuffix("State")).lower()


def test_every_topic_is_told_of_somewhere_and_has_words() -> None:
    assert TOPICS.keys() == set(Topic)
    assert {each.topic for each in (*RULES.values(), *CONDITIONS.values())} == set(Topic)
    for rule in (*RULES.values(), *CONDITIONS.values()):
        known = {"task", "machine", "lab", "build", "design", "why", "until", "agent"}
        known |= {"supplier", "shipment", "things", "carrier", "licence"}
        known |= {"what", "closes", "lacks", "amount", "neighbour"}  # of what is for people by name
        assert set(re.findall(r"\{(\w+)\}", rule.sentence)) <= known, rule


@given(st.text())
def test_strangers_words_are_words_only(text: str) -> None:
    said = plain(text)
    assert len(said) <= 160
    assert not re.search(r"[@<>`*|\n\r\x00-\x1f\u202e]|://", said)


def test_a_failure_is_told_with_what_is_known_and_a_link_for_one(services: Services, job: str) -> None:
    services.known_at("nora")
    happens(services.town, "job.failed", f"job {job}", "the nozzle @everyone <b> https://evil.example is clogged")
    (letter,) = services.turn()
    assert letter.title.startswith("[fabcommons] URGENT: Foot failed on Printer: the nozzle (at)everyone")
    assert "https: //evil.example" in letter.body
    assert re.search(r"https://fab\.example/alerts/acknowledge\?code=\d+-[0-9a-f]{40}\b", letter.body)
    assert services.turn() == [], "it is told once"
    for secret in ("ntfys", "topic", "fab_", "example.org"):
        assert secret not in letter.title + letter.body


def test_the_past_is_not_told(town: Town) -> None:
    happens(town, "job.failed", "job J1")
    services = Services(town)
    services.known_at("north")
    assert services.turn() == []


# -- who is told


def test_operators_are_told_of_their_lab_only_and_the_builder_of_the_build(services: Services, job: str) -> None:
    for name in ("north", "south", "nora", "ada", "ste"):
        services.known_at(name)
    happens(services.town, "job.failed", f"job {job}")
    assert to(services, services.turn()) == ["nora", "north"]
    happens(services.town, "build.finished", "build 1")
    assert to(services, services.turn()) == ["ada"]


def test_wishes_are_heard_and_of_two_the_one_that_says_more(services: Services, job: str) -> None:
    desk, people = services.town.application.alerts.desk, services.town.people
    for name in ("north", "nora", "ada", "south"):
        services.known_at(name)

    def wants(name: str, *wishes: tuple[str, str, bool]) -> None:
        said = [WishView(topic=topic, about=about, wanted=wanted) for topic, about, wanted in wishes]
        desk.put_habit(Call(people[name]), HabitView(wishes=said))

    wants("north", ("", "", False))
    wants("nora", ("", "", False), (Topic.JOB_FAILED, "lab north", True))
    wants("ada", (Topic.JOB_FAILED, "build 1", True))
    wants("south", (Topic.JOB_FAILED, "design 1", True), ("", "build 1", False), (Topic.JOB_FAILED, "lab north", False))
    happens(services.town, "job.failed", f"job {job}")
    assert to(services, services.turn()) == ["ada", "nora"]


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        (WishView(topic="weather", wanted=True), InputError),
        (WishView(about="machine x", wanted=True), InputError),
        (WishView(about="lab nowhere", wanted=True), UnknownError),
        (WishView(about="build 99", wanted=True), UnknownError),
        (WishView(about="design x", wanted=True), UnknownError),
    ],
)
def test_a_wish_about_nothing_is_refused(town: Town, wish: WishView, error: type[Exception]) -> None:
    with pytest.raises(error):
        town.application.alerts.desk.put_habit(Call(town.people["ada"]), HabitView(wishes=[wish]))


def test_an_urgent_matter_goes_to_the_next_until_somebody_says_i_see_to_it(services: Services, job: str) -> None:
    town, desk = services.town, services.town.application.alerts.desk
    north, nora = town.people["north"], town.people["nora"]
    town.join("nick", Role.OPERATOR, "north")
    for name in ("north", "nora", "ste"):
        services.known_at(name)
    order = [nora.id, town.people["nick"].id, north.id]
    desk.put_watch(Call(nora), "north", 10, order)
    happens(town, "job.failed", f"job {job}")
    assert to(services, services.turn()) == ["nora"]
    town.real.move(minutes=9)
    assert services.turn() == []
    town.real.move(minutes=1)
    assert to(services, services.turn()) == ["north"], "who has no address is not waited for"
    town.real.move(minutes=10)
    assert to(services, services.turn()) == ["ste"]
    town.real.move(days=1)
    assert services.turn() == []
    happens(town, "job.lost-contact", f"job {job}")
    (letter,) = services.turn()
    code = re.search(r"code=(\S+)", letter.body)[1]  # type: ignore[index]
    assert desk.linked(code).acknowledged_at is None, "to look is not to acknowledge"
    assert desk.acknowledge_linked(code).acknowledged_by == nora.id
    assert desk.acknowledge_linked(code).acknowledged_by == nora.id
    town.real.move(hours=1)
    assert services.turn() == [], "nobody else is told"
    told = [each for each in town.application.log.after(0, 9999) if each.kind == "alert.acknowledged"]
    assert [each.who for each in told] == [nora.id]


def test_a_forged_link_is_refused(services: Services, job: str) -> None:
    desk = services.town.application.alerts.desk
    services.known_at("nora")
    services.known_at("north")
    happens(services.town, "job.failed", f"job {job}")
    codes = [re.search(r"code=(\S+)", each.body)[1] for each in services.turn()]  # type: ignore[index]
    one, other = (each.split("-") for each in codes)
    for forged in (f"{one[0]}-{other[1]}", f"{one[0]}-", "-", "", "99-" + one[1], f"{one[0]}-{one[1]}x", "\u0661-x"):
        with pytest.raises(UnauthenticatedError):
            desk.acknowledge_linked(forged)


def test_who_may_watch_and_acknowledge(services: Services, job: str) -> None:
    desk, people = services.town.application.alerts.desk, services.town.people
    with pytest.raises(ForbiddenError):
        desk.put_watch(Call(people["south"]), "north", 5, [])
    with pytest.raises(InputError):
        desk.put_watch(Call(people["north"]), "north", 5, [people["south"].id])
    with pytest.raises(InputError):
        desk.put_watch(Call(people["north"]), "north", 5, [people["north"].id] * 2)
    happens(services.town, "job.failed", f"job {job}")
    services.turn()
    (alert,) = desk.open(people["north"]).items
    assert desk.open(people["south"]).items == []
    assert [each.id for each in desk.open(people["ste"]).items] == [alert.id]
    for name, error in (("south", UnknownError), ("ada", UnknownError)):
        with pytest.raises(error):
            desk.acknowledge(Call(people[name]), alert.id)
    assert desk.acknowledge(Call(people["north"]), alert.id).acknowledged_by == people["north"].id


# -- when


def test_quiet_hours_gather_what_can_wait_and_urgent_breaks_through_for_who_says_so(
    services: Services, job: str
) -> None:
    town, desk = services.town, services.town.application.alerts.desk
    for name in ("nora", "north", "ada"):
        services.known_at(name)
        through = name != "north"
        habit = HabitView(zone="Europe/Rome", quiet_from="22:00", quiet_until="07:00", urgent_breaks_through=through)
        desk.put_habit(Call(town.people[name]), habit)
    town.real.moment = datetime(2030, 1, 7, 22, tzinfo=UTC)  # 23:00 in Rome
    happens(town, "job.failed", f"job {job}")
    happens(town, "build.finished", "build 1")
    happens(town, "plan.failed", "build 1", "no machine can")
    assert to(services, services.turn()) == ["nora"]
    town.real.moment = datetime(2030, 1, 8, 5, 59, tzinfo=UTC)
    assert to(services, services.turn()) == [], "the steward has no address"
    town.real.moment = datetime(2030, 1, 8, 6, tzinfo=UTC)
    letters = services.turn()
    assert to(services, letters) == ["ada", "north"]
    (both,) = [each for each in letters if len(each.notes) == 2]
    assert "2 matters" in both.title
    assert "is done" in both.body
    assert "cannot be planned: no machine can" in both.body


@given(
    start=st.times(), end=st.times(), now=st.datetimes(datetime(2029, 1, 1), datetime(2031, 1, 1)),  # noqa: DTZ001
    zone=st.sampled_from(["UTC", "Europe/Rome", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu"]),
)  # fmt: skip
def test_quiet_hours_end(start: datetime, end: datetime, now: datetime, zone: str) -> None:
    first, last = f"{start:%H:%M}", f"{end:%H:%M}"
    moment = now.replace(tzinfo=UTC)
    if first == last:
        with pytest.raises(InputError):
            QuietHours(zone, first, last)
        return
    until = QuietHours(zone, first, last).until(moment)
    assert until >= moment
    assert (until - moment).total_seconds() < 25 * 3600
    assert QuietHours(zone, first, last).until(until) == until, "then it is over"


@pytest.mark.parametrize(
    "said", [("Rome", "", ""), ("UTC", "22:00", ""), ("UTC", "25:00", "07:00"), ("../etc", "", "")]
)
def test_quiet_hours_that_are_none_are_refused(said: tuple[str, str, str]) -> None:
    with pytest.raises(InputError):
        QuietHours(*said)


def test_what_happens_again_is_one_alert_until_it_was_seen_to(services: Services, job: str) -> None:
    town, desk = services.town, services.town.application.alerts.desk
    services.known_at("nora")
    for _ in range(5):
        happens(town, "job.failed", f"job {job}")
    assert len(services.turn()) == 1
    happens(town, "job.failed", f"job {job}")
    assert services.turn() == []
    (alert,) = desk.open(town.people["nora"]).items
    assert alert.times == 6
    desk.acknowledge(Call(town.people["nora"]), alert.id)
    happens(town, "job.failed", f"job {job}")
    assert len(services.turn()) == 1, "it has happened anew"


def test_what_is_over_is_not_told(services: Services, job: str) -> None:
    services.known_at("nora")
    happens(services.town, "job.lost-contact", f"job {job}")
    happens(services.town, "job.running", f"job {job}")
    assert services.turn() == []
    assert services.town.application.alerts.desk.open(services.town.people["nora"]).items == []


def test_a_person_gets_so_many_messages_an_hour_and_the_rest_in_one(services: Services, job: str) -> None:
    town, count = services.town, 0
    services.known_at("ada")
    town.application.alerts.desk.put_habit(Call(town.people["ada"]), HabitView(most_per_hour=3))
    for _ in range(20):
        happens(town, "build.open", "build 1")
        happens(town, "build.finished", "build 1")
        count += len(services.turn())
        town.real.move(minutes=1)
    assert count == 3
    happens(town, "plan.failed", "build 1")
    town.real.move(hours=1)
    (last,) = services.turn()
    assert "is done" in last.body
    assert "cannot be planned" in last.body
    assert len(last.notes) == 2, "what was over meanwhile is not told"


def test_what_was_not_taken_comes_again_and_not_for_ever(services: Services, job: str) -> None:
    town = services.town
    services.known_at("nora")
    happens(town, "job.failed", f"job {job}")
    services.problems = ["it cannot be reached"] * 2
    assert services.turn() == []
    assert services.turn() == [], "not before its time"
    assert "reached" in town.application.alerts.addresses.mine(town.people["nora"])[0].last_answer
    assert "fabcommons_alerts_waiting 1" in town.application.metrics.text().splitlines()
    town.real.move(seconds=15)
    assert services.turn() == []
    town.real.move(seconds=30)
    assert len(services.turn()) == 1
    happens(town, "job.lost-contact", f"job {job}")
    services.problems = ["gone"] * 99
    turns = 0
    while town.application.alerts.addresses.mine(town.people["nora"]):
        services.turn()
        town.real.move(hours=1)
        turns += 1
        assert turns < 40
    assert turns == 30
    with town.application.house.reading() as session:
        assert "nora-topic" not in str(session.scalars(select(AlertAddressRow.address)).all()), "it is forgotten"


def test_nothing_is_lost_when_the_process_dies_between_sending_and_noting(services: Services, job: str) -> None:
    services.known_at("nora")
    happens(services.town, "job.failed", f"job {job}")

    def dies(letters: Sequence[Letter], *_: object) -> Iterator[tuple[Letter, str | None]]:
        raise KeyboardInterrupt
        yield

    services.sender._hand_over = dies
    with pytest.raises(KeyboardInterrupt):
        services.sender.turn()
    again = Services(services.town)  # another process takes over, and begins where this one ended
    assert to(services, again.taken) == ["nora"]
    assert again.turn() == []


# -- what no event tells


def test_an_offer_is_told_and_once_more_before_it_runs_out_and_no_more_when_answered(services: Services) -> None:
    town = services.town
    services.known_at("north")
    town.order(town.upload("Panel,2,Manual cutting,,,"))  # without a material somebody must confirm it
    with town.application.house.reading() as session:
        offer = session.scalars(select(OfferRow).where(OfferRow.state == OfferState.OFFERED)).one()
    if offer.lab != "north":
        services.known_at("south")
    (letter,) = services.turn()
    assert "Panel for lamp is offered to" in letter.body
    assert offer.expires_at is not None
    town.clock.moment = offer.expires_at
    town.clock.move(hours=-3)
    (letter,) = services.turn()
    assert "runs out" in letter.body
    town.application.offers.answer(Call(town.people[offer.lab]), offer.id, accept=False, why="no")
    assert services.turn() == []
    assert town.application.alerts.desk.open(town.people[offer.lab]).items == []


def test_a_silent_agent_is_told_where_it_has_work(services: Services, job: str) -> None:
    town = services.town
    town.agent("north")
    services.known_at("nora")
    town.real.move(minutes=5)
    assert services.turn() == [], "it may be busy"
    town.real.move(minutes=1)
    (letter,) = services.turn()
    assert "agent of North has been silent" in letter.body


def test_a_machine_that_rests_in_a_run_is_told_unless_somebody_asked_it_to(services: Services, job: str) -> None:
    town = services.town
    services.known_at("nora")
    agent = town.agent("north").id

    def rests(state: str, lines_done: int, request: RequestKind | None = None) -> list[Letter]:
        now = town.clock.now()
        with town.application.house.store.transaction() as session:
            session.get_one(JobRow, job).state = JobState.RUNNING
            session.merge(ProgressRow(job_id=job, at=now, lines_done=lines_done, lines_total=100, state=state))
            if request is not None:
                attempt = AttemptRow(
                    job_id=job, fence=1, agent_id=agent, state=AttemptState.STARTED, made_at=now,
                    leased_until=town.real.now(),
                )  # fmt: skip
                session.add(attempt)
                session.flush()
                session.add(
                    RequestRow(
                        machine="north-printer", lab="north", job_id=job, attempt_id=attempt.id, kind=request,
                        object=None, state=RequestState.DONE, asked_at=now, asked_by="p", why="", expires_at=now,
                        told_at=now, ended_at=now, answer="",
                    )
                )  # fmt: skip
        return services.turn()

    assert rests("running", 10) == []
    (letter,) = rests("paused", 90)
    assert "Printer is paused in the midst of Foot" in letter.body
    assert rests("paused", 90) == []
    assert rests("running", 91) == []
    with town.application.house.store.transaction() as session:
        row = session.get_one(MachineRow, "north-printer")
        row.document = {**row.document, "confirm": ["bed_clear", "first_layer"]}
    (letter,) = rests("paused", 10)
    assert "asks for a look at the first layer" in letter.body
    assert rests("running", 10) == []
    assert rests("paused", 10, RequestKind.PAUSE) == []


def test_a_date_is_told_when_it_has_moved_by_a_day_since_it_was_told_or_comes_too_late(services: Services) -> None:
    town = services.town
    services.known_at("ada")
    town.order(town.upload("Panel,1,Manual cutting,Plywood,,"), due_at=town.clock.now() + timedelta(days=20))
    services.turn()
    with town.application.house.reading() as session:
        plan = session.scalars(select(PlanRow)).one()
        ends = max(datetime.fromisoformat(each["end"]) for each in plan.document["runs"])

    def planned(hours: float) -> list[Letter]:
        end = ends + timedelta(hours=hours)
        town.real.move(hours=2)
        town.clock.moment = town.real.moment
        with town.application.house.change("coordinator") as change:
            document = {"runs": [{"end": end.isoformat()}]}
            row = PlanRow(build_id=1, made_at=change.at, why="north has changed", document=document)
            change.session.add(row)
            change.session.flush()
            change.record("plan.made", "build 1", "north has changed", plan=row.id)
        return services.turn()

    assert planned(10) == []
    assert planned(20) == []
    (letter,) = planned(25)
    assert "later by 1 d, as north has changed" in letter.body
    assert planned(40) == []
    (letter,) = planned(1)
    assert "earlier by 1 d" in letter.body
    late = {"late": True, "end": ends.isoformat()}
    happens(town, "schedule.build", "build 1", "x", late=False, end=ends.isoformat())
    assert services.turn() == []
    town.real.move(hours=2)
    happens(town, "schedule.build", "build 1", "x", **late)
    (letter,) = services.turn()
    assert "later than it is wanted" in letter.body
    town.real.move(hours=2)
    happens(town, "schedule.build", "build 1", "x", **late)
    assert services.turn() == []


def test_a_purchase_that_does_not_come_is_told_to_who_ordered(services: Services) -> None:
    town = services.town
    services.known_at("ada")
    town.order(town.upload("Screw,4,,,,Shop"))
    services.turn()
    town.clock.move(days=30)
    letters = services.turn()
    assert any("Screw for build 1 of lamp was expected" in each.body for each in letters)


# -- addresses


def test_nothing_but_a_code_goes_to_an_address_that_has_not_answered(services: Services, job: str) -> None:
    town, addresses = services.town, services.town.application.alerts.addresses
    made = addresses.add(town.people["nora"], "ntfys://my-secret-topic", "phone")
    happens(town, "job.failed", f"job {job}")
    (letter,) = services.turn()
    assert "The code for this address" in letter.body
    assert "failed" not in letter.body
    code = re.search(r"\d{8}", letter.body)[0]  # type: ignore[index]
    for _ in range(5):
        with pytest.raises(ForbiddenError):
            addresses.verify(town.people["nora"], made.id, "00000000" if code != "00000000" else "1")
    with pytest.raises(TooManyError):
        addresses.verify(town.people["nora"], made.id, code)
    with pytest.raises(UnknownError):
        addresses.verify(town.people["north"], made.id, code)


def test_a_code_is_good_for_an_hour(services: Services) -> None:
    town, addresses = services.town, services.town.application.alerts.addresses
    made = addresses.add(town.people["nora"], "ntfys://topic", "phone")
    (letter,) = services.turn()
    town.real.move(hours=1)
    with pytest.raises(StateError):
        addresses.verify(town.people["nora"], made.id, re.search(r"\d{8}", letter.body)[0])  # type: ignore[index]


@pytest.mark.parametrize(
    "address",
    ["json://example.org/x", "xml://127.0.0.1/", "form://h/", "file:///etc/passwd", "exec://ls", "dbus://", "syslog://",
     "mailto://user:pass@smtp.example.org?to=x@y.z", "ntfy://plain-http/topic", "smtp://x", "nonsense", "",
     "ntfys://a b", "ntfys://\n", "ada@example.org"],
)  # fmt: skip
def test_an_address_of_another_kind_is_refused(services: Services, address: str) -> None:
    """Mail too, as long as nobody has named a mail server."""
    with pytest.raises(InputError) as caught:
        services.town.application.alerts.addresses.add(services.town.people["nora"], address, "x")
    assert "user:pass" not in str(caught.value)


def test_the_stewards_say_by_what_people_are_told(services: Services) -> None:
    town = services.town
    chosen = town.application.choices.now()
    with pytest.raises(InputError):
        town.application.choices.put(Call(town.people["ste"]), chosen.model_copy(update={"alert_services": ["file"]}))
    town.application.choices.put(Call(town.people["ste"]), chosen.model_copy(update={"alert_services": ["matrixs"]}))
    assert town.application.alerts.addresses.services() == {"matrixs": "Matrix"}
    with pytest.raises(InputError):
        town.application.alerts.addresses.add(town.people["nora"], "ntfys://topic", "x")


def test_a_person_has_five_adds_ten_a_day_and_takes_them_along(services: Services, job: str) -> None:
    town, addresses = services.town, services.town.application.alerts.addresses
    nora = town.people["nora"]
    first = services.known_at("nora")
    ids = [addresses.add(nora, f"ntfys://topic{n}", "x").id for n in range(4)]
    with pytest.raises(LimitError):
        addresses.add(nora, "ntfys://topic5", "x")
    for each in ids:
        addresses.remove(nora, each)
    for _ in range(5):
        addresses.remove(nora, addresses.add(nora, "ntfys://topic", "x").id)
    with pytest.raises(TooManyError):
        addresses.add(nora, "ntfys://topic", "x")
    happens(town, "job.failed", f"job {job}")
    town.application.alerts.catch_up()
    town.application.people.erase(Call(nora), nora.id)
    assert services.turn() == []
    with town.application.house.reading() as session:
        assert session.get_one(AlertAddressRow, first).address == ""
        assert session.scalars(select(AlertNoteRow).where(AlertNoteRow.dropped_at.is_(None))).all() == []


def test_agents_and_visitors_are_told_nothing(services: Services) -> None:
    addresses = services.town.application.alerts.addresses
    with pytest.raises(ForbiddenError):
        addresses.add(services.town.agent("north"), "ntfys://topic", "x")


def test_two_applications_keep_one_order(services: Services, job: str) -> None:
    """Replicas take turns by a hold: what one has sent, the other does not send."""
    services.known_at("nora")
    other = Services(Town(Application(services.town.application.house), *_rest(services.town)))
    happens(services.town, "job.failed", f"job {job}")
    assert services.sender._hold.take()
    assert not other.sender._hold.take()
    assert len(services.turn()) == 1
    assert other.turn() == []


def _rest(town: Town) -> tuple[object, ...]:
    return (town.clock, town.real, town.folder, town.people)
