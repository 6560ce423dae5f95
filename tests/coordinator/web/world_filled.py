"""What people do in the network beside making: each page of it has something to show."""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable
from urllib.parse import quote

from commons.federation.documents import DocumentKind, Signer
from coordinator.schema.builds import JobState, OfferState, PieceState, TaskState
from coordinator.schema.identity import IdentityRow
from coordinator.schema.network import Role
from coordinator.schema.supply import PurchaseState
from coordinator.service.alerts.outbox import Letter
from coordinator.service.application import KEEPER
from coordinator.service.designs.bills import BillPage
from coordinator.service.designs.designs import QuestionView
from coordinator.service.federation.listening import hear
from coordinator.service.federation.neighbours import neighbour_in
from coordinator.service.flows.names import Kind
from coordinator.service.house import Call
from coordinator.service.machinery.readings import Seen
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.test_alerts import Services, with_settings
from tests.coordinator.web.test_acts import OURS
from tests.coordinator.web.world import LABS, World, begin, make, station
from tests.core.test_pictures import chunk

__all__ = ["filled"]

_RIA, _LEREZ, _DOURO = LABS


class NoWayThere:
    """Other networks are heard of by stick only."""


def filled(town: Town, say: Callable[[str], str] = str) -> World:
    """The whole of it."""
    with_settings(town, public_url="http://fab.example")
    world = begin(town, say)
    services = Services(town)
    make(world)
    for each in (supplies, machines, changes, costs, givings_up, flows, incomes, credit, networks, opinions):
        each(world)
    alerts(world, services)
    town.plan()
    addressed(world)
    return world


def addressed(world: World) -> None:
    """What addresses of pages need; Ada may do all there is, so that she is shown every form."""
    application, ada = world.application, world.actors["ada"].id
    jobs = application.jobs.all(limit=200).items
    world.found["running"] = next(each.id for each in jobs if each.state is JobState.RUNNING)
    world.found["scheduled"] = next(each.id for each in jobs if each.state is JobState.SCHEDULED and not each.by_hand)
    world.found["piece"] = str(application.pieces.all(1).items[0].id)
    world.found["ada"] = ada
    for role, lab in ((Role.STEWARD, ""), *((Role.OPERATOR, lab) for lab in LABS)):
        application.people.grant(Call(KEEPER), ada, role, lab, None)
    for design in ("station", "lamp"):
        application.people.grant(Call(KEEPER), ada, Role.MAINTAINER, "", int(world.found[design]))


