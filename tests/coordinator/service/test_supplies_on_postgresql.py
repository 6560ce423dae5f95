"""Purchases, kits and shipments live the same lives on PostgreSQL; two who pack one piece at once pack it once."""

from __future__ import annotations

from collections import Counter

from coordinator.schema.builds import PieceState
from coordinator.service.access import VISITOR
from coordinator.service.supplies.shipments import Packed, ShipmentView
from core.errors import StateError

from .conftest import Town
from .test_kits import test_hands_do_not_begin_before_all_is_ticked as test_hands_do_not_begin
from .test_on_postgresql import at_once, bare
from .test_shipments import apart, north, split
from .test_shipments import test_pieces_go_to_where_they_are_assembled_and_the_assembly_waits as test_pieces_travel
from .test_shipments import test_the_finished_thing_at_the_builder_ends_the_life_of_the_build as test_a_build_ends
from .test_shipments import (
    test_what_was_bought_travels_by_amount_and_what_is_lost_is_bought_again as test_screws_travel,
)
from .test_supplies import test_a_purchase_goes_from_wanted_to_arrived_and_its_task_with_it as test_a_purchase
from .test_supplies import test_what_comes_in_parts_is_short_until_the_last_and_bad_ones_do_not_count as test_in_parts

__all__ = [
    "bare",
    "split",
    "test_a_build_ends",
    "test_a_purchase",
    "test_hands_do_not_begin",
    "test_in_parts",
    "test_pieces_travel",
    "test_screws_travel",
]


def test_a_piece_that_many_pack_at_once_is_in_one_shipment(split: Town) -> None:
    build = apart(split)
    pieces = [each.id for each in split.application.pieces.all(build, PieceState.MADE).items]
    shipments = split.application.shipments
    packed = Packed("north", "south", pieces=pieces)
    found = at_once(*(lambda: shipments.pack(north(split), packed) for _ in range(4)))
    assert Counter(map(type, found)) == {ShipmentView: 1, StateError: 3}
    assert len(shipments.all(VISITOR).items) == 1
