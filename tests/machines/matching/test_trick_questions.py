"""Questions on which word matching fails, as people would write them: each with the verdict and the words that decide.

`questions/` holds them by topic, in the formats of `docs/matching.md`; the answers come from what one knows of the
machines, not from the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from machines.machine import Machine
from machines.matching import Requirement, Verdict, match
from machines.matching.arrays import match_all
from machines.matching.documents import machines_in, needs_in

FOLDER = Path(__file__).parent / "questions"
TOPICS = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "machines")
RANK = {"yes": 1, "unknown": 0, "no": -1}


def read(topic: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((FOLDER / f"{topic}.yaml").read_text(encoding="utf-8"))
    return found


QUESTIONS = [question for topic in TOPICS for question in read(topic)]


@cache
def machines() -> Mapping[str, Machine]:
    return {machine.id: machine for machine in machines_in(read("machines"), where="machines.yaml")}


def need_of(question: dict[str, Any]) -> Requirement:
    (found,) = needs_in(question["need"], where=question["ask"], folder=FOLDER)
    return found.requirement


@pytest.mark.parametrize("question", QUESTIONS, ids=[each["ask"] for each in QUESTIONS])
def test_a_trick_question(question: dict[str, Any]) -> None:
    answer = match(need_of(question), machines()[question["machine"]])
    assert answer.verdict == question["verdict"], answer.reasons
    for words in question.get("says", ()):
        assert words in answer.text
    assert {str(change.kind) for change in answer.changes} >= set(question.get("changes", ()))
    by_aspect = {reason.aspect: str(reason.verdict) for reason in answer.reasons}
    assert question.get("aspects", {}).items() <= by_aspect.items()


def test_all_at_once_they_get_the_same_answers() -> None:
    offered = list(machines().values())
    places = {machine.id: place for place, machine in enumerate(offered)}
    answers = match_all([need_of(question) for question in QUESTIONS], offered)
    told = [answers.verdicts[row, places[question["machine"]]] for row, question in enumerate(QUESTIONS)]
    wanted = [RANK[question["verdict"]] for question in QUESTIONS]
    wrong = np.flatnonzero(np.array(told) != np.array(wanted))
    assert [QUESTIONS[row]["ask"] for row in wrong] == []


def test_the_questions_are_many_and_of_all_three_answers() -> None:
    assert len(QUESTIONS) >= 240
    for topic in TOPICS:
        assert len(read(topic)) >= 20, topic
    for verdict in Verdict:
        assert sum(each["verdict"] == verdict for each in QUESTIONS) >= 60
    assert len({each["ask"] for each in QUESTIONS}) == len(QUESTIONS)
    assert {each["machine"] for each in QUESTIONS} == set(machines())


def test_an_unknown_says_what_would_settle_it_and_a_no_never_asks_the_lab_in_vain() -> None:
    for question in QUESTIONS:
        answer = match(need_of(question), machines()[question["machine"]])
        if answer.verdict is Verdict.UNKNOWN:
            assert answer.changes, question["ask"]
        if answer.verdict is Verdict.NO:
            assert not any(change.text.startswith("ask the lab about") for change in answer.changes), question["ask"]
