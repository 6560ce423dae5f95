"""What strangers write runs nowhere: pages, what changes on them, papers and messages, with an attack in every text."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import JSON, Column, Enum, String, Table, select

from coordinator import schema
from coordinator.schema.network import LabRow
from coordinator.schema.network_fork import NetworkForkRow
from coordinator.schema.stock import WaiverRow
from tests.coordinator.service.conftest import opened
from tests.coordinator.web.conftest import serving
from tests.coordinator.web.page_round import ANSWERS, addresses
from tests.coordinator.web.walking import known, send
from tests.coordinator.web.world import World
from tests.coordinator.web.world_filled import filled

ATTACK: Final = "'\"></a></title></textarea><img src=x onerror=ran()><script>ran()</script>{{7*7}}"
"""Leaves attributes in either quotes, links, titles and fields; runs as an element, a handler or a template."""

FOUND: Final = """() => {
    const runs = (each) => each.name.startsWith("on") ||
        (["href", "src", "action", "formaction", "xlink:href", "srcdoc", "data"].includes(each.name)
            && /^\\s*(javascript|data|vbscript):/i.test(each.value));
    return [...document.querySelectorAll("*")]
        .filter((each) => [...each.attributes].some(runs) || (each.localName === "script" && !each.src)
            || ["iframe", "object", "embed", "base"].includes(each.localName)
            || (each.getAttribute("target") && !/noopener/.test(each.rel)))
        .map((each) => each.outerHTML.slice(0, 200));
}"""
"""What in a document could run, whether or not its policy lets it."""

NOT_WRITTEN: Final = {
    "made by the coordinator: numbers, names, hashes, kinds": (
        "thumbnail_sha256 "
        "a b about action agent_id archive_sha256 basis begins bucket code_sha256 commit content_hash contribution "
        "contributions_sha256 corrects decided_as document_sha256 file_sha256 id job_id key kind machine material "
        "message network nonce place process program_sha256 public remake_of request_sha256 rule scheme scope scopes "
        "secret secret_sha256 sha256 state subject temperatures_c topic unit verdict verifier way wanted"
    ),
    "names of people by pseudonym": (
        "acknowledged_by actor added_by answered_by asked_by brought_by buyer by cancelled_by changed_by checked_by "
        "claimed_by cleared_by closed_by confirmed_by decided_by ended_by entered_by forked_by given_by granted_by "
        "imported_by loaded_by locked_by made_by marked_by opened_by ordered_by owner packed_by paid_by people person "
        "person_id proposed_by seen_by set_by taken_by ticked_by unlocked_by used_by waived_by who written_by "
        "removed_by"
    ),
    "names of labs, machines and networks: letters, digits and hyphens": (
        "deliver_to from_lab holder lab neighbour to_lab"
    ),
    "of a fixed form: a currency, hour, zone, list of kinds": (
        "alert_services currency history kinds quiet_from quiet_until stated zone"
    ),
    "shown to nobody": "address back email invitation login password",
}
"""Columns by name that hold nothing a stranger wrote, each with its reason."""

OVERWRITTEN: Final = (
    "agents.name alert_addresses.last_answer bookings.why builds.labs_file credit_disputes.outcome design_answers.text "
    "design_changes.decision economic_events.source first_articles.why jobs.program_name neighbours.last_answer "
    "offers.program_name offers.terms orders.plan_why quotes.why refused.why requests.answer requests.object "
    "sources.links sources.price stock.colour substitutions.decision tasks.file tokens.label"
)
"""Columns that agents, files, other rooms or shorter fields fill: set in the database, whatever their rules."""

NO_ATTACKS: Final = {
    "on no page": "hooks.last_answer hooks.url",
    "made by the coordinator": (
        "compatibilities.part distributions.document held.why holds.name lot_versions.file lot_versions.why "
        "task_settings.document version_decisions.document"
    ),
    "what a design is, as an address or a number": "designs.location grants.design making_permissions.design",
    "an expression of SPDX, and a copy of it": "designs.licence brought_in.licence",
    "a name or address of letters, digits, hyphens and dots": "neighbours.name neighbours.url network_forks.names",
    "a URI, checked where a ledger comes in": "economic_events.provider economic_events.receiver",
}
"""Single columns that no attack comes into, each with its reason."""


@dataclass
class Attacked:
    """A network in which every text is an attack, at an address."""

    world: World
    address: str


def said(text: str) -> str:
    """What a stranger writes instead."""
    return text[:12] + ATTACK


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    with opened(tmp_path_factory.mktemp("attacked")) as town:
        world = filled(town, said)
        overwrite(world)
        with serving(town) as address:
            yield Attacked(world, address)


def texts() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column that holds text, of every table."""
    for each in pkgutil.iter_modules(schema.__path__):
        importlib.import_module(f"{schema.__name__}.{each.name}")
    for table in LabRow.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String | JSON) and not isinstance(column.type, Enum):
                yield table, column


