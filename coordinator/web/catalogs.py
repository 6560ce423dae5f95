"""Catalogs brought up to date: ``python -m coordinator.web.catalogs`` writes every text of the pages into them.

What a template says stands in ``_("...")`` or ``ngettext``, what code says in `mark`, and words that are data (states,
kinds, roles) are gathered here. Run it after a change of texts; it keeps what is translated and says what is left.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from commons.licences.advice import sayings
from commons.licences.mixture import clash_texts
from commons.licences.parties import Maker, Purpose
from commons.scope import Way
from coordinator.api.problems import CODES, INTERNAL, MEDIA, METHOD
from coordinator.schema.change import SubstitutionKind
from coordinator.schema.network import Role
from coordinator.schema.request import RequestKind, RequestState
from coordinator.schema.shipment import Outcome
from coordinator.schema.stock import StockKind
from coordinator.service.alerts.rules import TOPICS
from coordinator.service.costing.figures import Measure
from coordinator.service.costing.lines import Kind as CostKind
from coordinator.web.languages import LANGUAGES
from coordinator.web.words import STATES
from core.part_settings import Orientation
from firmware_bridge.device import RunState

__all__ = ["as_text", "extracted", "faults", "placeholders", "read_catalog", "renewed"]

_HERE: Final = Path(str(files("coordinator.web")))
_CHART: Final = (_HERE.parent / "charts" / "gantt.py", _HERE.parent / "charts" / "gantt_table.py")
_PAPERS: Final = _HERE.parent / "papers"
_MARKS: Final = {"mark": None, "mark_counted": (1, 2)}
_OPTIONS: Final = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
_KINDS: Final = (
    SubstitutionKind,
    Role,
    RequestKind,
    RequestState,
    Outcome,
    StockKind,
    Orientation,
    RunState,
    CostKind,
    Measure,
    Way,
    Maker,
    Purpose,
)
_WIDTH: Final = 120
_HEADER: Final = r"""msgid ""
msgstr ""
"Language: {code}\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"""


def extracted() -> Catalog:
    """Every text that pages say, as a catalog without translations."""
    found = Catalog(fuzzy=False)
    for path in sorted((_HERE / "templates").glob("*.html")):
        for _, _, text, _ in babel_extract(BytesIO(path.read_bytes()), ("_", "gettext", "ngettext"), [], _OPTIONS):
            _add(found, text, f"templates/{path.name}")
    for path in (*sorted(_HERE.glob("*.py")), *sorted(_PAPERS.glob("*.py")), *_CHART):
        for _, text, _, _ in extract("python", BytesIO(path.read_bytes()), keywords=_MARKS):
            _add(found, text, path.name)
    for word in _words_of_data():
        _add(found, word, "data")
    return found


def _add(catalog: Catalog, text: Any, where: str) -> None:
    plural = tuple(each for each in text if each) if isinstance(text, tuple) else text
    catalog.add(plural[0] if isinstance(plural, tuple) and len(plural) == 1 else plural, locations=[(where, 0)])


def _words_of_data() -> Iterator[str]:
    """What pages show of data, word for word."""
    yield from STATES
    yield from TOPICS.values()
    yield from sayings()
    yield from clash_texts()
    for kind in _KINDS:
        yield from (str(each) for each in kind)
    yield from (code.title for code in (*CODES.values(), METHOD, MEDIA, INTERNAL))


def read_catalog(code: str) -> Catalog:
    """A catalog as it is stored."""
    return read_po(BytesIO((_HERE / "languages" / f"{code}.po").read_bytes()), locale=code, abort_invalid=True)


def renewed(code: str) -> Catalog:
    """A catalog with every text of the pages and no other; new ones have no translation yet."""
    catalog = read_catalog(code)
    catalog.update(extracted(), no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    return catalog


def faults(code: str) -> list[str]:
    """What is wrong with a stored catalog, a sentence each: texts that are missing, unused, doubtful or misspelled."""
    wanted, stored = extracted(), read_catalog(code)
    found = [f"{code}: nobody says {each.id!r} any more" for each in stored if each.id and wanted.get(each.id) is None]
    found += [f"{code}: {each!r} is left over" for each in stored.obsolete]
    for each in wanted:
        if each.id:
            found += [f"{code}: {each.id!r} {fault}" for fault in _faults_of(each, stored.get(each.id))]
    return found


def _faults_of(wanted: Message, stored: Message | None) -> Iterator[str]:
    if stored is None:
        yield "is missing"
        return
    if stored.fuzzy:
        yield "is fuzzy"
    english = (wanted.id,) if isinstance(wanted.id, str) else tuple(wanted.id)
    forms = (stored.string,) if isinstance(stored.string, str) else tuple(stored.string or ())
    if len(forms) != len(english) or not all(forms):
        yield "has no translation"
    elif any(placeholders(form) != placeholders(english[-1]) for form in forms):
        yield "names other placeholders than its translation"


def placeholders(text: str) -> list[str]:
    """What is put into a text: ``%(name)s`` and ``%%``, in order of the alphabet."""
    rest, found = text, []
    while "%" in rest:
        _, _, rest = rest.partition("%")
        end = rest.find(")s") + 2 if rest.startswith("(") else 1
        found.append(rest[:end])
        rest = rest[end:]
    return sorted(found)


def as_text(catalog: Catalog, code: str) -> str:
    """A catalog as its file has it: the glossary on top, texts by the alphabet, nothing that changes by the clock."""
    out = BytesIO()
    write_po(out, catalog, width=_WIDTH, omit_header=True, sort_output=True, include_lineno=False, ignore_obsolete=True)
    return f"{catalog.header_comment}\n{_HEADER.format(code=code)}\n{out.getvalue().decode()}"


def main() -> int:
    """Write all catalogs anew; 1 where a translation is left to be made."""
    left = []
    for code in LANGUAGES:
        if code != "en":
            (_HERE / "languages" / f"{code}.po").write_text(as_text(renewed(code), code), encoding="utf-8")
            left += faults(code)
    sys.stdout.writelines(f"{each}\n" for each in left)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
