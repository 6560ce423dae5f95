"""Bytes to text, and Markdown and HTML mark-up to plain words and links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Final
from urllib.parse import unquote

from bom.quickly import quickly_made
from bom.words import plain

__all__ = ["Words", "decode", "decode_text", "read_words", "without_comments", "without_forms"]

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_MAX_CHARS: Final = 5_000
_SHORT: Final = 200
_CONTROLS: Final = bytes({*range(32), 127} - set(b"\t\n\v\f\r\x1a\x1b"))
_MOST_CONTROLS: Final = 20  # one byte in so many
_SAMPLE_BYTES: Final = 65_536
_MARKED: Final = re.compile(r"[\[\]<>{}*_`~\\&]")
# A site generator's word for a path inside the site: Hugo's relref, Jekyll's link and relative_url.
_SHORTCODE: Final = re.compile(
    r"\{[{%][<%]?\s{0,9}(?:(?:rel)?ref|link)?\s{0,9}[\"']?([\w./-]+)[\"']?\s*(?:\|\s*\w+_url\s*)?[>%]?[%}]\}"
)
# What stands between two marks is limited, so that marks which nobody closes cost little: a text is searched from each.
_IMAGE: Final = re.compile(r"!\[[^\]]{0,200}\](?:\([^)]{0,200}\)|\[[^\]]{0,200}\])?")
_LINK: Final = re.compile(
    r"\[([^\]]{0,200})\]\(\s{0,9}<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?(?:\s{1,9}[\"'][^)]{0,200})?\)"
)
_REFERENCE: Final = re.compile(r"\[([^\]]{1,200})\](?:\[[^\]]{0,200}\])?(?=\{|\[|\s|$|[.,;:)])")
_BUILDUP: Final = re.compile(r"\{[^{}]*\}")
_TAG: Final = re.compile(r"<(/?)(\w+)\b[^<>]*>")
_HREF: Final = re.compile(r"href\s*=\s*[\"']([^\"']+)[\"']", re.IGNORECASE)
_EMPHASIS: Final = re.compile(r"(?<![\w\\*`])(\*{1,3}|_{1,3}|`{1,3}|~~)(?=\S)(.{1,200}?)(?<=\S)\1(?![\w*])")
_ESCAPE: Final = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|~<>])")


def decode(data: bytes) -> str:
    """Text of unknown encoding: a byte-order mark, else UTF-8, else Windows-1252 with Latin-1 for its holes."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def decode_text(data: bytes) -> str | None:
    """The text of a file, stray zero bytes left out; None when it is no text.

    A file that a failing disk or program filled up with zero bytes is still a text; so is UTF-16 without its mark.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return decode(data)
    if data[1::2].rstrip(b"\0"):
        data = data.rstrip(b"\0")
    zeros = data.count(0)
    if zeros and zeros * 3 > len(data) and not data[0::2].count(0):
        return data.decode("utf-16-le", errors="replace")
    sample = data[:_SAMPLE_BYTES]
    if (len(sample) - len(sample.translate(None, _CONTROLS))) * _MOST_CONTROLS > len(sample):
        return None
    return decode(data.replace(b"\0", b""))


_FORM_LABELS: Final = frozenset(
    {"stl", "step", "stp", "dxf", "svg", "3mf", "scad", "cad", "pdf", "file", "link", "model", "drawing", "download"}
)


@quickly_made
@dataclass(frozen=True, slots=True)
class Words:
    """A piece of Markdown as a person sees it.

    Attributes:
        text: without mark-up.
        links: targets in order, percent-encoding undone.
        labels: the text of each link, in the same order.
    """

    text: str
    links: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


def without_comments(markup: str) -> str:
    """The text without HTML comments; their line breaks stay, an unfinished one hides nothing."""
    kept: list[str] = []
    at = 0
    while (start := markup.find("<!--", at)) >= 0 and (end := markup.find("-->", start + 4)) >= 0:
        kept += (markup[at:start], "\n" * markup.count("\n", start, end))
        at = end + 3
    return "".join((*kept, markup[at:]))


def read_words(markup: str) -> Words:
    """The visible text of one line, cell or item of Markdown, with its links; no more than 5,000 signs are read."""
    return _read_short(markup) if len(markup) <= _SHORT else _read_words(markup)


def _read_words(markup: str) -> Words:
    if not _MARKED.search(markup):
        return Words(plain(markup[:_MAX_CHARS]))
    rest = _IMAGE.sub(" ", without_comments(_SHORTCODE.sub(r"\1", markup[:_MAX_CHARS])))
    targets = [(plain(found[1]), unquote(found[2])) for found in _LINK.finditer(rest)]
    targets += [("", unquote(target)) for target in _HREF.findall(rest)]
    rest = _LINK.sub(lambda found: f" {found[1]} " if not found[1].strip() else found[1], rest)
    rest = _REFERENCE.sub(r"\1", _BUILDUP.sub("", rest))
    rest = _TAG.sub(lambda found: " " if found[2].lower() in {"br", "p", "li", "td", "div"} else "", rest)
    for _ in range(2):
        rest = _EMPHASIS.sub(r"\2", rest)
    rest = unescape(_ESCAPE.sub(r"\1", rest))
    return Words(plain(rest), tuple(target for _, target in targets), tuple(label for label, _ in targets))


_read_short = lru_cache(20_000)(_read_words)  # most cells of a column say what others say


def without_forms(words: Words) -> str:
    """The text without the labels of links that say nothing but a file's form: "Side panel [DXF](side.dxf)"."""
    text = words.text
    for label in words.labels if text else ():
        if label.casefold() in _FORM_LABELS and text != label:
            text = re.sub(rf"\s*[(,;|/-]*\s*(?<!\w){re.escape(label)}(?!\w)\s*\)?", " ", text).strip()
    return text or words.text