def overwrite(world: World) -> None:
    """Put attacks where forms do not."""
    named = set(OVERWRITTEN.split())
    with world.application.house.store.engine.begin() as connection:
        for table, column in texts():
            if f"{table.name}.{column.name}" in named:
                attack: object = [f"javascript:{ATTACK}"] if isinstance(column.type, JSON) else said(column.name)
                assert connection.execute(table.update().values({column: attack})).rowcount, column
    now, house = world.town.clock.now(), world.application.house
    with house.change("coordinator") as change:
        change.session.add(WaiverRow(job_id=world.found["scheduled"], at=now, who=world.found["ada"], why=said("why")))
        change.session.add(NetworkForkRow(name=said("coast"), key=None, names=None, written_at=now, forked_at=now))


def test_every_text_that_is_stored_is_an_attack(attacked: Attacked) -> None:
    """Whoever adds a text adds it to the network of these tests, or says why no stranger writes it."""
    left_out = set(" ".join(NOT_WRITTEN.values()).split())
    missing = []
    with attacked.world.application.house.store.engine.connect() as connection:
        for table, column in texts():
            stored = [json.dumps(row[0]) for row in connection.execute(select(column))]
            if not any("ran()" in each for each in stored) and column.name not in left_out:
                missing.append(f"{table.name}.{column.name}")
    explained = " ".join(NO_ATTACKS.values()).split()
    assert sorted(missing) == sorted(explained), set(missing) ^ set(explained)


def test_nothing_runs_on_any_page(attacked: Attacked, chromium: Any) -> None:
    """Not even where the policy of the pages would let it: that is switched off here."""
    visit, ran, wrong, shown = known(attacked.world, attacked.address, chromium, bypass_csp=True), [], [], 0
    visit.context.expose_function("ran", lambda: ran.append(visit.page.url))

    def look(what: str, status: int, answer: Any) -> None:
        nonlocal shown
        text = visit.page.inner_text("body")
        shown += ATTACK in text
        wrong.extend((what, each) for each in (*visit.page.evaluate(FOUND), *visit.wrong, *ran))
        wrong.extend([(what, answer.status)] if answer is not None and answer.status != status else [])
        wrong.extend([(what, "evaluated")] if "</script>49" in text else [])
        visit.wrong.clear()
        ran.clear()

    for each in addresses(attacked.world):
        look(each, 200, visit.page.goto(attacked.address + each))
    for path, fields in ANSWERS.values():
        look(path, 200, send(visit, path.format(**attacked.world.found), fields))
    assert shown > len(addresses(attacked.world)) * 2 / 3, "or the attack came to few pages"
    visit.go("/together")
    goal = int(attacked.world.found["goal"])
    attacked.world.application.pledges.pledge(attacked.world.call("ada"), goal, 1_00)
    visit.sees("26.00 of 90.00 EUR")
    look("/together, told what has changed", 200, None)
    visit.context.close()
    assert not wrong, "\n".join(map(str, wrong))


def test_papers_and_pictures_hold_nothing_that_runs(attacked: Attacked) -> None:
    design, (cookie,) = attacked.world.found["lamp"], attacked.world.people["ada"].cookies.jar
    with httpx.Client(base_url=f"{attacked.address}/api/v1", cookies={cookie.name: cookie.value or ""}) as client:
        for path in ("/builds/1/traveller.pdf", "/builds/1/labels.pdf", "/builds/2/traveller.pdf"):
            paper = client.get(path)
            assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf"), paper.text
            bare = re.sub(rb"stream.*?endstream", b"", paper.content, flags=re.DOTALL)
            assert re.findall(rb"/(?:JavaScript|JS|OpenAction|AA|Launch|EmbeddedFile)\b", bare) == [], path
        for number in range(1, len(client.get(f"/designs/{design}/parts").json()) + 1):
            picture = client.get(f"/designs/{design}/parts/{number}/picture")
            assert picture.status_code == 200, picture.text
            assert "default-src 'none'" in picture.headers["content-security-policy"]
            for word in ("script", "onload", "onclick", "javascript:", "<a", "ran("):
                assert word not in picture.text, (number, word)


def test_messages_are_plain_text(attacked: Attacked) -> None:
    assert attacked.world.letters
    assert any("ran()" in each.body for each in attacked.world.letters)
    assert not [each.title for each in attacked.world.letters if not each.title.isprintable()]
