"""A design is forked in one step: its files, its licence and its origin go along, and who forks it maintains it."""

from __future__ import annotations

import zipfile

import pytest

from coordinator.schema.network import Role
from coordinator.service.access import VISITOR
from coordinator.service.designs.designs import DesignView
from coordinator.service.governance.copies import ORIGIN_NAME
from coordinator.service.house import Call
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError
from core.errors import InputError, StateError
from tests.coordinator.conftest import block_stl, print_program

from .conftest import ROWS, Town

MANIFEST = 'okhv = "OKH-LOSHv1.0"\nname = "Lamp"\nlicense = "{}"\nversion = "1.0"\nbom = "bom.csv"\n'


def licensed(town: Town, licence: str) -> DesignView:
    files = {"foot__stl": block_stl(20, 20, 20), "foot__gcode": print_program(), "okh__toml": MANIFEST.format(licence)}
    return town.upload(*ROWS, **files)


def test_a_fork_keeps_licence_and_origin_and_has_a_maintainer(town: Town) -> None:
    origin = licensed(town, "CERN-OHL-S-2.0")
    ste = Call(town.people["ste"])
    fork = town.application.forks.make(ste, origin.id, "Taller lamp", "for high tables")
    assert (fork.name, fork.licence, fork.tasks) == ("Taller lamp", origin.licence, origin.tasks)
    assert fork.id != origin.id
    with town.application.designs.opened(fork.id) as design:
        text = design.locate(ORIGIN_NAME).read_text(encoding="utf-8")
        assert (design.locate("foot.stl").read_text()) == block_stl(20, 20, 20)
    assert origin.content_sha256 in text
    assert "CERN-OHL-S-2.0" in text
    began = town.application.forks.origin(fork.id)
    assert began is not None
    assert (began.design_id, began.forked_by) == (origin.id, ste.actor.id)
    assert [each.design for each in town.application.forks.of(origin.id)] == ["Taller lamp"]
    assert town.application.forks.origin(origin.id) is None
    grants = town.application.people.one(VISITOR, ste.actor.id).grants
    assert (Role.MAINTAINER, f"design {fork.id}") in {(each.role, each.design) for each in grants}
    town.order(fork)
    with pytest.raises(StateError, match="forked before"):
        town.application.forks.make(ste, origin.id, "Taller lamp", "")


def test_a_fork_of_a_fork_names_both(town: Town) -> None:
    origin = licensed(town, "MIT")
    first = town.application.forks.make(Call(town.people["ada"]), origin.id, None, "")
    second = town.application.forks.make(Call(town.people["ste"]), first.id, None, "")
    with town.application.designs.opened(second.id) as design:
        text = design.locate(ORIGIN_NAME).read_text(encoding="utf-8")
    assert text.index(first.content_sha256) < text.index(origin.content_sha256)


@pytest.mark.parametrize("licence", ["CC-BY-ND-4.0", "LicenseRef-AllRightsReserved"])
def test_a_licence_that_allows_no_changes_is_kept_to(town: Town, licence: str) -> None:
    origin = licensed(town, licence)
    with pytest.raises(InputError, match="does not let everybody go on"):
        town.application.forks.make(Call(town.people["ada"]), origin.id, None, "")


def test_without_a_licence_all_rights_are_reserved(town: Town) -> None:
    archive, ada = town.folder / "bare.zip", Call(town.people["ada"])
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("lamp/bom.csv", "Part,Qty,Process,Material,File,Supplier\nScrew,4,,,,Shop\n")
    origin = town.application.designs.upload(ada, archive, "lamp")
    with pytest.raises(InputError, match="does not let everybody go on"):
        town.application.forks.make(ada, origin.id, None, "")


def test_who_may_import_designs_may_fork(town: Town) -> None:
    origin = licensed(town, "MIT")
    with pytest.raises(UnauthenticatedError):
        town.application.forks.make(Call(VISITOR), origin.id, None, "")
    with pytest.raises(ForbiddenError):
        town.application.forks.make(Call(town.people["north"]), origin.id, None, "")
