"""What is wrong with a value in a document or request, in one sentence for people.

pydantic says it in its own words ("Input should be a valid integer"); these stand in their place.
Kinds of errors are those of https://docs.pydantic.dev/latest/errors/validation_errors/.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

__all__ = ["in_words"]

_OWN: Final = frozenset({"value_error", "assertion_error"})  # raised by our own rules, which speak to people
_NUMBER, _WHOLE, _TEXT, _LIST = (
    "a number is expected",
    "a whole number is expected",
    "text is expected",
    "a list is expected here",
)
_KEYS, _YES_NO, _MOMENT = "keys and values are expected here", "yes or no is expected", "a moment is expected, such as"
_DAY: Final = "a day is expected, such as 2030-02-01"
_ZONED: Final = f"{_MOMENT} 2030-02-01T12:00+01:00"

_SAID: Final[Mapping[str, str]] = {
    "missing": "this key is missing",
    "extra_forbidden": "this key is not known",
    "invalid_key": "keys are text",
    "model_type": _KEYS,
    "model_attributes_type": _KEYS,
    "dataclass_type": _KEYS,
    "dict_type": _KEYS,
    "mapping_type": _KEYS,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "iterable_type": _LIST,
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_not_ascii": "only plain letters, digits and signs are expected",
    "string_pattern_mismatch": "this is not written as it must be",
    "string_too_short": "{min_length} characters at least are expected",
    "string_too_long": "{max_length} characters at most are expected",
    "too_short": "{min_length} at least are expected",
    "too_long": "{max_length} at most are expected",
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": "this number is too large",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "finite_number": "a finite number is expected",
    "greater_than": "a number greater than {gt} is expected",
    "greater_than_equal": "{ge} or more is expected",
    "less_than": "a number less than {lt} is expected",
    "less_than_equal": "{le} or less is expected",
    "multiple_of": "a multiple of {multiple_of} is expected",
    "enum": "{expected} is expected",
    "literal_error": "{expected} is expected",
    "none_required": "nothing is expected here",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _ZONED,
    "datetime_parsing": _ZONED,
    "datetime_object_invalid": _ZONED,
    "datetime_from_date_parsing": _ZONED,
    "timezone_aware": f"the offset from UTC is missing; {_ZONED}",
    "timezone_naive": f"{_MOMENT} 2030-02-01T12:00, without an offset from UTC",
    "time_type": "a time of day is expected, such as 07:30",
    "time_parsing": "a time of day is expected, such as 07:30",
    "json_invalid": "this is no JSON",
    "json_type": "this is no JSON",
    "recursion_loop": "this is nested too deeply",
    "recursion_depth_exceeded": "this is nested too deeply",
    "union_tag_invalid": "{expected_tags} is expected for {discriminator}",
    "union_tag_not_found": "{discriminator} is missing",
}
_PATTERNS: Final[Mapping[str, str]] = {
    r"^[a-z0-9][a-z0-9-]{0,39}$": "an id has small letters, digits and hyphens, 40 at most",
    r"^[A-Z]{3}$": "three capitals are expected, such as EUR",
    r"^[A-Z]{2}$": "two capitals are expected, such as DE",
    r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$": "an e-mail address is expected",
    r"^[^@\s]+@[^@\s]+$": "an e-mail address is expected",
    r"^p-[0-9a-f]{10}$": "a person's id is expected, such as p-0123456789",
    r"^https://[^\s\x00-\x1f\x7f]+$": "an address is expected, https://...",
}
_NO_CONTROL: Final = r"\x1f\x7f]"
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def in_words(kind: str, told: str = "", limits: Mapping[str, Any] = _NOTHING) -> str:
    """What is wrong.

    Args:
        kind: pydantic's `type` of the error.
        told: its `msg`; what our own rules said is taken from there.
        limits: its `ctx`.

    Returns:
        The beginning of a sentence, without a full stop. A kind that is not known gives a general one.
    """
    if kind in _OWN:
        return told.partition(", ")[2] or told
    if kind == "string_pattern_mismatch":
        pattern = str(limits.get("pattern", ""))
        if pattern in _PATTERNS:
            return _PATTERNS[pattern]
        if pattern.startswith("^[^") and _NO_CONTROL in pattern:
            return "characters that cannot be seen are not taken here"
    if kind in ("string_too_short", "too_short") and limits.get("min_length") == 1:
        return "this must not be empty"
    plain = {name: f"{each:.12g}" if isinstance(each, float) else each for name, each in limits.items()}
    try:
        return _SAID.get(kind, "this cannot be used").format_map(plain)
    except KeyError:
        return "this cannot be used"
