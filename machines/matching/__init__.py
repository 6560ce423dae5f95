"""What can be made by what: requirements held against machines, one by one or all at once.

`match` answers for one requirement and one machine; `machines.matching.arrays.match_all` for very many at once.
`docs/matching.md` tells the rules.
"""

from machines.matching.answer import Change, ChangeKind, Match, Reason, Verdict
from machines.matching.matcher import elsewhere, largest, match
from machines.matching.requirement import Requirement
from machines.matching.terms import Terms, Visitor

__all__ = [
    "Change",
    "ChangeKind",
    "Match",
    "Reason",
    "Requirement",
    "Terms",
    "Verdict",
    "Visitor",
    "elsewhere",
    "largest",
    "match",
]
