"""Photos of pieces: what came off a machine, what a peer saw, what was delivered."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coordinator.photographs import MOST_BYTES, developed
from coordinator.schema.builds import JobRow, LotRow, PieceRow, TaskRow
from coordinator.schema.photo import PhotoRow
from coordinator.schema.service import OrderRow
from coordinator.service.access import Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.refusals import UnknownError
from core.errors import InputError, LimitError, StateError

__all__ = ["CAPTION_LENGTH", "MOST_OF_A_PIECE", "PhotoView", "Photos"]

CAPTION_LENGTH: Final = 200
MOST_OF_A_PIECE: Final = 12
_LIMIT_S: Final = 20.0


class PhotoView(View):
    """A photo. `task` says what it shows, `number` which piece of the job; the size is that of the image."""

    id: int
    piece_id: int
    build_id: int
    task: str
    number: int
    width_px: int
    height_px: int
    caption: str
    added_by: str
    added_at: datetime
    removed_at: datetime | None


class Photos:
    """What people have seen of pieces."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of_piece(self, piece_id: int) -> list[PhotoView]:
        """The photos of a piece that nobody has removed, in the order in which they came.

        Raises:
            UnknownError: there is no such piece.
        """
        with self._house.reading() as session:
            _piece(session, piece_id)
            query = _SHOWN.where(PhotoRow.piece_id == piece_id, PhotoRow.removed_at.is_(None))
            return [_view(*row) for row in session.execute(query.order_by(PhotoRow.id))]

    def of_build(self, build_id: int, limit: int = 6) -> list[PhotoView]:
        """The newest photos of a build's pieces, the newest first."""
        query = _SHOWN.where(JobRow.build_id == build_id, PhotoRow.removed_at.is_(None))
        with self._house.reading() as session:
            return [_view(*row) for row in session.execute(query.order_by(PhotoRow.id.desc()).limit(limit))]

    def image(self, photo_id: int) -> tuple[str, Path]:
        """The SHA-256 of a photo's JPEG file, and where that lies.

        Raises:
            UnknownError: there is no such photo, or it was removed.
        """
        return self._file(photo_id, small=False)

    def thumbnail(self, photo_id: int) -> tuple[str, Path]:
        """The same of the smaller one.

        Raises:
            UnknownError: there is no such photo, or it was removed.
        """
        return self._file(photo_id, small=True)

    def require_may_add(self, call: Call, piece_id: int) -> None:
        """Refuse who may not, before a byte is taken.

        Raises:
            UnknownError: there is no such piece.
            ForbiddenError: who asks checks no pieces, and has not ordered it.
            StateError: there are `MOST_OF_A_PIECE` photos of the piece.
        """
        with self._house.reading() as session:
            _require_may_add(session, call, piece_id)

    def add(self, call: Call, piece_id: int, location: Path, caption: str = "") -> PhotoView:
        """Add a photo of a piece; all that the camera wrote beside the picture is left behind.

        Args:
            call: who asks.
            piece_id: of the piece.
            location: of a JPEG, PNG or WebP file, on this computer.
            caption: what is to be seen, plain text of at most `CAPTION_LENGTH` characters.

        Raises:
            UnknownError: there is no such piece.
            ForbiddenError: who asks checks no pieces, and has not ordered it.
            InputError: the file is no photo, or the caption no plain line.
            LimitError: it is too large.
            StateError: there are `MOST_OF_A_PIECE` photos of the piece.
            ComputingError: it took too long to be read.
        """
        self.require_may_add(call, piece_id)
        said = _plain(caption)
        if location.stat().st_size > MOST_BYTES:
            raise LimitError(f"a photo has at most {MOST_BYTES // 2**20} MB", where="photo", hint="make it smaller")
        made = self._house.computer.run(_LIMIT_S, developed, location.read_bytes())
        file, thumbnail = self._house.files.keep([made.image]), self._house.files.keep([made.thumbnail])

        def work(change: Change) -> PhotoView:
            _require_may_add(change.session, call, piece_id)
            row = PhotoRow(
                piece_id=piece_id, file_sha256=file, thumbnail_sha256=thumbnail, width_px=made.width_px,
                height_px=made.height_px, caption=said, added_by=change.who, added_at=change.at,
            )  # fmt: skip
            change.session.add(row)
            change.session.flush()
            change.record("photo.added", f"piece {piece_id}", photo=row.id)
            return _one(change.session, row.id)

        return self._house.perform(call, PhotoView, work)

    def remove(self, call: Call, photo_id: int, why: str = "") -> PhotoView:
        """Show a photo no more.

        Raises:
            UnknownError: there is no such photo.
            ForbiddenError: who asks has not added it and is no steward.
            StateError: it was removed before.
        """

        def work(change: Change) -> PhotoView:
            row = change.session.get(PhotoRow, photo_id)
            if row is None:
                raise UnknownError(f"there is no photo {photo_id}")
            if row.added_by != change.who:
                call.actor.require(Right.TEND_BUILD)
            if row.removed_at is not None:
                raise StateError("it was removed before", where=f"photo {photo_id}")
            row.removed_by, row.removed_at, row.why = change.who, change.at, why
            change.session.flush()
            change.record("photo.removed", f"piece {row.piece_id}", why, photo=photo_id)
            return _one(change.session, photo_id)

        return self._house.perform(call, PhotoView, work)

    def _file(self, photo_id: int, *, small: bool) -> tuple[str, Path]:
        with self._house.reading() as session:
            row = session.get(PhotoRow, photo_id)
            if row is None or row.removed_at is not None:
                raise UnknownError(f"there is no photo {photo_id}, or it was removed")
            digest = row.thumbnail_sha256 if small else row.file_sha256
        try:
            return digest, self._house.files.path(digest)
        except KeyError:
            raise UnknownError("the photo's file is no longer on the disk", where=f"photo {photo_id}") from None


