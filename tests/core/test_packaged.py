"""YAML files that come with a package, read by whichever safe loader is there."""

from importlib.resources import files

import pytest
import yaml

from core.packaged import packaged_yaml


@pytest.mark.parametrize(("package", "name"), [("core", "processes.yaml"), ("core", "materials.yaml")])
def test_the_quick_loader_reads_what_the_plain_one_reads(package: str, name: str) -> None:
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    assert packaged_yaml(package, name) == yaml.load(text, Loader=yaml.SafeLoader)


def test_a_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        packaged_yaml("core", "nothing.yaml")
