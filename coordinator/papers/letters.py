"""Letters on paper: every name that a stranger wrote is printed in a font that has its letters.

DejaVu Sans where the computer has it (Latin, Greek, Cyrillic and more), Bitstream Vera of the PDF library where not;
for Chinese, Japanese and Korean the fonts that PDF names for every reader. What none has is printed as an empty box,
and the paper says so.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

__all__ = ["BOLD", "PLAIN", "Letters"]

PLAIN: Final = "Paper"
BOLD: Final = "Paper-Bold"
_BOX: Final = "\u25a1"
_VERA: Final = Path(reportlab.__file__).parent / "fonts"
_PLACES: Final = (
    (Path("/usr/share/fonts/truetype/dejavu"), "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    (Path("/usr/share/fonts/dejavu-sans-fonts"), "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    (Path("/usr/share/fonts/TTF"), "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    (_VERA, "Vera.ttf", "VeraBd.ttf"),
)
# Names begin so in the Unicode database; the fonts are those that PDF 1.2 names for every reader.
_EAST: Final = {"HANGUL": "HYSMyeongJo-Medium", "HIRAGANA": "HeiseiMin-W3", "KATAKANA": "HeiseiMin-W3"}
_HAN: Final = ("CJK", "IDEOGRAPHIC", "FULLWIDTH")


@cache
def _known() -> frozenset[int]:
    """The letters of the two fonts, which are made known to the PDF library on first use."""
    folder, plain, bold = next(
        each for each in _PLACES if (each[0] / each[1]).is_file() and (each[0] / each[2]).is_file()
    )
    found = TTFont(PLAIN, str(folder / plain))
    pdfmetrics.registerFont(found)
    pdfmetrics.registerFont(TTFont(BOLD, str(folder / bold)))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)
    for name in ("STSong-Light", *dict.fromkeys(_EAST.values())):
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return frozenset(found.face.charToGlyph)


@dataclass(slots=True)
class Letters:
    """The letters of one paper.

    Attributes:
        missing: those that no font has.
        known: those of the font in use, as code points.
    """

    missing: set[str] = field(default_factory=set)
    known: frozenset[int] = field(default_factory=_known)

    def runs(self, text: str) -> Iterator[tuple[str, str]]:
        """A text as pieces, each with the font that has its letters; control characters are left out.

        Args:
            text: in any script, one line or more.

        Yields:
            The font's name ("" for the one in use) and the letters.
        """
        letters = (each for each in " ".join(text.split()) if unicodedata.category(each)[0] != "C")
        for font, found in groupby(letters, key=self._font):
            run = "".join(found)
            yield ("", _BOX * len(run)) if font is None else (font, run)

    def markup(self, text: str) -> str:
        """A text as the markup of paragraphs; nothing in it counts as markup."""
        return "".join(
            f'<font name="{font}">{escape(run)}</font>' if font else escape(run) for font, run in self.runs(text)
        )

    def _font(self, letter: str) -> str | None:
        if ord(letter) in self.known:
            return ""
        name = unicodedata.name(letter, "")
        font = next((font for start, font in _EAST.items() if name.startswith(start)), None)
        if font is None and name.startswith(_HAN):
            font = "STSong-Light"
        if font is None:
            self.missing.add(letter)
        return font
