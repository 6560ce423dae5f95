"""`fabcommons backup|restore|export|import`: everything that a coordinator knows, as files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from coordinator.archive.exporting import EVERYTHING, export
from coordinator.archive.forking import fork_of
from coordinator.archive.importing import import_archive
from coordinator.archive.manifest import Kind
from coordinator.archive.nouns import Scope
from coordinator.archive.reading import opened_archive
from coordinator.commands.output import print_json, say, warn, working
from coordinator.files import FileStore
from coordinator.folder import OrderFolder
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER, Application
from coordinator.service.clock import RealClock
from coordinator.service.house import House
from coordinator.shared_files import files_at
from coordinator.store import Store
from core.errors import InputError

__all__ = ["Place", "back_up", "bring_in", "put_back", "take_out"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a coordinator lives.

    Attributes:
        folder: the `--dir` of `fabcommons serve`.
        database_url: of another database, or None for the one in the folder.
        files_url: of a store of files that replicas share, or None for the one in the folder.
    """

    folder: Path
    database_url: str | None = None
    files_url: str | None = None

    @property
    def database(self) -> Path | str:
        """The file or the address."""
        return self.database_url or OrderFolder(self.folder).database

    @property
    def files(self) -> FileStore:
        """Programs and designs."""
        return files_at(OrderFolder(self.folder).files, self.files_url)


def back_up(place: Place, target: Path, *, as_json: bool) -> None:
    """Write everything, also while the coordinator serves.

    Raises:
        InputError: there is no coordinator, or the target cannot be written. (As for every function here.)
        StateError: the database cannot be read.
    """
    _write(place, target, Kind.BACKUP, EVERYTHING, as_json=as_json)
    if not as_json:
        warn("It holds all that lets people in and says who they are: keep it as you keep the coordinator.")


def take_out(place: Place, target: Path, *, personal: bool, secret: bool, as_json: bool) -> None:
    """Write what another coordinator, or another program, is to go on with."""
    _write(place, target, Kind.EXPORT, Scope(personal=personal, secret=secret), as_json=as_json)
    if not as_json:
        warn("Entries of labs stand in it whole, with contacts and addresses: an export is not for publication.")


def put_back(place: Place, source: Path, most_bytes: int, *, as_json: bool) -> None:
    """Put a backup into an empty folder or database."""
    _read(place, source, Kind.BACKUP, most_bytes, as_json=as_json)


def bring_in(place: Place, source: Path, most_bytes: int, fork: str | None, *, as_json: bool) -> None:
    """Put an export into an empty folder or database; where it holds no tokens, say how somebody comes in.

    Args:
        place: of the new coordinator.
        source: the export.
        most_bytes: that it may unpack to.
        fork: the name of a network of its own that it becomes; None to go on as the same network.
        as_json: whether to answer as JSON.
    """
    rows = _read(place, source, Kind.EXPORT, most_bytes, as_json=as_json, fork=fork)
    if fork is not None:
        say(f"It is a fork, called {fork}: with keys of its own, and it says where it came from.")
    if "tokens" in rows:
        return
    store, clock = Store(place.database), RealClock()
    try:
        invitation = Application(House(store, place.files, clock, clock)).invitations.make(KEEPER, Role.STEWARD, "")
    finally:
        store.close()
    say(f"No tokens came along. A steward's invitation, good once: {invitation.code}")


def _write(place: Place, target: Path, kind: Kind, scope: Scope, *, as_json: bool) -> None:
    with working(f"writing {target.name}"):
        written = export(place.database, place.files, target, kind, scope, datetime.now(UTC))
    manifest = written.manifest
    if as_json:
        left_out, missing = manifest.left_out, manifest.missing_files
        facts = {
            "files": len(manifest.files),
            "bytes": manifest.total_bytes,
            "left_out": left_out,
            "missing_files": missing,
        }
        print_json({"kind": str(kind), "rows": written.rows, **facts})
        return
    rows, files = sum(written.rows.values()), len(manifest.files)
    say(f"{kind}: {rows} rows of {len(written.rows)} tables and {files} files are in {target}.")
    if manifest.left_out:
        say(f"Left out: {', '.join(manifest.left_out)}.")
    if manifest.missing_files:
        warn(f"{len(manifest.missing_files)} files that the database names are not there; the manifest lists them.")


def _read(
    place: Place, source: Path, kind: Kind, most_bytes: int, *, as_json: bool, fork: str | None = None
) -> dict[str, int]:
    with opened_archive(source, most_bytes) as archive:
        if archive.manifest.kind is not kind:
            command = "import" if kind is Kind.BACKUP else "restore"
            hint = f"use fabcommons {command}"
            raise InputError(f"this is {_article(archive.manifest.kind)}", where=str(source), hint=hint)
        with OrderFolder(place.folder).held(), working(f"reading {source.name}"):
            becomes = fork_of(archive, fork) if fork is not None else None
            rows = import_archive(archive, place.database, place.files, becomes)
        files = len(archive.manifest.files)
    if as_json:
        print_json({"kind": str(kind), "rows": rows, "files": files})
    else:
        say(f"{kind}: {sum(rows.values())} rows of {len(rows)} tables and {files} files are there.")
    return rows


def _article(kind: Kind) -> str:
    return "an export, which leaves things out" if kind is Kind.EXPORT else "a backup, which is put back whole"
