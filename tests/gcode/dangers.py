"""Dangerous lines of our own making, by firmware and rule: plain ones, and `dangers_hidden.txt` for those that hide."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from gcode.safety_rules import Rule


@dataclass(frozen=True)
class Danger:
    line: bytes
    command: str
    rule: Rule


def read_dangers(name: str) -> dict[str, list[Danger]]:
    found: dict[str, list[Danger]] = {}
    for row in (Path(__file__).parent / name).read_text(encoding="ascii").splitlines():
        if row.startswith("["):
            dangers = found.setdefault(row.strip("[]"), [])
        elif row and not row.startswith(";"):
            rule, _, lines = row.partition(":")
            dangers += [_danger(each.strip(), Rule(rule)) for each in lines.split("|")]
    return found


def _danger(text: str, rule: Rule) -> Danger:
    line, _, named = text.partition(" => ")
    data = re.sub(rb"#([0-9A-F]{2})", lambda byte: bytes([int(byte[1], 16)]), line.encode())
    return Danger(data, named or line.split()[0], rule)


DANGERS = read_dangers("dangers.txt")
HIDDEN = read_dangers("dangers_hidden.txt")
