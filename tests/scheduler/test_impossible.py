"""What cannot be, injected into a sound problem and given to the command line: named, with the change that helps."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from coordinator.cli import app
from core.errors import InputError, PlanError

Document = dict[str, Any]
DAY = 86400
CASES: list[tuple[Callable[[Document], None], str, str]] = []


def impossible(what: str, change: str = "") -> Callable[[Callable[[Document], None]], Callable[[Document], None]]:
    """An injection, the sentence that names it, and the hint that comes first."""

    def add(inject: Callable[[Document], None]) -> Callable[[Document], None]:
        CASES.append((inject, what, change))
        return inject

    return add


def sound() -> Document:
    """A week in two labs: print, saw, mill, weld in pairs, share a bed, make clips in lots, buy screws, assemble."""
    windows = [[day * DAY, day * DAY + 36000] for day in range(7)]
    return {
        "version": "fabcommons-problem/4", "origin": "2026-03-02T08:00:00+00:00", "horizon_s": 7 * DAY,
        "labs": [{"id": "north", "windows": windows}, {"id": "south", "windows": windows}],
        "machines": [
            {"id": "printer", "lab": "north", "unattended": True}, {"id": "saw", "lab": "north", "unattended": False},
            {"id": "mill", "lab": "south", "unattended": False}, {"id": "bench", "lab": "north", "unattended": False},
            {"id": "bed", "lab": "south", "unattended": True, "plate": {"most_tasks": 4, "most_area": 100}},
        ],
        "stocks": [{"id": "PLA at north", "amount": 3000, "unit": "g"}],
        "people": [
            {"id": "ann", "lab": "north", "skills": ["weld", "sew"]}, {"id": "bo", "lab": "north", "skills": ["weld"]},
        ],
        "tasks": [
            {"id": "shell", "options": [
                {"machine": "printer", "duration_s": 20000, "uses": [{"stock": "PLA at north", "amount": 800}]}]},
            {"id": "leg", "options": [{"machine": "saw", "duration_s": 1800}, {"machine": "mill", "duration_s": 1500}]},
            {"id": "plate", "options": [{"machine": "mill", "duration_s": 4000}]},
            {"id": "frame", "options": [{"machine": "bench", "duration_s": 7200}],
             "needs": [{"skill": "weld", "people": 2}]},
            {"id": "part", "batch": "PLA", "area": 30, "options": [{"machine": "bed", "duration_s": 4000}]},
            {"id": "clips", "quantity": 60, "split": {"smallest": 5, "largest": 30}, "options": [
                {"machine": "printer", "duration_s": 200, "lot_s": 300},
                {"machine": "mill", "duration_s": 150, "lot_s": 600}]},
            {"id": "screws", "delay_s": 2 * DAY},
            {"id": "assembly", "options": [{"machine": "bench", "duration_s": 3600}]},
        ],
        "precedences": [{"before": each, "after": "assembly"} for each in ("shell", "leg", "screws", "frame")],
        "transport": {"default_s": None, "pairs": [{"from": "north", "to": "south", "seconds": 3600}]},
    }  # fmt: skip


def task(problem: Document, name: str) -> Document:
    return _named(problem, "tasks", name)


def machine(problem: Document, name: str) -> Document:
    return _named(problem, "machines", name)


def lab(problem: Document, name: str) -> Document:
    return _named(problem, "labs", name)


def _named(problem: Document, kind: str, name: str) -> Document:
    return next(each for each in problem[kind] if each["id"] == name)


def _solved(problem: Document, folder: Path) -> BaseException | None:
    path = folder / "problem.json"
    path.write_text(json.dumps(problem))
    result = CliRunner().invoke(app, ["schedule", "solve", str(path), "--seconds", "0.5", "--workers", "1"])
    return result.exception


@impossible(
    "task plate has no place: machine mill: an attended run of 10 h 1 s is longer than any opening of lab south (10 h)",
    "possible if lab south is open from 2026-03-08 08:00 UTC to 2026-03-08 18:00 UTC",
)
def _attended_run_longer_than_a_day(problem: Document) -> None:
    task(problem, "plate")["options"][0]["duration_s"] = 36001


@impossible(
    "task leg has no place: machine saw: an attended run of 11 h 6 min 40 s is longer than any "
    "opening of lab north (10 h); machine mill: an attended run of 11 h 6 min 40 s is longer than any"
    " opening of lab south (10 h)",
    "possible if lab north is open from 2026-03-08 08:00 UTC to 2026-03-08 19:06 UTC",
)
def _both_machines_too_slow(problem: Document) -> None:
    for o in task(problem, "leg")["options"]:
        o["duration_s"] = 40000


@impossible(
    "task plate has no place: machine mill: lab south never opens before 2026-03-09 08:00 UTC; there "
    "is no place for 1 more: part",
    "possible if lab south is open from 2026-03-02 08:00 UTC to 2026-03-02 09:06 UTC",
)
def _lab_shut_all_week(problem: Document) -> None:
    lab(problem, "south")["windows"] = []


@impossible("problem: lab south: its calendar ends 777600 s, past the horizon", "")
def _lab_opens_after_horizon(problem: Document) -> None:
    lab(problem, "south")["windows"] = [[8 * DAY, 9 * DAY]]


@impossible(
    "task shell has no place: machine printer: a run of 168 h from 2026-03-02 08:00 UTC ends after "
    "lab north closes last (2026-03-08 18:00 UTC)",
    "possible if lab north is open from 2026-03-02 08:00 UTC to 2026-03-09 08:00 UTC",
)
def _unattended_run_past_the_last_opening(problem: Document) -> None:
    task(problem, "shell")["options"][0]["duration_s"] = 7 * DAY


@impossible(
    "task plate has no place: machine mill: it can start at 2026-03-08 18:00 UTC, after lab south "
    "closes last (2026-03-08 18:00 UTC)",
    "possible if the plan may reach 1 h 6 min 40 s further, with the labs open then",
)
def _release_after_the_last_opening(problem: Document) -> None:
    task(problem, "plate")["release_s"] = 6 * DAY + 36000


@impossible(
    "task plate has no place: machine mill: it can start at 2026-03-10 08:00 UTC, after lab south "
    "closes last (2026-03-08 18:00 UTC)",
    "possible if the plan may reach 25 h 6 min 40 s further, with the labs open then",
)
def _release_after_horizon(problem: Document) -> None:
    task(problem, "plate")["release_s"] = 8 * DAY


@impossible(
    "task screws has no place: its wait of 192 h from 2026-03-02 08:00 UTC ends after the horizon "
    "(2026-03-09 08:00 UTC)",
    "possible if the plan may reach 24 h further, with the labs open then",
)
def _wait_past_horizon(problem: Document) -> None:
    task(problem, "screws")["delay_s"] = 8 * DAY


@impossible(
    "task assembly has no place: machine bench: no opening of lab north from 2026-03-08 17:43 UTC on has 1 h left",
    "possible if the plan may reach 1 h further, with the labs open then",
)
def _wait_leaves_no_time_for_what_follows(problem: Document) -> None:
    task(problem, "screws")["delay_s"] = 6 * DAY + 35000


@impossible(
    "task plate has no place: machine mill, which is busy before: no opening of lab south from "
    "2026-03-08 17:26 UTC on has 1 h 6 min 40 s left",
    "possible if the plan may reach 1 h 6 min 40 s further, with the labs open then",
)
def _busy_machine(problem: Document) -> None:
    machine(problem, "mill")["busy_until_s"] = 6 * DAY + 34000


@impossible(
    "task c7 has no place: machine mill: no opening of lab south from 2026-03-08 13:33 UTC on has 5 h 33 min 20 s left",
    "possible if machine mill may run while lab south is closed",
)
def _chain_too_long(problem: Document) -> None:
    problem["tasks"] += [{"id": f"c{n}", "options": [{"machine": "mill", "duration_s": 20000}]} for n in range(8)]
    problem["precedences"] += [{"before": f"c{n}", "after": f"c{n + 1}"} for n in range(7)]


@impossible(
    "task assembly has no place: machine bench: it can start at 2026-03-09 08:30 UTC, after lab north"
    " closes last (2026-03-08 18:00 UTC)",
    "possible if the plan may reach 1 h 30 min further, with the labs open then",
)
def _lag_too_long(problem: Document) -> None:
    problem["precedences"][1]["lag_s"] = 7 * DAY


@impossible(
    "task assembly has no place: machine bench: it can start at 2026-03-09 08:25 UTC, after lab north"
    " closes last (2026-03-08 18:00 UTC)",
    "possible if the plan may reach 1 h 25 min further, with the labs open then",
)
def _transport_takes_all_week(problem: Document) -> None:
    problem["transport"]["pairs"][0]["seconds"] = 7 * DAY
    task(problem, "leg")["options"] = [{"machine": "mill", "duration_s": 1500}]


@impossible(
    "task plate has no place: machine mill: an attended run of 1 h 6 min 40 s is longer than any "
    "opening of lab south (20 min)",
    "possible if lab south is open from 2026-03-06 11:00 UTC to 2026-03-06 12:06 UTC",
)
def _many_short_openings(problem: Document) -> None:
    lab(problem, "south")["windows"] = [[h * 3600, h * 3600 + 1200] for h in range(100)]


@impossible(
    "task shell has no place: it ends at 2026-03-02 13:33 UTC at the earliest, but must end by "
    "2026-03-02 10:00 UTC for what comes after it (assembly); there is no place for 1 more: screws",
    "possible if assembly, which is fixed, is 3 h 33 min 20 s later or more",
)
def _fixed_before_its_critical_path(problem: Document) -> None:
    t = task(problem, "assembly")
    t.pop("options")
    t["fixed"] = {"machine": "bench", "start_s": 7200, "run_end_s": 10800, "end_s": 10800}


@impossible(
    "task screws has no place: it ends at 2026-03-04 08:00 UTC at the earliest, but must end by "
    "2026-03-03 08:00 UTC for what comes after it (assembly)",
    "possible if assembly, which is fixed, is 24 h later or more",
)
def _fixed_before_its_purchase(problem: Document) -> None:
    t = task(problem, "assembly")
    t.pop("options")
    t["fixed"] = {"machine": "bench", "start_s": DAY, "run_end_s": DAY + 100, "end_s": DAY + 100}


@impossible(
    "problem.tasks[7].fixed: placement of assembly: start 500 s, run's end 400 s and end 600 s are not in order", ""
)
def _fixed_times_out_of_order(problem: Document) -> None:
    t = task(problem, "assembly")
    t.pop("options")
    t["fixed"] = {"machine": "bench", "start_s": 500, "run_end_s": 400, "end_s": 600}


@impossible("problem: task assembly: it is fixed on machine bank, which is unknown", "")
def _fixed_on_unknown_machine(problem: Document) -> None:
    t = task(problem, "assembly")
    t.pop("options")
    t["fixed"] = {"machine": "bank", "start_s": 4 * DAY, "run_end_s": 4 * DAY + 10, "end_s": 4 * DAY + 10}


@impossible(
    "task plate has no place: machine mill: fixed work leaves no room from 2026-03-02 08:00 UTC on "
    "for a run of 8 h 20 min inside an opening of lab south (4 h 26 min 40 s at most)",
    "possible if old0, which is fixed on mill, gives way",
)
def _two_fixed_leave_no_room(problem: Document) -> None:
    task(problem, "plate")["options"][0]["duration_s"] = 30000
    problem["tasks"] += [
        {
            "id": f"old{n}",
            "fixed": {
                "machine": "mill",
                "start_s": n * DAY + 10000,
                "run_end_s": n * DAY + 20000,
                "end_s": n * DAY + 20000,
            },
        }
        for n in range(7)
    ]


@impossible(
    "task frame has no place: machine bench: 2 who can weld are never in lab north for 2 h together, once it can begin",
    "possible with 1 more person of lab north who can weld",
)
def _fixed_people_take_the_crew(problem: Document) -> None:
    problem["tasks"] += [
        {
            "id": f"course{n}",
            "fixed": {
                "machine": "printer",
                "start_s": n * DAY,
                "run_end_s": n * DAY + 36000,
                "end_s": n * DAY + 36000,
                "people": ["ann"],
            },
        }
        for n in range(7)
    ]
    task(problem, "shell")["options"][0]["machine"] = "saw"
    task(problem, "clips")["options"].pop(0)


@impossible("problem.tasks[6]: task screws: it is a wait, but is fixed on a machine", "")
def _wait_fixed_on_a_machine(problem: Document) -> None:
    t = task(problem, "screws")
    t["fixed"] = {"machine": "mill", "start_s": 0, "run_end_s": 10, "end_s": 10}


@impossible("problem.tasks[5]: task clips: it is fixed, and not split any more", "make each lot a task")
def _split_and_fixed(problem: Document) -> None:
    task(problem, "clips")["fixed"] = {"machine": "mill", "start_s": 0, "run_end_s": 10, "end_s": 10}


@impossible(
    "task shell has no place: machine printer: it uses 3.2 kg of PLA at north, and until 2026-03-09 "
    "08:00 UTC there are 3 kg",
    "possible with 200 g more of PLA at north from 2026-03-02 08:00 UTC on",
)
def _one_task_takes_more_than_there_is(problem: Document) -> None:
    task(problem, "shell")["options"][0]["uses"][0]["amount"] = 3200


@impossible(
    "stock PLA at north is short: 3.6 kg are needed by 2026-03-09 07:50 UTC at the latest, for shell,"
    " s0, s1, s2, s3, but 3 kg are there by then",
    "possible, if at all, with 600 g more by 2026-03-09 07:50 UTC",
)
def _all_together_take_too_much(problem: Document) -> None:
    problem["tasks"] += [
        {
            "id": f"s{n}",
            "options": [{"machine": "printer", "duration_s": 600, "uses": [{"stock": "PLA at north", "amount": 700}]}],
        }
        for n in range(4)
    ]


@impossible(
    "task shell has no place: machine printer: it uses 800 g of PLA at north, and until 2026-03-09 "
    "08:00 UTC there are 100 g",
    "possible with 700 g more of PLA at north from 2026-03-02 08:00 UTC on",
)
def _delivery_after_the_horizon(problem: Document) -> None:
    problem["stocks"][0].update(amount=100, deliveries=[{"at_s": 8 * DAY, "amount": 5000}])


@impossible(
    "stock PLA at north is short: 800 g are needed by 2026-03-06 05:13 UTC at the latest, for shell, "
    "but 100 g are there by then",
    "possible, if at all, with 700 g more by 2026-03-06 05:13 UTC",
)
def _delivery_too_late_for_fixed_assembly(problem: Document) -> None:
    problem["stocks"][0].update(amount=100, deliveries=[{"at_s": 4 * DAY, "amount": 5000}])
    t = task(problem, "assembly")
    t.pop("options")
    t["fixed"] = {
        "machine": "bench",
        "start_s": 4 * DAY + 10000,
        "run_end_s": 4 * DAY + 20000,
        "end_s": 4 * DAY + 20000,
    }


@impossible(
    "stock PLA at north is short: 4.4 kg are needed by 2026-03-09 07:38 UTC at the latest, for shell,"
    " clips, but 3 kg are there by then",
    "possible, if at all, with 1.4 kg more by 2026-03-09 07:38 UTC",
)
def _lots_take_too_much_together(problem: Document) -> None:
    for o in task(problem, "clips")["options"]:
        o["uses"] = [{"stock": "PLA at north", "amount": 60}]


@impossible(
    "task shell has no place: machine printer: it uses 800 g of PLA at north, and until 2026-03-09 "
    "08:00 UTC there are 500 g",
    "possible with 300 g more of PLA at north from 2026-03-02 08:00 UTC on",
)
def _fixed_work_takes_the_stock(problem: Document) -> None:
    problem["tasks"].append(
        {
            "id": "old",
            "options": [{"machine": "saw", "duration_s": 100, "uses": [{"stock": "PLA at north", "amount": 2500}]}],
            "fixed": {"machine": "saw", "start_s": 100, "run_end_s": 200, "end_s": 200},
        }
    )


@impossible("problem: task leg: it uses stock brass, which is unknown", "")
def _unknown_stock(problem: Document) -> None:
    task(problem, "leg")["uses"] = [{"stock": "brass", "amount": 1}]


@impossible("problem.tasks[0].options[0]: option printer: stock PLA at north stands twice", "")
def _stock_used_twice(problem: Document) -> None:
    task(problem, "shell")["options"][0]["uses"] *= 2


@impossible("problem.tasks[0].options[0].uses[0]: use of PLA at north: an amount of 0 is not from 1 to 1e12", "")
def _amount_of_nothing(problem: Document) -> None:
    task(problem, "shell")["options"][0]["uses"][0]["amount"] = 0


@impossible("problem.tasks[0].options[0].uses[0].amount: 800.5 is not a whole number", "")
def _fraction_of_a_gram(problem: Document) -> None:
    task(problem, "shell")["options"][0]["uses"][0]["amount"] = 800.5


@impossible(
    "task plate has no place: machine mill: no operator of lab south is there for 1 h 6 min 40 s for "
    "its run in open hours, after all it needs is there, by 2026-03-09 08:00 UTC",
    "possible if one more operator of lab south is there from 2026-03-02 08:00 UTC to 2026-03-02 18:00 UTC",
)
def _operator_never_while_open(problem: Document) -> None:
    lab(problem, "south")["operators"] = [[40000, 50000]]
    machine(problem, "mill")["attends_run"] = True


@impossible(
    "task shell has no place: machine printer: no operator of lab north is there for 20 min for its "
    "run in open hours, after all it needs is there, by 2026-03-09 08:00 UTC",
    "possible if one more operator of lab north is there from 2026-03-02 08:00 UTC to 2026-03-02 18:00 UTC",
)
def _operator_shift_too_short(problem: Document) -> None:
    lab(problem, "north")["operators"] = [[n * DAY, n * DAY + 1000] for n in range(7)]
    machine(problem, "printer")["attend_start_s"] = 1200
    task(problem, "clips")["options"].pop(0)


@impossible(
    "task shell has no place: machine printer: no operator of lab north is there for 10 min to take "
    "it off in open hours, after all it needs is there, by 2026-03-09 08:00 UTC",
    "possible if one more operator of lab north is there from 2026-03-02 08:00 UTC to 2026-03-02 18:00 UTC",
)
def _nobody_takes_off(problem: Document) -> None:
    lab(problem, "north")["operators"] = [[0, 3600]]
    machine(problem, "printer")["attend_end_s"] = 600
    task(problem, "clips")["options"].pop(0)


@impossible(
    "lab south is short of operators: 26 tasks that only it can do take 4 h 20 min of their time at "
    "least, but until 2026-03-09 08:00 UTC there are 3 h 30 min",
    "possible, if at all, with 50 min more of operators' time, or fewer tasks",
)
def _operators_all_together_short(problem: Document) -> None:
    lab(problem, "south")["operators"] = [[n * DAY, n * DAY + 1800] for n in range(7)]
    machine(problem, "mill")["attend_start_s"] = 600
    problem["tasks"] += [{"id": f"w{n}", "options": [{"machine": "mill", "duration_s": 1000}]} for n in range(25)]


@impossible(
    "problem.machines[0]: machine printer: a run that may go on while the lab is closed is not attended as a whole",
    "give attend_start_s and attend_end_s",
)
def _unattended_and_attended(problem: Document) -> None:
    machine(problem, "printer")["attends_run"] = True


@impossible("problem.labs[1].operators[0]: shift from 0 s: 0 operators are not 1 to 10000", "")
def _no_operators_in_a_shift(problem: Document) -> None:
    lab(problem, "south")["operators"] = [[0, 100, 0]]


@impossible(
    "task frame has no place: machine bench: it needs 1 person of lab north who can blow glass, where nobody can",
    "possible with 1 more person of lab north who can blow glass",
)
def _skill_that_nobody_has(problem: Document) -> None:
    task(problem, "frame")["needs"] = [{"skill": "blow glass"}]


@impossible(
    "task frame has no place: machine bench: it needs 3 people of lab north who can weld, where 2 can",
    "possible with 1 more person of lab north who can weld",
)
def _more_people_than_exist(problem: Document) -> None:
    task(problem, "frame")["needs"][0]["people"] = 3


@impossible(
    "task frame has no place: machine mill: it needs 2 people of lab south who can weld, where nobody can",
    "possible with 2 more people of lab south who can weld",
)
def _skill_in_the_other_lab_alone(problem: Document) -> None:
    task(problem, "frame")["options"][0]["machine"] = "mill"


@impossible(
    "task frame has no place: machine bench: 2 who can weld are never in lab north for 2 h together, once it can begin",
    "possible if the people of lab north are there whenever it is open",
)
def _people_never_together(problem: Document) -> None:
    problem["people"][0]["windows"] = [[0, 7300]]
    problem["people"][1]["windows"] = [[7200, 20000]]


@impossible(
    "task frame has no place: machine bench: it needs 3 people of lab north at once, where 2 have one"
    " of the skills it takes",
    "possible with 1 more person of lab north who can sew",
)
def _two_skills_of_one_person(problem: Document) -> None:
    task(problem, "frame")["needs"] = [{"skill": "sew"}, {"skill": "weld", "people": 2}]


@impossible("problem: person ann: lab east is unknown", "")
def _person_of_unknown_lab(problem: Document) -> None:
    problem["people"][0]["lab"] = "east"


@impossible("problem.tasks[3].needs[0]: need of weld: 0 people are not 1 to 1000", "")
def _people_for_zero(problem: Document) -> None:
    task(problem, "frame")["needs"][0]["people"] = 0


@impossible(
    "problem: precedences: tasks wait for each other in a circle: shell -> assembly -> plate -> shell",
    "take one of these arrows away",
)
def _circle_of_three(problem: Document) -> None:
    problem["precedences"] += [{"before": "assembly", "after": "plate"}, {"before": "plate", "after": "shell"}]


@impossible("problem.precedences[4]: precedence leg -> leg: a task cannot come before itself", "")
def _waits_for_itself(problem: Document) -> None:
    problem["precedences"].append({"before": "leg", "after": "leg"})


@impossible("problem: precedence leg -> paint: task paint is unknown", "")
def _arrow_to_nowhere(problem: Document) -> None:
    problem["precedences"].append({"before": "leg", "after": "paint"})


@impossible("problem: precedence leg -> assembly stands twice", "")
def _arrow_twice(problem: Document) -> None:
    problem["precedences"].append({"before": "leg", "after": "assembly", "lag_s": 3})


@impossible("problem.precedences[0]: precedence shell -> assembly: a lag of -1 s is negative", "")
def _negative_lag(problem: Document) -> None:
    problem["precedences"][0]["lag_s"] = -1


@impossible(
    "problem: precedences: tasks wait for each other in a circle: assembly -> screws -> assembly",
    "take one of these arrows away",
)
def _circle_through_a_wait(problem: Document) -> None:
    problem["precedences"].append({"before": "assembly", "after": "screws"})


@impossible("problem.tasks[1]: task leg: no machine can do it and it is no wait", "leave it out of the problem")
def _no_options(problem: Document) -> None:
    task(problem, "leg")["options"] = []


@impossible("problem: task leg: machine lathe is unknown", "")
def _unknown_machine(problem: Document) -> None:
    task(problem, "leg")["options"][1]["machine"] = "lathe"


@impossible("problem: machine saw: lab west is unknown", "")
def _machine_of_unknown_lab(problem: Document) -> None:
    machine(problem, "saw")["lab"] = "west"


@impossible("problem: task leg stands twice", "")
def _two_tasks_of_one_id(problem: Document) -> None:
    problem["tasks"].append(deepcopy(task(problem, "leg")))


@impossible("problem: machine saw stands twice", "")
def _two_machines_of_one_id(problem: Document) -> None:
    problem["machines"].append(deepcopy(machine(problem, "saw")))


@impossible("problem: task shell: machine printer is unknown", "there are no machines")
def _no_machines_at_all(problem: Document) -> None:
    problem["machines"] = []


@impossible("problem.tasks[1].options[0]: option saw: a run of -1800 s is shorter than one second", "")
def _negative_duration(problem: Document) -> None:
    task(problem, "leg")["options"][0]["duration_s"] = -1800


@impossible("problem.tasks[1].options[0].duration_s: nan is not a whole number of seconds", "")
def _duration_is_nan(problem: Document) -> None:
    task(problem, "leg")["options"][0]["duration_s"] = float("nan")


@impossible("problem.tasks[1].options[0].duration_s: inf is not a whole number of seconds", "")
def _duration_is_infinite(problem: Document) -> None:
    task(problem, "leg")["options"][0]["duration_s"] = float("inf")


@impossible("problem.tasks[1].options[0].duration_s: 100000000000000 s are more than a hundred years", "")
def _duration_of_a_million_years(problem: Document) -> None:
    task(problem, "leg")["options"][0]["duration_s"] = 10**14


@impossible("problem.tasks[1].options[0].cost: nan is not a number", "")
def _cost_is_nan(problem: Document) -> None:
    task(problem, "leg")["options"][0]["cost"] = float("nan")


@impossible("problem.objective.cost: inf is not a number", "")
def _weight_is_infinite(problem: Document) -> None:
    problem["objective"] = {"cost": float("inf")}


@impossible("problem: transport: no transport is given between north and south", "give the pair or a default")
def _transport_missing(problem: Document) -> None:
    problem["transport"]["pairs"] = []


@impossible("problem.transport: transport north -> south: a transport of -1 s is negative", "")
def _transport_negative(problem: Document) -> None:
    problem["transport"]["pairs"][0]["seconds"] = -1


@impossible("problem: task part: its area of 101 is larger than the plate of bed", "")
def _piece_larger_than_the_plate(problem: Document) -> None:
    task(problem, "part")["area"] = 101


@impossible("problem.machines[4].plate: plate: a limit is not from 1 to 1e12", "")
def _plate_of_no_room(problem: Document) -> None:
    machine(problem, "bed")["plate"]["most_tasks"] = 0


@impossible("problem: task part: its run on bed is not longer than the part all runs have", "")
def _run_no_longer_than_the_fixed_part(problem: Document) -> None:
    machine(problem, "bed")["plate"]["fixed_s"] = 4000


@impossible("problem.tasks[1]: task leg: it is promised to machine lathe, which cannot do it", "")
def _promised_to_unknown_machine(problem: Document) -> None:
    task(problem, "leg")["promise"] = {"machine": "lathe", "start_s": 0, "price": 5}


@impossible("problem.tasks[1]: task leg: it is promised to machine printer, which cannot do it", "")
def _promised_where_it_cannot_be_done(problem: Document) -> None:
    task(problem, "leg")["promise"] = {"machine": "printer", "start_s": 0, "price": 5}


@impossible("problem.tasks[5]: task clips: 60 pieces cannot be divided into lots of 25 to 29", "")
def _pieces_do_not_divide(problem: Document) -> None:
    task(problem, "clips")["split"] = {"smallest": 25, "largest": 29}


@impossible(
    "task clips has no place: even a lot of 300: machine mill: an attended run of 12 h 40 min is "
    "longer than any opening of lab south (10 h)",
    "possible if a lot of clips may have fewer than 250 pieces",
)
def _lot_longer_than_any_opening(problem: Document) -> None:
    task(problem, "clips").update(quantity=300, split={"smallest": 250})
    task(problem, "clips")["options"].pop(0)


@impossible(
    "302 tasks that only printer, mill can do take 431 h 40 min together at least, but until "
    "2026-03-09 08:00 UTC there are 276 h 53 min 20 s",
    "possible, if at all, with 154 h 46 min 40 s more: longer hours, another machine or fewer tasks",
)
def _lots_too_many_for_the_week(problem: Document) -> None:
    task(problem, "clips")["quantity"] = 9000


@impossible("problem: precedence clips -> assembly: 61 pieces are not 1 to the 60 it makes", "")
def _more_pieces_waited_for_than_made(problem: Document) -> None:
    problem["precedences"].append({"before": "clips", "after": "assembly", "pieces": 61})


@impossible("problem: the horizon of 0 s is not positive", "")
def _horizon_of_nothing(problem: Document) -> None:
    problem["horizon_s"] = 0


@impossible(
    "problem.labs[1]: a window starts at 30000 s, before or as the one before it ends at 36000 s",
    "sort the windows and join those that touch",
)
def _windows_overlap(problem: Document) -> None:
    lab(problem, "south")["windows"][1] = [30000, 50000]


@impossible("problem.labs[1].windows[1]: a window from 50000 s to 40000 s does not end after its start", "")
def _window_turned_round(problem: Document) -> None:
    lab(problem, "south")["windows"][1] = [50000, 40000]


@impossible(
    "29 tasks that only mill can do take 71 h 6 min 40 s together at least, but until 2026-03-09 "
    "08:00 UTC there are 70 h",
    "possible, if at all, with 1 h 6 min 40 s more: longer hours, another machine or fewer tasks",
)
def _machine_time_short_in_one_lab(problem: Document) -> None:
    problem["tasks"] += [{"id": f"w{n}", "options": [{"machine": "mill", "duration_s": 9000}]} for n in range(28)]


@impossible(
    "20 tasks that only saw, mill can do take 5 h 33 min 20 s or more each in one opening, but the "
    "openings until 2026-03-09 08:00 UTC have room for 14 of them",
    "possible, if at all, with longer or more openings, another machine or fewer tasks",
)
def _two_machines_time_short(problem: Document) -> None:
    problem["tasks"] += [
        {"id": f"w{n}", "options": [{"machine": "mill", "duration_s": 20000}, {"machine": "saw", "duration_s": 20000}]}
        for n in range(20)
    ]


@pytest.mark.parametrize(("inject", "what", "change"), CASES, ids=[case[0].__name__.strip("_") for case in CASES])
def test_what_cannot_be_is_named_with_the_change_that_helps(
    inject: Callable[[Document], None], what: str, change: str, tmp_path: Path
) -> None:
    problem = json.loads(json.dumps(sound()))
    inject(problem)
    error = _solved(problem, tmp_path)
    assert isinstance(error, PlanError | InputError)
    told = f"{error.where}: {error.what}" if error.where else error.what
    assert told.replace("problem.json", "problem").endswith(what)
    assert (error.hint or "") == change


def test_the_sound_problem_has_a_plan(tmp_path: Path) -> None:
    assert _solved(sound(), tmp_path) is None
    assert len(CASES) >= 60
