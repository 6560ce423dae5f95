"""YAML files that come with a package of ours."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

__all__ = ["packaged_yaml"]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where PyYAML was built with libyaml


def packaged_yaml(package: str, name: str) -> Any:
    """The content of a YAML file that lies in a package.

    Args:
        package: the package's import name.
        name: the file's name in it.
    """
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 (both loaders are safe ones)
