"""The languages of the pages: whole catalogs, templates without a text of their own, pages in German and Spanish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, nodes

from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from coordinator.web import catalogs, words
from coordinator.web.languages import ENGLISH, LANGUAGES, language, preferred
from coordinator.web.names import material_name, process_name
from tests.coordinator.api.conftest import Web
from tests.coordinator.conftest import block_stl, print_program
from tests.coordinator.web.test_acts import Browser
from tests.coordinator.web.test_pages import ADDRESSES, NASTY, check_page, get, live_parts

OTHERS = [each for each in LANGUAGES if each != "en"]
TEMPLATES = sorted((Path(catalogs.__file__).parent / "templates").glob("*.html"))
NO_TEXT = {"fabcommons", "S-17", "PLA", "EUR", "inv_...", "Europe/Rome", "Europe/Madrid", "Prusa MK3S", "OctoPrint",
           "Moonraker", "PrusaLink", "RepRapFirmware", "/dev/serial/by-id/… , http://octopi.local",
           "matrixs://TOKEN@host/!room:host", "°C", "mm", "raspberry",
           "ada@example.org", "ntfys://my-topic", "https://example.org/rover.git", "https://fab.example",
           "ValueFlows (JSON-LD)", "Beancount"}  # fmt: skip
"""What stands in templates and is the same in every language: names, examples of what is typed, units."""
OF_DATA = {"build ", "design ", "lab ", "button big"}  # what a wish is about, as it is stored; a style
SAID = {"placeholder", "aria-label", "title", "alt"}


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalog_says_every_text_and_no_other(code: str) -> None:
    """To mend it: ./dev python -m coordinator.web.catalogs, then translate what it names."""
    assert catalogs.faults(code) == []


def test_faults_of_a_catalog_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = catalogs.read_catalog("de")
    wrong["Board"].string = ""
    wrong["by %(who)s"].string = "von %(wer)s"
    wrong["Labs"].flags.add("fuzzy")
    wrong.delete("Network")
    wrong.add("A text of the past", "Ein alter Text")
    monkeypatch.setattr(catalogs, "read_catalog", lambda code: wrong)
    found = "\n".join(catalogs.faults("de"))
    for text in (
        "'Board' has no",
        "'by %(who)s' names other",
        "'Labs' is fuzzy",
        "'Network' is missing",
        "says 'A text of",
    ):
        assert text in found
    assert len(found.splitlines()) == 5


@pytest.mark.parametrize("code", OTHERS)
def test_a_stored_catalog_is_as_it_would_be_written(code: str) -> None:
    path = Path(catalogs.__file__).parent / "languages" / f"{code}.po"
    assert catalogs.as_text(catalogs.renewed(code), code) == path.read_text(encoding="utf-8")


class Texts(HTMLParser):
    """The texts of a template, and what attributes say."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._typed = 0  # what stands in <code> is for computers, in no language
        self.feed(text)

    def handle_endtag(self, tag: str) -> None:
        self._typed -= tag == "code"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._typed += tag == "code"
        self.found += [value for name, value in attrs if name in SAID and value]

    def handle_data(self, data: str) -> None:
        if not self._typed:
            self.found += data.split("\ue000")


def unsaid(source: str) -> Iterator[str]:
    """Texts of a template that no catalog would be asked for."""
    bare = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "\ue000", source, flags=re.DOTALL)
    for text in Texts(bare).found:
        if re.search("[^\\W\\d_]{2}", text) and text.strip(" \n\ue000") not in NO_TEXT:
            yield text.strip()
    yield from literals(Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source))


