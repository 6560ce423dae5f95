"""Licence statements as SPDX expressions (SPDX specification 3.0, annex B; identifiers by `license-expression`).

What is no identifier of the SPDX list becomes a `LicenseRef-`, so that an expression always parses. A GNU identifier
without ``-only`` or ``-or-later``, which SPDX keeps as deprecated, stays as it is: which of the two is meant was not
said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import license_expression

__all__ = ["both", "identifiers", "is_known", "spdx_expression"]

_MAX_CHARS: Final = 400
_PARSER_ERRORS: Final = (  # the parser underneath trips over "()" and "(AND MIT" in ways of its own
    license_expression.ExpressionError,
    AssertionError,
    AttributeError,
    IndexError,
    TypeError,
)
_REFERENCE: Final = re.compile(r"(?:DocumentRef-[\w.-]+:)?(?:LicenseRef|AdditionRef)-[\w.-]+", re.ASCII)
_NOTHING_SAID: Final = {
    **dict.fromkeys(("none", "no licence", "no license", "unlicensed"), "LicenseRef-NONE"),
    **dict.fromkeys(("noassertion", "unknown", "unclear", "tbd"), "LicenseRef-NOASSERTION"),
    **dict.fromkeys(("all rights reserved", "proprietary", "copyright"), "LicenseRef-AllRightsReserved"),
}

# How people write identifiers: "GPLv3", "CC BY-SA 4.0", "CERN OHL v2 S", "Apache 2.0". {n} is the pattern's group n.
_SPELLINGS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), spdx)
    for pattern, spdx in (
        (r"cc[- ]by((?:[- ](?:nc|sa|nd))*)[- ]?v?([1-4]\.\d)(?: (?:international|unported|generic))?", "CC-BY{0}-{1}"),
        (r"cc[- ]?0(?:[- ]?v?1\.0)?(?: universal)?", "CC0-1.0"),
        (r"(?:gnu )?(a|l)?gpl[- ]?v?([123])(?:\.0)?", "{0}GPL-{1}.0"),
        (r"(?:gnu )?(a|l)?gpl[- ]?v?([123])(?:\.0)?(?:\+|[- ]or[- ](?:any[- ])?later)", "{0}GPL-{1}.0-or-later"),
        (r"(?:gnu )?lgpl[- ]?v?2\.1", "LGPL-2.1"),
        (r"cern[- ]ohl[- ]v?2(?:\.0)?[- ]([psw])|cern[- ]ohl[- ]([psw])[- ]v?2(?:\.0)?", "CERN-OHL-{0}{1}-2.0"),
        (r"cern[- ]ohl[- ]v?(1\.[12])", "CERN-OHL-{0}"),
        (r"tapr[- ](?:ohl|open hardware license)(?:[- ]v?1\.0)?", "TAPR-OHL-1.0"),
        (r"apache(?: license)?,?[- ](?:version |v)?2(?:\.0)?", "Apache-2.0"),
        (r"(?:the )?mit licen[cs]e|expat", "MIT"),
        (r"mpl[- ]?v?2(?:\.0)?", "MPL-2.0"),
    )
)


@cache
def _licensing() -> Any:
    """The SPDX list with its deprecated identifiers; without aliases, so that nobody's own `LicenseRef-` is renamed."""
    symbols = []
    for entry in license_expression.get_license_index():
        key = entry.get("spdx_license_key")
        if key and not entry.get("is_deprecated") and not _REFERENCE.fullmatch(key):
            older = [each for each in entry.get("other_spdx_license_keys", ()) if not _REFERENCE.fullmatch(each)]
            same = [each for each in older if each.endswith("+")]
            exception = bool(entry.get("is_exception"))
            symbols.append(license_expression.LicenseSymbol(key, aliases=same, is_exception=exception))
            symbols += [
                license_expression.LicenseSymbol(each, is_exception=exception) for each in older if each not in same
            ]
    return license_expression.Licensing(symbols)


def spdx_expression(statement: str) -> str:
    """The statement as an SPDX expression, identifiers spelled as SPDX spells them.

    A statement that is no expression becomes the identifier that it spells ("GPLv3"), else one `LicenseRef-` made of
    its words; of an expression with an unknown identifier only that one becomes a `LicenseRef-`.
    """
    words = " ".join(statement.split())[:_MAX_CHARS]
    said = _NOTHING_SAID.get(words.casefold().rstrip("."))
    if said or not words:
        return said or "LicenseRef-NONE"
    parsed = _parsed(words)
    if parsed is None:
        return _spelled(words) or _reference(words)
    replaced = {key: _spelled(key) or _reference(key) for key in _licensing().unknown_license_keys(parsed)}
    text = str(parsed)
    for key, known in sorted(replaced.items(), key=lambda each: -len(each[0])):
        text = re.sub(rf"(?<![\w.-]){re.escape(key)}(?![\w.-])", known, text)
    return text if _parsed(text) is not None else _reference(words)


def identifiers(expression: str) -> tuple[str, ...]:
    """The identifiers in an expression, each once, in order."""
    parsed = _parsed(expression)
    return tuple(_licensing().license_keys(parsed)) if parsed is not None else ()


def is_known(identifier: str) -> bool:
    """Whether the identifier is on the SPDX list."""
    return identifier in _licensing().known_symbols


def both(expressions: Iterable[str]) -> str | None:
    """The expression of a work to whose parts these apply: all of them with AND, each once; None for none of them."""
    unique = list(dict.fromkeys(expressions))
    if not unique:
        return None
    combined = license_expression.combine_expressions(unique, licensing=_licensing())
    return str(combined.simplify())


def _parsed(text: str) -> Any:
    """The parsed expression, or None when the text is none."""
    try:
        return _licensing().parse(text, validate=False)
    except _PARSER_ERRORS:
        return None


def _spelled(words: str) -> str | None:
    if _REFERENCE.fullmatch(words):
        return words
    for pattern, spdx in _SPELLINGS:
        found = pattern.fullmatch(words)
        if found:
            return spdx.format(*((group or "").upper().replace(" ", "-") for group in found.groups()))
    return None


def _reference(words: str) -> str:
    """The words as an identifier of our own: letters, digits, points and hyphens."""
    return f"LicenseRef-{re.sub(r'[^A-Za-z0-9.]+', '-', words).strip('-.')[:80] or 'NOASSERTION'}"
