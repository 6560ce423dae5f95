"""Settings of `serve`, `agent` and the commands that ask a coordinator: command line, environment, files.

What stands on the command line comes first, then the environment, then the user's file, then the computer's. The keys
of `[serve]` and `[agent]` are the options of these commands, with their bounds; `[client]` has keys of its own.
Needs the base install only.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.errors import InputError, LimitError

__all__ = [
    "SECTIONS",
    "Found",
    "Setting",
    "choose_file",
    "current",
    "defaults",
    "files",
    "found",
    "known_settings",
    "masked",
    "strange_variables",
    "user_folder",
]

SECTIONS: Final = ("serve", "agent")
"""Commands whose options can be set."""
_MOST_BYTES: Final = 2**20
_SYSTEM: Final = Path("/etc/fabcommons/settings.toml")
_SECRET: Final = re.compile(r"token|password|secret|_key$")
_OTHER: Final = frozenset({"FABCOMMONS_LABS", "FABCOMMONS_SETTINGS", "FABCOMMONS_REQUIRE_EXTERNAL"})
_KINDS: Final = {"int": "whole number", "integer": "whole number", "float": "number", "path": "path"}
"""By the first word of what typer calls a type."""
_YES: Final = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_chosen: ContextVar[Path | None] = ContextVar("settings file", default=None)


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that can be set.

    Attributes:
        section, key: in a file.
        variable: of the environment.
        kind: "text", "path", "number", "whole number", "yes or no" or "texts".
        default: without it; None for none.
        least, most: bounds of a number, or None.
        told: what it means.
        parameter: of the command, or "" where it is none of one.
    """

    section: str
    key: str
    variable: str
    kind: str
    default: Any
    told: str
    least: float | None = None
    most: float | None = None
    parameter: str = ""

    @property
    def secret(self) -> bool:
        """Whether its value is not to be shown."""
        return _SECRET.search(self.key) is not None

    def value(self, given: Any, where: str) -> Any:
        """A value as it was given, if it can be one.

        Args:
            given: of a file, or text of the environment.
            where: it stands.

        Raises:
            InputError: it is of another kind, or beyond its bounds.
        """
        read = _typed(self.kind, given)
        if read is None:
            raise InputError(f"[{self.section}] {self.key} is a {self.kind}, not {given!r:.60}", where=where)
        if isinstance(read, float | int) and not isinstance(read, bool):
            low, high = self.least, self.most
            if (low is not None and read < low) or (high is not None and read > high):
                span = f"from {low:g}" if high is None else f"{low:g} to {high:g}"
                raise InputError(f"[{self.section}] {self.key} is {span}, not {read:g}", where=where)
        return read


@dataclass(frozen=True, slots=True)
class Found:
    """A setting with its value and whence that comes: a file, a variable, or "default"."""

    setting: Setting
    value: Any
    source: str

    @property
    def shown(self) -> str:
        """The value as people may see it."""
        return masked(self.setting, self.value)


_CLIENT: Final = (
    Setting("client", "coordinator", "FABCOMMONS_COORDINATOR", "text", None, "Its address: https://fab.example."),
    Setting("client", "token", "FABCOMMONS_TOKEN", "text", None, "Yours; fabcommons login keeps one for each address."),
    Setting("client", "dir", "FABCOMMONS_CLIENT_DIR", "path", None, "A coordinator's folder, where no address is."),
    Setting(
        "client", "plain_http", "FABCOMMONS_CLIENT_PLAIN_HTTP", "yes or no", False,
        "Send the token without encryption, in a network that you trust.",
    ),
)  # fmt: skip


def known_settings() -> tuple[Setting, ...]:
    """Everything that can be set, by section."""
    import typer.main

    from coordinator.cli import app

    commands: Any = typer.main.get_command(app)
    found = [
        _of_option(section, each)
        for section in SECTIONS
        for each in commands.commands[section].params
        if each.opts and each.opts[0].startswith("--") and each.opts[0] != "--help"
    ]
    return (*found, *_CLIENT)


def choose_file(path: Path | None) -> None:
    """Use this file instead of the user's; None for the usual one."""
    _chosen.set(path)


