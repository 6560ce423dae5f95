from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from bom.bill import Bill
from bom.reader import read_bill
from designs.design import Design
from designs.source import open_design

Files = Mapping[str, str | bytes]


@pytest.fixture
def make_design(tmp_path: Path) -> Iterator[Callable[[Files], Design]]:
    """A function that writes files into a folder and opens it as a design."""
    with ExitStack() as stack:
        count = 0

        def make(files: Files) -> Design:
            nonlocal count
            count += 1
            root = tmp_path / f"thing{count}"
            for path, content in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(content.encode() if isinstance(content, str) else content)
            return stack.enter_context(open_design(root))

        yield make


@pytest.fixture
def read(make_design: Callable[[Files], Design]) -> Callable[[Files], Bill]:
    """A function that reads the bill of a design made of these files."""
    return lambda files: read_bill(make_design(files))
