"""Three labs and a designer make 20 of the example, from the licence to an export that a fresh coordinator takes in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from commons.flows.documents import read_events
from commons.flows.ledger import Ledger
from coordinator.cli import app
from coordinator.service.application import KEEPER, Application

from .stage import Stage
from .story import INCOME_CENTS, STATIONS, Story


def events(told: Story) -> list[dict[str, Any]]:
    return told.stage.all(f"/ledger?build_id={told.build}")


def test_each_lab_reads_what_the_licence_asks_before_it_accepts(told: Story) -> None:
    for lab, maker in (("north", "cooperative"), ("south", "school"), ("west", "company")):
        asked = told.asked[lab]
        assert (asked["licence"], asked["answer"], asked["settled"]) == ("CERN-OHL-S-2.0", "with duties", True)
        assert asked["sentence"].startswith(f"A {maker} may make it for sale, and must: tell everybody who gets one")
    asked = told.asked["south, shelves"]
    assert (asked["licence"], asked["answer"], asked["settled"]) == ("PPL", "ask", False)
    assert (told.refused["status"], told.refused["code"]) == (409, "licence")
    made = told.stage.all(f"/jobs?build_id={told.small_build}&state=made")
    assert len(made) == 4, "with Dee's word South may"


def test_all_stations_are_made_looked_at_and_delivered(told: Story) -> None:
    build = told.stage.get(f"/builds/{told.build}")
    assert (build["state"], build["quantity"]) == ("delivered", STATIONS)
    assert told.runs == 260 + 4 + 1, "four shelves beside, and one foot made again"
    assert told.checks == 18 * STATIONS + 1
    assert len(told.rejected) == 1
    (piece,) = (told.stage.get(f"/pieces/{each}") for each in told.rejected)
    assert piece["state"] == "rejected"


def test_more_than_a_thousand_events_come_out_of_the_log_by_themselves(told: Story) -> None:
    found = events(told)
    assert len([each for each in found if each["entered_by"] == "coordinator"]) > 1000
    actions = Counter(each["action"] for each in found)
    assert actions["produce"] == 264 + 1
    assert actions["accept"] == actions["modify"] == told.checks
    assert [(each["quantity"], each["provider"].rpartition("/")[2]) for each in found if each["action"] == "cite"] == [
        (str(STATIONS), told.stage.ids["dee"])
    ]
    handed = [each for each in found if "order" in each["kinds"]]
    assert len(handed) == STATIONS
    assert {each["receiver"].rpartition("/")[2] for each in handed} == {told.stage.ids["kim"]}
    money = [Fraction(each["quantity"]) for each in found if "money" in each["kinds"]]
    assert sum(money) == sum(30 + 5 * at for at in range(9)) + Fraction("12.5"), "nine things, and their carriage"


def test_one_event_is_corrected_and_nothing_else(told: Story) -> None:
    stage = told.stage
    wrong = stage.get(f"/ledger/{told.wrong['number']}")
    assert wrong["taken_back_by"] is not None
    assert [each["taken_back_by"] for each in events(told) if each["taken_back_by"] is not None] == [
        wrong["taken_back_by"]
    ]
    (anew,) = [each for each in events(told) if each["id"].endswith("#anew")]
    assert Fraction(anew["quantity"]) - Fraction(wrong["quantity"]) == 10


def test_four_formulas_share_the_same_income_to_the_cent(told: Story) -> None:
    assert [each["name"] for each in told.trial["formulas"]] == [
        "Buckets", "Equal shares", "Four equal parts", "Hours times rate",
    ]  # fmt: skip
    for column in range(4):
        assert sum(row["cents"][column] for row in told.trial["rows"]) == INCOME_CENTS
    users = {row["party"]["key"]: row["cents"][2] for row in told.trial["rows"]}
    assert users[told.stage.ids["kim"]] >= INCOME_CENTS // 4, "who ordered is the user"


def test_every_share_leads_to_an_event_of_this_build(told: Story) -> None:
    known = {each["id"]: each for each in events(told)}
    shares = []
    for recipient in told.distribution["recipients"]:
        assert sum(each["cents"] for each in recipient["reasons"]) == recipient["cents"]
        for reason in recipient["reasons"]:
            shares += reason["shares"]
            if recipient["party"]["kind"] != "named":
                assert reason["contributions"] > 0
    assert shares
    for share in shares:
        assert known[share["contribution"]]["number"] == share["number"]
        assert share["build_id"] == told.build
    assert sum(each["cents"] for each in told.distribution["recipients"]) == INCOME_CENTS
    assert told.distribution["unknown"] == {}
    assert told.stage.get(f"/proposals/{told.proposal}", "dee")["state"] == "passed"
    assert told.stage.get(f"/distributions/{told.distribution['id']}")["state"] == "paid"


def test_a_set_up_is_shared_by_two_builds_with_each_ones_part(told: Story) -> None:
    for build in (told.build, told.small_build):
        (shared,) = told.stage.get(f"/builds/{build}/shared-set-ups")
        assert (shared["machine"], shared["set_up"]) == ("south-laser", "plywood, 4 mm")
        assert shared["builds"] == [told.build, told.small_build]
        assert (shared["alone_cents"], shared["share_cents"], shared["saved_cents"]) == (300, 150, 150)


def test_a_proposal_sets_a_limit_and_a_round_strikes_out_what_goes_round(told: Story) -> None:
    proposal = told.stage.get(f"/proposals/{told.limit_proposal}", "ste")
    assert proposal["state"] == "passed"
    assert proposal["outcome"] == "lab north may go 10000 hundredths below zero"
    accounts = {each["holder"]: each for each in told.stage.all("/credit/accounts", "ada")}
    assert {holder: each["balance"] for holder, each in accounts.items()} == {
        "lab north": -7500, "lab south": 5000, "lab west": 2500,
    }  # fmt: skip
    assert accounts["lab north"]["limit"] == 10_000
    assert (told.round["state"], told.round["owed"], told.round["struck"]) == ("done", 14_500, 12_000)
    owed = told.stage.all("/credit/obligations?state=owed", "ste")
    assert {(each["debtor"], each["creditor"]): each["left"] for each in owed} == {(1, 2): 2000, (2, 3): 500}


@pytest.mark.parametrize(("out", "back"), [("backup", "restore"), ("export --personal", "import")])
def test_a_fresh_coordinator_has_the_same_balances(told: Story, tmp_path: Path, out: str, back: str) -> None:
    assert_the_same(told, tmp_path, out, back)


def test_a_fresh_coordinator_on_postgresql_has_them_too(
    told: Story, tmp_path: Path, empty_databases: Callable[[], str]
) -> None:
    assert_the_same(told, tmp_path, "export --personal", "import", empty_databases())


def assert_the_same(told: Story, tmp_path: Path, out: str, back: str, database: str | None = None) -> None:
    run = CliRunner().invoke
    archive, there = tmp_path / "all.zip", tmp_path / "there"
    assert run(app, [*out.split(), str(archive), "--dir", str(told.stage.folder)]).exit_code == 0
    where = [] if database is None else ["--database-url", database]
    ended = run(app, [back, str(archive), "--dir", str(there), *where])
    assert ended.exit_code == 0, ended.output
    fresh = Stage(there, database, clock=told.stage.clock)
    try:
        assert known(fresh.application, told) == known(told.stage.application, told)
        text = fresh.http.get("/api/v1/ledger/valueflows").content
        assert text == told.stage.http.get("/api/v1/ledger/valueflows").content
        ledger = Ledger()
        ledger.take_in(read_events(text, where="there"))
        assert ledger.balances() == told.stage.application.flows.ledger().balances()
    finally:
        fresh.close()


def known(application: Application, told: Story) -> dict[str, Any]:
    """What must be the same wherever the network lives."""
    credit = application.credit
    return {
        "balances": application.flows.ledger().balances(),
        "names": application.flows.names(),
        "build": application.builds.one(told.build),
        "report": application.builds.report(told.build),
        "pooled": application.scope.of(told.build),
        "formulas": application.formulas.all(everywhere=True).items,
        "distribution": application.distributions.one(told.distribution["id"]),
        "proposals": [application.proposals.one(KEEPER, each) for each in (told.proposal, told.limit_proposal)],
        "permissions": application.licensing.permissions.of(told.shelf),
        "credit": (credit.accounts.now(), credit.accounts.all(KEEPER).items, credit.netting.rounds(KEEPER).items),
        "owed": credit.obligations.all(KEEPER).items,
        "log": application.log.after(0, told.last_event),
    }


PAGES = {
    "/builds/{build}": ("Seedling station", "/ledger?build={build}", "/distributions/{distribution}"),
    "/ledger?build={build}": ("weighed again", "got 1 piece (product) from"),
    "/distributions/{distribution}": ("this is who gets it", "used once"),
    "/designs/{station}": ("CERN-OHL-S-2.0",),
    "/proposals": ("Buckets",),
    "/labs/north/given": ("machines used",),
}


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_of_the_story_say_it(told: Story, path: str) -> None:
    names = {**vars(told), "distribution": told.distribution["id"]}
    source = told.stage.page(path.format(**names))
    page = source + re.sub(r"\s*<[^>]*>", "", source)  # links in it, and words across them
    for words in PAGES[path]:
        assert words.format(**names) in page
