"""docs/alerts.md says what people are told of, and by what."""

from __future__ import annotations

from pathlib import Path

from coordinator.service.alerts.rules import CONDITIONS, RULES, Topic
from coordinator.service.alerts.services import MAIL, SERVICES

TEXT = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")


def test_every_topic_is_told_with_whether_it_is_urgent() -> None:
    table = TEXT.partition("| topic |")[2].partition("\n\n")[0].splitlines()[2:]
    told = {row.split("|")[1].strip(" `"): row.split("|")[3].strip() for row in table}
    urgent: dict[str, set[bool]] = {}
    for rule in (*RULES.values(), *CONDITIONS.values()):
        urgent.setdefault(rule.topic, set()).add(rule.urgent)
    assert told.keys() == {str(each) for each in Topic}
    for topic, found in urgent.items():
        assert bool(told[topic]) == (True in found), topic


def test_every_service_is_named() -> None:
    for scheme, words in SERVICES.items():
        assert words in TEXT, scheme
    assert MAIL in SERVICES
