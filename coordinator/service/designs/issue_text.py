"""Text for a designer's issue tracker: what others wrote made harmless in Markdown, and the address that takes it.

Addresses for a new issue: GitHub `?title=&body=`, GitLab `?issue[title]=&issue[description]=`, Gitea and Forgejo
(Codeberg) `?title=&body=`, as these forges document them.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode, urlsplit

__all__ = ["MOST_CHARS", "cut", "issue_address", "plain"]

MOST_CHARS: Final = 60_000
"""Of a text; GitHub takes 65,536."""
_MOST_ADDRESS: Final = 7_500  # servers refuse longer ones
_MOST_PHRASE: Final = 300
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~$-])")
_MAIL: Final = re.compile(r"[^\s@<>()]+@[^\s@<>()]+")
_PHONE: Final = re.compile(r"(?<![\w.])\+?\d[\d ()/-]{7,}\d(?![\w.])")
_LINK: Final = re.compile(r"\b(?:https?|ftp|file)://\S+|\bwww\.\S+", re.IGNORECASE)
_ZERO_WIDTH: Final = "\u200b"
_CUT: Final = "\n\n(The rest is left out here: it was too long.)\n"


def plain(text: str) -> str:
    """What somebody wrote, as one line of Markdown that is no mark-up, names nobody and calls nobody.

    Mail addresses, telephone numbers and links are left out; they may say who or where a person is.
    """
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    for pattern, word in ((_LINK, "(a link)"), (_MAIL, "(an address)"), (_PHONE, "(a number)")):
        line = pattern.sub(word, line)
    if len(line) > _MOST_PHRASE:
        line = f"{line[: _MOST_PHRASE - 1]}…"
    escaped = _SPECIAL.sub(r"\\\1", line).replace("&", "&amp;")
    return escaped.replace("@", f"@{_ZERO_WIDTH}")


def cut(text: str, most: int) -> str:
    """The text, ended at a line where it is longer, and saying so."""
    if len(text) <= most:
        return text
    kept = text[: most - len(_CUT)]
    return kept[: max(kept.rfind("\n"), 0)] + _CUT


def issue_address(location: str, title: str, body: str) -> str | None:
    """Where an issue with this text is opened, or None where the forge is none that is known.

    Args:
        location: of the design's repository.
        title: of the issue.
        body: of the issue; it is shortened until the address is not too long.
    """
    parts = urlsplit(location)
    path = parts.path.rstrip("/").removesuffix(".git").strip("/")
    host = (parts.hostname or "").lower()
    steps = path.split("/")
    if parts.scheme != "https" or len(steps) < 2 or not all(re.fullmatch(r"[\w.~-]+", each) for each in steps):
        return None
    if host == "gitlab.com" or host.startswith("gitlab."):
        root, names = f"https://{host}/{path}/-/issues/new", ("issue[title]", "issue[description]")
    elif host in ("github.com", "codeberg.org") or host.startswith(("gitea.", "forgejo.")):
        if len(steps) != 2:
            return None
        root, names = f"https://{host}/{path}/issues/new", ("title", "body")
    else:
        return None
    room = len(body)
    while True:
        address = f"{root}?{urlencode(dict(zip(names, (title, cut(body, room)), strict=True)))}"
        if len(address) <= _MOST_ADDRESS or room <= len(_CUT):
            return address if len(address) <= _MOST_ADDRESS else f"{root}?{urlencode({names[0]: title})}"
        room = max(len(_CUT), room * 3 // 4)
