"""The vocabulary keeps its rules: one meaning a spelling, codes that exist, substitutes that are cited."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.crosswalks import CODES, code_of, crosswalks, forms
from core.trees import LANGUAGES, Node, Tree, materials, normal_form, processes
from core.vocabulary import vocabulary_page

PAGE = Path(__file__).parents[2] / "docs" / "vocabulary.md"
TREES = pytest.mark.parametrize("tree", [processes(), materials()], ids=["processes", "materials"])
KNOWN_FACTS = {
    "processes": {*CODES, "wikipedia", "forms", "only"},
    "materials": {"density_g_cm3", "forms", "nozzle_c", "prints_c", "bed_c"},
}
READ = {"label", "children", "aliases", "substitutes", *LANGUAGES[1:]}


def bodies(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every node of a YAML file as it is written."""

    def visit(branch: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        for node_id, body in branch.items():
            yield node_id, body or {}
            yield from visit((body or {}).get("children", {}))

    return visit(yaml.safe_load(files("core").joinpath(f"{name}.yaml").read_text(encoding="utf-8")))


def test_the_page_is_what_the_trees_say() -> None:
    hint = "run: python -m core.vocabulary > docs/vocabulary.md"
    assert PAGE.read_text(encoding="utf-8") == vocabulary_page(), hint


def test_the_process_tree_has_its_size_and_its_six_languages() -> None:
    nodes = list(processes())
    assert 60 <= len(nodes) <= 90
    techniques = [node for node in nodes if not processes().children(node.id)]
    for language in LANGUAGES[1:]:
        named = [node for node in techniques if node.names[language]]
        assert len(named) >= 0.8 * len(techniques), language


@TREES
def test_no_spelling_is_written_twice_or_too_short(tree: Tree) -> None:
    owners: dict[str, str] = {}
    for node in tree:
        for spelling in (node.id, node.label, *node.aliases):
            form = normal_form(spelling)
            assert len(form) >= 3, spelling
            assert owners.setdefault(form, node.id) == node.id, spelling
            assert tree.find(spelling) is node
        written = [normal_form(each) for spellings in node.names.values() for each in spellings]
        assert len(written) == len(set(written)), f"{node.id} has a spelling twice: {written}"


@pytest.mark.parametrize("name", ["processes", "materials"])
def test_the_yaml_has_no_key_that_nobody_reads(name: str) -> None:
    for node_id, body in bodies(name):
        assert set(body) <= READ | KNOWN_FACTS[name], node_id


@pytest.mark.parametrize("vocabulary", CODES)
def test_every_code_is_known_and_every_known_code_leads_somewhere(vocabulary: str) -> None:
    stated = {node.facts[vocabulary] for node in processes() if vocabulary in node.facts}
    known = set(crosswalks()[vocabulary].values)
    assert stated <= known, stated - known
    assert known - stated <= {"MEC"}, known - stated  # "mechanical" is no process of ours


def test_a_capability_of_fablabs_io_leads_to_one_process() -> None:
    for value in crosswalks()["fablabs_io"].values:
        assert len(processes().stating("fablabs_io", value)) == 1, value
    assert processes().stating("fablabs_io", "laser")[0].id == "laser_cutting"


def test_codes_of_the_standards_hang_where_they_belong() -> None:
    tree = processes()
    for node in tree:
        if (number := node.facts.get("din8580")) is not None:
            assert not tree.is_a(node.id, "additive"), f"{node.id}: DIN 8580 has no additive class"
            parent = tree.fact(node.parent, "din8580") if node.parent else None
            within = parent is None or number.split(".")[0] == parent.split(".")[0]
            assert within, f"{node.id} is {number}, its parent {parent}"
    assert {node.facts["astm52900"] for node in tree.children("additive")} == set(crosswalks()["astm52900"].values)


def test_a_code_says_whether_it_is_exact() -> None:
    milling = code_of("cnc_milling", "din8580")
    assert milling is not None
    assert (milling.value, milling.meaning, milling.exact) == ("3.2.3", "Fraesen", False)
    exact = code_of("fdm", "ohm")
    assert exact is not None
    assert (exact.value, exact.exact) == ("3d_printing_fdm", True)
    assert code_of("fdm", "din8580") is None
    with pytest.raises(KeyError):
        code_of("fdm", "wikidata")


def test_wikipedia_titles_are_titles() -> None:
    titles = [node.facts["wikipedia"] for node in processes() if "wikipedia" in node.facts]
    assert len(titles) == len(set(titles)) >= 60
    for title in titles:
        assert title[0].isupper() or title[0].isdigit(), title
        assert not set(title) & set("_/#?[]"), title


def test_substitutes_are_cited_directed_and_no_relatives() -> None:
    tree = processes()
    found = [(node, each) for node in tree for each in node.substitutes]
    assert len(found) >= 10
    for node, each in found:
        assert each.by in tree, node.id
        assert not tree.is_a(each.by, node.id), f"{each.by} meets {node.id} anyhow"
        assert not tree.is_a(node.id, each.by), f"{node.id} stands below {each.by}"
        assert len(each.source) > 8, node.id
        assert all(material in materials() for material in each.materials), node.id
    assert "co2_laser_cutting" in {each.by for each in tree["knife_cutting"].substitutes}
    assert not any(each.by == "knife_cutting" for each in tree["co2_laser_cutting"].substitutes)


def test_forms_and_figures_of_materials_are_possible() -> None:
    for node in processes():
        assert all(material in materials() for material in node.facts.get("only", ())), node.id
    for node in (*processes(), *materials()):
        assert set(node.facts.get("forms", ())) <= set(forms()), node.id
    for node in materials():
        density, nozzle = node.facts.get("density_g_cm3"), node.facts.get("nozzle_c")
        assert density is None or 0.01 <= density <= 23, node.id
        assert nozzle is None or 150 <= nozzle <= 450, node.id
        prints, bed = node.facts.get("prints_c"), node.facts.get("bed_c")
        assert prints is None or (nozzle is not None and nozzle <= prints <= 300), node.id
        assert bed is None or (prints is not None and 40 <= bed <= 120), node.id
        if nozzle is not None:
            assert "filament" in materials().fact(node.id, "forms"), node.id


def ids(nodes: tuple[Node, ...]) -> list[str]:
    return [node.id for node in nodes]


def test_a_suggestion_is_near_and_never_a_match() -> None:
    tree = processes()
    assert "pcb_milling" in ids(tree.suggest("isolation"))
    assert "laser_cutting" in ids(tree.suggest("lazer cutting"))
    assert "laser_cutting" in ids(tree.suggest("a laser cutting machine"))
    assert tree.find("lazer cutting") is None
    assert tree.suggest("") == tree.suggest("?!") == ()
    assert tree.suggest("xqzwv") == ()
    assert len(tree.suggest("cutting", 2)) == 2


def test_words_of_six_languages_mean_the_same() -> None:
    for word in ("laser cutting", "Laserschneiden", "découpe laser", "corte láser", "corte a laser", "taglio laser"):
        assert processes().find(word) is processes()["laser_cutting"], word
    for word in ("plywood", "Sperrholz", "contreplaqué", "contrachapado", "contraplacado", "compensato"):
        assert materials().find(word) is materials()["plywood"], word


def test_a_laser_is_found_by_either_spelling_of_its_fibre() -> None:
    assert {processes().require(word, where="here").id for word in ("fibre laser", "Fiber laser")} == {
        "fibre_laser_cutting"
    }
