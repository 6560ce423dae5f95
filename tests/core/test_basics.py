"""Errors read as sentences, moments carry a zone, hashes are those of everybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from core.clock import utc
from core.errors import FabcommonsError, InputError, LostContactError
from core.hashes import sha256_of_bytes, sha256_of_file
from core.provenance import Origin, Provenance

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_an_error_says_where_what_and_what_to_do() -> None:
    assert str(InputError("the quantity is missing", where="bom.csv:3", hint="write a number")) == (
        "bom.csv:3: the quantity is missing (write a number)"
    )
    assert str(FabcommonsError("it failed")) == "it failed"
    assert InputError("x").exit_status == 2
    assert LostContactError("x").exit_status == 1


def test_moments_carry_a_zone() -> None:
    assert utc(datetime(2030, 1, 1, tzinfo=timezone(timedelta(hours=2)))) == datetime(2029, 12, 31, 22, tzinfo=UTC)
    with pytest.raises(ValueError, match="no time zone"):
        utc(datetime(2030, 1, 1))  # noqa: DTZ001 (the point of the test)


def test_hashes_are_sha256(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of_bytes(b"abc") == sha256_of_file(tmp_path / "abc") == ABC


def test_provenance_reads_as_a_clause() -> None:
    assert str(Provenance(Origin.READ, "column QTY", "bom.csv", "4")) == "read (column QTY, bom.csv:4)"
    assert str(Provenance(Origin.GUESSED, "the file has the same name")) == "guessed (the file has the same name)"