_SHOWN: Final = (
    select(PhotoRow, JobRow.build_id, PieceRow.number, TaskRow.name)
    .join(PieceRow, PieceRow.id == PhotoRow.piece_id)
    .join(JobRow, JobRow.id == PieceRow.job_id)
    .join(LotRow, LotRow.id == JobRow.lot_id)
    .join(TaskRow, TaskRow.id == LotRow.task_id)
)
"""Photos with what they show, in one statement."""


def _piece(session: Session, piece_id: int) -> PieceRow:
    found = session.get(PieceRow, piece_id)
    if found is None or session.get(OrderRow, found.job.build_id) is None:
        raise UnknownError(f"there is no piece {piece_id}")
    return found


def _require_may_add(session: Session, call: Call, piece_id: int) -> None:
    """Whoever looks at pieces photographs them: peers, the labs that make them, and who gets them."""
    order = session.get_one(OrderRow, _piece(session, piece_id).job.build_id)
    if not call.actor.known or order.ordered_by != call.actor.id:
        call.actor.require(Right.CHECK)
    shown = select(func.count()).where(PhotoRow.piece_id == piece_id, PhotoRow.removed_at.is_(None))
    if (session.scalar(shown) or 0) >= MOST_OF_A_PIECE:
        hint = "remove one that says less"
        raise StateError(f"a piece has at most {MOST_OF_A_PIECE} photos", where=f"piece {piece_id}", hint=hint)


def _plain(caption: str) -> str:
    said = caption.strip()
    if len(said) > CAPTION_LENGTH or not said.isprintable():
        raise InputError(f"a caption is one line of at most {CAPTION_LENGTH} characters", where="caption")
    return said


def _one(session: Session, photo_id: int) -> PhotoView:
    return _view(*session.execute(_SHOWN.where(PhotoRow.id == photo_id)).one())


def _view(row: PhotoRow, build_id: int, number: int, task: str) -> PhotoView:
    return PhotoView(
        id=row.id,
        piece_id=row.piece_id,
        build_id=build_id,
        task=task,
        number=number,
        width_px=row.width_px,
        height_px=row.height_px,
        caption=row.caption,
        added_by=row.added_by,
        added_at=row.added_at,
        removed_at=row.removed_at,
    )
