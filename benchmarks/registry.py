"""What reading labs and machine models costs beside PyYAML alone on the same text, as a Markdown table.

    ./dev python benchmarks/registry.py --labs 500

The network has that many labs with ten machines each, every machine a model of the library; the list of fablabs.io has
four times as many labs. "PyYAML" or "json" is the parser alone on the same text, in the same run; times are the best of
`--rounds`, in processor seconds of one process.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from machines.exchange.formats import read_labs, write_labs
from machines.labs_file import add_labs
from machines.library import library
from machines.network import read_network
from machines.yaml_text import LOADER


def best_s(rounds: int, work: Callable[[], Any], before: Callable[[], Any] = lambda: None) -> float:
    """The least processor time of some rounds."""
    times = []
    for _ in range(rounds):
        before()
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def parse(text: str) -> Any:
    """PyYAML's quick safe loader alone."""
    return yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe loader


def network_document(labs: int) -> dict[str, Any]:
    """A network of labs with ten machines each."""
    models = [model.id for model in library()]
    return {
        "labs": [
            {
                "id": f"lab-{number}", "name": f"Lab {number}", "timezone": "Europe/Madrid",
                "opening_hours": {"mon-fri": "09:00-18:00"},
                "machines": [
                    {"id": f"m-{number}-{place}", "model": models[(10 * number + place) % len(models)]}
                    for place in range(10)
                ],
            }
            for number in range(labs)
        ]
    }  # fmt: skip


def fablabs_list(labs: int) -> list[dict[str, Any]]:
    """A list as fablabs.io gives it."""
    return [
        {
            "name": f"Fab Lab {number}", "slug": f"fablab{number}", "country_code": "fr", "latitude": 45 + number / 1e4,
            "longitude": 4.8, "city": "Lyon", "capabilities": ["three_d_printing", "laser", "vinyl_cutting"],
        }
        for number in range(labs)
    ]  # fmt: skip


def rows(labs: int, rounds: int, scratch: Path) -> list[tuple[str, float, float]]:
    """What was done, its seconds, and those of the parser alone."""
    texts = [each.read_text(encoding="utf-8") for each in files("machines").joinpath("models").iterdir()]
    alone = best_s(rounds, lambda: [parse(text) for text in texts])
    found = [(f"library of {len(library())} models", best_s(rounds, library, library.cache_clear), alone)]
    path = scratch / "labs.yaml"
    add_labs(path, network_document(labs)["labs"])
    text = path.read_text(encoding="utf-8")
    network = read_network(path)
    found.append(
        (
            f"labs file, {10 * labs} machines",
            best_s(rounds, lambda: read_network(path)),
            best_s(rounds, lambda: parse(text)),
        )
    )
    written = json.dumps(write_labs(network.labs, "okw").document)
    alone = best_s(rounds, lambda: json.loads(written))
    found.append(
        ("the same as Open Know-Where, written", best_s(rounds, lambda: write_labs(network.labs, "okw")), alone)
    )
    found.append(("and read again", best_s(rounds, lambda: read_labs(json.loads(written), where="okw")), alone))
    listed = json.dumps(fablabs_list(4 * labs))
    alone = best_s(rounds, lambda: json.loads(listed))
    found.append(
        (
            f"fablabs.io list, {4 * labs} labs",
            best_s(rounds, lambda: read_labs(json.loads(listed), where="list")),
            alone,
        )
    )
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labs", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print("| read | s | parser alone, s | ratio |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        for what, ours, alone in rows(options.labs, options.rounds, Path(scratch)):
            print(f"| {what} | {ours:.3f} | {alone:.3f} | {ours / alone:.1f} |")


if __name__ == "__main__":
    main()
