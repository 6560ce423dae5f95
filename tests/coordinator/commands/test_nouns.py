"""The nouns as commands: at an address and in a folder alike."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import typer.main

from coordinator.cli import app
from coordinator.cli.nouns import NOUNS
from coordinator.cli.told import told_of
from coordinator.client.client import Client
from coordinator.commands.remote import show
from coordinator.schema.network import Role
from coordinator.service.refusals import ForbiddenError, UnknownError
from core.errors import InputError, StateError
from tests.coordinator.api.conftest import Web
from tests.coordinator.conftest import block_stl, print_program

from .conftest import ADDRESS, Command

DOCS = Path(__file__).parents[3] / "docs"


def test_every_verb_is_a_method_with_a_help_of_its_own() -> None:
    group: Any = typer.main.get_command(app)
    for noun, each in NOUNS.items():
        context = group.make_context("fabcommons", [noun], resilient_parsing=True)
        commands = group.commands[noun]
        for name, verb in each.verbs.items():
            assert hasattr(Client, verb.method), (noun, name)
            made = commands.get_command(context, name)
            assert made.help, (noun, name)
            assert {"--json", "--coordinator", "--dir"} <= {flag for option in made.params for flag in option.opts}
            assert name in commands.list_commands(context)


def test_columns_are_fields_of_what_is_listed() -> None:
    for noun, each in NOUNS.items():
        for name, verb in each.verbs.items():
            found = get_args(get_type_hints(getattr(Client, verb.method))["return"])
            listed = bool(found) and dataclasses.is_dataclass(found[0]) and type(None) not in found
            assert listed == bool(verb.columns), (noun, name)
            fields = {field.name for field in dataclasses.fields(found[0])} if listed else set()
            assert set(verb.columns) <= fields, (noun, name)


def test_an_order_by_commands(served: Web, command: Command) -> None:
    served.town.upload()
    at = ("--coordinator", ADDRESS, "--token", served.tokens["ada"])
    due = ("--due-at", "2030-02-01T12:00+01:00")
    build = json.loads(command("build", "order", "1", "--quantity", "2", *due, "--json", *at))
    assert (build["quantity"], build["due_at"]) == (2, "2030-02-01T11:00:00+00:00")
    assert json.loads(command("build", "list", "--json", *at)) == [build]
    listed = command("build", "list", *at)
    assert "2030-02-01 11:00 UTC" in listed
    assert max(len(line.rstrip()) for line in listed.splitlines()) <= 80
    assert "lamp" in command("build", "show", "1", *at)
    assert "lamp" in command("design", "list", *at)
    assert "nothing" in command("claim", "list", *at)


def test_work_by_commands(served: Web, command: Command) -> None:
    served.town.order()
    ada = ("--coordinator", ADDRESS, "--token", served.tokens["ada"])
    (offer,) = json.loads(command("offer", "list", "--state", "offered", "--json", *ada))
    lab = ("--coordinator", ADDRESS, "--token", served.tokens[offer["lab"]])
    with pytest.raises(ForbiddenError):
        command("offer", "accept", str(offer["id"]), *ada)
    assert json.loads(command("offer", "accept", str(offer["id"]), "--json", *lab))["state"] == "accepted"
    jobs = json.loads(command("job", "list", "--lab", offer["lab"], "--state", "scheduled", "--json", *lab))
    job = next(each for each in jobs if each["task"] == "Panel")
    assert json.loads(command("job", "start", job["id"], "--json", *lab))["state"] == "running"
    with pytest.raises(ForbiddenError):
        command("job", "end", job["id"], *ada)
    assert json.loads(command("job", "end", job["id"], "--why", "done", "--json", *lab))["state"] == "made"
    assert "begun by hand" in command("event", "list", "--rows", "500", *ada)


def test_a_program_for_a_job(served: Web, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coordinator.service.planning.planner.with_toolpaths", lambda plan, *_: plan)
    town = served.town
    town.order(town.upload("Foot,2,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 20)))
    at = ("--coordinator", ADDRESS, "--token", served.tokens["north"])
    (job,) = json.loads(command("job", "list", "--state", "waiting for toolpath", "--json", *at))
    file = tmp_path / "foot.gcode"
    file.write_text(print_program(nozzle_c=290), encoding="utf-8")
    with pytest.raises(InputError, match="must not run"):
        command("job", "program", job["id"], str(file), *at)
    file.write_text(print_program(), encoding="utf-8")
    assert "scheduled" in command("job", "program", job["id"], str(file), *at)


def test_events_are_followed(served: Web, command: Command) -> None:
    served.join("new", Role.BUILDER)
    lines = command("event", "tail", "--after", "0", "--count", "3", "--json", "--coordinator", ADDRESS).splitlines()
    assert [json.loads(line)["id"] for line in lines] == [1, 2, 3]
    assert command("event", "tail", "--after", "0", "--count", "1", "--coordinator", ADDRESS).startswith("1 2030-01-07")


def test_a_build_that_is_not_open_is_watched_at_once(served: Web, command: Command) -> None:
    with pytest.raises(UnknownError):
        command("build", "watch", "7", "--coordinator", ADDRESS)


def test_what_is_typed_wrong_is_said(served: Web, command: Command, tmp_path: Path) -> None:
    at = ("--coordinator", ADDRESS, "--token", served.tokens["ste"])
    with pytest.raises(InputError, match="no moment"):
        command("build", "order", "1", "--due-at", "tomorrow", *at)
    with pytest.raises(InputError, match="no JSON"):
        command("purchase", "want", "[{", *at)
    path = tmp_path / "labs.yaml"
    for text in ("- a\n- b\n", "a: [", "a: &x [1]\nb: [*x, *x]\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError):
            command("lab", "publish", str(path), *at)
    with pytest.raises(InputError, match="cannot be read"):
        command("lab", "publish", str(tmp_path / "none.yaml"), *at)
    with pytest.raises(InputError, match="its address or in its folder"):
        command("build", "list", "--coordinator", ADDRESS, "--dir", str(tmp_path))


def test_no_coordinator_named_is_said(command: Command) -> None:
    with pytest.raises(InputError, match="no coordinator is named"):
        command("build", "list")


def test_a_folder_is_asked_as_an_address_is(command: Command, tmp_path: Path) -> None:
    here = ("--dir", str(tmp_path / "net"))
    assert json.loads(command("network", "show", "--json", *here))["name"] == "fabcommons"
    assert "coordinator" in command("person", "me", *here)
    code = command("token", "invite", "--role", "builder", *here).strip()
    token = command("token", "accept", code, "--name", "Ada", *here).strip()
    assert "builder" in command("person", "me", "--token", token, *here)
    changed = command("network", "choose", "Labs of the bay", "open", *here)
    assert "Labs of the bay" in changed
    assert json.loads(command("event", "list", "--json", *here))[-1]["kind"] == "network.changed"


def test_the_document_names_every_group_and_verb() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert "`token`" in text
    for noun, each in NOUNS.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{noun}` |"))
        told = {word.strip("` ") for word in row.split("|")[2].split(",")}
        assert set(each.verbs) <= told, noun


def test_what_is_typed_as_json_is_shown_by_an_example_that_is_taken() -> None:
    examples = {}
    for noun, its in NOUNS.items():
        for verb, each in its.verbs.items():
            method = getattr(Client, each.method)
            for name, hint in get_type_hints(method).items():
                things = get_args(hint)[0] if get_args(hint) else None
                if name != "return" and dataclasses.is_dataclass(things):
                    told = told_of(name, hint) or ""
                    (example,) = json.loads(told.partition(", such as ")[2].rstrip("."))
                    assert things(**example), f"{noun} {verb} {name}"
                    examples[f"{noun} {verb}"] = name
    assert {"purchase want", "purchase receive", "shipment pack", "design answer"} <= examples.keys()


def test_rubbish_for_json_is_answered_with_an_example(served: Web, command: Command) -> None:
    with pytest.raises(InputError) as refused:
        command("purchase", "want", "screws", "--coordinator", ADDRESS, "--token", served.tokens["ste"])
    assert '[{"task_id": 1, "quantity": 1.0}]' in (refused.value.hint or "")


def test_a_list_of_things_stands_below_the_other_fields(capsys: pytest.CaptureFixture[str]) -> None:
    show({"id": 1, "lines": [{"name": "Foot", "here": 2.0, "why": ""}, {"name": "Nut", "is_here": False}], "tags": []})
    out = [each.rstrip() for each in capsys.readouterr().out.splitlines()]
    assert out == ["id    1", "tags", "", "lines", "  name: Foot", "  here: 2.0", "", "  name: Nut", "  is here: no"]


def test_a_thing_within_a_thing_stands_below_and_indented(capsys: pytest.CaptureFixture[str]) -> None:
    show({"tasks": {"open": 2, "done": 0}, "id": 7, "entry": {"sizes": [1, 2], "way": {"port": "a"}, "rows": [[1, 2]]}})
    out = [each.rstrip() for each in capsys.readouterr().out.splitlines()]
    assert out == [
        "id  7", "", "tasks", "  open: 2", "  done: 0", "",
        "entry", "  sizes: 1 2", "  way:", "    port: a", "  rows:", "    - 1 2",
    ]  # fmt: skip


def test_the_newest_events_are_listed_the_last_at_the_end(served: Web, command: Command) -> None:
    for number in range(8):
        served.join(f"new{number}", Role.BUILDER)
    at = ("--json", "--coordinator", ADDRESS, "--token", served.tokens["ada"])
    every = [each["id"] for each in json.loads(command("event", "list", "--rows", "5000", *at))]
    assert every == sorted(every)
    assert len(every) > 10
    newest = [each["id"] for each in json.loads(command("event", "list", "--rows", "3", *at))]
    assert newest == every[-3:]
    page = [each["id"] for each in json.loads(command("event", "list", "--rows", "3", "--after", str(every[1]), *at))]
    assert page == every[2:5]


def test_an_invitation_says_whether_it_is_still_good(served: Web, command: Command) -> None:
    at = ("--coordinator", ADDRESS, "--token", served.tokens["ste"])

    def listed() -> dict[str, str]:
        return {each["id"]: each["state"] for each in json.loads(command("invitation", "list", "--json", *at))}

    before = listed()
    used, revoked, late = (command("token", "invite", "--role", "builder", *at).strip() for _ in range(3))
    command("token", "accept", used, "--name", "Ada", "--coordinator", ADDRESS)
    command("invitation", "revoke", revoked.split("_")[1], *at)
    new = {code: next(each for each in listed() if each in code) for code in (used, revoked, late)}
    states = listed()
    assert len(states) == len(before) + 3
    assert [states[new[code]] for code in (used, revoked, late)] == ["used", "revoked", "open"]
    assert "revoked" in command("invitation", "list", *at)
    served.town.real.move(days=15)
    assert listed()[new[late]] == "expired"
    for code, why in ((used, "was used"), (revoked, "was revoked"), (late, "has expired")):
        with pytest.raises(StateError, match=why):
            command("token", "accept", code, "--name", "Bob", "--coordinator", ADDRESS)


def test_rubbish_for_a_design_is_told_by_its_own_name(served: Web, command: Command, tmp_path: Path) -> None:
    at = ("--coordinator", ADDRESS, "--token", served.tokens["ada"])
    for data in (b"rubbish", b"", b"PK\x03\x04" + bytes(40), b"\x1f\x8b\x08" + bytes(20)):
        archive = tmp_path / "lamp.zip"
        archive.write_bytes(data)
        with pytest.raises(InputError) as refused:
            command("design", "upload", str(archive), *at)
        said = str(refused.value)
        assert said.startswith("lamp: ")
        assert "/" not in said


def test_what_a_coordinator_refuses_is_one_plain_sentence(served: Web, command: Command) -> None:
    at = ("--coordinator", ADDRESS, "--token", served.tokens["ada"])
    with pytest.raises(InputError) as refused:
        command("build", "order", "1", "--quantity", "0", *at)
    assert str(refused.value) == "--quantity: 1 or more is expected"
    with pytest.raises(InputError) as refused:
        command("purchase", "order", "1", "Acme", "--currency", "euro", *at)
    assert str(refused.value) == "--currency: three capitals are expected, such as EUR"
    with pytest.raises(InputError) as refused:
        command("build", "cancel", "1", "so", "--stop", "x" * 50, *at)
    assert str(refused.value) == "stop.0: 40 characters at most are expected"


def test_who_looks_for_machines_without_a_file_hears_of_the_coordinator(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for words, instead in ((("machine", "list"), "network machines"), (("lab", "list"), "network labs")):
        with pytest.raises(InputError, match="there is no labs file") as refused:
            command(*words)
        assert "fabcommons lab add" in (refused.value.hint or "")
        with monkeypatch.context() as patch:
            patch.setenv("FABCOMMONS_COORDINATOR", ADDRESS)
            with pytest.raises(InputError) as refused:
                command(*words)
            assert f"fabcommons {instead}" in (refused.value.hint or "")
