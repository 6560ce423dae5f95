"""`fabcommons licence`, `fabcommons design licence`: what is asked, by which clause, what does not go together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bom.bill import Bill
from bom.graph import task_graph
from bom.reader import read_bill
from commons.licences.advice import Answer, advise
from commons.licences.notices import notices
from commons.licences.parties import Maker, Making, Purpose
from coordinator.commands.output import print_json, say
from coordinator.licence_tree import LicenceTree, credit_of, read_licence_tree
from coordinator.plans.opening import answers_in
from core.provenance import Finding, Severity
from designs.design import Design
from designs.source import open_design

__all__ = ["advise_on", "clash_findings", "of_design", "tree_of_bill"]

_STATUS = {Answer.FREE: 0, Answer.WITH_DUTIES: 0, Answer.ASK: 1, Answer.STOP: 2}
_WORDS = {Answer.FREE: "free", Answer.WITH_DUTIES: "with duties", Answer.ASK: "ask", Answer.STOP: "stop"}


def advise_on(
    expression: str, maker: Maker | None, purpose: Purpose | None, *, changed: bool, ordered: bool, as_json: bool
) -> int:
    """Print what a licence asks; returns the status that the command ends with."""
    licence = None if expression.strip().casefold() in ("", "none") else expression
    advice = advise(licence, Making(maker, purpose, changed, ordered))
    if as_json:
        print_json(
            {
                "licence": licence,
                "maker": maker,
                "purpose": purpose,
                "answer": _WORDS[advice.answer],
                "sentence": advice.sentence,
                "chosen": advice.chosen,
                "reasons": [
                    {"licence": each.licence, "clause": each.clause, "says": each.says} for each in advice.reasons
                ],
                "duties": [
                    {"licence": each.licence, "clause": each.clause, "says": each.says} for each in advice.duties
                ],
                "unsaid": list(advice.unsaid),
            }
        )
        return _STATUS[advice.answer]
    say(advice.sentence)
    for each in dict.fromkeys((*advice.reasons, *advice.duties)):
        say(f"  {each}")
    say("This is our own reading and no legal advice.")
    return _STATUS[advice.answer]


def tree_of_bill(design: Design, bill: Bill) -> LicenceTree:
    """The licences of an open design and of the part files that its bill names."""
    return read_licence_tree(design, (task.file for task in task_graph(bill).order() if task.file))


def clash_findings(tree: LicenceTree) -> Iterator[Finding]:
    """Parts whose licence does not go together with that of the whole, as findings."""
    for each in tree.clashes():
        by = f" ({each.clause})" if each.clause else ""
        message = f"its licence {each.licence} does not go together with {tree.whole or 'no licence'}{by}: {each.says}"
        fix = "take another part, ask its designer, or choose another licence for the whole"
        yield Finding("licence-clash", Severity.WARNING, message, each.part, fix)


def of_design(location: str, revision: str | None, answers: Path | None, *, as_json: bool) -> int:
    """Print the licences of a design with its parts, and what does not go together; 1 where something does not.

    Raises:
        InputError: the design cannot be read.
    """
    with open_design(location, revision=revision) as design:
        tree, credit = tree_of_bill(design, read_bill(design, answers_in(answers))), credit_of(design.manifest)
    goes = notices(tree.of_all(), design.source.location)
    clashes = tree.clashes()
    if as_json:
        print_json(
            {
                "licence": tree.whole,
                "credit": credit,
                "parts": dict(tree.files),
                "clashes": [
                    {"part": each.part, "licence": each.licence, "clause": each.clause, "says": each.says}
                    for each in clashes
                ],
                "notices": {"lines": list(goes.lines), "asked_by": list(goes.asked_by)},
            }
        )
        return 1 if clashes else 0
    say(f"{design.name}: {tree.whole or 'no licence is stated: all rights are reserved, ask the designer'}")
    if credit:
        say(f"design by {credit}")
    for file, licence in tree.files.items():
        say(f"  {file}: {licence}")
    for finding in clash_findings(tree):
        say(f"{finding.file}: {finding.message}")
    if goes.asked_by:
        say(f"what goes along with a product is asked by {'; '.join(goes.asked_by)}:")
        for line in goes.lines:
            say(f"  {line}")
    return 1 if clashes else 0
