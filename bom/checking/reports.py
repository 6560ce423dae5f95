"""Findings written for programs: JSON, annotations in a run of GitHub Actions, SARIF.

Sources: GitHub's "Workflow commands for GitHub Actions"; OASIS "Static Analysis Results Interchange Format (SARIF)
Version 2.1.0".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import quote

from core.numerals import whole_number
from core.provenance import Finding, Severity

__all__ = ["findings_document", "github_annotations", "sarif_document"]

_GITHUB_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def findings_document(design: str, findings: Sequence[Finding]) -> dict[str, Any]:
    """A JSON document.

    Returns:
        ``{"design", "summary": {"error", "warning", "note"}, "findings": [{"code", "severity", "message", "file",
        "place", "fix"}]}``; file is a path inside the design or null for the whole, place a line, cell or key or null.
    """
    counts = Counter(each.severity for each in findings)
    return {
        "design": design,
        "summary": {severity.value: counts[severity] for severity in Severity},
        "findings": [
            {
                "code": each.code,
                "severity": each.severity.value,
                "message": each.message,
                "file": each.file,
                "place": each.place,
                "fix": each.fix,
            }
            for each in findings
        ],
    }


def github_annotations(findings: Iterable[Finding], *, prefix: str = "") -> Iterable[str]:
    """One workflow command a finding: ``::warning file=bom.csv,line=3,title=quantity-missing::...``.

    Args:
        findings: what was found.
        prefix: the design's folder inside the repository, with a final slash, or nothing.
    """
    for each in findings:
        facts = {"file": f"{prefix}{each.file}" if each.file else None, "line": _line(each), "title": each.code}
        stated = ",".join(f"{name}={_property(str(value))}" for name, value in facts.items() if value is not None)
        yield f"::{_GITHUB_LEVELS[each.severity]} {stated}::{_data(_sentence(each))}"


def sarif_document(findings: Sequence[Finding], *, version: str, prefix: str = "") -> dict[str, Any]:
    """A SARIF log with one run; `version` is of this program, `prefix` as for `github_annotations`."""
    driver = {
        "name": "fabcommons",
        "semanticVersion": version,
        "rules": [{"id": code} for code in sorted({each.code for each in findings})],
    }
    results = [_result(each, prefix) for each in findings]
    return {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _result(finding: Finding, prefix: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": finding.severity.value,
        "message": {"text": _sentence(finding)},
    }
    if finding.file:
        place: dict[str, Any] = {"artifactLocation": {"uri": quote(f"{prefix}{finding.file}")}}
        line = _line(finding)
        if line is not None:
            place["region"] = {"startLine": line}
        result["locations"] = [{"physicalLocation": place}]
    return result


def _line(finding: Finding) -> int | None:
    place = finding.place or ""
    return whole_number(place) or None if place.isascii() else None


def _sentence(finding: Finding) -> str:
    """The message with its place, where that is no line, and the fix."""
    place = f" ({finding.place})" if finding.place and _line(finding) is None else ""
    return f"{finding.message}{place}{f'. Fix: {finding.fix}' if finding.fix else ''}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
