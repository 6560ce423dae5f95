"""What a Gantt chart says, in the reader's language: its texts stand here in English, for who translates them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

__all__ = ["ENGLISH_CHART", "ChartWords", "mark", "mark_counted"]


def mark(text: str) -> str:
    """A text that is translated where it is said: catalogs must have it."""
    return text


def mark_counted(one: str, many: str) -> tuple[str, str]:
    """The forms of a text for one and for many, which name the count as ``%(num)s``."""
    return one, many


def _form(one: str, many: str, count: int) -> str:
    return one if count == 1 else many


def _day(at: datetime) -> str:
    return f"{at:%a %d %b}"


@dataclass(frozen=True, slots=True)
class ChartWords:
    """How a chart speaks; as it stands, English.

    Attributes:
        gettext: a text in the language.
        ngettext: the form for a count, of the forms for one and for many.
        day: a local moment's day, such as "Mon 23 Nov".
    """

    gettext: Callable[[str], str] = str
    ngettext: Callable[[str, str, int], str] = _form
    day: Callable[[datetime], str] = _day

    def say(self, text: str, **values: object) -> str:
        """A text with values in it."""
        said = self.gettext(text)
        return said % values if values else said

    def counted(self, forms: tuple[str, str], number: int) -> str:
        """So many of something."""
        return self.ngettext(*forms, number) % {"num": number}

    def moment(self, at: datetime) -> str:
        """Day and time of a local moment, such as "Mon 23 Nov 09:00"."""
        return f"{self.day(at)} {at.hour:02}:{at.minute:02}"

    def duration(self, span: timedelta) -> str:
        """Such as "2 h 5 min"; the letters of the units are those of the SI, the same in all languages."""
        minutes = round(span.total_seconds() / 60)
        hours, rest = divmod(minutes, 60)
        if not minutes:
            return f"{span.total_seconds():.0f} s"
        return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)


ENGLISH_CHART: Final = ChartWords()