def literals(node: nodes.Node) -> Iterator[str]:
    """Strings of expressions that read like prose, outside of what is translated, compared or looked up."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in ("_", "ngettext"):
        for each in (*node.args[2 if node.node.name == "ngettext" else 1 :], *node.kwargs):
            yield from literals(each)
    elif isinstance(node, nodes.Const) and isinstance(node.value, str):
        text = node.value
        prose = (" " in text.strip() or (text[:1].isupper() and not text.isupper())) and re.search("[a-z]{2}", text)
        if prose and text not in NO_TEXT | OF_DATA:
            yield text
    elif not isinstance(node, nodes.Compare | nodes.TemplateData):
        for child in node.iter_child_nodes(exclude=("key",) if isinstance(node, nodes.Pair) else None):
            yield from literals(child)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda each: each.stem)
def test_a_template_has_no_text_of_its_own(path: Path) -> None:
    assert list(unsaid(path.read_text(encoding="utf-8"))) == []


def test_texts_of_a_template_are_found() -> None:
    source = (
        '<p title="Why">{{ _("said") }} Plain words <code>to type</code></p>{{ link("/x", "Go there") }}'
        '{% if x == "Not me" %}{% endif %}'
    )
    assert set(unsaid(source)) == {"Why", "Plain words", "Go there"}


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"), ("de", "de"), ("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr,es;q=0.5,en;q=0.4", "es"),
        ("en-GB,de;q=0.9", "en"), ("de;q=0,es;q=0.1", "es"), ("de;q=x", "en"), ("de;q=7,es", "es"), ("*", "en"),
        ("DE", "de"),
        ("x" * 10_000 + ",de", "en"),
        ("de;q=nan,es;q=0.2", "es"),
    ],
)  # fmt: skip
def test_the_browser_says_what_its_reader_reads(header: str, code: str) -> None:
    assert preferred(header) == code


@given(st.text(max_size=60))
def test_any_header_gives_a_language(header: str) -> None:
    assert preferred(header) in LANGUAGES


NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", ["Wed 25 Nov 20:00", "tomorrow", "Sat 18 Oct 2025", "2 h 05 min",
                "under 1 min", "12 000", "1.5 kg", "1234.50"]),
        ("de", ["Mi., 25. Nov. 20:00", "morgen", "Sa., 18. Okt. 2025", "2 Std. 5 Min.",
                "unter 1 min", "12.000", "1,5 kg", "1.234,50"]),
        ("es", ["mié, 25 nov 20:00", "mañana", "sáb, 18 oct 2025", "2 h 5 min",
                "menos de 1 min", "12.000", "1,5 kg", "1.234,50"]),
    ],
)  # fmt: skip
def test_times_and_amounts_are_said_as_people_say_them(code: str, said: list[str]) -> None:
    spoken = language(code)
    found = [
        words.moment(NOW + timedelta(days=3), NOW, UTC, spoken), words.day(NOW + timedelta(days=1), NOW, UTC, spoken),
        words.day(NOW - timedelta(days=400), NOW, UTC, spoken), words.duration(timedelta(minutes=125), spoken),
        words.duration(timedelta(seconds=20), spoken), words.amount(12_000, "piece", spoken),
        words.amount(1.5, "kg", spoken),
        words.fixed(1234.5, spoken),
    ]  # fmt: skip
    assert [each.replace("\xa0", " ") for each in found] == said


def test_processes_and_materials_go_by_their_names_where_the_vocabulary_has_them() -> None:
    german, spanish = language("de"), language("es")
    assert [process_name(each, german) for each in ("cnc_milling", "sawing", "msla")] == [
        "CNC-Fräsen",
        "Sägen",
        "masked stereolithography",
    ]
    assert [material_name(each, german) for each in ("pla", "steel", "cast_acrylic", "nobody")] == [
        "PLA",
        "Stahl",
        "cast acrylic",
        "nobody",
    ]
    assert [process_name("cnc_milling", spanish), material_name("wood", spanish)] == ["fresado CNC", "madera"]


def test_plurals_have_their_form() -> None:
    texts = [language("es").ngettext("%(num)s piece", "%(num)s pieces", each) for each in (0, 1, 2)]
    assert texts == ["%(num)s unidades", "%(num)s unidad", "%(num)s unidades"]
    assert ENGLISH.ngettext("one", "many", 1) == "one"
    with pytest.raises(ValueError, match="no catalog"):
        language("../de")


@pytest.fixture
def shown(web: Web) -> Web:
    web.town.order()
    return web


HEADS = {"de": ["Übersicht", "Werkstätten", "Was gebraucht wird"], "es": ["Tablero", "Talleres", "Qué hace falta"]}
ENGLISH_ONLY = (
    "Skip to the page",
    "What is needed",
    "Wanted by",
    "Log in",
    "Being made",
    "Waits for",
    "Machines<",
    "Nothing ",
)


@pytest.mark.parametrize("code", OTHERS)
def test_every_page_is_in_the_language_of_its_reader(shown: Web, code: str) -> None:
    for address in ADDRESSES:
        answer = get(shown, address, **{"Accept-Language": code})
        assert answer.status_code == 200, answer.text
        check_page(answer)
        assert f'<html lang="{code}"' in answer.text
        assert all(head in answer.text for head in HEADS[code][:2]), address
        found = [each for each in ENGLISH_ONLY if each in answer.text]
        assert not found, (address, found)
    assert HEADS[code][2] in get(shown, "/", **{"Accept-Language": code}).text
    missing = get(shown, "/builds/99", **{"Accept-Language": code})
    assert missing.status_code == 404
    assert '<span lang="en">' in missing.text, "what rooms below say is English, and said to be"


def test_a_reader_chooses_a_language_and_keeps_it(shown: Web) -> None:
    browser = Browser(shown)
    assert "What is needed" in browser.get("/?lab=north").text
    asked = browser.get("/?lab=north").text
    assert re.search(r'name="back" value="/\?lab=north"', asked), "the form leads back to the page, and to its filter"
    answer = browser.post("/language", language="de", back="/?lab=north")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?lab=north")
    assert "samesite=lax" in answer.headers["set-cookie"].lower()
    assert "Was gebraucht wird" in browser.get("/?lab=north").text
    assert "What is needed" in get(shown, "/?lab=north").text, "what is kept for visitors is kept apart by language"
    browser.post("/language", language="en", back="/")
    assert "What is needed" in browser.get("/").text


def test_a_language_is_chosen_on_our_pages_only(shown: Web) -> None:
    browser = Browser(shown)
    assert browser.post("/language", site="cross-site", language="de", back="/").status_code == 403
    assert browser.post("/language", language="xx", back="/").status_code == 422
    assert browser.post("/language", language="de", back="//elsewhere.example").status_code == 422
    assert "What is needed" in browser.get("/").text


def test_live_parts_come_in_the_language_of_the_page(shown: Web) -> None:
    told = live_parts(shown, "/builds/1/live", query=b"spoken=de")
    page = get(shown, "/builds/1", **{"Accept-Language": "de"})
    digest = re.search(r'data-parts="([0-9a-f]{16})"', page.text)
    assert digest is not None
    assert f"id: {digest[1]}" in told, "who has just loaded the page has nothing to be told"
    assert "Aufgaben erledigt" in told
    assert "tasks done" in live_parts(shown, "/builds/1/live", query=b"spoken=en")


@pytest.mark.parametrize("code", OTHERS)
def test_what_strangers_wrote_does_not_run_in_a_translation(web: Web, code: str) -> None:
    town = web.town
    row = '"' + NASTY.replace('"', '""') + '"'
    town.upload(f"{row},2,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 20), foot__gcode=print_program())
    design = town.application.designs.all().items[0]
    town.application.builds.order(Call(town.people["ada"]), design.id, 1, lead_days=0.0)
    town.plan()
    lab = town.application.labs.one(KEEPER, "north")
    town.application.labs.put_one(Call(town.people["north"]), "north", {**lab.entry, "name": NASTY + "%(who)s%s%"})
    for address in ("/", "/builds/1", "/tasks/1", "/labs/north", "/builds/1/cancel"):
        answer = get(web, address, **{"Accept-Language": code})
        assert answer.status_code == 200, answer.text
        check_page(answer)
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
    assert "&lt;script&gt;" in get(web, "/builds/1", **{"Accept-Language": code}).text
