"""Tokens that `fabcommons login` keeps, one for each coordinator, in a file that only its owner may read."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from coordinator.settings import user_folder
from core.errors import InputError

__all__ = ["forget_token", "keep_token", "only_address", "token_for", "tokens_path"]


def tokens_path() -> Path:
    """Where they are."""
    return user_folder() / "tokens.json"


def token_for(address: str) -> str | None:
    """The token that is kept for a coordinator, or None.

    Raises:
        InputError: the file is damaged, or others may read it.
    """
    return _kept().get(address.rstrip("/"))


def only_address() -> str | None:
    """The coordinator at which somebody is logged in from here, where it is one.

    Raises:
        InputError: the file is damaged, others may read it, or it keeps tokens for several.
    """
    kept = sorted(_kept())
    if len(kept) > 1:
        raise InputError("no coordinator is named", hint=f"--coordinator with one of {', '.join(kept)}")
    return kept[0] if kept else None


def keep_token(address: str, token: str) -> None:
    """Keep a token, in place of another for the same coordinator.

    Raises:
        InputError: the file cannot be written.
    """
    _write({**_kept(), address.rstrip("/"): token})


def forget_token(address: str) -> bool:
    """Forget the token of a coordinator; returns whether there was one.

    Raises:
        InputError: the file cannot be written.
    """
    kept = _kept()
    known = kept.pop(address.rstrip("/"), None) is not None
    if known:
        _write(kept)
    return known


def _kept() -> dict[str, str]:
    path = tokens_path()
    try:
        if path.stat().st_mode & 0o077:
            raise InputError("others may read the tokens", where=str(path), hint=f"chmod 600 {path}")
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(f"the tokens cannot be read: {error}", where=str(path)) from None
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise InputError("the file holds no tokens", where=str(path), hint="remove it, and log in again")
    return found


def _write(tokens: dict[str, str]) -> None:
    path = tokens_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=".tokens-")  # 0600 from the first moment
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(tokens, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except OSError as error:
        raise InputError(f"the token cannot be kept: {error.strerror}", where=str(path)) from None