def user_folder() -> Path:
    """Where this user's settings and tokens are kept (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".config") / "fabcommons"


def files() -> list[Path]:
    """The files that are there, what counts more first.

    Raises:
        InputError: a file was named that is not there.
    """
    stated = os.environ.get("FABCOMMONS_SETTINGS")
    named = _chosen.get() or (Path(stated) if stated else None)
    if named is not None and not named.is_file():
        raise InputError("there is no such file of settings", where=str(named))
    own = named or user_folder() / "settings.toml"
    return [each for each in (own, _SYSTEM) if each.is_file()]


def found() -> list[Found]:
    """Every setting, and whence its value comes.

    Raises:
        InputError: a file cannot be read, a key is not known, or a value is none; the section and the key are named.
    """
    settings = known_settings()
    documents = [(path, _document(path, settings)) for path in files()]
    return [_found(each, documents) for each in settings]


def current(section: str) -> dict[str, Any]:
    """The values of a section that were set in the environment or in a file, by key.

    Raises:
        InputError: as `found`.
    """
    return {each.setting.key: each.value for each in _set(section)}


def defaults(section: str) -> dict[str, dict[str, Any]]:
    """What a command's options are where the command line does not say so, as click takes it.

    Raises:
        InputError: as `found`.
    """
    return {section: {each.setting.parameter: each.value for each in _set(section)}}


def strange_variables() -> list[tuple[str, str | None]]:
    """Variables of the environment that look like settings and are none, each with the nearest that is one."""
    known = {each.variable for each in known_settings()} | _OTHER
    strange = sorted(name for name in os.environ if name.startswith("FABCOMMONS_") and name not in known)
    return [(name, _nearest(name, known)) for name in strange]


def masked(setting: Setting, value: Any) -> str:
    """A value as people may see it: secrets are not shown, nor passwords within addresses."""
    if value is None:
        return "-"
    if setting.secret:
        return "(set)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value) or "-"
    return re.sub(r"(://[^:/@\s]*):[^@\s]*@", r"\1:...@", str(value))


def _set(section: str) -> list[Found]:
    return [each for each in found() if each.setting.section == section and each.source != "default"]


def _found(setting: Setting, documents: Sequence[tuple[Path, Mapping[str, Any]]]) -> Found:
    stated = os.environ.get(setting.variable)
    if stated:
        return Found(setting, setting.value(stated, setting.variable), setting.variable)
    for path, document in documents:
        section = document.get(setting.section, {})
        if setting.key in section:
            return Found(setting, setting.value(section[setting.key], str(path)), str(path))
    return Found(setting, setting.default, "default")


def _document(path: Path, settings: Sequence[Setting]) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise LimitError("the file of settings is larger than any of ours", where=str(path))
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"the settings cannot be read: {error.strerror}", where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"the settings are no TOML: {error}", where=str(path)) from None
    known: dict[str, set[str]] = {}
    for each in settings:
        known.setdefault(each.section, set()).add(each.key)
    for section, keys in document.items():
        _require_known(f"[{section}]", section, known, path)
        if not isinstance(keys, dict):
            raise InputError(f"{section} is a section", where=str(path), hint=f"write [{section}] on a line of its own")
        for key in keys:
            _require_known(f"[{section}] {key}", key, known[section], path)
    return document


def _require_known(what: str, name: str, known: Mapping[str, Any] | set[str], path: Path) -> None:
    if name not in known:
        near = _nearest(name, known)
        hint = f"did you mean {near}?" if near else f"known are {', '.join(sorted(known))}"
        raise InputError(f"{what} is no setting", where=str(path), hint=hint)


def _nearest(name: str, known: Any) -> str | None:
    near = difflib.get_close_matches(name, sorted(known), 1, 0.6)
    return near[0] if near else None


def _of_option(section: str, option: Any) -> Setting:
    key = option.opts[0].removeprefix("--").replace("-", "_")
    stated = option.envvar
    variable = stated if isinstance(stated, str) else f"FABCOMMONS_{section.upper()}_{key.upper()}"
    kind = _KINDS.get(option.type.name.partition(" ")[0], "text")
    kind = "yes or no" if option.is_flag else "texts" if option.multiple else kind
    low, high = getattr(option.type, "min", None), getattr(option.type, "max", None)
    default = str(option.default) if isinstance(option.default, Path) else option.default
    return Setting(section, key, variable, kind, default, str(option.help or ""), low, high, option.name)


def _typed(kind: str, given: Any) -> Any:
    """The value, or None where it is of another kind; text of the environment is read as its kind."""
    if kind == "yes or no":
        return given if isinstance(given, bool) else _YES.get(str(given).lower()) if isinstance(given, str) else None
    if kind == "texts":
        rows = given.split(",") if isinstance(given, str) else given
        return rows if isinstance(rows, list) and all(isinstance(each, str) for each in rows) else None
    if kind in ("text", "path"):
        return given if isinstance(given, str) and given else None
    if isinstance(given, bool):
        return None
    try:
        number = float(given) if isinstance(given, str | int | float) else None
    except ValueError:
        return None
    if number is None or number != number or (kind == "whole number" and not number.is_integer()):
        return None
    return int(number) if kind == "whole number" else number
