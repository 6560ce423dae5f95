"""The trees: every spelling has one meaning, and a part of a spelling never matches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.trees import Node, Tree, materials, normal_form, processes


@pytest.mark.parametrize("tree", [processes(), materials()], ids=["processes", "materials"])
def test_every_spelling_is_long_enough_and_leads_home(tree: Tree) -> None:
    for node in tree:
        for spelling in (node.id, node.label, *node.aliases):
            assert len(spelling) >= 3, spelling
            assert tree.find(spelling) is node


def test_two_nodes_cannot_share_a_spelling() -> None:
    with pytest.raises(ValueError, match="names both"):
        Tree({"a": Node("a", "Some work", None, (), {}), "b": Node("b", "b", None, ("some_WORK",), {})})


def test_a_substring_is_a_suggestion_never_a_match() -> None:
    assert processes().find("milling machine work") is None
    assert processes().find("laser cut") is processes()["laser_cutting"]
    with pytest.raises(InputError, match="did you mean"):
        processes().require("isolation", where="labs.yaml")


def test_ancestry_decides_what_satisfies() -> None:
    tree = processes()
    assert tree.is_a("fdm", "additive")
    assert not tree.is_a("additive", "fdm")
    assert not tree.is_a("sls", "fdm")
    assert not tree.is_a("soldering", "welding")
    assert tree.path("cnc_routing") == "cutting.machining.milling.cnc_milling.cnc_routing"


def test_facts_come_from_the_nearest_ancestor() -> None:
    assert processes().fact("fdm", "tsdc") == "3DP"
    assert processes().fact("fdm", "astm52900") == "MEX"
    assert materials().fact("stainless_steel", "density_g_cm3") == 8.0
    assert materials().fact("textile", "density_g_cm3") is None


@given(st.text())
def test_normal_form_is_stable(text: str) -> None:
    once = normal_form(text)
    assert normal_form(once) == once
    assert once == once.strip()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("3D printer", "additive"),
        ("Resin printer", "vat_photopolymerization"),
        ("vinyl cutter", "knife_cutting"),
        ("Lasercutter", "laser_cutting"),
        ("cortadora láser", "laser_cutting"),
        ("fresadora CNC", "cnc_milling"),
        ("Drehbank", "turning"),
        ("Band saw", "sawing"),
        ("CNC machining", "machining"),
        ("sewing machine", "sewing"),
    ],
)
def test_a_lab_may_name_the_machine_instead_of_the_work(said: str, meant: str) -> None:
    assert processes().require(said, where="here").id == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("vinyl", "pvc_film"),  # lasers must refuse it
        ("316L", "stainless_316"),
        ("aluminum 6061", "aluminium_6061"),
        ("ULTEM", "pei"),
        ("FR-1", "fr1"),
        ("XPS", "polystyrene_foam"),
        ("baltic birch", "plywood"),
    ],
)
def test_materials_by_their_trade_names(said: str, meant: str) -> None:
    assert materials().require(said, where="here").id == meant
