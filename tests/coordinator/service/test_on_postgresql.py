"""The same lives on PostgreSQL, and many who want one thing at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coordinator.files import FileStore
from coordinator.schema.builds import JobState, OfferState
from coordinator.service.application import Application
from coordinator.service.holds import Hold
from coordinator.service.house import Call, House, Settings
from coordinator.service.runs.attempts import WorkView
from coordinator.store import Store
from core.errors import StateError

from .conftest import Hand, Town
from .test_first_articles import printers as printers
from .test_first_articles import (
    test_a_rejected_first_article_is_made_again_before_the_rest as test_a_first_article_is_made_again,
)
from .test_first_articles import test_one_is_made_alone_then_checked_then_the_rest as test_one_is_made_alone
from .test_together_planned import (
    test_a_small_build_that_is_due_soon_is_let_through as test_a_small_build_is_let_through,
)
from .test_together_planned import (
    test_a_third_build_that_is_in_no_hurry_moves_nothing as test_a_third_build_moves_nothing,
)
from .test_whole_life import test_a_build_is_made_by_agents_and_hands as test_a_build_is_made_by_agents_and_hands
from .test_whole_life import (
    test_a_lease_that_runs_out_before_the_start_gives_the_job_to_another as test_a_lease_gives_the_job_to_another,
)
from .test_whole_life import (
    test_silence_after_the_start_is_lost_contact_until_the_agent_is_heard_of as test_silence_is_lost_contact,
)

__all__ = [
    "test_a_first_article_is_made_again",
    "test_a_lease_gives_the_job_to_another",
    "test_a_small_build_is_let_through",
    "test_a_third_build_moves_nothing",
    "test_one_is_made_alone",
    "test_silence_is_lost_contact",
]


@pytest.fixture
def bare(tmp_path: Path, databases: Callable[[], str]) -> Iterator[Town]:
    clock, real = Hand(), Hand()
    store = Store(databases())
    house = House(store, FileStore(tmp_path / "files"), clock, real, Settings(plan_seconds=0.5, lease_s=30.0))
    made = Town(Application(house), clock, real, tmp_path)
    yield made
    made.application.close()
    store.close()


def at_once(*works: Callable[[], object]) -> list[object]:
    """What each does, or the error that it ends with, all begun together."""
    found: list[object] = [None] * len(works)
    ready = threading.Barrier(len(works))

    def run(place: int, work: Callable[[], object]) -> None:
        ready.wait()
        try:
            found[place] = work()
        except StateError as error:
            found[place] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found


def test_a_job_that_many_agents_ask_for_at_once_is_given_to_one(town: Town) -> None:
    agents = [town.agent("north") for _ in range(6)]
    town.order()
    attempts = town.application.attempts
    works = at_once(*(lambda agent=agent: attempts.claim(agent, "north", ["north-printer"]) for agent in agents))
    given = [work for work in works if isinstance(work, WorkView)]
    assert len(given) == 1
    assert works.count(None) == 5
    assert len(town.application.jobs.all(state=JobState.DISPATCHED).items) == 1


def test_an_offer_that_is_accepted_and_declined_at_once_has_one_answer(town: Town) -> None:
    build = town.order(town.upload("Panel,2,Manual cutting,,,"))
    offer = town.application.offers.all(state=OfferState.OFFERED, build_id=build.id).items[0]
    call = Call(town.people[offer.lab])
    answers = at_once(
        *(
            lambda yes=yes: town.application.offers.answer(call, offer.id, accept=yes, why="")
            for yes in (True, False, True, False)
        )
    )
    assert sum(isinstance(each, StateError) for each in answers) == 3
    events = [each for each in town.application.log.after(0, 1000) if each.subject == f"offer {offer.id}"]
    assert len(events) == 1


def test_one_process_at_a_time_holds_a_task(town: Town) -> None:
    house = town.application.house
    first, second = Hold(house, "planner", 60.0), Hold(house, "planner", 60.0)
    assert sorted(at_once(first.take, second.take), key=bool) == [False, True]
    winner, loser = (first, second) if first.take() else (second, first)
    town.real.move(seconds=61)
    assert loser.take(), "who falls silent loses it"
    assert not winner.take()
    loser.drop()
    assert winner.take()