def picture() -> bytes:
    """What a camera sees: a bed in the light, and something on it; a grey PNG."""
    width, height = 320, 200
    rows = (
        bytes([0, *(70 if 130 < x < 190 and 60 < y < 150 else 150 + y // 3 if y > 120 else 205 for x in range(width))])
        for y in range(height)
    )
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")


def photographed(world: World, who: str, piece: int) -> None:
    """Two photos of a piece, of which one is removed."""
    for number in (1, 2):
        caption = {"caption": world.say("The foot")}
        sent = {"photo": ("foot.png", picture(), "image/png")}
        answer = world.people[who]._send("POST", f"/pieces/{piece}/photos", data=caption, files=sent, headers=OURS)
        assert answer.status_code == 303, (number, answer.text[-900:])
    world.send(who, "/photos/2/remove", why=world.say("blurred"), back=f"/pieces/{piece}")


def supplies(world: World) -> None:
    """One piece is looked at; bought, packed, on its way, laid out."""
    say, application = world.say, world.application
    piece = application.pieces.all(1, PieceState.MADE).items[0].id
    world.send("bea", f"/pieces/{piece}/check", yes="true", why=say("it is as drawn"), back="/")
    photographed(world, "bea", piece)
    wanted = [str(each.id) for each in application.tasks.of(1, TaskState.ORDERED).items][:2]
    world.send("ada", "/purchases/want", task=wanted, back="/builds/1")
    order = {
        "supplier": say("Lighting shop"),
        "order_number": say("A-17"),
        "expected": "2030-01-14",
        "price": ["4,20", "11"],
    }
    purchase = application.purchases.all(world.actors["ada"], state=PurchaseState.WANTED).items[0].id
    world.send("ada", f"/purchases/{purchase}/order", **order, currency="EUR", carriage="1.3", place=_LEREZ)
    world.send("ada", f"/purchases/{purchase}/arrival", good=["1", ""], bad=["1", ""], why=say("one is bent"))
    world.send("ada", "/builds/1/address", address=say("Back Lane 9"))
    lab, (parcel, *_) = next(
        (each, found.to_pack) for each in LABS if (found := application.parcels.of(world.actors[each], each)).to_pack
    )
    pieces = [str(piece) for thing in parcel.things for piece in thing.pieces]
    world.send(lab, "/shipments/pack", piece=pieces, from_lab=lab, to_lab=parcel.to_lab, build="1")
    track = {"carrier": say("Post"), "tracking_number": say("RR1"), "expected": "2030-01-15"}
    world.send(
        lab, "/shipments/1/send", **track, tracking_link="https://track.example/" + quote(say("RR1"), safe="<>()'/=")
    )
    world.send(lab, "/shipments/1/expectation", expected="2030-01-16", why=say("the van is full"))
    (kit, *_) = application.kits.of(1)
    world.found["kit"] = kit.job_id
    lines = [str(each.task_id) for each in kit.lines if each.may_be_ticked][:3]
    world.send(kit.lab, f"/kits/{kit.job_id}/ticks", task=lines, why=say("brought by bicycle"))
    world.send(kit.lab, f"/kits/{kit.job_id}/unticks", item=lines[0], why=say("one is gone"))


def machines(world: World) -> None:
    """What machines look like, what is loaded, kept up, locked and reserved."""
    say, application = world.say, world.application
    running = application.jobs.all(state=JobState.RUNNING).items[0]
    machine, agent = running.machine, world.agents[running.lab]
    world.found["steered"] = machine
    application.pictures.show(agent, machine, picture())
    for step in range(8):
        world.town.clock.move(seconds=10)
        heat = {"T": (190.0 + step, 205.0), "B": (58.0, 60.0)}
        application.readings.note(agent, [Seen(machine=machine, state="running", temperatures_c=heat)])
    told = Seen(machine="ria-laser", state="busy outside", outside=say("name-plates.gcode"), report=say("all is well"))
    application.readings.note(world.agents[_RIA], [told])
    spool = {"kind": "spool", "name": say("White PLA"), "amount": "640", "material": "pla", "diameter_mm": "1.75"}
    world.send(_RIA, f"/labs/{_RIA}/stock", **spool, colour=say("white")[:40], low="1000")
    world.send(_RIA, "/machines/ria-printer-2/load", stock_id="1")
    world.send(_RIA, "/machines/ria-printer-2/care", why=say("Belt tightened"))
    world.send(_RIA, "/machines/ria-printer-2/upkeep", name=say("Oil the rods"), every_hours="200", locks="true")
    world.send(_RIA, "/machines/ria-laser/lock", why=say("the lens is cracked"))
    reserve = {"starts": "2030-01-11T10:00", "ends": "2030-01-11T12:00", "why": say("a course"), "anyway": "true"}
    world.send(_RIA, "/machines/ria-printer-2/reservations", **reserve)
    world.send(running.lab, f"/machines/{machine}/requests", kind="pause", why=say("the spool is nearly empty"))


def changes(world: World) -> None:
    """A newer version, settings, what a lab would use instead, answers; an order that was cancelled."""
    say, application = world.say, world.application
    world.found["newer"] = str(world.design("dee", "station", station(say, "1.1.0")))
    newer = world.found["newer"]
    application.people.grant(Call(KEEPER), world.actors["dee"].id, Role.MAINTAINER, "", int(newer))
    world.send(
        "dee", f"/designs/{newer}/compatible", older=world.found["station"], part="fabricate:foot", why=say("fits")
    )
    feet = [task for task in application.tasks.of(1).items if task.file and task.file.endswith("foot.stl")]
    world.found["task"] = str(feet[0].id)
    world.send(
        "ada", f"/tasks/{feet[0].id}/settings", infill_percent="40", layer_mm="0.2", why=say("it carries the weight")
    )
    sent = {"lab": _RIA, "kind": "material", "instead": say("PETG"), "why": say("no PLA left")}
    world.send(_RIA, f"/tasks/{feet[0].id}/substitutions", **sent)
    for each in _questions(application.bills.page(int(world.found["lamp"])))[:1]:
        world.send(
            "dee",
            f"/designs/{world.found['lamp']}/answers",
            item=each.item,
            about=each.about,
            answer=each.options[0] if each.options else "shade.svg",
        )


def costs(world: World) -> None:
    """Builds that wait for money or company."""
    say, lamp_id = world.say, world.found["lamp"]
    world.send("bea", f"/designs/{lamp_id}/order", key="2" * 32, quantity="2", purpose="gift")
    world.town.plan()
    world.send(
        "ada", f"/designs/{world.found['station']}/goal", quantity="3", amount="90", currency="EUR", until="2030-01-30",
        why=say("for the school"),
    )  # fmt: skip
    world.found["goal"] = "3"
    world.send("bea", "/builds/3/pledge", amount="25", why=say("I would use one"), back="/builds/3")
    what = {"what": say("Lamps for the reading room"), "wanted": "8", "pieces": "3", "until": "2030-01-25"}
    world.send("ada", f"/designs/{lamp_id}/campaign", **what, why=say("cheaper together"))
    world.send("bea", "/campaigns/1/join", pieces="2", back="/campaigns/1")
    world.send("bea", "/together/campaigns", what=say("White PLA is loaded"), wanted="4", until="2030-01-20")
    world.send("ste", "/together/fund", name=say("Spring"), amount="100", currency="EUR", until="2030-01-30")
    want = {"cause": "build", "subject": "3", "amount": "40", "why": say("the school has no money")}
    world.send("ada", "/fund/1/ask", **want, back="/fund/1")
    world.send("ada", "/fund/1/allot", want="1", percent="60", back="/fund/1")


def givings_up(world: World) -> None:
    """What is declined, taken over, waived, looked at, decided, and an order that is taken back."""
    say, application, lamp_id = world.say, world.application, world.found["lamp"]
    world.send("bea", f"/designs/{lamp_id}/order", key="a" * 32, quantity="1", purpose="gift")
    world.town.plan()
    for offer in application.offers.all(build_id=4, state=OfferState.OFFERED).items:
        settled = {"why": say("we have card"), "licence_note": say("she said yes")}
        world.send(offer.lab, f"/offers/{offer.id}/answer", yes="true", **settled, back="/")
    world.town.plan()
    world.send("bea", f"/designs/{lamp_id}/order", key="b" * 32, quantity="1", purpose="gift")
    world.town.plan()
    for offer in application.offers.all(build_id=5, state=OfferState.OFFERED).items:
        claim = {"machine": "douro-laser", "why": say("we can try"), "back": "/"}
        world.send(_DOURO, f"/lots/{offer.lot_id}/claim", **claim, licence_note=say("we asked her"))
    world.send("bea", "/builds/5/cancellation", why=say("the school has one now"), back="/builds/5")
    kits = {each.job_id: each.lab for each in application.kits.of(1) if each.job_id != world.found["kit"]}
    for job, lab in kits.items():
        world.send(lab, f"/kits/{job}/waiver", why=say("we have spares"))
    world.send("ada", f"/builds/1/versions/{world.found['newer']}/decide", choice="stay", why=say("too late for that"))


def flows(world: World) -> None:
    """Work that people enter, what they ask for an hour, and what was wrong."""
    say = world.say
    station_id = world.found["station"]
    for at, (who, minutes) in enumerate((("dee", "240"), ("ada", "45"))):
        note = say("Drew the lamp head anew")
        world.send(
            who, "/ledger/work", kind="design", minutes=minutes, design=station_id, note=note, key=str(3 + at) * 32
        )
    world.send("dee", "/account/rates", kind="design", per_hour="18", currency="EUR")
    world.send(_RIA, f"/labs/{_RIA}/rates", kind="making", machine="ria-printer-1", per_hour="3", currency="EUR")
    entered = [
        each
        for each in world.application.flows.events(
            who=world.application.flows.names().of(Kind.PERSON, world.actors["ada"].id)
        ).items
        if each.effort_unit
    ]
    world.found["flow"] = str(entered[0].number)
    world.send("ada", f"/ledger/{entered[0].number}/correction", why=say("it was less"), instead="0,5")


def incomes(world: World) -> None:
    """An income is shared, and one share is paid."""
    say, station_id = world.say, world.found["station"]
    sent = {"income": "1200.50", "source": say("20 sold at the market"), "build_id": "", "key": "5" * 32}
    world.send("dee", f"/designs/{station_id}/distributions", **sent, why=say("as every month"))
    world.send("dee", f"/designs/{station_id}/distributions", **{**sent, "income": "80", "key": "6" * 32})
    world.send("ste", "/distributions/2/confirm", why=say("as agreed"))
    (paid, *_) = world.application.distributions.one(2).recipients
    world.send("dee", "/distributions/2/paid", who=paid.party.who, why=say("by bank"))


def credit(world: World) -> None:
    """Accounts, a payment, a dispute, debts that would cancel."""
    say = world.say
    world.send("ste", "/credit/choice", enabled="true", unit="hours", back="/credit")
    for who, lab in ((_RIA, _RIA), (_LEREZ, _LEREZ), ("ada", "")):
        world.send(who, "/credit/accounts", lab=lab, back="/credit")
    for account in ("1", "2", "3"):
        world.send("ste", f"/credit/accounts/{account}/limit", limit="50.00", back="/credit")
    for at, (who, payer, payee) in enumerate(((_RIA, "1", "2"), ("ada", "3", "1"))):
        pay = {"payer": payer, "payee": payee, "amount": "12.50", "why": say("40 clips"), "key": f"{6 + at}" * 32}
        world.send(who, "/credit/pay", **pay, back="/credit")
    world.send("ada", "/credit/payments/2/dispute", why=say("three are broken"), back="/credit")
    for at, (who, payer, payee, amount) in enumerate(((_RIA, "1", "2", "30"), (_LEREZ, "2", "1", "20"))):
        owe = {"payer": payer, "payee": payee, "amount": amount, "why": say("a router day"), "key": f"{at + 8}" * 32}
        world.send(who, "/credit/owe", **owe, back="/credit")
    world.send("ada", "/credit/netting", back="/credit")
    world.send("ste", "/credit/accounts/2/freeze", yes="true", why=say("asked for by them"), back="/credit")


def networks(world: World) -> None:
    """Another network that says what it has, and something that is refused."""
    say, now = world.say, world.town.real.now()
    signer = Signer.new()
    world.application.federation.neighbours.add(world.call("ste"), "", signer.network, "coast", NoWayThere())
    bodies = {
        DocumentKind.DESIGN: {
            "name": say("Rain barrel"), "licence": say("MIT"), "archive_sha256": "0" * 64, "files": 3,
        },
        DocumentKind.OFFER: {
            "part": say("Frame"), "process": "welding", "material": say("steel"), "quantity": 4,
            "design": {"name": say("Bench")},
        },
        DocumentKind.PLAN: {
            "design": {"name": say("Bench")}, "quantity": 2, "expected": "2030-02-01T00:00:00+00:00", "tasks": [],
        },
        DocumentKind.ATTESTATION: {
            "design": {"name": say("Bench")}, "facts": [{"part": say("Leg"), "made": 4, "failed": 1}],
        },
    }  # fmt: skip
    signed = [
        signer.sign(kind, f"x/{number}", 10**6 + number, now, body).data
        for number, (kind, body) in enumerate(bodies.items())
    ]
    with world.application.house.change("coordinator") as change:
        coast = neighbour_in(change.session, "coast")
        hear(change, [*signed, json.dumps({"x": say("what")}).encode()], way="stick", now=now, neighbour=coast)
    world.send("ste", "/networks/kinds", kinds=["design", "plan"], back="/networks")


def opinions(world: World) -> None:
    """What is proposed now; who permits more than a licence."""
    say, ada = world.say, world.actors["ada"].id
    sent = {"person": ada, "role": "operator", "lab": _DOURO, "days": "7", "why": say("she runs the laser already")}
    world.send(_DOURO, "/proposals/welcome", **sent)
    world.send("bea", "/proposals/3/speak", word="no", why=say("not without the course"))
    out = {"lab": _DOURO, "person": "", "days": "7", "rule": "majority", "why": say("nobody answers there")}
    world.send("ste", "/proposals/exclusion", **out)
    permit = {"up_to": "sale", "note": say("the designer says so"), "lab": "", "back": "/designs"}
    world.send("ste", f"/designs/{world.found['lamp']}/permissions", **permit)
    other = {"name": say("Taller station"), "why": say("for tall plants")}
    fork = world.send("bea", f"/designs/{world.found['station']}/fork", **other)
    world.found["fork"] = fork.rpartition("/")[2]
    change = {"design_id": world.found["station"], "why": say("so that taller plants fit")}
    changed = world.send("bea", f"/designs/{world.found['fork']}/propose", **change)
    world.found["change"] = changed.rpartition("/")[2]


def alerts(world: World, services: Services) -> None:
    """People are told; a failure waits for somebody."""
    say, application = world.say, world.application
    running = application.jobs.all(state=JobState.RUNNING).items[0]
    lab = running.lab
    world.send(lab, "/alerts/addresses", address="ntfys://topic", label=say("my phone"), back="/account")
    (letter,) = [each for each in services.turn() if re.search(r"\b\d{8}\b", each.body)]
    code = re.search(r"\b\d{8}\b", letter.body)
    assert code is not None
    world.send(lab, "/alerts/addresses/1/verify", code=code[0], back="/account")
    me = world.actors[lab].id
    world.send(lab, f"/labs/{lab}/watch", people=me, minutes="5", back="/alerts")
    with application.house.change(me) as change:
        change.session.add(IdentityRow(
            issuer="https://id.example/" + say("x"), subject="1", person_id=me, linked_at=world.town.real.now(),
        ))  # fmt: skip
        change.record("job.failed", f"job {running.id}", say("smoke"))
    letters: list[Letter] = services.turn()
    world.letters = letters
    link = next(found for each in letters if (found := re.search(r"/alerts/acknowledge\?code=\S+", each.body)))
    world.found["acknowledge"] = link[0]
    world.found["invitation"] = application.invitations.make(KEEPER, Role.BUILDER, "").code


def _questions(page: BillPage) -> list[QuestionView]:
    return [*page.questions, *(each for line in page.lines for each in line.questions)]
